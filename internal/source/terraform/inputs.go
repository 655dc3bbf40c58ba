package terraform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func itoa(n int) string { return strconv.Itoa(n) }

// variable evaluates an input variable.
func (in *instance) variable(name string) (cty.Value, bool) {
	v := in.mod.variables[name]
	if v == nil {
		return cty.NilVal, false
	}
	m := in.vars[name]
	if m == nil {
		m = &memo{label: join(in.address, "var."+name), file: v.file, rng: v.header}
		in.vars[name] = m
	}
	var used refs
	if in.call != nil {
		used = in.call.refs
	}
	return in.ev.once(m, used, func() cty.Value { return in.input(v) }), true
}

// input returns the value that the caller or the default gives a variable.
func (in *instance) input(v *variable) cty.Value {
	given := in.given(v.labels[0])
	var value cty.Value
	if given != nil {
		ctx := (*hcl.EvalContext)(nil) // variable files hold literals only
		if in.call != nil {
			ctx = in.call.ctx
		}
		value = v.convert(in.ev, given, in.ev.attr(ctx, given))
		if bare, _ := value.Unmark(); bare.IsKnown() && bare.IsNull() && !v.nullable {
			given = nil
		}
	}
	switch {
	case given != nil:
	case v.fallback != nil:
		value = v.convert(in.ev, v.fallback, in.ev.attr(nil, v.fallback))
	default:
		value = unknown(v.constraint, &origin{reason: fmt.Sprintf("variable %q has no value", v.labels[0]), from: v.from()})
	}
	if v.sensitive {
		value = value.Mark(sensitiveMark{})
	}
	if v.ephemeral {
		value = value.Mark(ephemeralMark{})
	}
	return value
}

// given returns the argument of the call, or what a root module receives.
func (in *instance) given(name string) *attribute {
	if in.call == nil {
		return in.ev.given[name]
	}
	if in.call.set.reserved(name) {
		return nil
	}
	return in.call.set.body.attr(name)
}

// convert applies a variable's type and the defaults of optional attributes.
func (v *variable) convert(ev *evaluator, a *attribute, value cty.Value) (out cty.Value) {
	defer func() {
		if fault := recover(); fault != nil { // typeexpr panics on some mismatches of marked values
			out = v.mismatch(ev, a, fmt.Errorf("its default values do not fit"))
		}
	}()
	if bare, _ := value.Unmark(); v.defaults != nil && bare.IsKnown() && !bare.IsNull() {
		value = v.defaults.Apply(value)
	}
	converted, err := convert.Convert(value, v.constraint)
	if err != nil {
		if v.sensitive || value.HasMark(sensitiveMark{}) {
			err = fmt.Errorf("want %s", typeexpr.TypeString(v.constraint.WithoutOptionalAttributesDeep()))
		}
		return v.mismatch(ev, a, err)
	}
	return converted
}

func (v *variable) mismatch(ev *evaluator, a *attribute, err error) cty.Value {
	ev.store.problem(annexgate.Notice, a.at(), "the value of variable %q is of the wrong type: %v", v.labels[0], err)
	return unknown(v.constraint.WithoutOptionalAttributesDeep(),
		&origin{reason: fmt.Sprintf("the value of variable %q is of the wrong type", v.labels[0]), from: a.at()})
}

// local evaluates a local value.
func (in *instance) local(name string) (cty.Value, bool) {
	a := in.mod.locals[name]
	if a == nil {
		return cty.NilVal, false
	}
	m := in.locals[name]
	if m == nil {
		m = &memo{label: join(in.address, "local."+name), file: a.file, rng: a.rng}
		in.locals[name] = m
	}
	return in.ev.once(m, nil, func() cty.Value { return in.ev.attr(in.ctx, a) }), true
}

// output evaluates an output of the module that a call instantiates.
func (it *item) output(name string) (cty.Value, bool) {
	if it.child == nil {
		return unknown(cty.DynamicPseudoType, it.installed), true
	}
	return it.child.output(name)
}

func (in *instance) output(name string) (cty.Value, bool) {
	if b := in.mod.output(name); b != nil {
		m := in.outputs[name]
		if m == nil {
			m = &memo{label: join(in.address, "output."+name), file: b.file, rng: b.header}
			in.outputs[name] = m
		}
		return in.ev.once(m, nil, func() cty.Value {
			a := b.body.attr("value")
			if a == nil {
				return cty.NullVal(cty.DynamicPseudoType)
			}
			v := in.ev.attr(in.ctx, a)
			if b.flag("sensitive", false) {
				v = v.Mark(sensitiveMark{})
			}
			return v
		}), true
	}
	return cty.NilVal, false
}

// outputs returns all outputs of a module call as an object.
func (it *item) outputs() cty.Value {
	if it.child == nil {
		return unknown(cty.DynamicPseudoType, it.installed)
	}
	values := map[string]cty.Value{}
	for _, b := range it.child.mod.outputs {
		values[b.labels[0]], _ = it.child.output(b.labels[0])
	}
	return cty.ObjectVal(values)
}

// tfvars returns the values that variable files give a root module. Later
// files win: terraform.tfvars, its JSON form, then *.auto.tfvars of either form
// in the order of their names.
func (s *store) tfvars(m *module) map[string]*attribute {
	var files []string
	for _, name := range m.tfvars {
		if rank(path.Base(name)) > 0 {
			files = append(files, name)
		}
	}
	slices.SortFunc(files, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(path.Base(a)), rank(path.Base(b))), strings.Compare(a, b))
	})
	s.mu.Lock()
	known := s.given[m.dir]
	s.mu.Unlock()
	if known != nil {
		return known
	}
	given := map[string]*attribute{}
	for _, name := range files {
		for _, a := range s.variableFile(name) {
			given[a.name] = a
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given[m.dir] = given
	return given
}

// rank orders variable files; 0 means that Terraform does not load the file by
// itself.
func rank(base string) int {
	switch {
	case base == "terraform.tfvars":
		return 1
	case base == "terraform.tfvars.json":
		return 2
	case strings.HasSuffix(base, ".auto.tfvars"), strings.HasSuffix(base, ".auto.tfvars.json"):
		return 3
	}
	return 0
}

// manifestOf reads which modules terraform init installed for a root module,
// and where, by the path of calls: {"vpc.subnets": "modules/subnets"}.
func (s *store) manifestOf(dir string) map[string]string {
	name := path.Join(dir, ".terraform/modules/modules.json")
	text, err := s.read(name)
	if err != nil {
		return nil
	}
	var manifest struct {
		Modules []struct{ Key, Dir string }
	}
	if err := s.limits.jsonNesting(text); err != nil {
		s.problem(annexgate.Partial, annexgate.Location{File: name}, "read the installed modules: %v", err)
		return nil
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		s.problem(annexgate.Partial, annexgate.Location{File: name}, "read the installed modules: %v", err)
		return nil
	}
	dirs := map[string]string{}
	for _, m := range manifest.Modules {
		target := path.Clean(strings.ReplaceAll(m.Dir, `\`, "/"))
		if !path.IsAbs(target) {
			target = path.Join(dir, target)
		}
		dirs[m.Key] = target
	}
	return dirs
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
