package accept

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// waiversHead begins a file of waivers.
const waiversHead = "version: 1\nwaivers:\n"

// Add returns text, the content of the file of waivers called name, with w
// behind the others. Whatever else is in it stays as it is, comments too. An
// empty text becomes a file.
func Add(name string, text []byte, w annexgate.Waiver) ([]byte, error) {
	before, err := ReadWaivers(name, text)
	if err != nil {
		return nil, err
	}
	added, err := insert(text, w)
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("add to %s: %w", name, err))
	}
	after, err := ReadWaivers(name, added)
	if err != nil || len(after) != len(before)+1 || after[len(before)].ID != w.ID {
		return nil, annexgate.Usage(fmt.Errorf("add to %s: its waivers are written in a way that annexgate does not: add this one by hand\n%s", name, Entry(w, "  ")))
	}
	return added, nil
}

// insert puts an entry behind the last item of the list.
func insert(text []byte, w annexgate.Waiver) ([]byte, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return []byte(waiversHead + Entry(w, "  ")), nil
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 { // nothing but comments
		return append(append(bytes.TrimRight(text, "\n"), '\n'), []byte(waiversHead+Entry(w, "  "))...), nil
	}
	if document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("want keys and values")
	}
	root := document.Content[0]
	if bytes.HasSuffix(text, []byte("\n")) {
		text = text[:len(text)-1]
	}
	lines := strings.Split(string(text), "\n")
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, list := root.Content[i], root.Content[i+1]
		if key.Value != "waivers" {
			continue
		}
		end := len(lines)
		if i+2 < len(root.Content) {
			end = root.Content[i+2].Line - 1
		}
		for end > key.Line && strings.TrimSpace(lines[end-1]) == "" {
			end--
		}
		indent := "  "
		if len(list.Content) == 0 {
			lines[key.Line-1], end = "waivers:", key.Line
		} else {
			line := lines[list.Content[0].Line-1]
			indent = line[:len(line)-len(strings.TrimLeft(line, " "))]
		}
		all := append(append([]string{}, lines[:end]...), strings.TrimSuffix(Entry(w, indent), "\n"))
		return []byte(strings.Join(append(all, lines[end:]...), "\n") + "\n"), nil
	}
	return []byte(strings.Join(lines, "\n") + "\nwaivers:\n" + Entry(w, "  ")), nil
}

// Entry returns a waiver as an item of the list in the file.
func Entry(w annexgate.Waiver, indent string) string {
	var b strings.Builder
	mark := "- "
	for _, f := range []struct{ name, value string }{
		{"id", w.ID},
		{"policy", w.Policy},
		{"address", w.Address},
		{"path", w.Path},
		{"key", w.Key},
		{"fingerprint", w.Fingerprint},
		{"reason", w.Reason},
		{"owner", w.Owner},
		{"approved_by", w.ApprovedBy},
		{"ticket", w.Ticket},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, "%s%s%s: %s\n", indent, mark, f.name, quote(f.value))
			mark = "  "
		}
	}
	for _, f := range []struct {
		name  string
		value time.Time
	}{{"created", w.Created}, {"not_before", w.NotBefore}, {"expires", w.Expires}} {
		if !f.value.IsZero() {
			fmt.Fprintf(&b, "%s%s%s: %s\n", indent, mark, f.name, date(f.value))
			mark = "  "
		}
	}
	return b.String()
}

// NextID returns the first free ID of a year: EX-2026-001.
func NextID(waivers []annexgate.Waiver, year int) string {
	highest := 0
	for _, w := range waivers {
		var y, n int
		if _, err := fmt.Sscanf(w.ID, "EX-%d-%d", &y, &n); err == nil && y == year {
			highest = max(highest, n)
		}
	}
	return fmt.Sprintf("EX-%d-%03d", year, highest+1)
}
