// Package inspect writes subjects as policies will see them. Authors write
// policies with it, and the loaders are tested with it.
package inspect

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A Writer writes an inventory in one format.
type Writer func(w io.Writer, inventory *annexgate.Inventory) error

var formats = map[string]Writer{
	"json": writeJSON,
	"text": writeText,
}

// Format returns the writer of the named format.
func Format(name string) (Writer, error) {
	write, ok := formats[name]
	if !ok {
		return nil, fmt.Errorf("unknown format %q: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	}
	return write, nil
}

// subject is the JSON form of one subject. The fields that the loader worked
// out (tags, provider, workload, ...) stand beside them, under their own names.
type subject struct {
	Scope      string                      `json:"scope"`
	Unknown    []annexgate.Path            `json:"unknown"`         // paths into values
	Reasons    []reason                    `json:"unknown_reasons"` // one for each, and for those outside values
	References map[string][]map[string]any `json:"references"`      // by type
	Referrers  map[string][]map[string]any `json:"referrers"`       // by type
	At         annexgate.Location          `json:"at"`
}

type reason struct {
	Path   string              `json:"path"` // from the subject down: values.acl
	Reason string              `json:"reason"`
	From   *annexgate.Location `json:"from,omitempty"`
}

type problem struct {
	Kind    annexgate.Kind      `json:"kind,omitempty"`
	Message string              `json:"message"`
	At      *annexgate.Location `json:"at,omitempty"`
	Loss    annexgate.Loss      `json:"loss"`
}

// writeJSON writes an object with subjects, outputs and problems.
func writeJSON(w io.Writer, inventory *annexgate.Inventory) error {
	document := struct {
		Subjects []json.RawMessage `json:"subjects"`
		Outputs  any               `json:"outputs"`
		Problems []problem         `json:"problems"`
	}{Subjects: []json.RawMessage{}, Outputs: known(orEmpty(inventory.Outputs)), Problems: []problem{}}
	for _, s := range inventory.Subjects {
		text, err := encode(s)
		if err != nil {
			return fmt.Errorf("write subject %s: %w", s.Address, err)
		}
		document.Subjects = append(document.Subjects, text)
	}
	for _, p := range inventory.Problems {
		document.Problems = append(document.Problems, problem{p.Kind, p.Message, place(p.At), p.Loss})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

// encode writes the block of s with the fields of subject beside.
func encode(s *annexgate.Subject) (json.RawMessage, error) {
	out := known(s.Block()).(map[string]any)
	ours := subject{
		Scope: s.Scope, At: s.At, Unknown: []annexgate.Path{}, Reasons: []reason{},
		References: byType(s.References), Referrers: byType(s.Referrers),
	}
	for _, u := range annexgate.Unknowns(s.Block()) {
		if u.Path[0] == "values" {
			ours.Unknown = append(ours.Unknown, u.Path[1:])
		}
		ours.Reasons = append(ours.Reasons, reason{u.Path.String(), u.Reason, place(u.From)})
	}
	text, err := json.Marshal(ours)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	for name, field := range fields {
		out[name] = field
	}
	return json.Marshal(out)
}

func byType(neighbours []*annexgate.Subject) map[string][]map[string]any {
	grouped := map[string][]map[string]any{}
	for _, n := range neighbours {
		grouped[n.Type] = append(grouped[n.Type], known(n.Block()).(map[string]any))
	}
	return grouped
}

func place(l annexgate.Location) *annexgate.Location {
	if l.File == "" {
		return nil
	}
	return &l
}

func orEmpty(values map[string]any) map[string]any {
	if values == nil {
		return map[string]any{}
	}
	return values
}

// known returns value without its unknown parts, as policies get it.
func known(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, item := range value {
			if _, unknown := item.(annexgate.UnknownValue); !unknown {
				out[key] = known(item)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, item := range value {
			if _, unknown := item.(annexgate.UnknownValue); !unknown {
				out = append(out, known(item))
			}
		}
		return out
	}
	return value
}
