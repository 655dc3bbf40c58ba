package inspect

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// writeText writes a paragraph for each subject. Values are in JSON.
func writeText(w io.Writer, inventory *annexgate.Inventory) error {
	t := &textWriter{}
	for _, s := range inventory.Subjects {
		t.subject(s)
	}
	if len(inventory.Outputs) > 0 {
		t.line("outputs")
		t.values(visible(inventory.Outputs).(map[string]any))
		for _, u := range annexgate.Unknowns(inventory.Outputs) {
			t.unknown(u.Path.String(), u.UnknownValue)
		}
		t.line("")
	}
	for _, p := range inventory.Problems {
		t.line("problem: %s", p.String())
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// A textWriter collects lines. Every text in them is made inert.
type textWriter struct{ strings.Builder }

func (t *textWriter) line(format string, args ...any) {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = inert.Text(s)
		}
	}
	t.WriteString(inert.Log(fmt.Sprintf(format, args...)) + "\n")
}

func (t *textWriter) subject(s *annexgate.Subject) {
	t.line("%s  %s", s.Address, s.At.String())
	seen := block(s)
	t.values(seen["values"].(map[string]any))
	for _, fact := range slices.Sorted(maps.Keys(s.Facts)) {
		if value, known := seen[fact]; known {
			t.line("  (%s) %s", fact, compact(value))
		}
	}
	for _, u := range annexgate.Unknowns(s.Block()) {
		path := u.Path[1:].String()
		if fact := u.Path[0]; fact != "values" {
			path = strings.TrimSuffix(fmt.Sprintf("(%s) %s", fact, path), " ")
		}
		t.unknown(path, u.UnknownValue)
	}
	for _, n := range s.References {
		t.line("  -> %s", n.Address)
	}
	for _, n := range s.Referrers {
		t.line("  <- %s", n.Address)
	}
	t.line("")
}

func (t *textWriter) values(values map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		t.line("  %s = %s", key, compact(values[key]))
	}
}

func (t *textWriter) unknown(path string, u annexgate.UnknownValue) {
	if u.From.File == "" {
		t.line("  ? %s: %s", path, u.Reason)
		return
	}
	t.line("  ? %s: %s (%s)", path, u.Reason, u.From.String())
}

func compact(value any) string {
	text, err := encode(value, "")
	if err != nil {
		return fmt.Sprintf("<%v>", err) // no loader makes a value that JSON cannot hold
	}
	return strings.TrimSuffix(string(text), "\n")
}
