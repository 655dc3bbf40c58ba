// Package strictyaml reads YAML files whose every key and value is known
// beforehand, and says of each fault where it is and what is wanted there.
//
// # Decisions
//
// The files say how a gate judges, so nothing in them may be ignored: an
// unknown key, a key there twice, an alias, a second document and a value of
// another type are faults. All faults of a file are told at once.
package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

const (
	maxBytes  = 4 << 20 // of a file
	maxDepth  = 50      // of nested values
	maxFaults = 100     // that are told
)

// A Reader reads one file. Its methods take nodes of that file and collect
// faults; Err returns them.
type Reader struct {
	file   *position.File
	faults []error
	more   int // faults that are not told
}

// Open parses text, the content of the file called name. The node is nil when
// the file holds nothing. The error is a usage error.
func Open(name string, text []byte) (*Reader, *yaml.Node, error) {
	if len(text) > maxBytes {
		return nil, nil, annexgate.Usage(fmt.Errorf("read %s: more than %d MiB", name, maxBytes>>20))
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var document, second yaml.Node
	r := &Reader{file: position.New(name, text)}
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return r, nil, nil
	case err != nil:
		return nil, nil, annexgate.Usage(fmt.Errorf("read %s: %s", name, strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	if err := decoder.Decode(&second); err == nil {
		r.Fault(&second, "a second document: want one")
	} else if !errors.Is(err, io.EOF) {
		return nil, nil, annexgate.Usage(fmt.Errorf("read %s: %s", name, strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	if len(document.Content) == 0 {
		return r, nil, r.Err()
	}
	root := document.Content[0]
	if null(root) {
		return r, nil, r.Err()
	}
	return r, root, nil
}

// Err returns every fault so far as one usage error, or nil.
func (r *Reader) Err() error {
	if len(r.faults) == 0 {
		return nil
	}
	faults := r.faults
	if r.more > 0 {
		faults = append(slices.Clone(faults), fmt.Errorf("%s: and %d more faults", r.file.Name(), r.more))
	}
	return annexgate.Usage(errors.Join(faults...))
}

// Faulty reports whether there are faults.
func (r *Reader) Faulty() bool { return len(r.faults) > 0 }

// Fault adds one, at node.
func (r *Reader) Fault(node *yaml.Node, format string, args ...any) {
	if len(r.faults) == maxFaults {
		r.more++
		return
	}
	r.faults = append(r.faults, fmt.Errorf("%s: %s", r.At(node), fmt.Sprintf(format, args...)))
}

// At returns where node starts.
func (r *Reader) At(node *yaml.Node) annexgate.Location {
	offset := r.file.Offset(node.Line, node.Column)
	return r.file.Location(offset, offset)
}

// Fields are the keys that an object may have, and what reads the value of
// each.
type Fields map[string]func(value *yaml.Node)

// Object reads a mapping with known keys. Nothing at all is an empty one.
func (r *Reader) Object(node *yaml.Node, fields Fields) {
	r.Each(node, func(key, value *yaml.Node) {
		read, ok := fields[key.Value]
		if !ok {
			r.Fault(key, "unknown key %q%s", key.Value, Suggest(key.Value, slices.Sorted(maps.Keys(fields))))
			return
		}
		read(value)
	})
}

// Each calls visit for each entry of a mapping with any keys.
func (r *Reader) Each(node *yaml.Node, visit func(key, value *yaml.Node)) {
	if null(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		r.Fault(node, "want keys and values here%s", aliasHint(node))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if seen[key.Value] {
			r.Fault(key, "%q is there twice", key.Value)
		}
		seen[key.Value] = true
		visit(key, node.Content[i+1])
	}
}

// Items calls visit for each item of a list.
func (r *Reader) Items(node *yaml.Node, visit func(item *yaml.Node)) {
	if null(node) {
		return
	}
	if node.Kind != yaml.SequenceNode {
		r.Fault(node, "want a list here%s", aliasHint(node))
		return
	}
	for _, item := range node.Content {
		visit(item)
	}
}

func null(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

func aliasHint(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		return ": aliases are not supported: write the value out"
	}
	return ""
}

// Suggest returns what to write behind a word that is none of known: the one
// that was most likely meant, or all of them.
func Suggest(word string, known []string) string {
	best, closest := "", min(3, 1+len(word)/2) // of a short word, little is left after two changes
	for _, candidate := range known {
		if d := levenshtein.Distance(word, candidate, nil); d < closest {
			best, closest = candidate, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %s?", best)
	}
	return ": want one of " + strings.Join(known, ", ")
}
