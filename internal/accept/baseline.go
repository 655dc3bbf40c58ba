package accept

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// ReadBaseline reads text, the content of the baseline called name. Every
// fault is a usage error: the file is written by annexgate.
func ReadBaseline(name string, text []byte) ([]annexgate.BaselineEntry, error) {
	r, root, err := strictyaml.Open(name, text)
	if err != nil || root == nil {
		return nil, err
	}
	var entries []annexgate.BaselineEntry
	version := false
	r.Object(root, strictyaml.Fields{
		"version": func(node *yaml.Node) { version = readVersion(r, node) },
		"findings": func(node *yaml.Node) {
			r.Items(node, func(item *yaml.Node) { entries = append(entries, readEntry(r, item)) })
		},
	})
	if !version && !r.Faulty() {
		r.Fault(root, "the version is missing: want version: %s", Version)
	}
	return entries, r.Err()
}

func readEntry(r *strictyaml.Reader, node *yaml.Node) annexgate.BaselineEntry {
	e := annexgate.BaselineEntry{At: r.At(node)}
	r.Object(node, strictyaml.Fields{
		"fingerprint": func(node *yaml.Node) { e.Fingerprint = r.Text(node) },
		"policy":      func(node *yaml.Node) { e.Policy = r.Text(node) },
		"address":     func(node *yaml.Node) { e.Address = r.Text(node) },
		"scope":       func(node *yaml.Node) { e.Scope = r.Text(node) },
		"since":       func(node *yaml.Node) { e.Since = r.Date(node) },
	})
	if e.Fingerprint == "" || e.Policy == "" || e.Since.IsZero() {
		r.Fault(node, "fingerprint, policy or since is missing: annexgate baseline write makes the file")
	}
	return e
}

// baselineHead says what the file is to whoever opens it.
const baselineHead = `# The failures that were here when annexgate started to look. They do not
# block; what is fixed leaves: annexgate baseline prune.
version: 1
findings:
`

// WriteBaseline returns the file that holds entries, sorted, one to a line, so
// that two branches that fix different failures merge.
func WriteBaseline(entries []annexgate.BaselineEntry) []byte {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b annexgate.BaselineEntry) int {
		return cmp.Or(strings.Compare(a.Policy, b.Policy), strings.Compare(a.Scope, b.Scope),
			strings.Compare(a.Address, b.Address), strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	sorted = slices.CompactFunc(sorted, func(a, b annexgate.BaselineEntry) bool { return EntryMark(a) == EntryMark(b) })
	var b bytes.Buffer
	b.WriteString(baselineHead)
	if len(sorted) == 0 {
		return bytes.Replace(b.Bytes(), []byte("findings:\n"), []byte("findings: []\n"), 1)
	}
	for _, e := range sorted {
		fmt.Fprintf(&b, "  - {since: %s, policy: %s, fingerprint: %s", e.Since.UTC().Format(time.DateOnly), quote(e.Policy), quote(e.Fingerprint))
		for _, f := range []struct{ name, value string }{{"address", e.Address}, {"scope", e.Scope}} {
			if f.value != "" {
				fmt.Fprintf(&b, ", %s: %s", f.name, quote(f.value))
			}
		}
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// quote writes a text as JSON does, which YAML reads, in ASCII: some
// characters end a line in YAML that do not in JSON.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// EntryMark returns the mark of an entry.
func EntryMark(e annexgate.BaselineEntry) Mark { return Mark{e.Fingerprint, e.Scope, e.Address} }
