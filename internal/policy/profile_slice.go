package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Which names of the input bear on an expression: those in it, and those in all
// that its variables come from.

// A slicer gathers the names of all values that may bear on an expression.
type slicer struct {
	*analysis
	names *names
	exprs map[*ast.Expr]bool
	vars  map[visit]bool
	rules map[*ast.Rule]bool
}

func newSlicer(a *analysis) *slicer {
	return &slicer{
		analysis: a,
		names:    &names{passing: map[string]bool{}, ending: map[string]bool{}},
		exprs:    map[*ast.Expr]bool{}, vars: map[visit]bool{}, rules: map[*ast.Rule]bool{},
	}
}

// expr notes all that e depends on.
func (s *slicer) expr(c *clause, e *ast.Expr) {
	if !s.exprs[e] {
		s.exprs[e] = true
		s.node(c, e)
	}
}

func (s *slicer) node(c *clause, node any) {
	s.text(c, node)
	if term, ok := node.(*ast.Term); ok {
		if ref, ok := term.Value.(ast.Ref); ok {
			s.ref(c, ref, true)
		}
	}
	for _, rule := range s.closure(s.reached(node)) {
		s.rule(rule)
	}
	for v := range termVars(node) {
		s.variable(c, v)
	}
}

func (s *slicer) variable(c *clause, v ast.Var) {
	if s.vars[visit{c, v}] {
		return
	}
	s.vars[visit{c, v}] = true
	if position, ok := c.args[v]; ok {
		for _, p := range s.calls[c.rule.Ref().GroundPrefix().String()] {
			s.node(p.in, p.at.Operand(position))
		}
	}
	for _, e := range slices.Concat(c.by[v], c.keyed[v]) {
		s.expr(c, e)
	}
}

// rule notes all that rule reads itself. What is handed to it stands where it
// is called.
func (s *slicer) rule(rule *ast.Rule) {
	if s.rules[rule] {
		return
	}
	s.rules[rule] = true
	for _, c := range s.clauses {
		if c.rule.Ref().Equal(rule.Ref()) {
			s.text(c, c.rule)
		}
	}
}

// clause notes all that c reads, and what is handed to it.
func (s *slicer) clause(c *clause) {
	s.node(c, c.rule)
	for v := range c.args {
		s.variable(c, v)
	}
}

// text notes the names that stand in node.
func (s *slicer) text(c *clause, node any) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if x.IsCall() {
				s.names.all = s.names.all || s.readsWhole(c, x)
				for i, operand := range x.Operands() {
					s.operand(c, x, i, operand)
				}
				return true
			}
		case ast.Ref:
			s.ref(c, x, false)
			return true
		case ast.String:
			s.names.note(string(x), false)
		}
		return false
	}).Walk(node)
}

// readsWhole reports whether e may look at a whole subject, and so read names
// that stand nowhere.
func (s *slicer) readsWhole(c *clause, e *ast.Expr) bool {
	name := e.Operator().String()
	operands := s.inputs(e)
	pattern, _ := c.pattern(e)
	switch {
	case s.callsRule(e), typing[name], showing[name], e.IsEquality() && c.binds(e) && pattern == nil:
		return false
	case name == "count" && s.neighbours(c, operands[0]):
		return false
	case name == "object.get" && s.constant(c, operands[1]):
		operands = operands[2:]
	}
	return slices.ContainsFunc(operands, func(t *ast.Term) bool { return s.whole(c, t) })
}

// operand notes the names in the operand of a call. One that an equation binds
// is read as a whole only if its variable is.
func (s *slicer) operand(c *clause, e *ast.Expr, i int, operand *ast.Term) {
	ref, isRef := operand.Value.(ast.Ref)
	if !isRef {
		s.text(c, operand)
		return
	}
	ending := true
	if e.IsEquality() {
		if v, ok := e.Operand(1 - i).Value.(ast.Var); ok && c.free(e, e.Operand(1-i)) {
			ending = s.bare(c, v, map[visit]bool{})
		}
	}
	s.ref(c, ref, ending)
}

// ref notes the names in a reference.
func (s *slicer) ref(c *clause, ref ast.Ref, ending bool) {
	steps := ref[1:]
	if ref.HasPrefix(ast.DefaultRootRef) {
		steps = s.rest(ref)
	}
	last := -1
	for i, step := range steps {
		if s.named(c, steps[i:i+1]) {
			last = i
		}
		if name, ok := step.Value.(ast.String); ok {
			s.names.note(string(name), false)
		}
	}
	if last >= 0 && ending {
		if name, ok := steps[last].Value.(ast.String); ok {
			s.names.note(string(name), true)
		} else {
			s.ends(c, steps[last])
		}
	}
	s.names.all = s.names.all || s.roams(c, ref)
}

// ends notes the names that key, which is always a constant, may be.
func (s *slicer) ends(c *clause, key *ast.Term) {
	for _, v := range s.constantsOf(c, key) {
		if name, ok := v.(ast.String); ok {
			s.names.note(string(name), true)
		}
	}
}

func (n *names) note(name string, ending bool) {
	if common[name] {
		return
	}
	n.passing[name] = true
	if ending {
		n.ending[name] = true
	}
}

// roams reports whether ref may lead to a value whose name stands nowhere in
// the policy: it takes any key, or one that the input names, of a whole subject
// or of something that a variable holds.
func (s *slicer) roams(c *clause, ref ast.Ref) bool {
	if ref.HasPrefix(ast.DefaultRootRef) {
		return false
	}
	for i, step := range ref[1:] {
		if _, ok := step.Value.(ast.Var); !ok || s.constant(c, step) {
			continue
		}
		if !s.named(c, ref[1:i+1]) && (i > 0 || s.wholeVia(c, ref[0], map[visit]bool{})) {
			return true
		}
	}
	return false
}
