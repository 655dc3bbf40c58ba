package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What a policy does with values: whether more of them may mean fewer findings,
// and whether it compares them with anything but constants.

// examine gathers what the expressions of c tell.
func (a *analysis) examine(c *clause) {
	a.reading.text(c, c.rule)
	for _, e := range c.exprs {
		a.keys(c, e)
		switch {
		case len(e.With) > 0:
			a.shrinking.names.all, a.opaque.names.all = true, true
		case e.Negated, e.IsEvery():
			a.shrinking.expr(c, e)
		}
		switch {
		case !e.IsCall():
		case a.callsRule(e):
			a.examineCall(c, e)
		case e.IsEquality():
			a.examineEquation(c, e)
		default:
			a.examineBuiltin(c, e)
		}
	}
	a.examineHead(c)
	a.examinePlaces(c)
}

// examineHead looks at what makes the rules of one name depend on each other,
// and at what a rule gathers.
func (a *analysis) examineHead(c *clause) {
	for _, rule := range a.compiler.GetRulesExact(c.rule.Ref().GroundPrefix()) {
		if rule.Default || rule.Else != nil {
			a.shrinking.clause(c)
		}
	}
	for _, arg := range c.rule.Head.Args {
		if _, isVar := arg.Value.(ast.Var); !isVar && !arg.IsGround() {
			a.opaque.names.all = true
			a.shrinking.names.all = true
		}
	}
	if c.deny {
		return
	}
	if key := c.rule.Head.Key; key != nil && !a.constant(c, key) || !c.rule.Ref().IsGround() {
		a.hashes = true
		a.builds = a.builds || c.rule.Head.Value != nil && c.rule.Head.RuleKind() == ast.SingleValue
	}
	for _, t := range []*ast.Term{c.rule.Head.Key, c.rule.Head.Value} {
		if t != nil && holdsObject(t.Value) {
			a.builds = true
		}
	}
}

// compare notes that e compares values with one another.
func (a *analysis) compare(c *clause, e *ast.Expr) {
	a.compares = true
	a.opaque.expr(c, e)
}

// keys looks at the keys that e reads by: a value that serves as a key is
// compared with those that are there.
func (a *analysis) keys(c *clause, e *ast.Expr) {
	walkOwnRefs(e, func(ref ast.Ref) {
		base := a.constant(c, ast.NewTerm(ref))
		for _, step := range ref[1:] {
			v, isVar := step.Value.(ast.Var)
			switch {
			case isVar && !c.bound[e].Contains(v), base, a.constant(c, step):
			default:
				a.compare(c, e)
			}
		}
	})
}

func (a *analysis) examineCall(c *clause, e *ast.Expr) {
	out := a.output(e)
	if out == nil || c.free(e, out) || a.constant(c, out) && !isCollection(out) {
		return
	}
	a.compare(c, e)
	a.shrinking.expr(c, e)
}

func (a *analysis) examineEquation(c *clause, e *ast.Expr) {
	x, y := e.Operand(0), e.Operand(1)
	if pattern, other := c.pattern(e); pattern != nil {
		if !a.madeAsList(c, pattern, other) {
			a.shrinking.expr(c, e)
			a.opaque.expr(c, e)
		}
		return
	}
	if c.binds(e) {
		for _, t := range e.Operands() {
			a.examineMade(c, t)
		}
		return
	}
	a.examineComparison(c, e, x, y)
}

// examineMade looks at what a variable is bound to.
func (a *analysis) examineMade(c *clause, term *ast.Term) {
	switch v := term.Value.(type) {
	case *ast.SetComprehension:
		a.hashes = a.hashes || !a.onlyShown(c, term)
	case *ast.ObjectComprehension:
		a.hashes, a.builds = true, true
	case ast.Set:
		a.hashes = a.hashes || !a.constant(c, term) && !a.onlyShown(c, term)
	case *ast.Array, ast.Object:
		a.builds = a.builds || holdsObject(v) && !a.onlyShown(c, term)
		a.hashes = a.hashes || !a.constant(c, term) && holdsSet(v)
	}
}

// examineComparison looks at a comparison of x and y.
func (a *analysis) examineComparison(c *clause, e *ast.Expr, x, y *ast.Term) {
	a.examineMade(c, x)
	a.examineMade(c, y)
	cx, cy := a.constant(c, x), a.constant(c, y)
	if !cx && !cy {
		a.compare(c, e)
	}
	if !(cx && a.scalars(c, x) || cy && a.scalars(c, y)) {
		a.shrinking.expr(c, e)
	}
	if a.objectConstant(c, x) || a.objectConstant(c, y) {
		a.comparesObject = true
		a.opaque.expr(c, e)
	}
}

// scalars reports whether term, a constant, is never a list, a set or an object.
func (a *analysis) scalars(c *clause, term *ast.Term) bool {
	if scalar(term) || isCollection(term) {
		return scalar(term)
	}
	return a.onlyLookedUp(term) || !slices.ContainsFunc(a.constantsOf(c, term), func(v ast.Value) bool { return !ast.IsScalar(v) })
}

// scalar reports whether term is written as a text, a number, a boolean or null.
func scalar(term *ast.Term) bool { return ast.IsScalar(term.Value) }

func (a *analysis) examineBuiltin(c *clause, e *ast.Expr) {
	name := e.Operator().String()
	x := e.Operand(0)
	if out := a.output(e); out != nil && !c.free(e, out) && !showing[name] && !(name == "walk" && c.freePair(e, out)) {
		a.compare(c, e)
		a.shrinking.expr(c, e)
	}
	if !growing[name] {
		a.shrinking.expr(c, e)
	}
	if !comparing[name] {
		a.opaque.expr(c, e)
		a.counts = true
		a.makes = a.makes || !growing[name] && !plain[name] || name == "json.unmarshal" || name == "walk"
		return
	}
	switch name {
	case "array.concat", "concat", "sprintf":
		a.takesLists(c, e)
	case "equal", "neq", "internal.member_2":
		a.examineComparison(c, e, x, e.Operand(1))
	case "internal.member_3":
		a.positional = true
		a.examineComparison(c, e, e.Operand(1), e.Operand(2))
		if !a.constant(c, x) {
			a.compare(c, e)
		}
	case "lt", "lte", "gt", "gte":
		a.examineComparison(c, e, x, e.Operand(1))
		if !a.numeric(c, x) && !a.numeric(c, e.Operand(1)) {
			a.opaque.expr(c, e)
		}
	case "startswith", "endswith", "contains":
		a.examinePattern(c, e, name, x, e.Operand(1))
	case "regex.match":
		a.examinePattern(c, e, name, e.Operand(1), x)
	case "lower", "upper", "to_number":
		a.transforms[name] = true
		a.unguarded = a.unguarded || name == "to_number" && !guarded(c, x)
	case "format_int":
		a.transforms[name] = true
		if e.Operand(1).Value.Compare(ast.Number("10")) != 0 {
			a.opaque.expr(c, e)
		}
	case "object.get":
		if !a.constant(c, x) && !a.constant(c, e.Operand(1)) {
			a.compare(c, e)
		}
	case "and":
		if !a.constant(c, x) && !a.constant(c, e.Operand(1)) {
			a.compare(c, e)
		}
		a.hashes = true
	}
}

// takesLists notes the operands of e that may be a list of the input: an object
// in its place, such as a probe, is refused.
func (a *analysis) takesLists(c *clause, e *ast.Expr) {
	for _, t := range a.inputs(e) {
		if !a.constant(c, t) && !a.list(c, t, false, map[visit]bool{}) {
			a.opaque.node(c, t)
		}
	}
}

// examinePattern looks at a test of text by pattern.
func (a *analysis) examinePattern(c *clause, e *ast.Expr, name string, text, by *ast.Term) {
	if a.constant(c, text) && a.constant(c, by) {
		return
	}
	if !a.constant(c, by) {
		a.compare(c, e)
		return
	}
	if s, ok := by.Value.(ast.String); ok {
		a.patterns = append(a.patterns, pattern{kind: name, text: string(s)})
		return
	}
	a.patterns = append(a.patterns, pattern{kind: name, any: true})
}

// guarded reports whether c looks at text only if it is a decimal number.
func guarded(c *clause, text *ast.Term) bool {
	v, _ := text.Value.(ast.Var)
	return slices.ContainsFunc(c.exprs, func(e *ast.Expr) bool {
		if e.Negated || !e.IsCall() || e.Operator().String() != "regex.match" || e.Operand(0).Value.Compare(ast.String(numberText)) != 0 {
			return false
		}
		w, _ := e.Operand(1).Value.(ast.Var)
		return sameSource(c, v, w)
	})
}

// sameSource reports whether two variables of c are bound to the same thing.
func sameSource(c *clause, v, w ast.Var) bool {
	source := func(v ast.Var) *ast.Term {
		for _, e := range c.by[v] {
			for i, t := range e.Operands() {
				if e.IsEquality() && t.Value.Compare(v) == 0 {
					return e.Operand(1 - i)
				}
			}
		}
		return nil
	}
	if v == w {
		return v != ""
	}
	x, y := source(v), source(w)
	return x != nil && y != nil && x.Equal(y)
}

// numeric reports whether term is a number, or a constant that a setting gives.
func (a *analysis) numeric(c *clause, term *ast.Term) bool {
	if _, ok := term.Value.(ast.Number); ok {
		return true
	}
	if !a.constant(c, term) || scalar(term) || isCollection(term) {
		return false
	}
	return !slices.ContainsFunc(a.constantsOf(c, term), func(v ast.Value) bool { _, ok := v.(ast.Number); return !ok })
}

// neighbours reports whether term is the list of neighbours of one type, whose
// length is known.
func (a *analysis) neighbours(c *clause, term *ast.Term) bool {
	isList := func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		return ok && len(ref) == 3 && ref.HasPrefix(ast.InputRootRef) && ref.IsGround() && common[stringOf(ref[1])]
	}
	if v, ok := term.Value.(ast.Var); ok && len(c.by[v]) == 2 { // where it is bound, and the count itself
		for _, e := range c.by[v] {
			if e.IsEquality() && (isList(e.Operand(0)) || isList(e.Operand(1))) {
				return true
			}
		}
	}
	return isList(term)
}

func stringOf(term *ast.Term) string {
	s, _ := term.Value.(ast.String)
	return string(s)
}

// examinePlaces finds out whether the place of an element in its list matters:
// a number or a key that serves twice is used to read by.
func (a *analysis) examinePlaces(c *clause) {
	uses := map[ast.Var]int{}
	for _, e := range c.exprs {
		walkOwnRefs(e, func(ref ast.Ref) {
			for _, step := range ref[1:] {
				if _, ok := step.Value.(ast.Number); ok {
					a.positional = true
				}
				if v, ok := step.Value.(ast.Var); ok {
					uses[v]++
				}
			}
		})
	}
	for _, e := range c.exprs {
		if !e.IsCall() || e.Operator().String() == "array.concat" || showing[e.Operator().String()] {
			continue
		}
		for _, operand := range e.Operands() {
			if v, ok := operand.Value.(ast.Var); ok && uses[v] > 0 {
				uses[v]++
			}
		}
	}
	for v, n := range uses {
		if _, isArg := c.args[v]; (n > 1 || isArg) && !a.constant(c, ast.NewTerm(v)) {
			a.positional = true
		}
	}
}
