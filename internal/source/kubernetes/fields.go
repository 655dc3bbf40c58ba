package kubernetes

import (
	"fmt"
	"maps"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// fields is a mapping that is being read.
type fields struct {
	values map[string]any
	source *annexgate.Source
	merged map[string]bool // keys that stem from a merge key
	opened bool            // the first key has been seen
}

// newFields returns an empty mapping that starts at start.
func newFields(size int, start annexgate.Location) *fields {
	return &fields{
		values: make(map[string]any, size),
		source: &annexgate.Source{At: start, Fields: make(map[string]*annexgate.Source, size)},
	}
}

// set gives key a value. A mapping, a list and a null that is not written out
// are found at their key, at. A shared source is also in use elsewhere.
func (f *fields) set(key string, at annexgate.Location, value any, source *annexgate.Source, shared bool, n *notices) {
	if _, ok := f.values[key]; ok && !f.merged[key] {
		n.addf(at, "key %q is given twice: the last value counts", shorten(key))
	}
	if atKey(value, source) {
		if shared {
			source = &annexgate.Source{Fields: source.Fields, Items: source.Items}
		}
		source.At = at
	}
	f.open(at, source.At)
	f.values[key] = value
	f.source.Fields[key] = source
	delete(f.merged, key)
}

// atKey reports whether a value is found at its key.
func atKey(value any, source *annexgate.Source) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	case nil:
		return source.At.Line == source.At.EndLine && source.At.Column == source.At.EndColumn
	default:
		return false
	}
}

// open makes the mapping's own place reach over its first entry, as far as that
// stands on one line.
func (f *fields) open(key, value annexgate.Location) {
	if f.opened {
		return
	}
	f.opened = true
	at := &f.source.At
	if key.Line == at.Line {
		at.EndLine, at.EndColumn = key.EndLine, key.EndColumn
	}
	if value.Line == at.Line && value.EndLine == at.Line && value.EndColumn > at.EndColumn {
		at.EndColumn = value.EndColumn
	}
}

// merge copies the fields of a merged mapping.
func (f *fields) merge(values map[string]any, source *annexgate.Source, n *notices) {
	if f.merged == nil {
		f.merged = map[string]bool{}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if _, ok := f.values[key]; ok && !f.merged[key] {
			n.addf(f.source.Fields[key].At, "key %q is overridden by the merge key behind it, as kubectl reads it: "+
				"put the merge key first", shorten(key))
		}
		f.values[key] = values[key]
		f.source.Fields[key] = source.Fields[key]
		f.merged[key] = true
	}
}

// maxNotices bounds what is said about one document.
const maxNotices = 10

// notices collects remarks about a document that was read nevertheless.
type notices struct {
	problems []annexgate.Problem
	more     int
}

func (n *notices) addf(at annexgate.Location, format string, args ...any) {
	if len(n.problems) == maxNotices {
		n.more++
		return
	}
	n.problems = append(n.problems, annexgate.Problem{
		Kind: annexgate.Kubernetes, Message: fmt.Sprintf(format, args...), At: at, Loss: annexgate.Notice,
	})
}

func (n *notices) list() []annexgate.Problem {
	if n.more > 0 {
		n.problems[maxNotices-1].Message += fmt.Sprintf(" (and %d more of this kind)", n.more)
	}
	return n.problems
}
