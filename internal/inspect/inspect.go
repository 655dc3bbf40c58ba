// Package inspect writes subjects as policies will see them. Authors write
// policies with it, and the loaders are tested with it.
//
// # Decisions
//
// Values that the loader calls sensitive are hidden: policies judge them, but
// what is printed ends in logs that more people read than the repository.
package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
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

// A document is an inventory in JSON.
//
// A subject has what policies see (kind, type, name, address, module, values,
// and what the loader worked out: tags, provider, workload, ...) and beside it
//
//	scope            the set that address is unique in
//	unknown          paths into values
//	unknown_reasons  one for each of them, and for those outside values
//	references       what it refers to, by type, as policies see it
//	referrers        what refers to it, likewise
//	at               where it is written
type document struct {
	Subjects []map[string]any `json:"subjects"`
	Outputs  any              `json:"outputs"`                   // output values of the Terraform root modules
	Unknown  []reason         `json:"unknown_outputs,omitempty"` // those that are not known, or sensitive
	Problems []problem        `json:"problems"`
}

type reason struct {
	Path   string             `json:"path"` // from the subject down: values.acl
	Reason string             `json:"reason"`
	From   annexgate.Location `json:"from,omitzero"`
}

type problem struct {
	Kind    annexgate.Kind     `json:"kind,omitempty"`
	Message string             `json:"message"`
	At      annexgate.Location `json:"at,omitzero"`
	Loss    string             `json:"loss"`
}

// losses names what a problem costs, as the JSON report does.
var losses = map[annexgate.Loss]string{
	annexgate.Unread:  "unread",
	annexgate.Partial: "partial",
	annexgate.Notice:  "notice",
}

func writeJSON(w io.Writer, inventory *annexgate.Inventory) error {
	doc := document{Subjects: []map[string]any{}, Outputs: visible(outputs(inventory)), Problems: []problem{}}
	for _, s := range inventory.Subjects {
		doc.Subjects = append(doc.Subjects, describe(s))
	}
	for _, u := range annexgate.Unknowns(outputs(inventory)) {
		doc.Unknown = append(doc.Unknown, reason{u.Path.String(), u.Reason, u.From})
	}
	for _, p := range inventory.Problems {
		doc.Problems = append(doc.Problems, problem{p.Kind, p.Message, p.At, losses[p.Loss]})
	}
	text, err := encode(doc, "  ")
	if err != nil {
		return fmt.Errorf("write subjects: %w", err)
	}
	_, err = w.Write(text)
	return err
}

func describe(s *annexgate.Subject) map[string]any {
	unknown, reasons := []annexgate.Path{}, []reason{}
	for _, u := range annexgate.Unknowns(s.Block()) {
		if u.Path[0] == "values" {
			unknown = append(unknown, u.Path[1:])
		}
		reasons = append(reasons, reason{u.Path.String(), u.Reason, u.From})
	}
	out := block(s)
	maps.Copy(out, map[string]any{
		"scope": s.Scope, "at": s.At, "unknown": unknown, "unknown_reasons": reasons,
		"references": byType(s.References), "referrers": byType(s.Referrers),
	})
	return out
}

func byType(neighbours []*annexgate.Subject) map[string][]map[string]any {
	grouped := map[string][]map[string]any{}
	for _, n := range neighbours {
		grouped[n.Type] = append(grouped[n.Type], block(n))
	}
	return grouped
}

// outputs returns the outputs of inventory, which is never nil: JSON would say
// null.
func outputs(inventory *annexgate.Inventory) map[string]any {
	if inventory.Outputs == nil {
		return map[string]any{}
	}
	return inventory.Outputs
}

// encode returns v in JSON that is harmless to show, with a line feed behind.
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return inert.JSON(b.Bytes()), nil
}
