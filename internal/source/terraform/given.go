package terraform

import (
	"maps"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// An Assignment gives values to input variables of root modules from outside
// of them, as the options -var and -var-file of Terraform do.
type Assignment struct {
	Name, Value string // one variable; its type says how the value is read
	File        string // or a variable file: a path inside the file system, or any name if Text is set
	Text        []byte // what a file outside of the file system holds
}

// admit adds what the files of assignments hold to the texts of the store, when
// they lie outside its file system.
func (s *store) admit(assignments []Assignment) {
	for _, a := range assignments {
		if a.File == "" || a.Text == nil {
			continue
		}
		s.texts[a.File] = func() ([]byte, error) { return a.Text, nil }
		s.inputs[a.File] = annexgate.NewInput(annexgate.Terraform, a.File, a.Text)
	}
}

// given returns the values that a root module receives, in Terraform's order:
// the environment, then the variable files that it loads by itself, then what
// the command line says, where the last one wins.
func (l *Loader) given(s *store, m *module) map[string]*attribute {
	values := map[string]*attribute{}
	if l.Getenv != nil {
		for _, name := range sortedKeys(m.variables) {
			if text := l.Getenv("TF_VAR_" + name); text != "" {
				values[name] = m.variables[name].parse(s, text)
			}
		}
	}
	files := s.tfvars(m)
	for _, name := range sortedKeys(files) {
		if m.variables[name] == nil && m.judged() {
			s.problem(annexgate.Notice, files[name].at(), "variable %q has a value but no declaration in %s; the value is not used", name, m.dir)
		}
	}
	maps.Copy(values, files)
	for _, a := range l.Variables {
		if a.File == "" {
			if v := m.variables[a.Name]; v != nil {
				values[a.Name] = v.parse(s, a.Value)
			}
			continue
		}
		for _, attr := range s.variableFile(a.File) {
			values[attr.name] = attr
		}
	}
	return values
}

// unused tells of names on the command line that no root module declares,
// which Terraform refuses.
func (l *Loader) unused(s *store, roots []string) {
	for _, a := range l.Variables {
		declared := a.File != ""
		for _, dir := range roots {
			declared = declared || s.module(dir).variables[a.Name] != nil
		}
		if !declared && len(roots) > 0 {
			s.problem(annexgate.Notice, annexgate.Location{}, "variable %q is given on the command line, but no root module declares it", a.Name)
		}
	}
}

// parse reads a value from the command line or the environment. It is a text
// for a variable of a primitive type or of none, and an expression for others.
func (v *variable) parse(s *store, text string) *attribute {
	f := &file{src: []byte(text), lines: position.New("", []byte(text))}
	a := &attribute{name: v.labels[0], file: f, rng: hcl.Range{Start: hcl.InitialPos, End: hcl.InitialPos}}
	a.expr = &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: a.rng}
	if !v.typed || v.constraint.IsPrimitiveType() {
		return a
	}
	expr, err := s.expression(text, a)
	if err != nil {
		// What a sensitive variable is given must not be told.
		s.problem(annexgate.Notice, v.from(), "the value given to variable %q is no expression, which its type asks for", v.labels[0])
		why := &origin{reason: "the value given to variable \"" + v.labels[0] + "\" is no expression", from: v.from()}
		a.expr = &hclsyntax.LiteralValueExpr{Val: unknown(cty.DynamicPseudoType, why), SrcRange: a.rng}
		return a
	}
	a.expr = expr
	return a
}

// shadowed returns the file that stands in for name where OpenTofu is used:
// main.tofu for main.tf.
func shadowed(name string) string {
	base := path.Base(name)
	for _, suffix := range []string{".tf", ".tf.json"} {
		if stem, ok := strings.CutSuffix(base, suffix); ok {
			return path.Join(path.Dir(name), stem+".tofu"+suffix[len(".tf"):])
		}
	}
	return ""
}
