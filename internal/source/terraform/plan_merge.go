package terraform

import (
	"encoding/json"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A merger merges planned values with those of the configuration.
type merger struct {
	strict   bool // what the configuration says is known exactly
	shapes   *shapes
	typ      string
	mismatch string // the first path at which both are known and differ
}

// merge returns the value at path, where it is written, and whether there is
// one. written is what the configuration says, nil where it says nothing.
func (m *merger) merge(at annexgate.Path, written, after, unknown any, source *annexgate.Source, depth int) (any, *annexgate.Source, bool) {
	if depth > maxNesting {
		return annexgate.UnknownValue{Reason: "the value nests too deeply"}, source, true
	}
	if unknown == true {
		return m.unsettled(at, written, source)
	}
	switch after := after.(type) {
	case map[string]any:
		return m.object(at, written, after, unknown, source, depth)
	case []any:
		return m.list(at, written, after, unknown, source, depth)
	case nil:
		switch u := unknown.(type) {
		case map[string]any:
			if len(u) > 0 {
				return m.object(at, written, nil, unknown, source, depth)
			}
		case []any:
			if len(u) > 0 {
				return m.list(at, written, nil, unknown, source, depth)
			}
		}
		if !known(written) {
			return nil, nil, false
		}
		return written, source, true // set for sure, and kept out of the plan: a write-only argument
	case json.Number:
		value := planNumber(after)
		m.compare(at, written, value)
		return value, source, true
	}
	m.compare(at, written, after)
	return after, source, true
}

// unsettled returns what stands for a value that the plan does not know.
func (m *merger) unsettled(at annexgate.Path, written any, source *annexgate.Source) (any, *annexgate.Source, bool) {
	if written != nil {
		return written, source, true
	}
	if len(at) == 1 && !m.strict {
		// A dynamic block over an unknown leaves no other trace in a plan.
		if name, _ := at[0].(string); m.shapes.isBlock(m.typ, name) {
			return annexgate.UnknownValue{Reason: "the blocks " + name + " are not known before apply"}, source, true
		}
	}
	if len(at) > 0 {
		if _, element := at[len(at)-1].(int); element {
			return annexgate.UnknownValue{Reason: "not known before apply"}, source, true
		}
	}
	return nil, nil, false
}

func (m *merger) object(at annexgate.Path, written any, after map[string]any, unknown any, source *annexgate.Source, depth int) (any, *annexgate.Source, bool) {
	marks, _ := unknown.(map[string]any)
	base, isObject := written.(map[string]any)
	rest := any(nil) // what stands for all of it, where it is not taken apart
	if !isObject && !known(written) {
		rest = written
	}
	out := make(map[string]any, len(after))
	placed := &annexgate.Source{Fields: map[string]*annexgate.Source{}}
	if source != nil {
		placed.At = source.At
	}
	for _, key := range unionKeys(after, marks, base) {
		own, ok := base[key]
		if !ok {
			own = rest
		}
		var place *annexgate.Source
		if source != nil {
			place = source.Fields[key]
		}
		if _, planned := after[key]; !planned && marks[key] == nil {
			if ok && known(own) {
				out[key] = own // the provider does not show it
				placed.Fields[key] = place
			}
			continue
		}
		v, where, ok := m.merge(append(at[:len(at):len(at)], key), own, after[key], marks[key], place, depth+1)
		if !ok || empty(v) && !empty(own) {
			continue
		}
		out[key] = v
		if where != nil {
			placed.Fields[key] = where
		}
	}
	return out, placed, true
}

// empty reports whether v is a list or an object of nothing. A plan has one
// for every kind of nested block that is not there.
func empty(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func (m *merger) list(at annexgate.Path, written any, after []any, unknown any, source *annexgate.Source, depth int) (any, *annexgate.Source, bool) {
	marks, _ := unknown.([]any)
	n := max(len(after), len(marks))
	base, isList := written.([]any)
	pairs := pair(base, after, n)
	out := make([]any, n)
	placed := &annexgate.Source{}
	if source != nil {
		placed.At = source.At
	}
	for i := range n {
		var own, value, mark any
		var place *annexgate.Source
		j := pairs[i]
		switch {
		case j >= 0:
			own = base[j]
		case !isList && !known(written):
			own = written
		}
		if source != nil && j >= 0 && j < len(source.Items) {
			place = source.Items[j]
		}
		if i < len(after) {
			value = after[i]
		}
		if i < len(marks) {
			mark = marks[i]
		}
		v, where, ok := m.merge(append(at[:len(at):len(at)], i), own, value, mark, place, depth+1)
		if ok {
			out[i] = v
		}
		if where == nil {
			where = &annexgate.Source{At: placed.At}
		}
		placed.Items = append(placed.Items, where)
	}
	if source == nil || len(source.Items) == 0 {
		placed.Items = nil
	}
	return out, placed, true
}

// maxPairs bounds the lists whose elements are compared with each other.
const maxPairs = 200

// pair finds for each of n planned elements the one that is written, or -1.
// Terraform sorts sets, so that places say little. One dynamic block may have
// made several.
func pair(written, after []any, n int) []int {
	pairs := make([]int, n)
	used := make([]bool, len(written))
	for i := range pairs {
		pairs[i] = -1
		if i < len(after) && i < len(written) && agree(written[i], after[i]) {
			pairs[i], used[i] = i, true
		}
	}
	for i := range pairs {
		if pairs[i] >= 0 || n > maxPairs || len(written) > maxPairs {
			continue
		}
		for j := range written {
			if !used[j] && i < len(after) && agree(written[j], after[i]) {
				pairs[i], used[j] = j, true
				break
			}
		}
	}
	for i := range pairs {
		if pairs[i] < 0 && i < len(written) && !used[i] {
			pairs[i], used[i] = i, true
		}
		if pairs[i] < 0 && len(written) == 1 {
			pairs[i] = 0
		}
	}
	return pairs
}
