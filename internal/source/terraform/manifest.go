package terraform

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/workload"
)

// Objects of Kubernetes that are written in Terraform are subjects of kind
// kubernetes too, so that its policies judge them. They look like the manifest
// that the provider makes of them.

// manifests returns the objects that resources make.
func (ev *evaluator) manifests(subjects []*annexgate.Subject) []*annexgate.Subject {
	made := map[*annexgate.Subject]*annexgate.Subject{}
	var all []*annexgate.Subject
	for _, s := range subjects {
		if object := ev.objectOf(s); object != nil {
			made[s] = object
			all = append(all, object)
		}
	}
	for from, object := range made {
		for _, to := range from.References {
			if made[to] != nil {
				object.References = append(object.References, made[to])
			}
		}
		for _, by := range from.Referrers {
			if made[by] != nil {
				object.Referrers = append(object.Referrers, made[by])
			}
		}
	}
	return all
}

// objectOf returns the object that a resource makes, nil if it makes none.
func (ev *evaluator) objectOf(s *annexgate.Subject) *annexgate.Subject {
	m := &manifesting{resource: s}
	switch {
	case s.Type == "kubernetes_manifest":
		if !m.literal(ev) {
			return nil
		}
	case !m.known():
		return nil
	}
	object := &annexgate.Subject{
		Kind: annexgate.Kubernetes, Type: manifestText(m.values["kind"]), Name: s.Name,
		Address: s.Address, Module: s.Module, Scope: s.Scope,
		Values: m.values, Sensitive: sortPaths(m.sensitive), Facts: map[string]any{}, At: s.At, Source: m.source,
	}
	metadata, _ := m.values["metadata"].(map[string]any)
	if name := manifestText(metadata["name"]); name != "" {
		object.Name = name
	} else if prefix := manifestText(metadata["generateName"]); prefix != "" {
		object.Name = prefix + "*"
	}
	if facts := workload.Facts(m.values); facts != nil {
		object.Facts["workload"] = facts
	}
	return object
}

func manifestText(value any) string {
	text, _ := value.(string)
	return text
}

// A manifesting turns one resource into the object it makes.
type manifesting struct {
	resource  *annexgate.Subject
	values    map[string]any
	source    *annexgate.Source
	sensitive []annexgate.Path
}

// literal takes the object of a kubernetes_manifest as it is written.
func (m *manifesting) literal(ev *evaluator) bool {
	const argument = "manifest"
	switch value := m.resource.Values[argument].(type) {
	case map[string]any:
		m.values = value
	case annexgate.UnknownValue, annexgate.Reference:
		ev.store.problem(annexgate.Partial, m.resource.Source.Find(annexgate.Path{argument}),
			"%s: its manifest is not known before apply, so the object is not examined: %s", m.resource.Address, asUnknown(value).Reason)
		return false
	default:
		return false
	}
	if manifestText(m.values["kind"]) == "" {
		ev.store.problem(annexgate.Partial, m.resource.Source.Find(annexgate.Path{argument}),
			"%s: the kind of its manifest is not known before apply, so the object is not examined", m.resource.Address)
		return false
	}
	m.source = &annexgate.Source{At: m.resource.Source.At}
	if source := m.resource.Source.Fields[argument]; source != nil {
		m.source.Fields = source.Fields
	}
	for _, path := range m.resource.Sensitive {
		if len(path) > 0 && path[0] == argument {
			m.sensitive = append(m.sensitive, path[1:])
		}
	}
	return true
}

// versionSuffix is what names of resources end in that say their version.
var versionSuffix = regexp.MustCompile(`_v[0-9]+((alpha|beta)[0-9]+)?$`)

// known makes the object of a resource that is for one kind.
func (m *manifesting) known() bool {
	s := m.resource
	name := s.Type
	made, ok := manifestKinds[name]
	if !ok {
		name = versionSuffix.ReplaceAllString(name, "")
		if made, ok = manifestKinds[name]; !ok {
			return false
		}
	}
	values, source := m.object(s.Values, s.Source, name, nil, nil)
	m.values, m.source = values, &annexgate.Source{At: s.Source.At, Fields: source.Fields}
	if made.kind == "Secret" {
		m.secret(values, source)
	}
	values["apiVersion"], values["kind"] = made.apiVersion, made.kind
	return true
}

// secret puts the texts of a Secret where a manifest has texts; its data would
// be in base64. The provider takes them for sensitive, and so do we.
func (m *manifesting) secret(values map[string]any, source *annexgate.Source) {
	move := func(from, to string) {
		if value, ok := values[from]; ok {
			values[to] = value
			source.Fields[to] = source.Fields[from]
			delete(values, from)
			delete(source.Fields, from)
			m.sensitive = append(m.sensitive, annexgate.Path{to})
		}
	}
	for _, name := range []string{"data", "binary_data"} {
		if _, ok := m.resource.Values[name]; ok {
			m.resource.Sensitive = sortPaths(append(m.resource.Sensitive, annexgate.Path{name}))
		}
	}
	for i, path := range m.sensitive {
		if len(path) > 1 && path[0] == "data" {
			m.sensitive[i] = append(annexgate.Path{"stringData"}, path[1:]...)
		}
	}
	move("data", "stringData")
	move("binaryData", "data")
}

// object turns the arguments of a block, which stands at path in the values of
// the resource and will stand at to, into fields. around is the name of the
// block, or the type of the resource.
func (m *manifesting) object(values map[string]any, source *annexgate.Source, around string, path, to []any) (map[string]any, *annexgate.Source) {
	out := make(map[string]any, len(values))
	written := &annexgate.Source{At: source.Find(nil), Fields: map[string]*annexgate.Source{}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if path == nil && manifestOmitted[name] {
			continue
		}
		var from *annexgate.Source
		if source != nil {
			from = source.Fields[name]
		}
		if blocks, ok := nestedBlocks(name, values[name]); ok {
			key, isList := blockField(name, around)
			at, toField := append(slices.Clone(path), name), append(slices.Clone(to), key)
			block, alone := values[name].(map[string]any)
			switch {
			case alone && isList:
				made, place := m.object(block, from, name, at, append(toField, 0))
				out[key], written.Fields[key] = []any{made}, &annexgate.Source{At: place.At, Items: []*annexgate.Source{place}}
			case alone:
				out[key], written.Fields[key] = m.object(block, from, name, at, toField)
			case isList:
				out[key], written.Fields[key] = m.list(blocks, from, name, at, toField)
			default:
				out[key], written.Fields[key] = m.single(blocks, from, name, at, toField)
			}
			continue
		}
		key := fieldName(name)
		out[key] = m.scalar(name, values[name])
		m.hide(append(slices.Clone(path), name), append(slices.Clone(to), key))
		if from != nil {
			written.Fields[key] = from
		}
	}
	return out, written
}

// nestedBlocks returns value as nested blocks. Lists of objects are nothing
// else in this provider. In JSON a single block may be an object, like an
// argument that is a map, whose keys are the user's.
func nestedBlocks(name string, value any) ([]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		if name == "selector" && value["match_labels"] == nil && value["match_expressions"] == nil {
			return nil, false // that of a Service
		}
		return []any{value}, !manifestMaps[name]
	case []any:
		return value, slices.ContainsFunc(value, func(item any) bool { _, ok := item.(map[string]any); return ok })
	}
	return nil, false
}

// blockField returns the field that nested blocks are, and whether it is a
// list.
func blockField(name, around string) (string, bool) {
	key, ok := manifestLists[name+"."+around]
	if !ok {
		key, ok = manifestLists[name]
	}
	if !ok || key == "-" {
		return fieldName(name), false
	}
	return key, true
}

func (m *manifesting) list(blocks []any, source *annexgate.Source, name string, path, to []any) ([]any, *annexgate.Source) {
	out := make([]any, len(blocks))
	written := &annexgate.Source{At: source.Find(nil)}
	for i, b := range blocks {
		values, ok := b.(map[string]any)
		if !ok {
			out[i] = b
			written.Items = append(written.Items, itemSource(source, i))
			continue
		}
		var from *annexgate.Source
		out[i], from = m.object(values, itemSource(source, i), name, append(slices.Clone(path), i), append(slices.Clone(to), i))
		written.Items = append(written.Items, from)
	}
	return out, written
}

// single makes one object of what may be written once. Of further blocks, which
// the provider refuses, the first counts.
func (m *manifesting) single(blocks []any, source *annexgate.Source, name string, path, to []any) (any, *annexgate.Source) {
	values, ok := blocks[0].(map[string]any)
	if !ok {
		return blocks[0], itemSource(source, 0)
	}
	return m.object(values, itemSource(source, 0), name, append(slices.Clone(path), 0), to)
}

func itemSource(s *annexgate.Source, i int) *annexgate.Source {
	if s == nil || i >= len(s.Items) {
		return s
	}
	return s.Items[i]
}

// hide carries over that what stands at path in the resource, or in it, is
// sensitive.
func (m *manifesting) hide(path, to []any) {
	for _, hidden := range m.resource.Sensitive {
		if len(hidden) >= len(path) && slices.Equal(hidden[:len(path)], annexgate.Path(path)) {
			m.sensitive = append(m.sensitive, append(slices.Clone(annexgate.Path(to)), hidden[len(path):]...))
		}
	}
}

// fieldName returns the name in the API of an argument.
func fieldName(name string) string {
	if field, ok := manifestNames[name]; ok {
		return field
	}
	parts := strings.Split(name, "_")
	for i, part := range parts {
		if i > 0 && part != "" {
			parts[i] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}

// scalar returns an argument in the type that the API has for it. Terraform
// converts what is quoted, and so does this.
func (m *manifesting) scalar(name string, value any) any {
	switch value := value.(type) {
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = m.scalar(name, item)
		}
		return out
	case bool, json.Number:
		if manifestTexts[name] {
			return fmt.Sprint(value)
		}
	case string:
		return typedText(name, value)
	}
	return value
}

func typedText(name, text string) any {
	switch {
	case manifestTexts[name]:
		return text
	case manifestIntegers[name]:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
	case manifestModes[name]:
		if n, err := strconv.ParseInt(text, 8, 32); err == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
	case text == "true", text == "false":
		return text == "true"
	}
	return text
}
