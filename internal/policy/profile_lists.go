package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// madeAsList reports whether other, which pattern takes apart, can only be a
// list that the policy itself made.
func (a *analysis) madeAsList(c *clause, pattern, other *ast.Term) bool {
	list, ok := pattern.Value.(*ast.Array)
	if !ok {
		return false
	}
	for i := range list.Len() {
		if _, isVar := list.Elem(i).Value.(ast.Var); !isVar {
			return false
		}
	}
	return a.list(c, other, false, map[visit]bool{})
}

// list reports whether term, or with members each member of it, is a list that
// the policy made.
func (a *analysis) list(c *clause, term *ast.Term, members bool, seen map[visit]bool) bool {
	switch v := term.Value.(type) {
	case *ast.Array:
		for i := range v.Len() {
			if members && !a.list(c, v.Elem(i), false, seen) {
				return false
			}
		}
		return true
	case *ast.SetComprehension:
		return members && a.list(c, v.Term, false, seen)
	case *ast.ArrayComprehension:
		return !members || a.list(c, v.Term, false, seen)
	case ast.Var:
		if _, isArg := c.args[v]; isArg || seen[visit{c, v}] {
			return false
		}
		seen[visit{c, v}] = true
		return slices.ContainsFunc(c.by[v], func(e *ast.Expr) bool { return a.listBy(c, e, v, members, seen) })
	case ast.Ref:
		steps := v[1:]
		if v.HasPrefix(ast.DefaultRootRef) {
			steps = a.rest(v)
		}
		if len(steps) > 1 || len(steps) == 1 && members || v.HasPrefix(ast.InputRootRef) {
			return false
		}
		members = members || len(steps) == 1
		if v.HasPrefix(ast.DefaultRootRef) {
			return a.listRule(v.GroundPrefix(), members, seen)
		}
		return a.list(c, v[0], members, seen)
	}
	return false
}

func (a *analysis) listBy(c *clause, e *ast.Expr, v ast.Var, members bool, seen map[visit]bool) bool {
	switch {
	case e.IsEquality():
		for i, t := range e.Operands() {
			if t.Value.Compare(v) == 0 && a.list(c, e.Operand(1-i), members, seen) {
				return true
			}
		}
		return false
	case a.callsRule(e):
		return a.listRule(e.Operator(), members, seen)
	case e.IsCall() && e.Operator().String() == "or":
		return !slices.ContainsFunc(a.inputs(e), func(t *ast.Term) bool { return !a.list(c, t, members, seen) })
	}
	return e.IsCall() && e.Operator().String() == "array.concat" && !members
}

func (a *analysis) listRule(name ast.Ref, members bool, seen map[visit]bool) bool {
	found := false
	for _, d := range a.clauses {
		if !d.rule.Ref().GroundPrefix().Equal(name) {
			continue
		}
		made := d.rule.Head.Value
		if d.rule.Head.RuleKind() == ast.MultiValue {
			if !members {
				return false
			}
			if !a.list(d, d.rule.Head.Key, false, seen) {
				return false
			}
			found = true
			continue
		}
		if made == nil || !a.list(d, made, members, seen) {
			return false
		}
		found = true
	}
	return found
}
