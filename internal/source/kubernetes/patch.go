package kubernetes

import (
	"path"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// transformers names the field of a kustomization that each transformer of the
// library takes its values from.
var transformers = map[string][]string{
	"AnnotationsTransformer":  {"commonAnnotations"},
	"ImageTagTransformer":     {"images"},
	"LabelTransformer":        {"labels", "commonLabels"},
	"NamespaceTransformer":    {"namespace"},
	"ReplacementTransformer":  {"replacements"},
	"ReplicaCountTransformer": {"replicas"},
}

// hints returns the fields of the kustomization called name.
func (b *blame) hints(name, kind string, fields []string) []hint {
	var all []hint
	for _, d := range b.shared.open(name).docs {
		for _, field := range fields {
			if value := mapping(d.values)[field]; value != nil {
				all = append(all, hint{kind, value, d.source.Fields[field]})
			}
		}
	}
	return all
}

// hinted returns the place in a kustomization from which a transformer took
// the value at pointer, nil if none did.
func (t *trace) hinted(value any, pointer string) *annexgate.Source {
	last := pointer[strings.LastIndexByte(pointer, '/')+1:]
	for _, h := range t.hints {
		switch h.kind {
		case "NamespaceTransformer":
			if last == "namespace" && h.value == value {
				return &annexgate.Source{At: h.at.At}
			}
		case "ImageTagTransformer":
			if last == "image" {
				return h.item(func(image map[string]any) bool {
					return partOf(value, image["newTag"]) || partOf(value, image["digest"]) || partOf(value, image["newName"])
				})
			}
		case "ReplicaCountTransformer":
			if last == "replicas" {
				return h.item(func(count map[string]any) bool { return count["count"] == value })
			}
		case "LabelTransformer", "AnnotationsTransformer":
			if strings.Contains(pointer, "abels/") || strings.Contains(pointer, "/selector/") || strings.Contains(pointer, "/annotations/") {
				return &annexgate.Source{At: h.at.At}
			}
		case "ReplacementTransformer":
			return &annexgate.Source{At: h.at.At}
		}
	}
	return nil
}

func partOf(value, part any) bool {
	return text(part) != "" && strings.Contains(text(value), text(part))
}

// item returns the place of the entry of a list that is meant, else of the list.
func (h hint) item(meant func(map[string]any) bool) *annexgate.Source {
	for i, item := range list(h.value) {
		if meant(mapping(item)) {
			return &annexgate.Source{At: h.at.Items[i].At}
		}
	}
	return &annexgate.Source{At: h.at.At}
}

// patchesOf returns the patches of the kustomization called name, the last
// first.
func (b *blame) patchesOf(name string) []patch {
	if all, ok := b.patches[name]; ok {
		return all
	}
	var all []patch
	for _, d := range b.shared.open(name).docs {
		values := mapping(d.values)
		for _, field := range []string{"patches", "patchesJson6902", "patchesStrategicMerge"} {
			for i, item := range list(values[field]) {
				all = append(b.patch(name, item, d.source.Fields[field].Items[i]), all...)
			}
		}
	}
	b.patches[name] = all
	return all
}

// patch reads one entry: the name of a file, a text, or a mapping with either.
func (b *blame) patch(kustomization string, entry any, source *annexgate.Source) []patch {
	file, inline := text(entry), ""
	if values := mapping(entry); values != nil {
		file, inline = text(values["path"]), text(values["patch"])
		source = source.Fields["patch"]
	}
	if isInline(file) {
		file, inline = "", file
	}
	if file != "" {
		return patches(b.shared.open(path.Join(path.Dir(kustomization), file)).docs)
	}
	docs, _ := parseText(kustomization, []byte(inline))
	if source == nil {
		return nil
	}
	b.shared.open(kustomization).shift(docs, source.At)
	return patches(docs)
}

// patches sorts documents into merges and JSON patches.
func patches(docs []document) []patch {
	var all []patch
	for _, d := range docs {
		switch values := d.values.(type) {
		case map[string]any:
			all = append(all, patch{layer: layer{values, d.source}})
		case []any:
			p := patch{}
			for i, op := range values {
				if value, ok := mapping(op)["value"]; ok {
					p.ops = append(p.ops, operation{text(mapping(op)["path"]), layer{value, d.source.Items[i].Fields["value"]}})
				}
			}
			all = append(all, p)
		}
	}
	return all
}

// shift moves the places of documents that stand in a block scalar to where
// they are in the file. Those of another scalar are all at the scalar.
func (o *openedFile) shift(docs []document, scalar annexgate.Location) {
	lines := strings.Split(string(o.content), "\n")
	block, indent := false, 0
	if scalar.Line >= 1 && scalar.Line < len(lines) {
		opening := []rune(lines[scalar.Line-1])
		block = scalar.Column-1 < len(opening) && opening[scalar.Column-1] == '|'
		indent = len(lines[scalar.Line]) - len(strings.TrimLeft(lines[scalar.Line], " "))
	}
	move := func(at annexgate.Location) annexgate.Location {
		if !block {
			return scalar
		}
		at.Line, at.EndLine = at.Line+scalar.Line, at.EndLine+scalar.Line
		at.Column, at.EndColumn = at.Column+indent, at.EndColumn+indent
		return at
	}
	for _, d := range docs {
		relocate(d.source, move, map[*annexgate.Source]bool{})
	}
}

// relocate changes all places of source. What is shared is changed once.
func relocate(source *annexgate.Source, move func(annexgate.Location) annexgate.Location, done map[*annexgate.Source]bool) {
	if source == nil || done[source] {
		return
	}
	done[source] = true
	source.At = move(source.At)
	for _, field := range source.Fields {
		relocate(field, move, done)
	}
	for _, item := range source.Items {
		relocate(item, move, done)
	}
}
