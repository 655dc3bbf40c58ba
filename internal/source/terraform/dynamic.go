package terraform

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// maxBlocks bounds how many blocks one dynamic block generates.
const maxBlocks = 10_000

// blockCost is what a generated block counts for, in elements.
const blockCost = 8

// reservedNames direct Terraform and not the provider; they are not values of
// the block. Facts show them as meta.
var reservedNames = map[string][]string{
	"resource":  {"count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection"},
	"data":      {"count", "for_each", "depends_on", "provider", "lifecycle"},
	"ephemeral": {"count", "for_each", "depends_on", "provider", "lifecycle"},
	"module":    {"count", "for_each", "depends_on", "providers", "source", "version"},
}

func (d *declaration) reserved(name string) bool {
	return slices.Contains(reservedNames[d.kind], name)
}

// names returns the attributes and kinds of nested block that are configured.
func (it *item) names() map[string]bool {
	names := map[string]bool{}
	for _, a := range it.set.body.attrs {
		names[a.name] = !it.set.reserved(a.name)
	}
	for _, b := range it.set.body.blocks {
		names[b.produces()] = !it.set.reserved(b.produces())
	}
	for name, isValue := range names {
		if !isValue {
			delete(names, name)
		}
	}
	return names
}

// configuration says how a name is configured.
type configuration int

const (
	absent configuration = iota
	asAttribute
	asBlocks
)

// configured returns what the configuration says of an attribute or of a kind
// of nested block, with a mark that it was read from it.
func (it *item) configured(name string) (cty.Value, configuration) {
	if it.set.reserved(name) {
		return cty.NilVal, absent
	}
	if a := it.set.body.attr(name); a != nil {
		return it.attribute(a).Mark(edge{it}), asAttribute
	}
	if len(it.set.body.ofKind(name)) == 0 {
		return cty.NilVal, absent
	}
	return it.blocks(name).Mark(edge{it}), asBlocks
}

// attribute evaluates a top-level attribute.
func (it *item) attribute(a *attribute) cty.Value {
	return it.set.in.ev.onceFor(it, a.name, a.rng, func() cty.Value { return it.set.in.ev.attr(it.ctx, a) })
}

// onceFor computes a named part of an instance once.
func (ev *evaluator) onceFor(it *item, name string, r hcl.Range, compute func() cty.Value) cty.Value {
	m := it.attrs[name]
	if m == nil {
		label := it.address + "." + name
		if name[0] == 0 {
			label = it.address
		}
		m = &memo{label: label, file: it.set.file, rng: r}
		it.attrs[name] = m
	}
	return ev.once(m, it.refs, compute)
}

// blocks evaluates the nested blocks of one kind.
func (it *item) blocks(kind string) cty.Value {
	blocks := it.set.body.ofKind(kind)
	return it.set.in.ev.onceFor(it, kind, blocks[0].header, func() cty.Value {
		list := it.set.in.ev.build(it.ctx, blocks)
		if it.nested == nil {
			it.nested = map[string][]built{}
		}
		it.nested[kind] = list
		return tupleOf(list)
	})
}

// A built is one nested block, evaluated.
type built struct {
	value  cty.Value
	source *annexgate.Source
}

func tupleOf(list []built) cty.Value {
	values := make([]cty.Value, len(list))
	for i, b := range list {
		values[i] = b.value
	}
	return cty.TupleVal(values)
}

// build evaluates nested blocks of one kind, in source order.
func (ev *evaluator) build(ctx *hcl.EvalContext, blocks []*block) []built {
	var list []built
	for _, b := range blocks {
		if b.kind == "dynamic" {
			list = append(list, ev.generate(ctx, b)...)
			continue
		}
		list = append(list, ev.buildBody(ctx, b.body, b.at()))
	}
	return list
}

// buildBody evaluates what stands in a nested block.
func (ev *evaluator) buildBody(ctx *hcl.EvalContext, b *body, at annexgate.Location) built {
	out := built{source: &annexgate.Source{At: at, Fields: map[string]*annexgate.Source{}}}
	values := map[string]cty.Value{}
	for _, a := range b.attrs {
		values[a.name] = ev.attr(ctx, a)
		out.source.Fields[a.name] = ev.sourceOf(a)
	}
	for _, child := range b.blocks {
		kind := child.produces()
		if _, seen := values[kind]; seen {
			continue
		}
		blocks := b.ofKind(kind)
		list := ev.build(ctx, blocks)
		values[kind] = tupleOf(list)
		out.source.Fields[kind] = sourceOfBlocks(blocks, list)
	}
	out.value = cty.ObjectVal(values)
	return out
}

func sourceOfBlocks(blocks []*block, list []built) *annexgate.Source {
	s := &annexgate.Source{At: blocks[0].at()}
	for _, b := range list {
		s.Items = append(s.Items, b.source)
	}
	return s
}

// generate evaluates a dynamic block: its content once for each element of
// for_each. When for_each is unknown, one block stands for all, and where it
// was written is the dynamic block.
func (ev *evaluator) generate(ctx *hcl.EvalContext, b *block) []built {
	each, contents := b.body.attr("for_each"), b.body.ofKind("content")
	if each == nil || len(contents) != 1 || len(b.labels) != 1 {
		ev.store.problem(annexgate.Notice, b.at(), "read a dynamic block: want one label, for_each and one content block")
		return nil
	}
	name := b.labels[0]
	if a := b.body.attr("iterator"); a != nil {
		if t, ok := traversalOf(a.expr); ok {
			name = t.RootName()
		}
	}
	content := contents[0].body
	source := ev.attr(ctx, each)
	bare, marks := source.Unmark()
	if bare.IsKnown() && (bare.IsNull() || !bare.CanIterateElements()) {
		ev.store.problem(annexgate.Notice, each.at(), "evaluate the dynamic block %s: for_each is no collection", b.labels[0])
		source = unknown(cty.DynamicPseudoType, &origin{reason: "for_each is no collection", from: each.at()})
		bare, marks = source.Unmark()
	}
	if !bare.IsKnown() || bare.LengthInt() > maxBlocks || bare.Type().IsSetType() && !bare.IsWhollyKnown() {
		if bare.IsKnown() && bare.LengthInt() > maxBlocks {
			ev.store.problem(annexgate.Unread, each.at(), "the dynamic block %s makes more than %d blocks; one stands for all", b.labels[0], maxBlocks)
		}
		some := cty.DynamicVal.WithMarks(derivedMarks(source))
		return []built{ev.buildBody(withIterator(ctx, name, some, some), content, b.at())}
	}
	var list []built
	for it := bare.ElementIterator(); it.Next(); {
		if ev.elements += blockCost + int64(len(content.attrs)); !ev.spend(1) {
			v := ev.exhausted(cty.DynamicPseudoType)
			return []built{ev.buildBody(withIterator(ctx, name, v, v), &body{attrs: content.attrs}, b.at())}
		}
		key, value := it.Element()
		if bare.Type().IsSetType() {
			key = value
		}
		value = value.WithMarks(marks)
		list = append(list, ev.buildBody(withIterator(ctx, name, key, value), content, b.at()))
	}
	return list
}

// derivedMarks returns the marks for what depends on how an unknown turns out.
func derivedMarks(v cty.Value) cty.ValueMarks {
	_, marks := v.Unmark()
	_, marks = derive(cty.UnknownVal(cty.DynamicPseudoType).WithMarks(marks), "").Unmark()
	if len(origins(marks)) == 0 {
		marks = cty.NewValueMarks(&origin{reason: "the elements of a dynamic block are not known"})
	}
	return marks
}

func withIterator(ctx *hcl.EvalContext, name string, key, value cty.Value) *hcl.EvalContext {
	child := ctx.NewChild()
	child.Variables = map[string]cty.Value{
		name: cty.ObjectVal(map[string]cty.Value{"key": key, "value": value}),
	}
	return child
}

// sourceOf returns where an attribute and the parts of its value are written.
func (ev *evaluator) sourceOf(a *attribute) *annexgate.Source {
	if s := ev.sources[a]; s != nil {
		return s
	}
	s := a.file.sourceOf(a.expr)
	if s == nil {
		s = &annexgate.Source{}
	}
	s.At = a.at()
	ev.sources[a] = s
	return s
}

// sourceOf follows the list and object literals of an expression.
func (f *file) sourceOf(e hclsyntax.Expression) *annexgate.Source {
	s := &annexgate.Source{At: f.location(e.Range())}
	switch e := unwrap(e).(type) {
	case *hclsyntax.TupleConsExpr:
		for _, item := range e.Exprs {
			s.Items = append(s.Items, f.sourceOf(item))
		}
	case *hclsyntax.ObjectConsExpr:
		s.Fields = map[string]*annexgate.Source{}
		for _, item := range e.Items {
			if name, ok := keyName(item.KeyExpr); ok {
				field := f.sourceOf(item.ValueExpr)
				field.At = f.location(hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range()))
				s.Fields[name] = field
			}
		}
	case *hclsyntax.FunctionCallExpr:
		if len(e.Args) == 1 && e.Name == "jsonencode" { // a text without parts; facts point to those of the value
			inner := f.sourceOf(e.Args[0])
			s.Fields, s.Items = inner.Fields, inner.Items
		}
		if len(e.Args) == 1 && (e.Name == "tolist" || e.Name == "toset" || e.Name == "tomap") {
			inner := f.sourceOf(e.Args[0])
			s.Fields = inner.Fields
			if e.Name != "toset" { // a set has an order of its own
				s.Items = inner.Items
			}
		}
	}
	return s
}

// keyName returns the key of an object literal, if it is written out.
func keyName(e hclsyntax.Expression) (string, bool) {
	if key, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		if name := hcl.ExprAsKeyword(key.Wrapped); name != "" && !key.ForceNonLiteral {
			return name, true
		}
		e = key.Wrapped
	}
	return literalText(e)
}
