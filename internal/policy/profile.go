package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A Profile says what a policy does with the values it reads. The engine needs
// it where a value is unknown. It is worked out from the compiled rule and every
// helper that the rule reaches, and errs towards saying less: a policy of which
// it says nothing good is still judged rightly, but more often unknown.
type Profile struct {
	// Values stand for all there are, where Enumerable says so: the constants
	// the policy may compare a value with, the neighbours of its numbers, a text
	// for every way its patterns can match or not, and a few of each type. Each
	// once, in a fixed order. Lists and objects are among them only as constants.
	Values []ast.Value

	// Whole says that the policy may compare an object of its own making with a
	// whole object of the input, in a way that the latter is not asked. What such
	// a policy reads cannot be told by watching.
	Whole bool

	// Hashing says that it matters which members of a set, or keys of an object,
	// are the same. Otherwise they are only gone through.
	Hashing bool

	reading    *names // read at all
	shrinking  *names // read where more input may mean fewer findings
	opaque     *names // read where more is done with a value than Values stand for
	positional bool   // the place of an element in its list matters
}

// Monotone reports whether the value at path can only add findings by being
// there, never take one away. The path starts at a subject's block.
func (p *Profile) Monotone(path annexgate.Path) bool {
	for _, step := range path {
		if _, index := step.(int); index && p.positional {
			return false
		}
	}
	return !p.shrinking.meet(path)
}

// Enumerable reports whether the policy only compares the value at path with
// constants and tests its type, or looks into it: then Values, and an object
// that notices who looks into it, stand for all there are.
func (p *Profile) Enumerable(path annexgate.Path) bool { return !p.opaque.meet(path) }

// Reads reports whether the policy may read the value at path at all.
func (p *Profile) Reads(path annexgate.Path) bool { return p.reading.meet(path) }

// names are keys of the input, as policies read by them.
type names struct {
	all     bool
	passing map[string]bool // on the way to what is read, or the last of it
	ending  map[string]bool // the last of it, and all below may be read with it
}

// meet reports whether a value at path may be reached by the names: by its own
// name, or as part of what is above it.
func (n *names) meet(path annexgate.Path) bool {
	own := ""
	for _, step := range path {
		key, ok := step.(string)
		if !ok || common[key] {
			continue
		}
		if own = key; n.ending[key] {
			return true
		}
	}
	return n.all || own == "" || n.passing[own]
}

// profile works out the profile of the policy in package path.
func profile(compiler *ast.Compiler, path ast.Ref, settings map[string]any) *Profile {
	a := newAnalysis(compiler, settings, compiler.GetRules(path.Append(ast.StringTerm("deny"))))
	for _, c := range a.clauses {
		a.examine(c)
	}
	a.shown()
	p := &Profile{
		reading:    a.reading.names,
		shrinking:  a.shrinking.names,
		opaque:     a.opaque.names,
		positional: a.positional,
		Hashing:    a.hashes && (a.counts || a.compares),
		Whole:      a.comparesObject || (a.builds || a.makes) && (a.compares || a.makes),
	}
	values, complete := a.representatives()
	p.Values = values
	p.opaque.all = p.opaque.all || !complete
	return p
}

// The builtins by what they do with their operands. One that is in no table is
// taken to do anything.
var (
	// comparing only compare, test the type, or rearrange; what else they ask of
	// their operands stands in analysis.comparesConstants.
	comparing = set(
		"eq", "equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2", "internal.member_3",
		"startswith", "endswith", "contains", "regex.match",
		"is_boolean", "is_null", "is_number", "is_string",
		"lower", "upper", "to_number", "format_int", "object.get", "array.concat", "union", "or", "and",
		"internal.template_string", "internal.print", "sprintf", "concat",
	)

	// growing give no less for more input, but for what mayShrink says.
	growing = set(
		"eq", "equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2", "internal.member_3",
		"startswith", "endswith", "contains", "regex.match", "glob.match", "net.cidr_contains", "net.cidr_is_valid",
		"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name",
		"lower", "upper", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix",
		"split", "replace", "substring", "indexof", "to_number", "format_int",
		"array.concat", "or", "json.unmarshal", "units.parse", "units.parse_bytes",
		"plus", "mul", "div", "rem", "abs", "walk",
		"internal.template_string", "internal.print", "sprintf", "concat",
	)

	// showing make a text for people of anything.
	showing = set("internal.template_string", "sprintf", "concat")

	// plain neither make objects nor compare them.
	plain = set(
		"count", "sum", "product", "max", "min", "sort", "any", "all", "minus", "intersection", "object.keys",
		"round", "ceil", "floor", "numbers.range", "array.slice", "array.reverse",
		"regex.is_valid", "regex.find_n", "regex.replace", "regex.split", "strings.any_prefix_match", "strings.any_suffix_match",
		"strings.reverse", "strings.count", "strings.replace_n", "base64.decode", "base64.is_valid", "base64.encode",
		"net.cidr_intersects", "net.cidr_merge", "net.cidr_expand", "glob.quote_meta",
		"time.parse_rfc3339_ns", "time.parse_ns", "time.parse_duration_ns", "semver.compare", "semver.is_valid",
	)

	// typing ask nothing of a list or an object but what it is.
	typing = set("is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name", "internal.print")
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}
