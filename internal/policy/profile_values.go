package policy

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The values that stand for all others: within one class of values, no policy
// that only compares with constants can tell one from another.

// opaqueText is a text that no policy expects.
const opaqueText = "${unknown}"

// representatives returns a value of every class. It reports false where the
// classes are beyond it.
func (a *analysis) representatives() (values []ast.Value, complete bool) {
	values = []ast.Value{ast.Boolean(true), ast.Boolean(false), ast.NullValue, ast.String(opaqueText)}
	constants := a.constants()
	var texts []string
	var numbers []*big.Rat
	for _, v := range constants {
		switch v := v.(type) {
		case ast.String:
			texts = append(texts, string(v))
		case ast.Number:
			if n, ok := rational(string(v)); ok {
				numbers = append(numbers, n)
			}
		default:
			values = append(values, v)
		}
	}
	converts := a.transforms["to_number"] || a.transforms["format_int"]
	if converts {
		for _, s := range texts {
			if n, ok := rational(s); ok {
				numbers = append(numbers, n)
			}
		}
	}
	numbers = between(numbers)
	for _, n := range numbers {
		values = append(values, ast.Number(decimal(n)))
		if a.transforms["to_number"] {
			texts = append(texts, decimal(n))
			if a.unguarded {
				texts = append(texts, decimal(n)+"e0")
			}
			if n.IsInt() {
				texts = append(texts, decimal(n)+".0")
			}
		}
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	for _, s := range texts {
		values = append(values, ast.String(s))
	}
	samples, complete := a.samples(texts, converts)
	for _, s := range samples {
		values = append(values, ast.String(s))
	}
	slices.SortFunc(values, func(x, y ast.Value) int { return cmp.Compare(x.String(), y.String()) })
	return slices.CompactFunc(values, func(x, y ast.Value) bool { return x.Compare(y) == 0 }), complete
}

// between returns numbers and one between each two, below and above them, and
// zero. All are sorted.
func between(numbers []*big.Rat) []*big.Rat {
	numbers = append(numbers, new(big.Rat))
	slices.SortFunc(numbers, (*big.Rat).Cmp)
	numbers = slices.CompactFunc(numbers, func(x, y *big.Rat) bool { return x.Cmp(y) == 0 })
	one, half := big.NewRat(1, 1), big.NewRat(1, 2)
	all := []*big.Rat{new(big.Rat).Sub(numbers[0], one)}
	for i, n := range numbers {
		all = append(all, n)
		next := new(big.Rat).Add(n, one)
		if i+1 < len(numbers) && next.Cmp(numbers[i+1]) >= 0 {
			next = new(big.Rat).Add(n, numbers[i+1])
			next.Mul(next, half)
		}
		all = append(all, next)
	}
	return all
}

// rational parses a decimal number of ordinary size.
func rational(s string) (*big.Rat, bool) {
	if len(s) > 40 || strings.ContainsAny(s, "/xXpP_") {
		return nil, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 4 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func decimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	return strings.TrimRight(n.FloatString(60), "0")
}

// constants returns what the policy may compare values with. Texts for people
// and the names by which it reads the input are not among them.
func (a *analysis) constants() []ast.Value {
	var found []ast.Value
	for _, c := range a.clauses {
		if !c.deny {
			for _, t := range []*ast.Term{c.rule.Head.Key, c.rule.Head.Value} {
				if t != nil {
					found = append(found, a.inTerm(t)...)
				}
			}
			for _, step := range c.rule.Ref()[len(c.rule.Ref().GroundPrefix()):] {
				found = append(found, a.inTerm(step)...)
			}
		}
		for _, arg := range c.rule.Head.Args {
			found = append(found, a.inTerm(arg)...)
		}
		for _, e := range c.exprs {
			if !c.deny || !makesFinding(c, e) {
				found = append(found, a.inExpr(e)...)
			}
		}
	}
	return found
}

// makesFinding reports whether e, in a rule deny, binds what the rule gives.
func makesFinding(c *clause, e *ast.Expr) bool {
	if !e.IsEquality() || c.rule.Head.Key == nil {
		return false
	}
	for i, t := range e.Operands() {
		if _, made := e.Operand(1 - i).Value.(ast.Object); made && t.Equal(c.rule.Head.Key) {
			return true
		}
	}
	return false
}

func (a *analysis) inExpr(e *ast.Expr) []ast.Value {
	if every, ok := e.Terms.(*ast.Every); ok {
		return a.inTerm(every.Domain)
	}
	var found []ast.Value
	operands := e.Operands()
	if e.IsCall() {
		switch name := e.Operator().String(); {
		case showing[name]:
			return nil
		case name == "regex.match":
			operands = operands[1:]
		}
	}
	if !e.IsCall() {
		if t, ok := e.Terms.(*ast.Term); ok {
			operands = []*ast.Term{t}
		}
	}
	for _, operand := range operands {
		found = append(found, a.inTerm(operand)...)
	}
	return found
}

// inTerm returns the constants in term: scalars, and collections of constants.
// Of references it returns what a setting holds and the keys that constants are
// looked up by.
func (a *analysis) inTerm(term *ast.Term) []ast.Value {
	var found []ast.Value
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Body:
			return true // its expressions are gone through on their own
		case ast.Ref:
			found = append(found, a.inRef(x)...)
			return true
		case ast.String, ast.Number, ast.Boolean:
			found = append(found, x.(ast.Value))
		case *ast.Array:
			if len(termVars(x)) == 0 && !hasRef(ast.NewTerm(x)) {
				found = append(found, x)
			}
		case ast.Object:
			if len(termVars(x)) == 0 && !hasRef(ast.NewTerm(x)) {
				found = append(found, x)
			}
		}
		return false
	}).Walk(term)
	return found
}

func (a *analysis) inRef(ref ast.Ref) []ast.Value {
	var found []ast.Value
	if name := settingName(ref); name != "" {
		if value, err := ast.InterfaceToValue(a.settings[name]); err == nil {
			found = append(found, a.inTerm(ast.NewTerm(value))...)
		}
	}
	steps := ref[1:]
	if ref.HasPrefix(ast.DefaultRootRef) {
		steps = a.rest(ref)
	} else if ref.HasPrefix(ast.InputRootRef) || !a.hashes {
		steps = nil
	}
	for _, step := range steps {
		if ast.IsScalar(step.Value) {
			found = append(found, step.Value)
		}
	}
	return found
}

// constantsOf returns what term, a constant, may be, and what may be in it.
func (a *analysis) constantsOf(c *clause, term *ast.Term) []ast.Value {
	return a.constantsVia(c, term, map[visit]bool{})
}

func (a *analysis) constantsVia(c *clause, term *ast.Term, seen map[visit]bool) []ast.Value {
	var found []ast.Value
	switch v := term.Value.(type) {
	case ast.Var:
		if seen[visit{c, v}] {
			return nil
		}
		seen[visit{c, v}] = true
		if position, ok := c.args[v]; ok {
			for _, p := range a.calls[c.rule.Ref().GroundPrefix().String()] {
				found = append(found, a.constantsVia(p.in, p.at.Operand(position), seen)...)
			}
		}
		for _, e := range c.by[v] {
			found = append(found, a.constantsBy(c, e, v, seen)...)
		}
	case ast.Ref:
		if !v.HasPrefix(ast.DefaultRootRef) {
			return a.constantsVia(c, v[0], seen)
		}
		found = a.inRef(v)
		for _, rule := range a.compiler.GetRules(v.GroundPrefix()) {
			found = append(found, a.constantsOfRule(rule, seen)...)
		}
	case *ast.Array, ast.Set, ast.Object:
		found = a.inTerm(term)
		for inner := range termVars(term) {
			found = append(found, a.constantsVia(c, ast.NewTerm(inner), seen)...)
		}
	default:
		found = a.inTerm(term)
	}
	return found
}

func (a *analysis) constantsBy(c *clause, e *ast.Expr, v ast.Var, seen map[visit]bool) []ast.Value {
	var found []ast.Value
	every, isEvery := e.Terms.(*ast.Every)
	switch {
	case isEvery:
		return a.constantsVia(c, every.Domain, seen)
	case e.IsEquality():
		for i, t := range e.Operands() {
			if other := e.Operand(1 - i); t.Value.Compare(v) == 0 && a.constant(c, other) {
				found = append(found, a.constantsVia(c, other, seen)...)
			}
		}
	case a.callsRule(e):
		for _, rule := range a.compiler.GetRulesExact(e.Operator()) {
			found = append(found, a.constantsOfRule(rule, seen)...)
		}
	}
	return found
}

func (a *analysis) constantsOfRule(rule *ast.Rule, seen map[visit]bool) []ast.Value {
	var found []ast.Value
	for _, d := range a.clauses {
		if !d.rule.Ref().Equal(rule.Ref()) {
			continue
		}
		for _, t := range []*ast.Term{d.rule.Head.Key, d.rule.Head.Value} {
			if t != nil {
				found = append(found, a.constantsVia(d, t, seen)...)
			}
		}
	}
	return found
}

// objectConstant reports whether term is a constant with an object in it, and
// may be compared as such.
func (a *analysis) objectConstant(c *clause, term *ast.Term) bool {
	switch v := term.Value.(type) {
	case *ast.Array, ast.Set, ast.Object:
		return holdsObject(v)
	case ast.Var, ast.Ref:
		if !a.constant(c, term) {
			return false
		}
		return slices.ContainsFunc(a.constantsOf(c, term), func(v ast.Value) bool {
			_, isObject := v.(ast.Object)
			return isObject && !a.onlyLookedUp(term)
		})
	}
	return false
}

// onlyLookedUp reports whether term takes a member of a constant.
func (a *analysis) onlyLookedUp(term *ast.Term) bool {
	ref, ok := term.Value.(ast.Ref)
	return ok && len(a.rest(ref)) > 0
}
