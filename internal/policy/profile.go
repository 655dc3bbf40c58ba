package policy

import (
	"cmp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A Profile says what a policy does with the values it reads. The engine needs
// it where a value is unknown. It is worked out from the compiled rule and every
// helper that the rule reaches, and errs towards saying less: a policy of which
// it says nothing good is still judged rightly, but more often unknown.
type Profile struct {
	// Literals are the constants that the policy may compare a value with:
	// those in its text, its settings, the neighbours of numbers, and a sample
	// for each regular expression. Each once, in a fixed order.
	Literals []ast.Value

	// Enumerable says that the policy only compares values with Literals and
	// tests their types, so that Literals and a few values of each type stand
	// for all there are.
	Enumerable bool

	// sensitive are the names read in places where more input may mean fewer
	// findings: below not, every, a comprehension or a count.
	sensitive map[string]bool
	all       bool // every name is sensitive
}

// Monotone reports whether the value at a path with these keys can only add
// findings by being there, never take one away.
func (p *Profile) Monotone(keys []string) bool {
	if p.all {
		return false
	}
	for _, key := range keys {
		if p.sensitive[key] {
			return false
		}
	}
	return true
}

// comparing are the builtins that compare values with constants or test them,
// or that read nothing of what they compare.
var comparing = set(
	"eq", "equal", "neq", "lt", "lte", "gt", "gte",
	"internal.member_2", "internal.member_3", "internal.template_string", "internal.print",
	"startswith", "endswith", "contains", "regex.match",
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name",
	"lower", "upper", "to_number", "format_int", "object.get", "array.concat", "union", "or", "and",
)

// ordered compare their first two operands.
var ordered = set(
	"equal", "neq", "lt", "lte", "gt", "gte",
	"internal.member_2", "startswith", "endswith", "contains", "regex.match",
)

// growing are the builtins whose result does not lose by more input.
var growing = set(
	"eq", "equal", "neq", "lt", "lte", "gt", "gte",
	"internal.member_2", "internal.member_3", "internal.template_string", "internal.print",
	"startswith", "endswith", "contains", "regex.match", "glob.match", "net.cidr_contains", "net.cidr_is_valid",
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name",
	"lower", "upper", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix",
	"split", "concat", "replace", "substring", "sprintf", "indexof", "to_number", "format_int",
	"array.concat", "or", "and", "json.unmarshal", "units.parse", "units.parse_bytes",
	"plus", "mul", "div", "rem", "abs", "walk",
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}

// profile works out the profile of the policy in package path.
func profile(compiler *ast.Compiler, path ast.Ref, settings map[string]any) *Profile {
	a := &analysis{compiler: compiler, settings: settings}
	deny := a.closure(compiler.GetRules(path.Append(ast.StringTerm("deny"))))
	p := &Profile{Enumerable: true, sensitive: map[string]bool{}}
	for _, rule := range deny {
		a.collect(p, rule)
	}
	a.finish(p)
	return p
}

// An analysis reads compiled rules.
type analysis struct {
	compiler *ast.Compiler
	settings map[string]any
	literals []ast.Value
}

// closure returns rules and all that they reach, in a fixed order.
func (a *analysis) closure(rules []*ast.Rule) []*ast.Rule {
	var found []*ast.Rule
	for len(rules) > 0 {
		rule := rules[0]
		rules = rules[1:]
		if slices.Contains(found, rule) {
			continue
		}
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

// collect gathers what rule tells: its constants, the names it is sensitive
// to, and whether it does more with values than compare them with constants.
func (a *analysis) collect(p *Profile, rule *ast.Rule) {
	a.constants(rule)
	if rule.Default || rule.Else != nil {
		a.sensitiveTo(p, rule)
	}
	ast.WalkBodies(rule, func(body ast.Body) bool {
		bound := rule.Head.Args.Vars()
		for _, e := range body {
			if e.Negated {
				a.sensitiveTo(p, e)
			}
			if e.Negated && len(localVars(e)) > 0 || a.mayShrink(rule, e, bound) {
				a.sensitiveTo(p, rule)
			}
			if e.IsCall() && !a.callsRule(e) && !a.comparesConstants(rule, e, bound) {
				p.Enumerable = false
			}
			ast.WalkVars(e, func(v ast.Var) bool {
				bound.Add(v)
				return false
			})
		}
		return false
	})
}

// mayShrink reports whether e, behind which the variables in bound have
// values, may turn false by more input.
func (a *analysis) mayShrink(rule *ast.Rule, e *ast.Expr, bound ast.VarSet) bool {
	if e.IsEvery() || len(e.With) > 0 {
		return true
	}
	if !e.IsCall() || a.callsRule(e) {
		return false
	}
	switch name := e.Operator().String(); name {
	case "equal", "neq":
		return !a.scalar(rule, e.Operand(0)) && !a.scalar(rule, e.Operand(1))
	case "eq":
		return !binds(e, bound) && !a.scalar(rule, e.Operand(0)) && !a.scalar(rule, e.Operand(1))
	default:
		return !growing[name]
	}
}

// scalar reports whether term is a constant and no list, set or object.
func (a *analysis) scalar(rule *ast.Rule, term *ast.Term) bool {
	switch term.Value.(type) {
	case *ast.Array, ast.Set, ast.Object:
		return false
	}
	return a.constant(rule, term)
}

// sensitiveTo notes every name that node and what it reaches may read.
func (a *analysis) sensitiveTo(p *Profile, node any) {
	nodes := []any{node}
	for _, rule := range a.closure(a.reached(node)) {
		nodes = append(nodes, rule)
	}
	for _, n := range nodes {
		args := argVars(n)
		ast.WalkTerms(n, func(t *ast.Term) bool {
			switch v := t.Value.(type) {
			case ast.String:
				p.sensitive[string(v)] = true
			case ast.Ref:
				p.all = p.all || roams(v, args)
			}
			return false
		})
	}
	// These are on the way to every value.
	for _, name := range []string{"subject", "values", "referrers", "references", "input"} {
		delete(p.sensitive, name)
	}
}

// roams reports whether ref may lead to a value whose name stands nowhere in
// the policy: it takes any key of a whole block or of something a variable
// holds. A key that is an argument stands where the function is called.
func roams(ref ast.Ref, args ast.VarSet) bool {
	if ref[0].Value.Compare(ast.Var("walk")) == 0 {
		return true
	}
	for i, step := range ref[1:] {
		key, ok := step.Value.(ast.Var)
		if !ok || args.Contains(key) {
			continue
		}
		before := ref[i].Value
		if _, isVar := before.(ast.Var); isVar || before.Compare(ast.String("values")) == 0 || before.Compare(ast.String("subject")) == 0 {
			return true
		}
	}
	return false
}

// comparesConstants reports whether e, the call of a builtin behind which the
// variables in bound have values, holds values against constants alone.
func (a *analysis) comparesConstants(rule *ast.Rule, e *ast.Expr, bound ast.VarSet) bool {
	name := e.Operator().String()
	if !comparing[name] || len(e.With) > 0 {
		return false
	}
	if ordered[name] || name == "eq" && (e.Negated || !binds(e, bound)) {
		return a.constant(rule, e.Operand(0)) || a.constant(rule, e.Operand(1))
	}
	return true
}

// binds reports whether an equation gives a variable its value.
func binds(e *ast.Expr, bound ast.VarSet) bool {
	for _, operand := range e.Operands() {
		if v, ok := operand.Value.(ast.Var); ok && !bound.Contains(v) {
			return true
		}
		if !operand.IsGround() && collectionWithVars(operand, bound) {
			return true
		}
	}
	return false
}

// constant reports whether term holds nothing of the input: it is ground, a
// setting, a rule of constants, or a variable bound to one of these.
func (a *analysis) constant(rule *ast.Rule, term *ast.Term) bool {
	switch v := term.Value.(type) {
	case ast.Ref:
		if !v.HasPrefix(ast.DefaultRootRef) {
			return false
		}
		for _, reached := range a.closure(a.compiler.GetRules(v.GroundPrefix())) {
			if readsInput(reached) || len(reached.Head.Args) > 0 {
				return false
			}
		}
		return true
	case ast.Var:
		bound := false
		ast.WalkExprs(rule, func(e *ast.Expr) bool {
			if e.IsEquality() && e.Operand(0).Value.Compare(v) == 0 && e.Operand(1).Value.Compare(v) != 0 {
				if _, isVar := e.Operand(1).Value.(ast.Var); !isVar {
					bound = bound || a.constant(rule, e.Operand(1))
				}
			}
			return bound
		})
		return bound
	}
	return term.IsGround()
}

func (a *analysis) callsRule(e *ast.Expr) bool { return e.Operator().HasPrefix(ast.DefaultRootRef) }

// constants gathers what rule may compare values with: the operands of its
// calls but for messages, and the value of a rule that is a constant.
func (a *analysis) constants(rule *ast.Rule) {
	if rule.Head.Value != nil && rule.Head.Key == nil {
		a.keep(rule.Head.Value)
	}
	ast.WalkExprs(rule, func(e *ast.Expr) bool {
		if !e.IsCall() || e.Operator().String() == ast.InternalTemplateString.Name {
			return false
		}
		for _, operand := range e.Operands() {
			a.keep(operand)
		}
		if e.Operator().String() == "regex.match" {
			if pattern, ok := e.Operand(0).Value.(ast.String); ok {
				a.literals = append(a.literals, samples(string(pattern))...)
			}
		}
		return false
	})
}

// keep adds the scalars in term to the literals, and what a setting holds.
func (a *analysis) keep(term *ast.Term) {
	ref, ok := term.Value.(ast.Ref)
	if !ok {
		a.literals = append(a.literals, scalars(term.Value)...)
		return
	}
	if name := settingName(ref); name != "" {
		if value, err := ast.InterfaceToValue(a.settings[name]); err == nil {
			a.literals = append(a.literals, scalars(value)...)
		}
	}
}

// finish sorts the literals and adds the neighbours of numbers.
func (a *analysis) finish(p *Profile) {
	for _, v := range a.literals {
		p.Literals = append(p.Literals, v)
		if n, ok := v.(ast.Number); ok {
			if i, ok := n.Int64(); ok {
				p.Literals = append(p.Literals, ast.IntNumberTerm(int(i-1)).Value, ast.IntNumberTerm(int(i+1)).Value)
			}
		}
	}
	slices.SortFunc(p.Literals, func(x, y ast.Value) int { return cmp.Compare(x.String(), y.String()) })
	p.Literals = slices.CompactFunc(p.Literals, func(x, y ast.Value) bool { return x.Compare(y) == 0 })
}
