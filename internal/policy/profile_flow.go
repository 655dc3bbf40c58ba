package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Where the values in a policy come from. Compiled Rego is flat: every operand
// is a constant, a variable, a reference that starts with one, or a collection
// of these; so a value is traced from variable to variable, from an argument to
// the calls of its function, and from a rule's name to all that the rule reads.

// An analysis reads the clauses that a policy consists of.
type analysis struct {
	compiler *ast.Compiler
	settings map[string]any
	clauses  []*clause          // of deny and all it reaches
	calls    map[string][]place // the calls of each function, by its reference

	reading, shrinking, opaque *slicer

	positional     bool
	hashes         bool // a set, or an object with computed keys, is made of more than constants
	builds         bool // an object is made
	makes          bool // a builtin may make or compare objects
	counts         bool // a builtin may look at a set as a whole
	compares       bool // values of the input, or derived from them, are compared with one another
	comparesObject bool // with a constant that has an object in it
	transforms     map[string]bool
	unguarded      bool // to_number is asked of any text
	patterns       []pattern
}

// A place is an expression in a clause.
type place struct {
	in *clause
	at *ast.Expr
}

func newAnalysis(compiler *ast.Compiler, settings map[string]any, deny []*ast.Rule) *analysis {
	a := &analysis{compiler: compiler, settings: settings, calls: map[string][]place{}, transforms: map[string]bool{}}
	a.reading, a.shrinking, a.opaque = newSlicer(a), newSlicer(a), newSlicer(a)
	for _, rule := range a.closure(deny) {
		for r := rule; r != nil; r = r.Else {
			c := newClause(r)
			c.deny = slices.Contains(deny, rule)
			a.clauses = append(a.clauses, c)
			for _, e := range c.exprs {
				if a.callsRule(e) {
					name := e.Operator().String()
					a.calls[name] = append(a.calls[name], place{c, e})
				}
			}
		}
	}
	return a
}

func (a *analysis) callsRule(e *ast.Expr) bool {
	return e.IsCall() && e.Operator().HasPrefix(ast.DefaultRootRef)
}

// closure returns rules and all that they reach, in a fixed order.
func (a *analysis) closure(rules []*ast.Rule) []*ast.Rule {
	var found []*ast.Rule
	seen := map[*ast.Rule]bool{}
	for len(rules) > 0 {
		rule := rules[0]
		rules = rules[1:]
		if seen[rule] {
			continue
		}
		seen[rule] = true
		found = append(found, rule)
		rules = append(rules, a.reached(rule)...)
	}
	return found
}

// reached returns the rules that node refers to.
func (a *analysis) reached(node any) []*ast.Rule {
	var rules []*ast.Rule
	ast.WalkRefs(node, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.DefaultRootRef) {
			rules = append(rules, a.compiler.GetRules(ref.GroundPrefix())...)
		}
		return false
	})
	return rules
}

// rest returns what follows the name of a rule or setting in ref.
func (a *analysis) rest(ref ast.Ref) ast.Ref {
	for n := 1; n <= len(ref); n++ {
		if len(a.compiler.GetRulesExact(ref[:n])) > 0 || n == 3 && ref.HasPrefix(settingsRef) {
			return ref[n:]
		}
	}
	return nil
}

// A visit guards against going in circles.
type visit struct {
	in *clause
	v  ast.Var
}

// constant reports whether term is always one of the constants that
// representatives gathers: it is ground, a setting, a rule of constants, a
// member of these or a variable bound to one.
func (a *analysis) constant(c *clause, term *ast.Term) bool {
	return a.constantVia(c, term, map[visit]bool{})
}

func (a *analysis) constantVia(c *clause, term *ast.Term, seen map[visit]bool) bool {
	switch v := term.Value.(type) {
	case ast.Ref:
		if v.HasPrefix(ast.DefaultRootRef) {
			return !slices.ContainsFunc(a.closure(a.compiler.GetRules(v.GroundPrefix())), computes)
		}
		_, isVar := v[0].Value.(ast.Var)
		return isVar && !v.HasPrefix(ast.InputRootRef) && a.constantVia(c, v[0], seen)
	case ast.Var:
		if seen[visit{c, v}] {
			return false
		}
		seen[visit{c, v}] = true
		if position, ok := c.args[v]; ok {
			calls := a.calls[c.rule.Ref().GroundPrefix().String()]
			return len(calls) > 0 && !slices.ContainsFunc(calls, func(p place) bool {
				return !a.constantVia(p.in, p.at.Operand(position), seen)
			})
		}
		return slices.ContainsFunc(c.by[v], func(e *ast.Expr) bool { return a.constantBy(c, e, v, seen) })
	case *ast.Array, ast.Set, ast.Object:
		for inner := range termVars(term) {
			if !a.constantVia(c, ast.NewTerm(inner), seen) {
				return false
			}
		}
		return !hasRef(term)
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		return true
	}
	return false
}

// constantBy reports whether e gives v a constant.
func (a *analysis) constantBy(c *clause, e *ast.Expr, v ast.Var, seen map[visit]bool) bool {
	if every, ok := e.Terms.(*ast.Every); ok {
		return a.constantVia(c, every.Domain, seen)
	}
	if a.callsRule(e) {
		return a.constantResult(e.Operator())
	}
	if !e.IsEquality() {
		return false
	}
	for i, t := range e.Operands() {
		if t.Value.Compare(v) == 0 && a.constantVia(c, e.Operand(1-i), seen) {
			return true
		}
	}
	return false
}

// constantResult reports whether every rule of the function called name has a
// constant as its value.
func (a *analysis) constantResult(name ast.Ref) bool {
	rules := a.compiler.GetRulesExact(name)
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(rule *ast.Rule) bool {
		for r := rule; r != nil; r = r.Else {
			if r.Head.Value == nil || !ast.IsScalar(r.Head.Value.Value) {
				return true
			}
		}
		return false
	})
}

func hasRef(term *ast.Term) bool {
	found := false
	ast.NewGenericVisitor(func(x any) bool {
		switch x.(type) {
		case ast.Ref, *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			found = true
		}
		return found
	}).Walk(term)
	return found
}

// computes reports whether rule may have another value than constants: it reads
// the input, takes arguments, or calls what makes new values.
func computes(rule *ast.Rule) bool {
	found := len(rule.Head.Args) > 0
	ast.WalkRefs(rule, func(ref ast.Ref) bool {
		found = found || ref.HasPrefix(ast.InputRootRef)
		return found
	})
	ast.WalkExprs(rule, func(e *ast.Expr) bool {
		if e.IsCall() && !e.Operator().HasPrefix(ast.DefaultRootRef) {
			switch e.Operator().String() {
			case "eq", "equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2", "or", "minus":
			default:
				found = true
			}
		}
		return found
	})
	return found
}

// common lead to every value and tell nothing of which.
var common = set("subject", "values", "referrers", "references", "input")

// whole reports whether term may be the whole of a subject or its values, or a
// list of these: no name says what is read in it.
func (a *analysis) whole(c *clause, term *ast.Term) bool {
	return a.wholeVia(c, term, map[visit]bool{})
}

func (a *analysis) wholeVia(c *clause, term *ast.Term, seen map[visit]bool) bool {
	switch v := term.Value.(type) {
	case ast.Ref:
		return a.wholeRef(c, v, seen)
	case ast.Var:
		if seen[visit{c, v}] {
			return false
		}
		seen[visit{c, v}] = true
		if position, ok := c.args[v]; ok {
			return slices.ContainsFunc(a.calls[c.rule.Ref().GroundPrefix().String()], func(p place) bool {
				return a.wholeVia(p.in, p.at.Operand(position), seen)
			})
		}
		return slices.ContainsFunc(c.by[v], func(e *ast.Expr) bool { return a.wholeBy(c, e, v, seen) })
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		return false
	}
	found := false
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			found = found || a.wholeRef(c, x, seen)
			return true
		case ast.Var:
			found = found || a.wholeVia(c, ast.NewTerm(x), seen)
		}
		return found
	}).Walk(term)
	return found
}

func (a *analysis) wholeRef(c *clause, ref ast.Ref, seen map[visit]bool) bool {
	steps := ref[1:]
	switch {
	case ref.HasPrefix(ast.InputRootRef):
		if len(ref) > 1 && (ref[1].Value.Compare(ast.String("referrers")) == 0 || ref[1].Value.Compare(ast.String("references")) == 0) {
			steps = ref[min(len(ref), 3):]
		}
		return !a.named(c, steps)
	case ref.HasPrefix(ast.DefaultRootRef):
		if a.named(c, a.rest(ref)) {
			return false
		}
		for _, rule := range a.compiler.GetRules(ref.GroundPrefix()) {
			if a.wholeRule(rule, seen) {
				return true
			}
		}
		return false
	}
	return !a.named(c, steps) && a.wholeVia(c, ref[0], seen)
}

func (a *analysis) wholeRule(rule *ast.Rule, seen map[visit]bool) bool {
	for _, d := range a.clauses {
		if d.rule.Ref().Equal(rule.Ref()) {
			for _, t := range []*ast.Term{d.rule.Head.Key, d.rule.Head.Value} {
				if t != nil && a.wholeVia(d, t, seen) {
					return true
				}
			}
		}
	}
	return false
}

func (a *analysis) wholeBy(c *clause, e *ast.Expr, v ast.Var, seen map[visit]bool) bool {
	switch every, isEvery := e.Terms.(*ast.Every); {
	case isEvery:
		return a.wholeVia(c, every.Domain, seen)
	case e.IsEquality():
		for i, t := range e.Operands() {
			if termVars(t).Contains(v) && a.wholeVia(c, e.Operand(1-i), seen) {
				return true
			}
		}
		return false
	case a.callsRule(e):
		for _, rule := range a.compiler.GetRulesExact(e.Operator()) {
			if a.wholeRule(rule, seen) {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(a.inputs(e), func(t *ast.Term) bool { return a.wholeVia(c, t, seen) })
}

// named reports whether steps name a value.
func (a *analysis) named(c *clause, steps ast.Ref) bool {
	return slices.ContainsFunc(steps, func(step *ast.Term) bool {
		switch v := step.Value.(type) {
		case ast.String:
			return !common[string(v)]
		case ast.Var:
			return a.constant(c, step)
		}
		return false
	})
}
