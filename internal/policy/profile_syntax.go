package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What a profile asks of Rego's syntax.

// A clause is one rule, or one else of a rule, and the expressions in it.
type clause struct {
	rule  *ast.Rule // without its else
	deny  bool
	exprs []*ast.Expr              // of its body and of those inside, in the order of evaluation
	bound map[*ast.Expr]ast.VarSet // the variables with values before each
	by    map[ast.Var][]*ast.Expr  // which may give a variable its value
	keyed map[ast.Var][]*ast.Expr  // which use a variable as a key
	args  map[ast.Var]int          // by position
}

func newClause(rule *ast.Rule) *clause {
	alone := *rule
	alone.Else = nil
	c := &clause{
		rule:  &alone,
		bound: map[*ast.Expr]ast.VarSet{},
		by:    map[ast.Var][]*ast.Expr{},
		keyed: map[ast.Var][]*ast.Expr{},
		args:  map[ast.Var]int{},
	}
	before := ast.NewVarSet()
	for i, arg := range rule.Head.Args {
		for v := range termVars(arg) {
			c.args[v] = i
			before.Add(v)
		}
	}
	c.enter(rule.Body, before)
	return c
}

// enter gathers the expressions of body, before which the variables in before
// have values.
func (c *clause) enter(body ast.Body, before ast.VarSet) {
	bound := before.Copy()
	for _, e := range body {
		c.exprs = append(c.exprs, e)
		c.bound[e] = bound.Copy()
		c.define(e)
		inside := bound.Copy()
		if every, ok := e.Terms.(*ast.Every); ok {
			for _, t := range []*ast.Term{every.Key, every.Value} {
				if t != nil {
					inside.Update(termVars(t))
				}
			}
		}
		ast.NewGenericVisitor(func(x any) bool {
			if inner, ok := x.(ast.Body); ok {
				c.enter(inner, inside)
				return true
			}
			return false
		}).Walk(e)
		bound.Update(termVars(e))
	}
}

// define notes which variables e may give a value: the sides of an equation, the
// result of a call, a key that a reference goes through, the element of an
// every.
func (c *clause) define(e *ast.Expr) {
	note := func(into map[ast.Var][]*ast.Expr, v ast.Var) {
		if !slices.Contains(into[v], e) {
			into[v] = append(into[v], e)
		}
	}
	var targets []*ast.Term
	switch {
	case e.Negated:
	case e.IsEquality():
		targets = e.Operands()
	case e.IsCall() && len(e.Operands()) > 0:
		targets = e.Operands()[len(e.Operands())-1:]
	case e.IsEvery():
		every := e.Terms.(*ast.Every)
		targets = []*ast.Term{every.Key, every.Value}
	}
	for _, t := range targets {
		if t == nil {
			continue
		}
		switch t.Value.(type) {
		case ast.Var, *ast.Array, ast.Object, ast.Set:
			for v := range termVars(t) {
				note(c.by, v)
			}
		}
	}
	walkOwnRefs(e, func(ref ast.Ref) {
		for _, step := range ref[1:] {
			for v := range termVars(step) {
				note(c.keyed, v)
			}
		}
	})
}

// walkOwnRefs visits the references in e, but for those in bodies inside it,
// which have expressions of their own.
func walkOwnRefs(e *ast.Expr, visit func(ast.Ref)) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Body:
			return true
		case ast.Ref:
			visit(x)
		}
		return false
	}).Walk(e)
}

// termVars returns the variables in node, but for the names of builtins and of
// the root documents.
func termVars(node any) ast.VarSet {
	found := ast.NewVarSet()
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Var:
			if !x.Equal(ast.InputRootDocument.Value) && !x.Equal(ast.DefaultRootDocument.Value) {
				found.Add(x)
			}
		case *ast.Expr:
			if x.IsCall() {
				for _, operand := range x.Operands() {
					found.Update(termVars(operand))
				}
				return true
			}
		}
		return false
	}).Walk(node)
	return found
}

// binds reports whether e, an equation, gives a variable its value.
func (c *clause) binds(e *ast.Expr) bool {
	return !e.Negated && (c.free(e, e.Operand(0)) || c.free(e, e.Operand(1)))
}

// free reports whether term is a variable without a value before e.
func (c *clause) free(e *ast.Expr, term *ast.Term) bool {
	v, ok := term.Value.(ast.Var)
	return ok && !c.bound[e].Contains(v)
}

// freePair reports whether term is [path, value], as walk fills it.
func (c *clause) freePair(e *ast.Expr, term *ast.Term) bool {
	pair, ok := term.Value.(*ast.Array)
	return ok && pair.Len() == 2 && c.free(e, pair.Elem(0)) && c.free(e, pair.Elem(1)) && !pair.Elem(0).Equal(pair.Elem(1))
}

// pattern returns the side of e, an equation, that takes the other apart, as in
// [x, y] = pair, and the other.
func (c *clause) pattern(e *ast.Expr) (pattern, other *ast.Term) {
	if !e.IsEquality() {
		return nil, nil
	}
	for i, t := range e.Operands() {
		switch t.Value.(type) {
		case *ast.Array, ast.Object:
			other := e.Operand(1 - i)
			if _, made := other.Value.(ast.Var); made && c.free(e, other) {
				continue // it builds
			}
			for v := range termVars(t) {
				if !c.bound[e].Contains(v) {
					return t, other
				}
			}
		}
	}
	return nil, nil
}

// output returns the operand of e, a call, that receives the result, if it is
// written.
func (a *analysis) output(e *ast.Expr) *ast.Term {
	operands := e.Operands()
	n := -1
	if rules := a.compiler.GetRulesExact(e.Operator()); len(rules) > 0 {
		n = len(rules[0].Head.Args)
	} else if b, ok := ast.BuiltinMap[e.Operator().String()]; ok {
		n = b.Decl.Arity()
	}
	if n >= 0 && len(operands) == n+1 {
		return operands[n]
	}
	return nil
}

// inputs returns the operands of e that are no result.
func (a *analysis) inputs(e *ast.Expr) []*ast.Term {
	operands := e.Operands()
	if a.output(e) != nil {
		operands = operands[:len(operands)-1]
	}
	return operands
}

// settingName returns the name of the setting that ref reads, if it does.
func settingName(ref ast.Ref) string {
	if len(ref) < 3 || !ref.HasPrefix(settingsRef) {
		return ""
	}
	name, _ := ref[2].Value.(ast.String)
	return string(name)
}

var settingsRef = ast.MustParseRef("data.settings")

// holds reports whether there is an object in value.
func holdsObject(value ast.Value) bool {
	found := false
	ast.WalkTerms(ast.NewTerm(value), func(t *ast.Term) bool {
		if _, ok := t.Value.(ast.Object); ok {
			found = true
		}
		return found
	})
	return found
}

// isCollection reports whether term is written as a list, a set or an object.
func isCollection(term *ast.Term) bool {
	switch term.Value.(type) {
	case *ast.Array, ast.Set, ast.Object:
		return true
	}
	return false
}

// holdsSet reports whether there is a set in value.
func holdsSet(value ast.Value) bool {
	found := false
	ast.WalkTerms(ast.NewTerm(value), func(t *ast.Term) bool {
		if _, ok := t.Value.(ast.Set); ok {
			found = true
		}
		return found
	})
	return found
}
