package kubernetes

import (
	"fmt"
	"maps"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/workload"
)

// An object is one Kubernetes object of a document.
type object struct {
	values map[string]any
	source *annexgate.Source
}

// objects returns the Kubernetes objects that a document holds: none, the
// document itself, or the items of a List, of which some may be Lists.
func objects(d document) ([]object, []annexgate.Problem) {
	values, ok := d.values.(map[string]any)
	if !ok || !manifest(values) {
		return nil, nil
	}
	var found []object
	var problems []annexgate.Problem
	unpack(object{values, d.source}, &found, &problems)
	return found, problems
}

// unpack appends o, or what is in it if it is a List.
func unpack(o object, found *[]object, problems *[]annexgate.Problem) {
	list, _ := o.values["kind"].(string)
	items, ok := o.values["items"].([]any)
	if !ok || !strings.HasSuffix(list, "List") {
		*found = append(*found, o)
		return
	}
	for i, item := range items {
		source := o.source.Fields["items"].Items[i]
		values, _ := item.(map[string]any)
		values = typed(values, o.values["apiVersion"], strings.TrimSuffix(list, "List"))
		if !manifest(values) {
			*problems = append(*problems, annexgate.Problem{
				Kind: annexgate.Kubernetes, At: source.At, Loss: annexgate.Partial,
				Message: fmt.Sprintf("item %d of the %s has no apiVersion and kind: it is not examined", i, list),
			})
			continue
		}
		unpack(object{values, source}, found, problems)
	}
}

// typed returns the values of an item of a typed list, such as PodList, where
// the API server leaves out what the list already says.
func typed(values map[string]any, apiVersion any, kind string) map[string]any {
	if values == nil || kind == "" || values["kind"] != nil && values["apiVersion"] != nil {
		return values
	}
	values = maps.Clone(values)
	values["apiVersion"], values["kind"] = apiVersion, kind
	return values
}

// subject describes o as policies see it.
func (o object) subject(file string) *annexgate.Subject {
	s := &annexgate.Subject{
		Kind:   annexgate.Kubernetes,
		Type:   text(o.values["kind"]),
		Name:   o.name(),
		Scope:  file,
		Values: o.values,
		At:     extent(o.source),
		Source: &annexgate.Source{At: o.place(), Fields: o.source.Fields},
	}
	s.Address = address(s.Type, text(o.metadata()["namespace"]), s.Name)
	if facts := workload.Facts(o.values); facts != nil {
		s.Facts = map[string]any{"workload": facts}
	}
	return s
}

func (o object) metadata() map[string]any {
	metadata, _ := o.values["metadata"].(map[string]any)
	return metadata
}

// name returns the object's name. The API server completes a generated one;
// the star stands for what it adds.
func (o object) name() string {
	if name := text(o.metadata()["name"]); name != "" {
		return name
	}
	if prefix := text(o.metadata()["generateName"]); prefix != "" {
		return prefix + "*"
	}
	return ""
}

// place returns where the object as a whole is found.
func (o object) place() annexgate.Location {
	metadata := o.source.Fields["metadata"]
	for _, candidate := range []struct {
		in  *annexgate.Source
		key string
	}{{metadata, "name"}, {metadata, "generateName"}, {o.source, "kind"}} {
		if candidate.in != nil && candidate.in.Fields[candidate.key] != nil {
			return candidate.in.Fields[candidate.key].At
		}
	}
	return o.source.At
}

// address joins the parts of an address that are there: Deployment/payments/api.
func address(parts ...string) string {
	var present []string
	for _, part := range parts {
		if part != "" {
			present = append(present, part)
		}
	}
	return strings.Join(present, "/")
}

// mapping returns value if it is a mapping, else nil.
func mapping(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

// text returns a scalar as text; names that look like numbers are names too.
func text(value any) string {
	switch value.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	return fmt.Sprint(value)
}

// extent returns the place from the start of source to the end of its last
// part. Parts behind aliases stand before it and do not count.
func extent(source *annexgate.Source) annexgate.Location {
	at := source.At
	for _, field := range source.Fields {
		at = extend(at, extent(field))
	}
	for _, item := range source.Items {
		at = extend(at, extent(item))
	}
	return at
}

func extend(at, part annexgate.Location) annexgate.Location {
	if part.EndLine > at.EndLine || part.EndLine == at.EndLine && part.EndColumn > at.EndColumn {
		at.EndLine, at.EndColumn = part.EndLine, part.EndColumn
	}
	return at
}
