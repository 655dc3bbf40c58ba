package terraform

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A place is a resource, data source or module call, perhaps one instance of
// it, perhaps a part of that.
type place struct {
	scope *scope
	set   *expansion
	item  *item
	rest  hcl.Traversal
}

// place returns the block that a reference starts with.
func (s *scope) place(t hcl.Traversal) (place, bool) {
	root := t.RootName()
	steps := 2
	if root == "data" {
		steps = 3
	}
	if len(t) < steps {
		return place{}, false
	}
	address := root
	for _, step := range t[1:steps] {
		name, ok := stepName(step)
		if !ok {
			return place{}, false
		}
		address += "." + name
	}
	set, ok := s.mod.sets[address]
	return place{scope: s, set: set, rest: t[steps:]}, ok
}

// placeOf returns the place that an expression denotes, if it denotes one. An
// index that is not known denotes none.
func placeOf(ctx *hcl.EvalContext, e hclsyntax.Expression) (place, bool) {
	switch e := e.(type) {
	case *refExpr:
		s, own := scopeOf(ctx, e.traversal.RootName())
		if own || s == nil || s.mod == nil {
			return place{}, false
		}
		return s.place(e.traversal)
	case *hclsyntax.ParenthesesExpr:
		return placeOf(ctx, e.Expression)
	case *pathExpr:
		switch e := e.Expression.(type) {
		case *hclsyntax.RelativeTraversalExpr:
			p, ok := placeOf(ctx, e.Source)
			p.rest = append(p.rest[:len(p.rest):len(p.rest)], e.Traversal...)
			return p, ok
		case *hclsyntax.IndexExpr:
			return indexed(ctx, e)
		}
	}
	return place{}, false
}

func indexed(ctx *hcl.EvalContext, e *hclsyntax.IndexExpr) (place, bool) {
	p, ok := placeOf(ctx, e.Collection)
	if !ok {
		return p, false
	}
	key, diags := e.Key.Value(ctx)
	key, _ = key.Unmark()
	if diags.HasErrors() || key.IsNull() || !key.IsKnown() || !key.Type().IsPrimitiveType() {
		if p.item == nil && len(p.rest) == 0 && !diags.HasErrors() && p.set.repeat() == symbolic {
			p.item = p.set.items[0]
			return p, true
		}
		return p, false
	}
	p.rest = append(p.rest[:len(p.rest):len(p.rest)], hcl.TraverseIndex{Key: key, SrcRange: e.BracketRange})
	return p, true
}

// value evaluates the place, and no more of the block than that.
func (p place) value() (cty.Value, hcl.Diagnostics) {
	ev := p.scope.ev
	if !p.set.expand() {
		return unknown(cty.DynamicPseudoType, p.set.memo.because("%s depends on itself")), nil
	}
	if p.item == nil {
		if diags := p.pick(); diags.HasErrors() {
			return cty.DynamicVal, diags
		}
	}
	if p.item == nil {
		if !ev.spend(4 * len(p.set.items)) {
			return ev.exhausted(cty.DynamicPseudoType), nil
		}
		for _, it := range p.set.items {
			ev.refer(it)
		}
		return p.rest.TraverseRel(p.set.object())
	}
	ev.refer(p.item)
	if len(p.rest) == 0 {
		return p.item.object(), nil
	}
	name, ok := stepName(p.rest[0])
	if !ok {
		return p.rest.TraverseRel(p.item.object())
	}
	return p.item.part(name, p.rest)
}

// refer notes that the block being evaluated refers to it.
func (ev *evaluator) refer(it *item) {
	ev.connectTo(ev.refs, it)
}

// connectTo adds a reference, unless there are more than are kept.
func (ev *evaluator) connectTo(from refs, it *item) {
	if _, known := from[it]; known || from == nil {
		return
	}
	if ev.edges++; ev.edges > ev.limits.edges {
		if ev.edges == ev.limits.edges+1 {
			ev.store.problem(annexgate.Partial, annexgate.Location{File: ev.first},
				"the module in %s has more than %d references between its blocks; policies do not see those beyond", ev.dir, ev.limits.edges)
		}
		return
	}
	from[it] = struct{}{}
}

// pick takes the index off a reference to a repeated block.
func (p *place) pick() hcl.Diagnostics {
	set := p.set
	switch set.mode {
	case single:
		p.item = set.items[0]
		if len(p.rest) > 0 {
			if _, index := p.rest[0].(hcl.TraverseIndex); index && stepIsNumber(p.rest[0]) {
				return badIndex(p.rest, set.memo.label+" has neither count nor for_each")
			}
		}
	case symbolic:
		if len(p.rest) == 0 {
			return nil
		}
		p.item = set.items[0]
		if _, index := p.rest[0].(hcl.TraverseIndex); index {
			p.rest = p.rest[1:]
		}
	case counted:
		if len(p.rest) == 0 {
			return nil
		}
		n, ok := stepNumber(p.rest[0])
		if !ok || n < 0 || n >= len(set.items) {
			return badIndex(p.rest, fmt.Sprintf("%s has %d instances", set.memo.label, len(set.items)))
		}
		p.item, p.rest = set.items[n], p.rest[1:]
	case keyed:
		if len(p.rest) == 0 {
			return nil
		}
		name, ok := stepName(p.rest[0])
		it := set.byKey[name]
		if !ok || it == nil {
			return badIndex(p.rest, set.memo.label+" has no such instance")
		}
		p.item, p.rest = it, p.rest[1:]
	}
	return nil
}

func badIndex(rest hcl.Traversal, detail string) hcl.Diagnostics {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid index", Detail: detail + "."}
	if r := rest[0].SourceRange(); r.Filename != "" {
		d.Subject = &r
	}
	return hcl.Diagnostics{d}
}

// part evaluates an attribute of an instance and follows rest, which starts
// with its name, into it.
func (it *item) part(name string, rest hcl.Traversal) (cty.Value, hcl.Diagnostics) {
	if it.set.kind == "module" {
		v, ok := it.output(name)
		if !ok {
			return cty.DynamicVal, undeclared(hcl.Traversal{hcl.TraverseRoot{Name: it.address, SrcRange: rest[0].SourceRange()}, rest[0]}, "output")
		}
		return rest[1:].TraverseRel(v)
	}
	v, kind := it.configured(name)
	if kind == absent && it.set.labels[0] == "terraform_data" && (name == "input" || name == "triggers_replace") {
		return rest[1:].TraverseRel(cty.NullVal(cty.DynamicPseudoType).Mark(edge{it})) // the one type whose schema is Terraform's own
	}
	switch kind {
	case asAttribute:
		return rest[1:].TraverseRel(v)
	case asBlocks:
		// A block has attributes beside those that are configured.
		if inner, diags := rest[1:].TraverseRel(v); !diags.HasErrors() {
			return inner, nil
		}
	}
	return it.settled(rest), nil
}

// settled returns an attribute that is not configured: the provider tells it.
func (it *item) settled(rest hcl.Traversal) cty.Value {
	if v, ok := it.synthetic(rest); ok {
		return v
	}
	text := it.address + traversalText(rest)
	t := cty.DynamicPseudoType
	if name, _ := stepName(rest[0]); len(rest) == 1 && (name == "id" || name == "arn") {
		t = cty.String
	}
	o := &origin{item: it, from: it.set.file.location(it.set.header)}
	if it.managed() {
		o.text, o.pending = "${"+text+"}", true
		o.reason = text + " is settled at apply"
	} else {
		o.reason = fmt.Sprintf("data source %s is read at apply", it.address)
	}
	v := cty.UnknownVal(t)
	if t == cty.String && it.managed() {
		v = v.RefineNotNull()
	}
	return v.Mark(o)
}

// object returns all of an instance: what is configured, and what any
// expression asks for.
func (it *item) object() cty.Value {
	if it.set.kind == "module" {
		return it.outputs()
	}
	return it.set.in.ev.onceFor(it, "\x00object", it.set.block.header, func() cty.Value {
		ev := it.set.in.ev
		attrs := map[string]cty.Value{}
		for name := range it.names() {
			attrs[name], _ = it.configured(name)
		}
		if len(it.set.items)*len(ev.names) > ev.limits.valueSize/2 {
			return it.settled(hcl.Traversal{})
		}
		for _, name := range ev.names {
			if _, ok := attrs[name]; !ok {
				attrs[name] = it.settled(hcl.Traversal{hcl.TraverseAttr{Name: name}})
			}
		}
		return cty.ObjectVal(attrs)
	})
}

// object returns all instances, as Terraform presents them.
func (x *expansion) object() cty.Value {
	values := make([]cty.Value, len(x.items))
	for i, it := range x.items {
		if x.mode == symbolic {
			o := &origin{item: it, text: "${" + x.memo.label + "}", pending: it.managed(), from: x.file.location(x.header)}
			o.reason = "how many instances " + x.memo.label + " has is unknown"
			return unknown(cty.DynamicPseudoType, o)
		}
		values[i] = it.object()
	}
	if x.mode == counted {
		return cty.TupleVal(values)
	}
	byKey := map[string]cty.Value{}
	for i, it := range x.items {
		byKey[it.key.AsString()] = values[i]
	}
	return cty.ObjectVal(byKey)
}
