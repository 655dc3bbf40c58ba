package terraform

import (
	"reflect"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// An evaluator evaluates one root module and what it calls. One goroutine uses
// it, so that what it finds does not depend on scheduling.
type evaluator struct {
	stopped   func() error // tells that the load was cancelled
	store     *store
	limits    limits
	dir       string // of the root module
	scope     string // of the subjects: dir, or the plan where it stands for itself
	first     string // the file that stands for the root module
	plan      *plan  // nil without one
	workspace string
	functions map[string]function.Function
	manifest  map[string]string // directories of installed modules by call path
	names     []string          // attributes that some expression asks for
	root      *instance
	given     map[string]*attribute // what the root module receives

	stack []*memo // what is being computed
	depth int     // of the stack, weighed
	refs  refs    // of the block whose own expressions are being evaluated

	steps, elements, bytes int64 // used so far
	exported, edges        int64
	instances, modules     int
	templates              int // being rendered
	hidden                 int // sensitive values met so far
	sources                map[*attribute]*annexgate.Source
	providers              map[providerKey]*annexgate.Subject
	all                    []*item // every instance, in the order of evaluation
}

// refs are the blocks that a block refers to.
type refs map[*item]struct{}

// A scope is what expressions are evaluated in.
type scope struct {
	ev   *evaluator
	mod  *instance // nil inside a template file
	item *item     // for each, count and self; may be nil
}

// scopeKey names the variable that carries the scope. No expression can spell
// it.
const scopeKey = "\x00scope"

var scopeType = cty.Capsule("scope", reflect.TypeFor[scope]())

// context returns an evaluation context for the scope.
func (s *scope) context() *hcl.EvalContext {
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{scopeKey: cty.CapsuleVal(scopeType, s)},
		Functions: s.ev.functions,
	}
}

// scopeOf returns the scope of ctx, and whether a construct within, such as
// for, defines name.
func scopeOf(ctx *hcl.EvalContext, name string) (_ *scope, own bool) {
	for ; ctx != nil; ctx = ctx.Parent() {
		if _, ok := ctx.Variables[name]; ok {
			own = true
		}
		if v, ok := ctx.Variables[scopeKey]; ok {
			s, _ := v.EncapsulatedValue().(*scope)
			return s, own
		}
	}
	return nil, own
}

// A memo holds one value that is computed when first asked for.
type memo struct {
	state  state
	cyclic bool
	value  cty.Value
	label  string
	file   *file
	rng    hcl.Range
}

type state uint8

const (
	untouched state = iota
	busy
	done
)

// once computes the value of m, unless that was done. refs receives what the
// computation refers to; nil if nobody asks.
func (ev *evaluator) once(m *memo, refs refs, compute func() cty.Value) cty.Value {
	switch m.state {
	case done:
		return m.value
	case busy:
		return ev.cycle(m)
	}
	cost := 1
	if m.file != nil {
		cost += m.file.nesting
	}
	if ev.depth+cost > ev.limits.depth {
		return ev.tooDeep(m)
	}
	outer := ev.refs
	ev.refs, ev.depth, m.state = refs, ev.depth+cost, busy
	ev.stack = append(ev.stack, m)
	v := compute()
	ev.stack = ev.stack[:len(ev.stack)-1]
	ev.refs, ev.depth, m.state = outer, ev.depth-cost, done
	if m.cyclic {
		v = unknown(cty.DynamicPseudoType, m.because("%s depends on itself"))
	}
	m.value = ev.weighed(m, v)
	return m.value
}

// because returns an origin at m. format has one verb, for the label.
func (m *memo) because(format string) *origin {
	return &origin{reason: strings.Replace(format, "%s", m.label, 1), from: m.at()}
}

func (m *memo) at() annexgate.Location {
	if m.file == nil {
		return annexgate.Location{}
	}
	return m.file.location(m.rng)
}

// cycle notes that m is needed for itself. All between are members.
func (ev *evaluator) cycle(m *memo) cty.Value {
	var names []string
	member := false
	for _, other := range ev.stack {
		member = member || other == m
		if member {
			other.cyclic = true
			names = append(names, other.label)
		}
	}
	if len(names) > 10 {
		names = append(names[:9], "...", names[len(names)-1])
	}
	ev.store.problem(annexgate.Notice, m.at(), "%s depends on itself: %s -> %s; what is in the circle is unknown",
		m.label, strings.Join(names, " -> "), m.label)
	return unknown(cty.DynamicPseudoType, m.because("%s depends on itself"))
}

func (ev *evaluator) tooDeep(m *memo) cty.Value {
	ev.store.problem(annexgate.Unread, m.at(), "evaluate %s: too many references lie between it and what it depends on", m.label)
	return unknown(cty.DynamicPseudoType, m.because("%s lies too deep to be evaluated"))
}

// weighed returns v, or an unknown in its place when v is too large to keep.
func (ev *evaluator) weighed(m *memo, v cty.Value) cty.Value {
	n := 0
	if ev.weigh(v, &n) {
		return v
	}
	ev.store.problem(annexgate.Unread, m.at(), "evaluate %s: the value has more than %d elements, or a number with thousands of digits", m.label, ev.limits.valueSize)
	return unknown(cty.DynamicPseudoType, m.because("%s is too large to be evaluated"))
}

// weigh counts the elements of v into n and reports whether they, and the
// digits of its numbers, are within the limits. Values share their parts, so a small one can be endless to walk.
func (ev *evaluator) weigh(v cty.Value, n *int) bool {
	*n++
	if *n > ev.limits.valueSize {
		return false
	}
	v, marks := v.Unmark()
	if _, hidden := marks[sensitiveMark{}]; hidden {
		ev.hidden++
	}
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return true
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, part := it.Element(); !ev.weigh(part, n) {
			return false
		}
	}
	return true
}

// sized counts what an expression built against the budget.
func (ev *evaluator) sized(v cty.Value, r hcl.Range) (cty.Value, hcl.Diagnostics) {
	bare, _ := v.Unmark()
	if t := bare.Type(); t.IsPrimitiveType() || t == cty.DynamicPseudoType {
		if t == cty.String && bare.IsKnown() && !bare.IsNull() {
			size := len(bare.AsString())
			if size > ev.limits.stringSize {
				return cty.DynamicVal, hcl.Diagnostics{tooLarge(r)}
			}
			if !ev.spendText(size) {
				return ev.exhausted(t), nil
			}
		}
		if t == cty.Number && bare.IsKnown() && !bare.IsNull() && !writable(bare.AsBigFloat()) {
			return cty.DynamicVal, hcl.Diagnostics{tooLarge(r)}
		}
		return v, nil
	}
	n := 0
	if !ev.weigh(v, &n) {
		return cty.DynamicVal, hcl.Diagnostics{tooLarge(r)}
	}
	ev.elements += int64(n)
	if ev.elements > ev.limits.elements || !ev.spend(n/8) {
		return ev.exhausted(cty.DynamicPseudoType), nil
	}
	return v, nil
}

// spend takes n steps from the budget and reports whether there were any left.
func (ev *evaluator) spend(n int) bool {
	ev.steps += int64(n)
	return ev.steps <= ev.limits.steps && ev.elements <= ev.limits.elements && ev.stopped() == nil
}

func (ev *evaluator) spendText(n int) bool {
	ev.bytes += int64(n)
	return ev.bytes <= ev.limits.bytes && ev.spend(1)
}

// exhausted notes that the budget is spent and returns what stands for a value
// that was not computed.
func (ev *evaluator) exhausted(t cty.Type) cty.Value {
	at := annexgate.Location{File: ev.first}
	ev.store.problem(annexgate.Unread, at, "evaluate the module in %s: it takes more work than is allowed; the rest of it is unknown", ev.dir)
	return unknown(t, &origin{reason: "the module takes more work to evaluate than is allowed", from: at})
}

// stringLimit returns how long a text may grow.
func stringLimit(ctx *hcl.EvalContext) int {
	if s, _ := scopeOf(ctx, ""); s != nil {
		return s.ev.limits.stringSize
	}
	return limits{}.orDefaults().stringSize
}

// attr evaluates one attribute. What cannot be evaluated is unknown.
func (ev *evaluator) attr(ctx *hcl.EvalContext, a *attribute) cty.Value {
	if !ev.spend(1) {
		return ev.writtenOut(a)
	}
	hidden := ev.hidden
	v, diags := a.expr.Value(ctx)
	if !diags.HasErrors() {
		return v
	}
	return ev.failed(a, diags, ev.hidden > hidden)
}

// writtenOut evaluates an attribute when the budget is spent: what is written
// out costs nothing, and a part of a module that takes too much work must not
// hide what stands beside.
func (ev *evaluator) writtenOut(a *attribute) cty.Value {
	if text, ok := literalText(a.expr); ok {
		return cty.StringVal(text)
	}
	if e, ok := unwrap(a.expr).(*hclsyntax.LiteralValueExpr); ok && e.Val.IsKnown() && e.Val.Type() != cty.String {
		if e.Val.IsNull() || e.Val.Type() != cty.Number || writable(e.Val.AsBigFloat()) {
			return e.Val
		}
	}
	return ev.exhausted(cty.DynamicPseudoType)
}

// failed reports why an attribute has no value. hcl quotes values in its
// messages, so nothing of them is repeated when a sensitive one was involved.
func (ev *evaluator) failed(a *attribute, diags hcl.Diagnostics, hidden bool) cty.Value {
	reason := ""
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		message := plainMessage(d)
		if hidden {
			message = plainMessage(&hcl.Diagnostic{Summary: d.Summary}) + " (the rest is left out: a sensitive value is involved)"
		}
		at := a.at()
		if d.Subject != nil && d.Subject.Filename == a.file.name {
			at = a.file.location(*d.Subject)
		}
		ev.store.problem(annexgate.Notice, at, "evaluate %s: %s", a.name, message)
		if reason == "" {
			reason = "cannot be evaluated: " + message
		}
	}
	return unknown(cty.DynamicPseudoType, &origin{reason: reason, from: a.at()})
}
