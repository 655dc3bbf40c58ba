package terraform

import (
	"maps"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// addDocuments adds the fact documents to s, whose values x has exported.
func (it *item) addDocuments(s *annexgate.Subject, x *exporter) {
	shapes := x.shapes
	if it.set.kind == "data" && it.set.labels[0] == documentType {
		v, marks := it.policyText("\x00json", renderIndented).Unmark()
		if own := shapeOf(v, marks); own != nil {
			shapes["json"] = own
		}
	}
	found := documents(s, shapes, x.hidden)
	if own := shapes["json"]; own != nil {
		maps.DeleteFunc(found, func(path string, _ any) bool { return path != "json" }) // what it is made of is in it
		if document, ok := own.document([]any{"json"}, s.Address); ok && found["json"] == nil {
			found["json"] = document
		}
	}
	if len(found) == 0 {
		return
	}
	s.Facts["documents"] = found
	it.followLocals(s, found)
	for _, shape := range shapes { // a finding may point to where a statement is written
		for _, w := range shape.written {
			it.refs[w.item] = struct{}{}
		}
	}
}

// views completes subjects with what is told of several together, and adds the
// Kubernetes objects that resources make.
func (ev *evaluator) views(subjects []*annexgate.Subject) []*annexgate.Subject {
	items := make(map[*annexgate.Subject]*item, len(ev.all))
	for _, it := range ev.all {
		if it.subject != nil {
			items[it.subject] = it
		}
	}
	for _, s := range subjects {
		if items[s] != nil || s.Type == "root_module" {
			continue
		}
		if found := documents(s, nil, s.Sensitive); len(found) > 0 { // only a plan tells of it
			s.Facts["documents"] = found
		}
	}
	addRules(subjects, items)
	return append(subjects, ev.manifests(subjects)...)
}

// followLocals finds the statements of policies that a local value encodes: the
// argument only names it.
func (it *item) followLocals(s *annexgate.Subject, found map[string]any) {
	for _, a := range it.set.body.attrs {
		own := s.Source.Fields[a.name]
		if found[a.name] == nil || own == nil || own.Fields != nil {
			continue
		}
		from := it.set.in.written(a)
		if from == a {
			continue
		}
		if source := from.file.sourceOf(from.expr); source.Fields != nil {
			s.Source.Fields[a.name] = &annexgate.Source{At: own.At, Fields: source.Fields}
		}
	}
}

// written returns the attribute that says the value of a: the end of a chain of
// local values, or a itself.
func (in *instance) written(a *attribute) *attribute {
	for range 16 {
		t, ok := unwrap(a.expr).(*hclsyntax.ScopeTraversalExpr)
		if !ok || len(t.Traversal) != 2 || t.Traversal.RootName() != "local" {
			return a
		}
		name, _ := stepName(t.Traversal[1])
		next := in.mod.locals[name]
		if next == nil {
			return a
		}
		a = next
	}
	return a
}
