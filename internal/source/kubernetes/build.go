package kubernetes

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const (
	// maxDepth bounds the nesting of a document. Objects of the API stay below
	// a hundred levels; what reads them later is often recursive.
	maxDepth = 500

	// Aliases and merge keys may add as many values to a document as it has
	// bytes, times expansion, but never more than maxExpansion. That is enough
	// for every honest use and keeps the work linear in the input.
	expansion    = 4
	minExpansion = 1_000
	maxExpansion = 1_000_000
)

// A part is a value and where it was written.
type part struct {
	value  any
	source *annexgate.Source
	nodes  int // values in it, aliases expanded
	height int // levels of nesting in it
}

// A builder turns nodes into values. What an alias refers to is built once and
// shared; values are not changed after they are built.
type builder struct {
	*cursor
	anchors   map[*yaml.Node]part
	open      map[*yaml.Node]bool // anchored nodes that are being built
	allowance int                 // values that aliases and merge keys may still add
	notices   notices
}

func (b *builder) build(n *yaml.Node, depth int) (part, error) {
	if n.Kind == yaml.AliasNode {
		return b.alias(n, depth)
	}
	if depth > maxDepth {
		return part{}, b.faultf(n, "nested deeper than %d levels", maxDepth)
	}
	if n.Anchor == "" {
		return b.plain(n, depth)
	}
	b.open[n] = true
	p, err := b.plain(n, depth)
	delete(b.open, n)
	b.anchors[n] = p
	return p, err
}

func (b *builder) plain(n *yaml.Node, depth int) (part, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return b.mapping(n, depth)
	case yaml.SequenceNode:
		return b.sequence(n, depth)
	default:
		value, err := scalar(n)
		if err != nil {
			return part{}, b.faultf(n, "%v", err)
		}
		return part{value: value, source: &annexgate.Source{At: b.locate(n)}, nodes: 1}, nil
	}
}

func (b *builder) alias(n *yaml.Node, depth int) (part, error) {
	if b.open[n.Alias] {
		return part{}, b.faultf(n, "anchor %q contains itself", shorten(n.Value))
	}
	p := b.anchors[n.Alias]
	if depth+p.height > maxDepth {
		return part{}, b.faultf(n, "nested deeper than %d levels", maxDepth)
	}
	return p, b.charge(n, p.nodes)
}

// charge counts values that are there without being written out.
func (b *builder) charge(n *yaml.Node, values int) error {
	b.allowance -= values
	if b.allowance < 0 {
		return b.faultf(n, "aliases expand to too many values for a document of this size")
	}
	return nil
}

func (b *builder) sequence(n *yaml.Node, depth int) (part, error) {
	start := b.locate(n)
	p := part{nodes: 1}
	items := make([]any, len(n.Content))
	sources := make([]*annexgate.Source, len(n.Content))
	for i, child := range n.Content {
		item, err := b.build(child, depth+1)
		if err != nil {
			return part{}, err
		}
		items[i], sources[i] = item.value, item.source
		p.nodes += item.nodes
		p.height = max(p.height, item.height+1)
	}
	p.value = items
	p.source = &annexgate.Source{At: start, Items: sources}
	return p, nil
}

// mapping applies keys in the order in which they are written, as kubectl
// does: a key given twice takes its last value, and so does a merge key.
func (b *builder) mapping(n *yaml.Node, depth int) (part, error) {
	start := b.locate(n)
	m := newFields(len(n.Content)/2, start)
	p := part{nodes: 1}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, child := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
			added, err := b.merge(m, child, depth)
			if err != nil {
				return part{}, err
			}
			p.nodes += added.nodes
			p.height = max(p.height, added.height)
			continue
		}
		name, err := b.key(key)
		if err != nil {
			return part{}, err
		}
		at := b.locate(key)
		field, err := b.build(child, depth+1)
		if err != nil {
			return part{}, err
		}
		shared := child.Kind == yaml.AliasNode || child.Anchor != ""
		m.set(name, at, field.value, field.source, shared, &b.notices)
		p.nodes += field.nodes
		p.height = max(p.height, field.height+1)
	}
	p.value, p.source = m.values, m.source
	return p, nil
}

// key returns the text of a key. Kubernetes knows no other keys than text;
// kubectl writes other scalars as JSON writes them.
func (b *builder) key(n *yaml.Node) (string, error) {
	text := n
	if n.Kind == yaml.AliasNode {
		text = n.Alias
	}
	if text.Kind != yaml.ScalarNode {
		return "", b.faultf(n, "a key is not text")
	}
	if n.Anchor != "" {
		if _, err := b.build(n, 0); err != nil {
			return "", err
		}
	}
	value, err := scalar(text)
	if err != nil {
		return "", b.faultf(n, "%v", err)
	}
	if value == nil {
		return "", b.faultf(n, "a key is null")
	}
	return fmt.Sprint(value), nil
}

// merge copies the fields of a mapping, or of each of a list of mappings, into
// m. In a list, earlier mappings win.
func (b *builder) merge(m *fields, n *yaml.Node, depth int) (part, error) {
	from, err := b.build(n, depth)
	if err != nil {
		return part{}, err
	}
	values, sources := []any{from.value}, []*annexgate.Source{from.source}
	if list, ok := from.value.([]any); ok {
		values, sources = list, from.source.Items
	}
	for i := len(values) - 1; i >= 0; i-- {
		fields, ok := values[i].(map[string]any)
		if !ok {
			return part{}, b.faultf(n, "a merge key takes a mapping or a list of mappings")
		}
		if err := b.charge(n, len(fields)); err != nil {
			return part{}, err
		}
		m.merge(fields, sources[i], &b.notices)
	}
	return from, nil
}

// locate returns the place of a node: of the whole of a scalar, of the start of
// a mapping or list.
func (b *builder) locate(n *yaml.Node) annexgate.Location {
	at := b.offset(n.Line, n.Column)
	if n.Kind != yaml.ScalarNode {
		return b.layout.file.Location(at, at+1)
	}
	start, end := span(b.layout.text, at, n)
	return b.layout.file.Location(start, end)
}

func (b *builder) faultf(n *yaml.Node, format string, args ...any) *fault {
	return &fault{at: b.locate(n), reason: fmt.Sprintf(format, args...), refused: true}
}
