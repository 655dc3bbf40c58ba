package terraform

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// An instance is one module in the context of one call.
type instance struct {
	ev      *evaluator
	mod     *module
	address string    // module.store["eu"]; empty for the root
	path    []string  // names of the calls that lead here, for the manifest
	call    *item     // the call; nil for the root
	parent  *instance // nil for the root
	ctx     *hcl.EvalContext
	vars    map[string]*memo
	locals  map[string]*memo
	outputs map[string]*memo
	sets    map[string]*expansion
	order   []*expansion
}

func (ev *evaluator) instantiate(m *module, address string, call *item, parent *instance) *instance {
	in := &instance{
		ev: ev, mod: m, address: address, call: call, parent: parent,
		vars: map[string]*memo{}, locals: map[string]*memo{}, outputs: map[string]*memo{}, sets: map[string]*expansion{},
	}
	if parent != nil {
		in.path = append(slices.Clone(parent.path), call.set.name())
	}
	in.ctx = (&scope{ev: ev, mod: in}).context()
	for _, d := range slices.Concat(m.resources, m.calls) {
		x := &expansion{declaration: d, in: in}
		x.memo = memo{label: join(address, d.address), file: d.file, rng: d.header}
		in.sets[d.address] = x
		in.order = append(in.order, x)
	}
	return in
}

func join(module, address string) string {
	if module == "" {
		return address
	}
	return module + "." + address
}

// repeat tells how a block becomes instances.
type repeat int

const (
	single   repeat = iota // neither count nor for_each
	counted                // count
	keyed                  // for_each
	symbolic               // count or for_each is not known: one instance stands for all
)

// An expansion is a resource, data source or module call and its instances.
type expansion struct {
	*declaration
	in    *instance
	memo  memo
	mode  repeat
	items []*item
	byKey map[string]*item
	count cty.Value // what count or for_each came to, when it is not plain
	refs  refs      // what count or for_each refers to
}

// An item is one instance of a resource, data source or module call.
type item struct {
	set       *expansion
	address   string
	key       cty.Value // NilVal without count and for_each
	value     cty.Value // each.value
	ctx       *hcl.EvalContext
	attrs     map[string]*memo
	nested    map[string][]built
	refs      refs
	child     *instance // of a module call, when its source is there
	installed *origin   // of a module call: why there is no child
	subject   *annexgate.Subject
}

// managed reports whether the instance is of a resource, which settles at apply
// what is not configured.
func (it *item) managed() bool { return it.set.kind == "resource" }

// expand makes the instances. It reports false inside its own computation.
func (x *expansion) expand() bool {
	switch x.memo.state {
	case done:
		return true
	case busy:
		x.in.ev.cycle(&x.memo)
		return false
	}
	x.refs = refs{}
	x.in.ev.once(&x.memo, x.refs, func() cty.Value {
		x.mode, x.count = x.keys()
		return cty.True
	})
	if x.memo.cyclic {
		x.mode, x.items = symbolic, nil
		x.count = unknown(cty.DynamicPseudoType, x.memo.because("%s depends on itself"))
	}
	if x.memo.state != done { // too deep: no value was kept
		x.memo.state, x.mode = done, symbolic
		x.count = unknown(cty.DynamicPseudoType, x.memo.because("%s lies too deep to be evaluated"))
	}
	if x.mode == symbolic || x.file.fixed != nil {
		x.settleByPlan(x.count)
	}
	if x.mode == symbolic {
		x.addSymbolic()
	}
	x.in.ev.all = append(x.in.ev.all, x.items...)
	if x.kind == "module" {
		x.install()
	}
	return true
}

// repeat returns how the block becomes instances.
func (x *expansion) repeat() repeat {
	if !x.expand() {
		return symbolic
	}
	return x.mode
}

// keys evaluates count or for_each and adds the instances they give.
func (x *expansion) keys() (repeat, cty.Value) {
	ev := x.in.ev
	if a := x.body.attr("count"); a != nil {
		return x.counted(a, ev.attr(x.in.ctx, a))
	}
	if a := x.body.attr("for_each"); a != nil {
		return x.keyed(a, ev.attr(x.in.ctx, a))
	}
	if !x.room(1, x.header) {
		return symbolic, cty.NilVal
	}
	x.add(cty.NilVal, cty.NilVal, "")
	return single, cty.NilVal
}

func (x *expansion) counted(a *attribute, v cty.Value) (repeat, cty.Value) {
	number, err := convert.Convert(v, cty.Number)
	bare, _ := number.Unmark()
	switch {
	case err != nil || bare.IsNull():
		return symbolic, x.refuse(a, "count is no number")
	case !bare.IsKnown():
		return symbolic, number
	}
	n, exact := bare.AsBigFloat().Int64()
	if exact != big.Exact || n < 0 {
		return symbolic, x.refuse(a, "count is negative or has a fraction")
	}
	if !x.room(n, a.rng) {
		return symbolic, x.refuse(a, "count is beyond what is evaluated")
	}
	for i := range n {
		x.add(cty.NumberIntVal(i), cty.NilVal, strconv.FormatInt(i, 10))
	}
	return counted, bare
}

func (x *expansion) keyed(a *attribute, v cty.Value) (repeat, cty.Value) {
	bare, marks := v.Unmark()
	t := bare.Type()
	isSet := t.IsSetType()
	switch {
	case t != cty.DynamicPseudoType && !isSet && !t.IsMapType() && !t.IsObjectType():
		return symbolic, x.refuse(a, "for_each wants a map or a set of texts")
	case bare.IsKnown() && bare.IsNull():
		return symbolic, x.refuse(a, "for_each is null")
	case hiddenOnly(marks) != nil:
		return symbolic, x.refuse(a, "for_each is sensitive, and its keys would be shown")
	case !bare.IsKnown() || isSet && !bare.IsWhollyKnown():
		return symbolic, v
	case !x.room(int64(bare.LengthInt()), a.rng):
		return symbolic, x.refuse(a, "for_each is beyond what is evaluated")
	}
	x.byKey = map[string]*item{}
	for it := bare.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if isSet {
			key = value
		}
		if key.IsNull() || key.Type() != cty.String {
			return symbolic, x.refuse(a, "for_each wants a map or a set of texts")
		}
		name := key.AsString()
		x.byKey[name] = x.add(key, value.WithMarks(hiddenOnly(marks)), hclQuote(name))
	}
	return keyed, cty.NilVal
}

// hiddenOnly returns those of marks that forbid to show a value.
func hiddenOnly(marks cty.ValueMarks) cty.ValueMarks {
	var hidden cty.ValueMarks
	for _, m := range []any{sensitiveMark{}, ephemeralMark{}} {
		if _, ok := marks[m]; ok {
			if hidden == nil {
				hidden = cty.ValueMarks{}
			}
			hidden[m] = struct{}{}
		}
	}
	return hidden
}

// hclQuote writes a key as Terraform writes it in addresses.
func hclQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteString(string(r) + string(r))
		case !strconv.IsPrint(r):
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// refuse notes a fault of count or for_each; the instances are unknown.
func (x *expansion) refuse(a *attribute, why string) cty.Value {
	x.items, x.byKey = nil, nil
	x.in.ev.store.problem(annexgate.Notice, a.at(), "%s: %s; one instance stands for all", x.memo.label, why)
	return unknown(cty.DynamicPseudoType, &origin{reason: why, from: a.at()})
}

// room reports whether n more instances may be made.
func (x *expansion) room(n int64, r hcl.Range) bool {
	ev := x.in.ev
	if n <= int64(ev.limits.instances-ev.instances) {
		ev.instances += int(n)
		return true
	}
	ev.store.problem(annexgate.Unread, x.file.location(r),
		"%s: more than %d instances in one root module; those beyond are not examined", x.memo.label, ev.limits.instances)
	return false
}

func (x *expansion) add(key, value cty.Value, index string) *item {
	it := &item{set: x, key: key, value: value, address: x.memo.label, refs: refs{}, attrs: map[string]*memo{}}
	it.ctx = x.in.ctx
	if index != "" {
		it.address += "[" + index + "]"
		it.ctx = (&scope{ev: x.in.ev, mod: x.in, item: it}).context()
	}
	x.items = append(x.items, it)
	return it
}

// addSymbolic adds the one instance that stands for all.
func (x *expansion) addSymbolic() {
	why := cty.ValueMarks{}
	if x.count != cty.NilVal {
		_, why = x.count.Unmark()
	}
	key := cty.UnknownVal(cty.String)
	if x.body.attr("count") != nil {
		key = cty.UnknownVal(cty.Number)
	}
	x.items = nil
	x.add(key.RefineNotNull().WithMarks(why), cty.DynamicVal.WithMarks(why), "*")
}
