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
	deep    bool // all elements are read, not one level of them
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
	case e.deep:
		n := 0
		ev.weigh(v, &n)
		return n / 8
	}
	return v.LengthInt() / 8
}

// slowReaders are functions that take long for each byte of their arguments.
var slowReaders = set("jsondecode", "yamldecode", "csvdecode", "base64gzip", "parseint", "templatestring",
	"provider::terraform::decode_tfvars", "sort", "distinct", "formatlist")

// metered wraps the arguments of a call.
func metered(name string, args []hclsyntax.Expression) {
	perStep := 64
	if slowReaders[name] {
		perStep = 8
	}
	for i, arg := range args {
		if _, literal := unwrap(arg).(*hclsyntax.LiteralValueExpr); !literal {
			args[i] = &meteredExpr{Expression: arg, perStep: perStep}
		}
	}
}

// compared wraps an operand of a comparison.
func compared(e hclsyntax.Expression) hclsyntax.Expression {
	if _, literal := unwrap(e).(*hclsyntax.LiteralValueExpr); literal {
		return e
	}
	return &meteredExpr{Expression: e, perStep: 1024, deep: true}
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
