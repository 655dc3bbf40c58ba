package terraform

import (
	"regexp/syntax"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// What an expression builds is counted where it is built. What it only reads
// is counted here: a hash of much text, or a search in a long list, costs time
// and leaves nothing behind, and a for expression repeats it.

// A meteredExpr is an argument of a function or an operand of a comparison.
type meteredExpr struct {
	hclsyntax.Expression
	perStep int  // bytes of text that cost one step
	element int  // steps that one element of a collection costs
	lists   bool // long tuples of one type are passed on as lists
}

func (e *meteredExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Expression.Value(ctx)
	if diags.HasErrors() {
		return v, diags
	}
	s, _ := scopeOf(ctx, "")
	if s == nil {
		return v, diags
	}
	if !s.ev.spend(0) { // a for expression goes on after an error
		return cty.DynamicVal, hcl.Diagnostics{spent(e.Range())}
	}
	if e.lists {
		v = listed(v)
	}
	if cost := s.ev.cost(v, e); cost > 0 && !s.ev.spend(cost) {
		s.ev.exhausted(cty.DynamicPseudoType)
		return cty.DynamicVal, hcl.Diagnostics{spent(e.Range())}
	}
	return v, diags
}

// cost returns how many steps it takes to read v.
func (ev *evaluator) cost(v cty.Value, e *meteredExpr) int {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return 0
	}
	switch t := v.Type(); {
	case t == cty.String:
		return len(v.AsString()) / e.perStep
	case t.IsPrimitiveType() || t.IsCapsuleType():
		return 0
	case e.element == 0:
		return 0
	}
	n := 0
	ev.weigh(v, &n)
	cost := n * e.element
	if t := v.Type(); t.IsTupleType() && v.LengthInt() > longTuple {
		cost += v.LengthInt() * (v.LengthInt() / 1000) // the types are compared pairwise
	}
	return cost
}

// longTuple is the length up to which it does not matter that the library
// takes quadratic time to find what type the elements of a tuple have in
// common.
const longTuple = 1000

// listed returns a long tuple whose elements are all of one type as a list,
// which is what functions make of it.
func listed(v cty.Value) cty.Value {
	bare, marks := v.Unmark()
	if !bare.IsKnown() || bare.IsNull() || !bare.Type().IsTupleType() || bare.LengthInt() <= longTuple {
		return v
	}
	types := bare.Type().TupleElementTypes()
	for _, t := range types {
		if t == cty.DynamicPseudoType || !t.Equals(types[0]) {
			return v
		}
	}
	return cty.ListVal(bare.AsValueSlice()).WithMarks(marks)
}

// slowReaders are functions that take long for each byte of their arguments.
var slowReaders = set("jsondecode", "yamldecode", "csvdecode", "base64gzip", "parseint", "templatestring",
	"provider::terraform::decode_tfvars", "sort", "distinct", "formatlist", "md5", "sha1", "sha256", "sha512",
	"base64sha256", "base64sha512")

// glances are functions that look at a part of their arguments alone, or
// evaluate them by themselves.
var glances = set("length", "lookup", "element", "try", "can", "one", "issensitive", "nonsensitive", "sensitive")

// metered wraps the arguments of a call.
func metered(name string, args []hclsyntax.Expression) {
	m := meteredExpr{perStep: 64, element: 1, lists: true}
	switch {
	case slowReaders[name]:
		m.perStep, m.element = 1, 8
	case glances[name]:
		m.element, m.lists = 0, false
	}
	for i, arg := range args {
		if _, literal := unwrap(arg).(*hclsyntax.LiteralValueExpr); !literal {
			wrapped := m
			wrapped.Expression = arg
			args[i] = &wrapped
		}
	}
}

// compared wraps an operand of a comparison.
func compared(e hclsyntax.Expression) hclsyntax.Expression {
	if _, literal := unwrap(e).(*hclsyntax.LiteralValueExpr); literal {
		return e
	}
	return &meteredExpr{Expression: e, perStep: 1024, element: 2}
}

// searching returns a function that matches patterns, with the work that a
// pattern makes of a text taken from the budget. A pattern costs as much for
// each character as it has states.
func (ev *evaluator) searching(f function.Function, pattern, text int) function.Function {
	return guarded(f, func(args []cty.Value) error {
		p, _ := textOf(args[pattern])
		t, _ := textOf(args[text])
		if pattern == 1 { // replace, whose patterns are marked as such
			if len(p) < 2 || p[0] != '/' || p[len(p)-1] != '/' {
				return nil
			}
			p = strings.Trim(p, "/")
		}
		if !ev.spend(len(t) / 64 * states(p)) {
			return errTooMuch
		}
		return nil
	})
}

// states returns how many states a pattern has.
func states(pattern string) int {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 1
	}
	compiled, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 1
	}
	return len(compiled.Inst)
}

// maxPairwise bounds the lists whose elements are all compared with each
// other.
const maxPairwise = 4000

// checkPairwise refuses lists that are too long for that.
func checkPairwise(args []cty.Value) error {
	product := 1
	for _, v := range args {
		if v.IsKnown() && !v.IsNull() && v.CanIterateElements() {
			product *= max(1, v.LengthInt())
		}
	}
	if product > maxPairwise*maxPairwise || len(args) == 1 && product > maxPairwise {
		return errTooMuch
	}
	return nil
}

// checkMatchKeys is the same for the keys that matchkeys looks for among
// others.
func checkMatchKeys(args []cty.Value) error {
	if len(args) < 3 {
		return nil
	}
	return checkPairwise(args[1:3])
}
