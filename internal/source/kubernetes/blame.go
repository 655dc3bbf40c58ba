package kubernetes

import (
	"path"
	"reflect"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A blame finds where the values of built objects were written: in the file
// that an object comes from, in a patch, or in the kustomization itself.
//
// The library tells the file of each object and the kustomizations that changed
// it, not the values that they changed. So a value is looked for in all of
// them at its own path. The first that has the same value there is where it was
// written; a value that none has is found where the object's own file has the
// value it replaced.
type blame struct {
	*sandbox
	patches map[string][]patch // by the name of the kustomization
}

func newBlame(s *sandbox) *blame { return &blame{s, map[string][]patch{}} }

// A layer is a value that may have become a part of an object, at the same
// place in both.
type layer struct {
	value  any
	source *annexgate.Source
}

// A patch is what one entry of a kustomization changes.
type patch struct {
	layer             // of a strategic merge
	ops   []operation // of a JSON patch
}

// An operation sets the value at a JSON pointer.
type operation struct {
	pointer string
	layer
}

// subjects describes the objects of a resource.
func (b *blame) subjects(scope string, r *resource.Resource) ([]*annexgate.Subject, error) {
	built, err := render(r)
	if err != nil {
		return nil, err
	}
	var all []*annexgate.Subject
	for _, o := range built {
		t := b.trace(r, o)
		at := t.home.source.At
		whole := t.home.source.At
		if values := mapping(t.home.value); values != nil {
			original := object{values, t.home.source}
			at, whole = original.place(), extent(t.home.source)
		}
		o.source = t.source(o.values, "", append([]layer{t.home}, t.layers...))
		s := o.subject(scope)
		s.At, s.Source.At = whole, at
		all = append(all, s)
	}
	return all, nil
}

// A trace is what is known of one object.
type trace struct {
	home   layer // the object in its own file; for a generated one, the generator
	layers []layer
	ops    map[string][]layer
	hints  []hint
}

// A hint is a field of a kustomization that changes values by itself.
type hint struct {
	kind  string // of the transformer
	value any
	at    *annexgate.Source
}

// trace collects what may have made o.
func (b *blame) trace(r *resource.Resource, o object) *trace {
	t := &trace{ops: map[string][]layer{}}
	origin, _ := r.GetOrigin()
	t.home = b.home(origin, o)
	changes, _ := r.GetTransformations()
	seen := map[string]bool{}
	for i := len(changes) - 1; i >= 0; i-- {
		change := changes[i]
		if change == nil {
			continue
		}
		name := path.Join(b.root, change.ConfiguredIn)
		if key := name + " " + change.ConfiguredBy.Kind; seen[key] {
			continue
		} else {
			seen[key] = true
		}
		if strings.HasPrefix(change.ConfiguredBy.Kind, "Patch") {
			t.apply(b.patchesOf(name), o)
			continue
		}
		if field, ok := transformers[change.ConfiguredBy.Kind]; ok {
			t.hints = append(t.hints, b.hints(name, change.ConfiguredBy.Kind, field)...)
		}
	}
	return t
}

// home finds the object that o was made from: in the file that the library
// names, the one of the same kind whose name is in that of o, since names get
// prefixes and suffixes.
func (b *blame) home(origin *resource.Origin, o object) layer {
	none := layer{source: &annexgate.Source{At: annexgate.Location{File: path.Join(b.root, "kustomization.yaml")}}}
	if origin == nil {
		return none
	}
	if origin.Path == "" {
		return b.generator(origin, o)
	}
	name := path.Join(b.root, origin.Path)
	none.source.At.File = name
	best, length := none, -1
	for _, candidate := range b.shared.open(name).kinds[text(o.values["kind"])] {
		if n := len(candidate.name()); n > length && strings.Contains(o.name(), candidate.name()) {
			best, length = layer{candidate.values, candidate.source}, n
		}
	}
	return best
}

// generator finds the entry of a kustomization that generated o.
func (b *blame) generator(origin *resource.Origin, o object) layer {
	name := path.Join(b.root, origin.ConfiguredIn)
	at := &annexgate.Source{At: annexgate.Location{File: name}}
	field := map[string]string{"ConfigMapGenerator": "configMapGenerator", "SecretGenerator": "secretGenerator"}[origin.ConfiguredBy.Kind]
	for _, d := range b.shared.open(name).docs {
		generators := mapping(d.values)[field]
		for i, item := range list(generators) {
			if strings.Contains(o.name(), text(mapping(item)["name"])) {
				at = &annexgate.Source{At: d.source.Fields[field].Items[i].At}
			}
		}
	}
	return layer{source: at}
}

// apply adds patches that may concern o.
func (t *trace) apply(patches []patch, o object) {
	for _, p := range patches {
		values := mapping(p.value)
		if values["kind"] != nil && values["kind"] != o.values["kind"] {
			continue
		}
		if values != nil {
			t.layers = append(t.layers, p.layer)
		}
		for _, op := range p.ops {
			t.ops[op.pointer] = append(t.ops[op.pointer], op.layer)
		}
	}
}

// source returns where value, at a JSON pointer, was written. Each of layers
// may have set it; the first is the object's own file where that has it.
func (t *trace) source(value any, pointer string, layers []layer) *annexgate.Source {
	layers = append(layers[:len(layers):len(layers)], t.ops[pointer]...)
	switch value := value.(type) {
	case map[string]any:
		return t.fields(value, pointer, layers)
	case []any:
		return t.items(value, pointer, layers)
	}
	for _, l := range layers {
		if reflect.DeepEqual(l.value, value) {
			return &annexgate.Source{At: l.source.At}
		}
	}
	if at := t.hinted(value, pointer); at != nil {
		return at
	}
	return t.first(layers)
}

// first returns where the first of layers is written.
func (t *trace) first(layers []layer) *annexgate.Source {
	if len(layers) == 0 {
		return nil
	}
	return &annexgate.Source{At: layers[0].source.At}
}

func (t *trace) fields(value map[string]any, pointer string, layers []layer) *annexgate.Source {
	s := t.first(layers)
	if s == nil {
		s = &annexgate.Source{At: t.home.source.At}
	}
	s.Fields = make(map[string]*annexgate.Source, len(value))
	for key, field := range value {
		var below []layer
		for _, l := range layers {
			if v, ok := mapping(l.value)[key]; ok {
				below = append(below, layer{v, l.source.Fields[key]})
			}
		}
		s.Fields[key] = t.orAround(t.source(field, pointer+"/"+escape(key), below), s)
	}
	return s
}

func (t *trace) items(value []any, pointer string, layers []layer) *annexgate.Source {
	s := t.first(layers)
	if s == nil {
		s = &annexgate.Source{At: t.home.source.At}
	}
	s.Items = make([]*annexgate.Source, len(value))
	for i, item := range value {
		var below []layer
		for _, l := range layers {
			if j := counterpart(list(l.value), item, i); j >= 0 {
				below = append(below, layer{list(l.value)[j], l.source.Items[j]})
			}
		}
		if i == len(value)-1 {
			below = append(below, t.ops[pointer+"/-"]...)
		}
		s.Items[i] = t.orAround(t.source(item, pointer+"/"+strconv.Itoa(i), below), s)
	}
	return s
}

// orAround returns source, or that of the value around it if there is none.
func (t *trace) orAround(source, around *annexgate.Source) *annexgate.Source {
	if source == nil {
		return &annexgate.Source{At: around.At}
	}
	return source
}

// mergeKeys are the fields by which strategic merges tell the items of a list.
var mergeKeys = []string{"name", "mountPath", "devicePath", "containerPort", "port", "key", "ip", "topologyKey", "uid", "type"}

// counterpart returns the index of the item of a list that became item, which
// stands at i; -1 if there is none.
func counterpart(items []any, item any, i int) int {
	const long = 1000 // items; looking for each among all takes the square of that
	if len(items) > long {
		if i < len(items) {
			return i
		}
		return -1
	}
	values, isMap := item.(map[string]any)
	for j, other := range items {
		if isMap && sameKey(values, mapping(other)) || !isMap && reflect.DeepEqual(item, other) {
			return j
		}
	}
	if isMap && i < len(items) && keyOf(values) == "" && mapping(items[i]) != nil {
		return i
	}
	return -1
}

func keyOf(values map[string]any) string {
	for _, key := range mergeKeys {
		if values[key] != nil {
			return key
		}
	}
	return ""
}

func sameKey(a, b map[string]any) bool {
	key := keyOf(a)
	return key != "" && reflect.DeepEqual(a[key], b[key])
}

func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
