package terraform

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// variableFile returns what one .tfvars or .tfvars.json file says, once read.
func (s *store) variableFile(name string) []*attribute {
	s.mu.Lock()
	read, ok := s.assigned[name]
	if !ok {
		read = sync.OnceValue(func() []*attribute { return s.readVariables(name) })
		s.assigned[name] = read
	}
	s.mu.Unlock()
	return read()
}

func (s *store) readVariables(name string) []*attribute {
	src, err := s.read(name)
	if err != nil {
		s.problem(annexgate.Unread, annexgate.Location{File: name}, "read %s: %v", name, err)
		return nil
	}
	f := &file{name: name, src: src, lines: position.New(name, src)}
	if strings.HasSuffix(name, ".json") {
		return s.jsonVariables(f)
	}
	if b := s.parseNative(f); b != nil {
		return b.attrs
	}
	return nil
}

func (s *store) jsonVariables(f *file) []*attribute {
	err := s.limits.jsonNesting(f.src)
	if err == nil && !utf8.Valid(f.src) {
		err = errNotUTF8
	}
	if err != nil {
		s.problem(annexgate.Unread, annexgate.Location{File: f.name}, "parse %s: %v", f.name, err)
		return nil
	}
	parsed, diags := json.Parse(f.src, f.name)
	s.diagnose(f, diags, annexgate.Unread)
	if parsed == nil || diags.HasErrors() {
		return nil
	}
	t := &translator{store: s, file: f}
	var attrs []*attribute
	for _, a := range t.attributes(parsed.Body) {
		attrs = append(attrs, &attribute{
			name: a.Name, file: f, rng: hcl.RangeBetween(a.NameRange, a.Expr.Range()), expr: literal(a.Expr),
		})
	}
	return attrs
}

// literal keeps a JSON value as it is: texts in variable files are no
// templates.
func literal(e hcl.Expression) hclsyntax.Expression {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		v = cty.DynamicVal
	}
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
}
