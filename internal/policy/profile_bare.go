package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Whether what a variable holds is read as a whole, or only by the names of what
// is in it. The path of a block is then on the way to other things, and no reason
// to think that the policy reads all of the block.

// bare reports whether the value of v may be read as a whole, and not just by
// the names of what is in it.
func (a *analysis) bare(c *clause, v ast.Var, seen map[visit]bool) bool {
	if seen[visit{c, v}] {
		return false
	}
	seen[visit{c, v}] = true
	for _, t := range []*ast.Term{c.rule.Head.Key, c.rule.Head.Value} {
		if t != nil && bareVars(t).Contains(v) && !c.deny {
			return true
		}
	}
	return slices.ContainsFunc(c.exprs, func(e *ast.Expr) bool { return a.bareIn(c, e, v, seen) })
}

func (a *analysis) bareIn(c *clause, e *ast.Expr, v ast.Var, seen map[visit]bool) bool {
	same := func(t *ast.Term) bool { return t != nil && t.Value.Compare(v) == 0 }
	every, isEvery := e.Terms.(*ast.Every)
	switch {
	case isEvery:
		inner, isVar := every.Value.Value.(ast.Var)
		return bareVars(every.Domain).Contains(v) && (!isVar || a.bare(c, inner, seen))
	case !e.IsCall():
		return false // a statement asks whether it is there
	case e.IsEquality():
		return a.bareEquation(c, e, v, seen)
	case a.callsRule(e):
		for i, t := range a.inputs(e) {
			if !bareVars(t).Contains(v) {
				continue
			}
			if !same(t) || a.bareArgument(e.Operator(), i, seen) {
				return true
			}
		}
		return false
	}
	name := e.Operator().String()
	if typing[name] || showing[name] {
		return false
	}
	for i, t := range a.inputs(e) {
		if name == "object.get" && i == 0 && same(t) && scalar(e.Operand(1)) {
			continue
		}
		if bareVars(t).Contains(v) {
			return true
		}
	}
	return false
}

// bareEquation looks at e, an equation. One that binds a variable hands the
// question on to it.
func (a *analysis) bareEquation(c *clause, e *ast.Expr, v ast.Var, seen map[visit]bool) bool {
	for i, t := range e.Operands() {
		other := e.Operand(1 - i)
		w, isVar := other.Value.(ast.Var)
		ref, isRef := t.Value.(ast.Ref)
		switch {
		case isRef && (ref[0].Value.Compare(v) != 0 || a.named(c, ref[1:])), !isRef && !bareVars(t).Contains(v):
		case isVar && c.free(e, other) && !c.free(e, t):
			if _, made := t.Value.(ast.Object); made && c.deny || isCollection(t) && a.onlyShown(c, t) {
				continue
			}
			if a.bare(c, w, seen) {
				return true
			}
		case isVar && w == v:
		case c.free(e, t): // t is what the equation binds
		default:
			return true
		}
	}
	return false
}

// bareArgument reports whether the function called name reads its argument at
// position as a whole.
func (a *analysis) bareArgument(name ast.Ref, position int, seen map[visit]bool) bool {
	for _, d := range a.clauses {
		if !d.rule.Ref().GroundPrefix().Equal(name) || position >= len(d.rule.Head.Args) {
			continue
		}
		v, isVar := d.rule.Head.Args[position].Value.(ast.Var)
		if !isVar || a.bare(d, v, seen) {
			return true
		}
	}
	return false
}

// bareVars returns the variables in term that no reference starts with.
func bareVars(term *ast.Term) ast.VarSet {
	found := ast.NewVarSet()
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			for _, step := range x[1:] {
				found.Update(termVars(step))
			}
			return true
		case ast.Body:
			return true // its expressions are gone through on their own
		case ast.Var:
			found.Add(x)
		}
		return false
	}).Walk(term)
	return found
}
