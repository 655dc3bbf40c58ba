package discover

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
)

// planKeys are what a Terraform plan in JSON has at its top. A file whose first
// key is another is no plan, which is found without reading on.
var planKeys = map[string]bool{
	"format_version": true, "terraform_version": true, "variables": true, "planned_values": true, "resource_drift": true,
	"resource_changes": true, "output_changes": true, "prior_state": true, "configuration": true, "relevant_attributes": true,
	"checks": true, "timestamp": true, "applyable": true, "complete": true, "errored": true, "deferred_changes": true,
	"action_invocations": true, "deferred_action_invocations": true, "provider_format_version": true,
}

// maxPlan bounds how far a file is read to find out.
const maxPlan = 256 << 20

// isPlan reports whether a file holds what terraform show -json says of a
// plan: an object with format_version and planned_values.
func isPlan(fsys fs.FS, name string) bool {
	f, err := fsys.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	r := bufio.NewReaderSize(io.LimitReader(f, maxPlan), 4<<10)
	if bom, _ := r.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = r.Discard(3)
	} else if bytes.HasPrefix(bom, []byte("\xff\xfe")) { // what PowerShell writes; the loader tells of it
		_, _ = r.Discard(2)
		r = bufio.NewReader(&withoutZeros{r})
	}
	return hasPlanKeys(r)
}

// withoutZeros makes ASCII of UTF-16.
type withoutZeros struct{ r io.Reader }

func (w *withoutZeros) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	return copy(p, bytes.ReplaceAll(p[:n], []byte{0}, nil)), err
}

// hasPlanKeys looks at the keys of the outermost object and at nothing else.
func hasPlanKeys(r *bufio.Reader) bool {
	version, values := false, false
	depth, first := 0, true
	for {
		c, err := r.ReadByte()
		if err != nil {
			return false
		}
		switch c {
		case ' ', '\t', '\r', '\n', ':', ',':
			continue
		case '{', '[':
			if depth == 0 && c != '{' {
				return false
			}
			depth++
			continue
		case '}', ']':
			depth--
			if depth <= 0 {
				return false
			}
			continue
		case '"':
		default:
			if depth == 0 {
				return false
			}
			continue
		}
		text, ok := readText(r)
		if !ok || depth == 0 {
			return false
		}
		if depth > 1 || !followedByColon(r) {
			continue
		}
		if first && !planKeys[text] {
			return false
		}
		first = false
		version, values = version || text == "format_version", values || text == "planned_values"
		if version && values {
			return true
		}
	}
}

// readText reads a JSON string behind its first quote. Of a long one it
// returns the beginning.
func readText(r *bufio.Reader) (string, bool) {
	var text []byte
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return "", false
		case c == '"':
			return string(text), true
		case c == '\\':
			if _, err := r.ReadByte(); err != nil {
				return "", false
			}
		case len(text) < 64:
			text = append(text, c)
		}
	}
}

// followedByColon reports whether a string is a key.
func followedByColon(r *bufio.Reader) bool {
	for {
		c, err := r.ReadByte()
		if err != nil {
			return false
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case ':':
			return true
		}
		_ = r.UnreadByte()
		return false
	}
}
