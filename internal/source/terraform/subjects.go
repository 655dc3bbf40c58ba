package terraform

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func newEvaluator(ctx context.Context, s *store, j *job, l *Loader) *evaluator {
	ev := &evaluator{
		stopped: ctx.Err, store: s, limits: s.limits, dir: j.module.dir, scope: j.scope, first: j.module.first(), plan: j.plan, workspace: cmp.Or(l.Workspace, "default"),
		manifest: s.manifestOf(j.module.dir), sources: map[*attribute]*annexgate.Source{},
		providers: map[providerKey]*annexgate.Subject{},
	}
	ev.functions = ev.table()
	ev.collect(j.module)
	ev.given = l.given(s, j.module) // also where no variable asks, so that a broken file is told of
	if ev.plan != nil {
		maps.Copy(ev.given, ev.plan.assigned())
	}
	ev.root = ev.instantiate(j.module, "", nil, nil)
	return ev
}

// collect gathers the attribute names that the modules under this root ask
// for.
func (ev *evaluator) collect(root *module) {
	names := map[string]bool{}
	seen := map[string]bool{}
	var visit func(m *module)
	visit = func(m *module) {
		if seen[m.dir] {
			return
		}
		seen[m.dir] = true
		for name := range m.names {
			names[name] = true
		}
		for _, target := range m.localCalls() {
			visit(ev.store.module(target))
		}
	}
	visit(root)
	for _, key := range sortedKeys(ev.manifest) {
		if outside(ev.manifest[key]) {
			continue
		}
		visit(ev.store.module(ev.manifest[key]))
	}
	ev.names = sortedKeys(names)
}

// run evaluates everything and returns the subjects and outputs.
func (ev *evaluator) run() ([]*annexgate.Subject, map[string]any) {
	subjects := []*annexgate.Subject{ev.rootSubject()}
	var walk func(in *instance)
	walk = func(in *instance) {
		subjects = append(subjects, in.configurationSubjects()...)
		in.validate()
		for _, x := range in.order {
			x.expand()
			for _, it := range x.items {
				subjects = append(subjects, it.build())
				if it.child != nil {
					walk(it.child)
				}
			}
		}
	}
	walk(ev.root)
	outputs := ev.outputs()
	if ev.plan != nil {
		subjects = append(subjects, ev.plan.rest(ev, subjects[0])...)
		ev.plan.planOutputs(outputs)
	}
	ev.connect()
	return ev.views(subjects), outputs
}

// rootSubject is what policies about something missing examine.
func (ev *evaluator) rootSubject() *annexgate.Subject {
	at := annexgate.Location{File: ev.root.mod.first()}
	return &annexgate.Subject{
		Kind: annexgate.Terraform, Type: "root_module", Name: "root", Address: "root", Scope: ev.scope,
		Values: map[string]any{}, Facts: map[string]any{}, At: at, Source: &annexgate.Source{At: at},
	}
}

// outputs returns the outputs of the root module. Sensitive ones are kept
// back.
func (ev *evaluator) outputs() map[string]any {
	outputs := map[string]any{}
	for _, b := range ev.root.mod.outputs {
		name := b.labels[0]
		v, _ := ev.root.output(name)
		x := &exporter{}
		value, ok := x.value(v, nil, nil)
		if len(x.hidden) > 0 {
			value, ok = annexgate.UnknownValue{Reason: "the output is sensitive", From: b.file.location(b.header)}, true
		}
		if ok {
			outputs[name] = value
		}
	}
	return outputs
}

// build makes the subject of an instance.
func (it *item) build() *annexgate.Subject {
	set := it.set
	s := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: set.subjectType(), Name: set.name(), Address: it.address,
		Module: set.in.address, Scope: set.in.ev.scope,
		At:    set.at(),
		Facts: map[string]any{},
	}
	x := &exporter{refs: it.refs, ev: set.in.ev, shapes: map[string]*shape{}}
	s.Values, s.Source = it.values(x)
	it.overlaid(s)
	it.addDocuments(s, x)
	if meta := it.meta(x); len(meta) > 0 {
		s.Facts["meta"] = meta
	}
	if set.kind != "module" {
		provider := set.in.provider(set)
		s.Facts["provider"] = provider.facts(s.Values)
		s.Provider = provider.subject
		if tags, ok := provider.tags(s); ok {
			s.Facts["tags"] = tags
		}
	}
	s.Sensitive = sortPaths(append(s.Sensitive, x.hidden...))
	it.subject = s
	it.conditions()
	return s
}

func (x *expansion) subjectType() string {
	switch x.kind {
	case "data":
		return "data." + x.labels[0]
	case "module":
		return "module"
	}
	return x.labels[0]
}

// values exports what is configured. Sources are shared by the instances that
// write the same.
func (it *item) values(x *exporter) (map[string]any, *annexgate.Source) {
	ev, set := it.set.in.ev, it.set
	values := make(map[string]any, len(set.body.attrs))
	source := &annexgate.Source{At: set.file.location(set.header), Fields: make(map[string]*annexgate.Source, len(set.body.attrs))}
	for _, a := range set.body.attrs {
		if set.reserved(a.name) && !(set.kind == "module" && (a.name == "source" || a.name == "version")) {
			continue
		}
		source.Fields[a.name] = ev.sourceOf(a)
		if value, ok := x.value(it.attribute(a), []any{a.name}, nil); ok {
			values[a.name] = value
		}
	}
	for _, b := range set.body.blocks {
		kind := b.produces()
		if _, seen := source.Fields[kind]; seen || set.reserved(kind) {
			continue
		}
		v := it.blocks(kind)
		source.Fields[kind] = sourceOfBlocks(set.body.ofKind(kind), it.nested[kind])
		value, ok := x.value(v, []any{kind}, nil)
		if list, isList := value.([]any); ok && (!isList || len(list) > 0) {
			values[kind] = value
		}
	}
	return values, source
}

// meta returns what directs Terraform and not the provider.
func (it *item) meta(x *exporter) map[string]any {
	set, ev := it.set, it.set.in.ev
	meta := map[string]any{}
	for _, a := range set.body.attrs {
		switch a.name {
		case "count":
			it.countMeta(x, meta)
		case "for_each":
			it.keyMeta(x, meta)
		case "depends_on":
			meta["depends_on"] = referenceList(a)
		}
	}
	for _, b := range set.body.blocks {
		if !set.reserved(b.kind) {
			continue
		}
		values := staticBody(ev, it, b, x)
		switch b.kind {
		case "provisioner":
			if len(b.labels) == 1 {
				values["type"] = b.labels[0]
			}
			list, _ := meta["provisioner"].([]any)
			meta["provisioner"] = append(list, values)
		default:
			meta[b.kind] = values
		}
	}
	return meta
}

func (it *item) countMeta(x *exporter, meta map[string]any) {
	if count, ok := x.value(it.set.count, nil, nil); ok {
		meta["count"] = count
	}
	if index, ok := x.value(it.key, nil, nil); ok && it.set.mode == counted {
		meta["index"] = index
	}
}

func (it *item) keyMeta(x *exporter, meta map[string]any) {
	if it.set.mode == keyed {
		meta["key"] = it.key.AsString()
		return
	}
	if it.set.count != cty.NilVal {
		v, _ := x.value(it.set.count, nil, nil)
		if _, isUnknown := v.(annexgate.UnknownValue); !isUnknown {
			v = annexgate.UnknownValue{Reason: "the keys are not known before apply", From: it.set.body.attr("for_each").at()}
		}
		meta["for_each"] = v
	}
}

// staticBody reads a block that directs Terraform. Its references to
// attributes (ignore_changes) stand as text; conditions that are checked at
// apply are left out.
func staticBody(ev *evaluator, it *item, b *block, x *exporter) map[string]any {
	values := map[string]any{}
	for _, a := range b.body.attrs {
		if slices.Contains(settings["lifecycle"], a.name) {
			values[a.name] = referenceList(a)
			continue
		}
		private := &exporter{refs: x.refs}
		value, ok := private.value(ev.attr(it.ctx, a), nil, nil)
		if len(private.hidden) > 0 {
			value = annexgate.UnknownValue{Reason: "the value is sensitive", From: a.at()}
		}
		if ok {
			values[a.name] = value
		}
	}
	return values
}

// referenceList returns references as text: depends_on, ignore_changes.
func referenceList(a *attribute) any {
	list, diags := hcl.ExprList(a.expr)
	if diags.HasErrors() {
		if t, ok := traversalOf(a.expr); ok {
			return traversalText(t) // ignore_changes = all
		}
		return []any{}
	}
	texts := []any{}
	for _, e := range list {
		if t, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
			texts = append(texts, traversalText(t))
		} else if v, diags := e.Value(nil); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			texts = append(texts, v.AsString())
		}
	}
	return texts
}

func sortPaths(paths []annexgate.Path) []annexgate.Path {
	slices.SortFunc(paths, func(a, b annexgate.Path) int { return strings.Compare(a.String(), b.String()) })
	return slices.CompactFunc(paths, func(a, b annexgate.Path) bool { return a.String() == b.String() })
}
