package policy

import "github.com/open-policy-agent/opa/v1/ast"

// A text for people is made of any value. As long as it goes nowhere but into a
// finding, it does not matter what Values it shows; one that is compared or read
// by does.

// shown finds texts for people that go elsewhere, and notes what is in them.
func (a *analysis) shown() {
	display := map[string]bool{} // functions and rules whose value is such a text
	for changed := true; changed; {
		changed = false
		for _, c := range a.clauses {
			for _, e := range c.exprs {
				out := a.displays(e, display)
				if out == nil {
					continue
				}
				v, ok := out.Value.(ast.Var)
				if !ok {
					a.escaped(c, e)
					continue
				}
				name := c.rule.Ref().GroundPrefix().String()
				if a.onward(c, e, v) && !c.deny && !display[name] {
					display[name], changed = true, true
				}
			}
		}
	}
}

// displays returns the result of e if it is a text for people.
func (a *analysis) displays(e *ast.Expr, display map[string]bool) *ast.Term {
	if !e.IsCall() || e.Negated {
		return nil
	}
	if name := e.Operator().String(); showing[name] || display[name] {
		return a.output(e)
	}
	if e.IsEquality() {
		for i, t := range e.Operands() {
			if ref, ok := t.Value.(ast.Ref); ok && ref.HasPrefix(ast.DefaultRootRef) && display[ruleName(a, ref)] {
				return e.Operand(1 - i)
			}
		}
	}
	return nil
}

func ruleName(a *analysis, ref ast.Ref) string {
	return ref[:len(ref)-len(a.rest(ref))].String()
}

// onward follows the text in v, which e made. It notes a use that is not for
// people, and reports whether the text is in the head of the rule.
func (a *analysis) onward(c *clause, from *ast.Expr, v ast.Var) bool {
	head := c.rule.Head
	given := head.Value != nil && termVars(head.Value).Contains(v)
	for _, e := range c.exprs {
		if e == from || !termVars(e).Contains(v) || e.IsCall() && showing[e.Operator().String()] || a.inShown(c, e) {
			continue
		}
		next := passes(c, e, v)
		if next == "" {
			a.escaped(c, from)
			continue
		}
		given = a.onward(c, e, next) || given
	}
	if head.Key != nil && termVars(head.Key).Contains(v) && !c.deny {
		a.escaped(c, from)
	}
	return given
}

// passes returns the variable that e hands v on to: x = v, or x = {"key": v} in
// a rule deny.
func passes(c *clause, e *ast.Expr, v ast.Var) ast.Var {
	if e.Negated || !e.IsEquality() {
		return ""
	}
	for i, t := range e.Operands() {
		other, ok := e.Operand(1 - i).Value.(ast.Var)
		if !ok || !c.free(e, e.Operand(1-i)) || other == v {
			continue
		}
		if _, same := t.Value.(ast.Var); same || c.deny && isCollection(t) {
			return other
		}
	}
	return ""
}

// inShown reports whether e makes an operand of a text for people: x = {v | v =
// text}, as the compiler writes it.
func (a *analysis) inShown(c *clause, e *ast.Expr) bool {
	if !e.IsEquality() {
		return false
	}
	for _, t := range e.Operands() {
		if _, ok := t.Value.(*ast.SetComprehension); ok && a.onlyShown(c, t) {
			return true
		}
	}
	return false
}

// onlyShown reports whether term is bound to a variable that serves only as an
// operand of texts for people, as a place, or in a finding.
func (a *analysis) onlyShown(c *clause, term *ast.Term) bool {
	for _, e := range c.exprs {
		if !e.IsEquality() {
			continue
		}
		for i, t := range e.Operands() {
			v, ok := e.Operand(1 - i).Value.(ast.Var)
			if t != term || !ok {
				continue
			}
			return a.onlyInTexts(c, e, v)
		}
	}
	return false
}

func (a *analysis) onlyInTexts(c *clause, from *ast.Expr, v ast.Var) bool {
	for _, e := range c.exprs {
		if e == from || !termVars(e).Contains(v) {
			continue
		}
		if !e.IsCall() || !showing[e.Operator().String()] {
			return false
		}
	}
	if c.deny {
		return true
	}
	head := c.rule.Head
	return !(head.Key != nil && termVars(head.Key).Contains(v) || head.Value != nil && termVars(head.Value).Contains(v))
}

// escaped notes that the text e makes is used as a value.
func (a *analysis) escaped(c *clause, e *ast.Expr) {
	a.opaque.expr(c, e)
	a.shrinking.expr(c, e)
	a.compares = true
}
