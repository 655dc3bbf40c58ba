package terraform

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A module is what the files of one directory declare.
type module struct {
	dir       string
	files     []string // those read, sorted
	resources []*declaration
	calls     []*declaration
	providers []*block
	settings  []*block // terraform blocks
	outputs   []*block
	byOutput  map[string]*block // the first of outputs of each name
	variables map[string]*variable
	locals    map[string]*attribute
	names     map[string]bool // attributes that expressions ask for
	tfvars    []string
}

// A declaration is a resource, a data source or a module call.
type declaration struct {
	*block
	address  string  // within its module: aws_s3_bucket.b, data.aws_ami.x, module.net
	provider string  // the key of its provider, in the configuration of a plan
	inline   *module // what a module call calls, in the configuration of a plan
}

func (d *declaration) name() string { return d.labels[len(d.labels)-1] }

// A variable is an input of a module.
type variable struct {
	*block
	constraint cty.Type
	defaults   *typeexpr.Defaults
	fallback   *attribute // the default; nil when there is none
	typed      bool       // a type is declared
	nullable   bool
	sensitive  bool
	ephemeral  bool
}

// judged reports whether the directory holds a configuration. Directories with
// variable files alone do not.
func (m *module) judged() bool { return len(m.files) > 0 }

// first returns the file that stands for the module as a whole.
func (m *module) first() string {
	main := path.Join(m.dir, "main.tf")
	if slices.Contains(m.files, main) || len(m.files) == 0 {
		return main
	}
	return m.files[0]
}

// localCalls returns the directories that calls of local modules point to.
func (m *module) localCalls() []string {
	var dirs []string
	for _, call := range m.calls {
		if call.inline != nil {
			continue
		}
		source, _ := call.text("source")
		if dir, ok := local(m.dir, source); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// output returns the declaration of an output, or nil.
func (m *module) output(name string) *block {
	if m.byOutput != nil {
		return m.byOutput[name]
	}
	for _, b := range m.outputs {
		if b.labels[0] == name {
			return b
		}
	}
	return nil
}

// text returns the value of an attribute that spells out a text.
func (b *block) text(name string) (string, bool) {
	a := b.body.attr(name)
	if a == nil {
		return "", false
	}
	return literalText(a.expr)
}

// sourceFiles returns the files to read for a module, those of overrides last,
// and its variable files.
func (s *store) sourceFiles(dir string) (sources, tfvars []string) {
	names := s.files[dir]
	if names == nil && fs.ValidPath(dir) {
		entries, _ := fs.ReadDir(s.fsys, dir)
		for _, entry := range entries {
			names = append(names, path.Join(dir, entry.Name()))
		}
	}
	var overrides []string
	for _, name := range names {
		base := path.Base(name)
		switch {
		case ignored(base):
		case slices.Contains(names, shadowed(name)):
			// Terraform reads the one, OpenTofu the other, and nothing here says which
			// of them will apply it: a file that hides another must not clear it.
			s.problem(annexgate.Unread, annexgate.Location{File: name}, "%s is not examined: OpenTofu reads %s in its place; leave out with --exclude the one that is not applied", base, path.Base(shadowed(name)))
		case strings.HasSuffix(base, ".tfvars"), strings.HasSuffix(base, ".tfvars.json"):
			tfvars = append(tfvars, name)
		case stem(base) == "":
		case stem(base) == "override", strings.HasSuffix(stem(base), "_override"):
			overrides = append(overrides, name)
		default:
			sources = append(sources, name)
		}
	}
	return append(sources, overrides...), tfvars
}

// ignored reports whether Terraform passes over a file: editors leave such.
func ignored(base string) bool {
	return strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") ||
		strings.HasPrefix(base, "#") && strings.HasSuffix(base, "#")
}

// stem returns the name without .tf, .tofu or their JSON forms, or nothing for
// other files.
func stem(base string) string {
	for _, suffix := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
		if name, ok := strings.CutSuffix(base, suffix); ok {
			return name
		}
	}
	return ""
}

// isOverride reports whether name is an override file.
func isOverride(name string) bool {
	base := stem(path.Base(name))
	return base == "override" || strings.HasSuffix(base, "_override")
}

// parseModule reads and indexes one directory.
func (s *store) parseModule(dir string) *module {
	m := &module{
		dir: dir, variables: map[string]*variable{}, locals: map[string]*attribute{}, names: map[string]bool{},
	}
	sources, tfvars := s.sourceFiles(dir)
	m.tfvars = tfvars
	bodies := make([]*body, len(sources))
	shapes := newShapes()
	for _, json := range []bool{false, true} { // JSON learns from the native files which arguments are blocks
		for i, name := range sources {
			if strings.HasSuffix(name, ".json") != json || s.stopped() != nil {
				continue
			}
			bodies[i] = s.parseFile(name, shapes, m.names)
			if bodies[i] != nil && !json {
				shapes.learn(bodies[i])
			}
		}
	}
	var top, overriding []*block
	for i, b := range bodies {
		m.files = append(m.files, sources[i])
		switch {
		case b == nil:
		case isOverride(sources[i]):
			overriding = append(overriding, b.blocks...)
		default:
			top = append(top, b.blocks...)
		}
	}
	slices.Sort(m.files)
	for _, b := range s.override(top, overriding) {
		s.declare(m, b)
	}
	s.checkDuplicates(m)
	m.byOutput = map[string]*block{}
	for _, b := range m.outputs {
		if m.byOutput[b.labels[0]] == nil {
			m.byOutput[b.labels[0]] = b
		}
	}
	return m
}

// labelCounts are the blocks that we read, and how many labels each has.
var labelCounts = map[string]int{
	"resource": 2, "data": 2, "module": 1, "provider": 1, "terraform": 0, "output": 1, "variable": 1, "locals": 0,
	"ephemeral": 2, "check": 1, "moved": 0, "removed": 0, "import": 0, "action": 2, "language": 0, "state_store": 1, "query": 1,
}

// declare adds one top-level block to its module.
func (s *store) declare(m *module, b *block) {
	want, known := labelCounts[b.kind]
	if !known {
		s.problem(annexgate.Notice, b.file.location(b.header), "skip block %q: it is of no kind that is known here", b.kind)
		return
	}
	if len(b.labels) != want {
		s.problem(annexgate.Unread, b.file.location(b.header), "read %s block: want %d labels, not %d", b.kind, want, len(b.labels))
		return
	}
	switch b.kind {
	case "resource":
		m.resources = append(m.resources, &declaration{block: b, address: b.labels[0] + "." + b.labels[1]})
	case "data":
		m.resources = append(m.resources, &declaration{block: b, address: "data." + b.labels[0] + "." + b.labels[1]})
	case "check":
		for _, child := range b.body.blocks {
			if child.kind == "data" && len(child.labels) == 2 {
				m.resources = append(m.resources, &declaration{block: child, address: "data." + child.labels[0] + "." + child.labels[1]})
			}
		}
	case "module":
		m.calls = append(m.calls, &declaration{block: b, address: "module." + b.labels[0]})
	case "provider":
		m.providers = append(m.providers, b)
	case "terraform":
		m.settings = append(m.settings, b)
	case "output":
		m.outputs = append(m.outputs, b)
	case "locals":
		for _, a := range b.body.attrs {
			if m.locals[a.name] != nil {
				s.problem(annexgate.Notice, a.at(), "local %q is declared twice; the first is used", a.name)
				continue
			}
			m.locals[a.name] = a
		}
	case "variable":
		if m.variables[b.labels[0]] != nil {
			s.problem(annexgate.Notice, b.at(), "variable %q is declared twice; the first is used", b.labels[0])
			return
		}
		m.variables[b.labels[0]] = s.variable(b)
	}
}

// checkDuplicates gives the second block of an address a name of its own, so
// that a good twin cannot hide a bad one.
func (s *store) checkDuplicates(m *module) {
	seen := map[string]int{}
	for _, d := range slices.Concat(m.resources, m.calls) {
		seen[d.address]++
		if n := seen[d.address]; n > 1 {
			s.problem(annexgate.Notice, d.file.location(d.header), "%s is declared twice; both are judged", d.address)
			d.address += "#" + itoa(n)
		}
	}
}

// variable reads the declaration of an input.
func (s *store) variable(b *block) *variable {
	v := &variable{block: b, constraint: cty.DynamicPseudoType, fallback: b.body.attr("default"), nullable: true}
	if a := b.body.attr("type"); a != nil {
		v.typed = true
		v.constrain(s, a)
	}
	v.nullable = b.flag("nullable", true)
	v.sensitive = b.flag("sensitive", false)
	v.ephemeral = b.flag("ephemeral", false)
	return v
}

func (v *variable) constrain(s *store, a *attribute) {
	expr := hcl.Expression(a.expr)
	if text, ok := literalText(a.expr); ok { // JSON, and the quoted types of old
		parsed, err := s.expression(text, a)
		if err != nil {
			s.problem(annexgate.Notice, a.at(), "read the type of variable %q: %v", v.labels[0], err)
			return
		}
		expr = parsed
	}
	t, defaults, diags := typeexpr.TypeConstraintWithDefaults(expr)
	if diags.HasErrors() {
		switch hcl.ExprAsKeyword(expr) { // before Terraform 0.12
		case "list":
			t = cty.List(cty.DynamicPseudoType)
		case "map":
			t = cty.Map(cty.DynamicPseudoType)
		default:
			s.diagnose(a.file, diags, annexgate.Notice)
			return
		}
	}
	v.constraint, v.defaults = t, defaults
}

// flag returns an argument that is a literal truth value.
func (b *block) flag(name string, fallback bool) bool {
	a := b.body.attr(name)
	if a == nil {
		return fallback
	}
	v, diags := a.expr.Value(nil)
	if diags.HasErrors() {
		return fallback
	}
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() || !v.IsKnown() {
		return fallback
	}
	return v.True()
}
