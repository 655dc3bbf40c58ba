package inspect

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// writeText writes a paragraph for each subject. Values are in JSON, which
// leaves nothing in them that a terminal could act on.
func writeText(w io.Writer, inventory *annexgate.Inventory) error {
	var b strings.Builder
	for _, s := range inventory.Subjects {
		fmt.Fprintf(&b, "%s  %s\n", inert.Text(s.Address), inert.Text(s.At.String()))
		block := known(s.Block()).(map[string]any)
		writeValues(&b, "", block["values"].(map[string]any))
		for _, fact := range slices.Sorted(maps.Keys(s.Facts)) {
			if _, unknown := s.Facts[fact].(annexgate.UnknownValue); !unknown {
				fmt.Fprintf(&b, "  (%s) %s\n", fact, compact(block[fact]))
			}
		}
		for _, u := range annexgate.Unknowns(s.Block()) {
			path, _ := strings.CutPrefix(u.Path.String(), "values.")
			fmt.Fprintf(&b, "  ? %s: %s%s\n", inert.Text(path), inert.Text(u.Reason), from(u.From))
		}
		for _, n := range s.References {
			fmt.Fprintf(&b, "  -> %s\n", inert.Text(n.Address))
		}
		for _, n := range s.Referrers {
			fmt.Fprintf(&b, "  <- %s\n", inert.Text(n.Address))
		}
		b.WriteString("\n")
	}
	if len(inventory.Outputs) > 0 {
		b.WriteString("outputs\n")
		writeValues(&b, "", known(inventory.Outputs).(map[string]any))
		b.WriteString("\n")
	}
	for _, p := range inventory.Problems {
		fmt.Fprintf(&b, "problem: %s\n", inert.Text(p.String()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeValues(b *strings.Builder, indent string, values map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(b, "  %s%s = %s\n", indent, inert.Text(key), compact(values[key]))
	}
}

func compact(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprintf("<%v>", err) // no loader makes a value that JSON cannot hold
	}
	return inert.Text(strings.TrimSuffix(b.String(), "\n"))
}

func from(l annexgate.Location) string {
	if l.File == "" {
		return ""
	}
	return " (" + inert.Text(l.String()) + ")"
}
