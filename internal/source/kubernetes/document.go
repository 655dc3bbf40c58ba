package kubernetes

import (
	"bytes"
	"regexp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A document is one parsed document of a file.
type document struct {
	values  any
	source  *annexgate.Source
	notices []annexgate.Problem
}

// A section is the text of one document: whole lines, its markers and
// directives included.
type section struct {
	first      int // line of the layout
	start, end int // byte offsets
}

// sections cuts the text at its document markers.
func (l *layout) sections() []section {
	var cut []section
	current := section{}
	prelude := true // nothing but comments, directives and blank lines so far
	for i, at := range l.lines {
		line := bytes.TrimPrefix(l.text[at:], byteOrderMark)
		switch {
		case marker(line, "---"):
			if !prelude {
				current.end = at
				cut = append(cut, current)
				current = section{first: i, start: at}
			}
			prelude = false
		case marker(line, "..."):
			next := len(l.text)
			if i+1 < len(l.lines) {
				next = l.lines[i+1]
			}
			current.end = next
			cut = append(cut, current)
			current = section{first: i + 1, start: next}
			prelude = true
		default:
			prelude = prelude && preliminary(line)
		}
	}
	current.end = len(l.text)
	return append(cut, current)
}

// marker reports whether line starts with mark and then a blank, a line break
// or the end.
func marker(line []byte, mark string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(mark))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || breakAt(rest) > 0)
}

// preliminary reports whether line can stand before the marker that opens a
// document.
func preliminary(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) == 0 || line[0] == '#' || line[0] == '%' || breakAt(line) > 0
}

// An apiVersion, a kind, and the looser shapes that tell a manifest in text
// that does not parse.
var (
	apiVersion  = regexp.MustCompile(`^(?:[a-z0-9.-]+/)?v[0-9][a-z0-9]*$`)
	kind        = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
	versionLine = regexp.MustCompile(`(?:^|[\s{,"'-])apiVersion["']?[ \t]*:`)
	kindLine    = regexp.MustCompile(`(?:^|[\s{,"'-])kind["']?[ \t]*:`)
)

// manifest reports whether values are those of a Kubernetes object.
func manifest(values map[string]any) bool {
	version, _ := values["apiVersion"].(string)
	name, _ := values["kind"].(string)
	return apiVersion.MatchString(version) && kind.MatchString(name)
}

// looksLikeManifest reports whether text that does not parse was meant as a
// Kubernetes object.
func looksLikeManifest(text []byte) bool {
	return hasVersion(text) && hasKind(text)
}

// The search for the bare word saves the slower one in most files.

func hasVersion(text []byte) bool {
	return bytes.Contains(text, []byte("apiVersion")) && versionLine.Match(text)
}

func hasKind(text []byte) bool {
	return bytes.Contains(text, []byte("kind")) && kindLine.Match(text)
}

// mayHoldManifest reports whether text can hold a Kubernetes object at all, at
// a fraction of the cost of parsing. Most files of a repository cannot. A key
// can be written without its letters: with escapes, or in base64.
func mayHoldManifest(text []byte) bool {
	if bytes.Contains(text, []byte("apiVersion")) || bytes.Contains(text, []byte("binary")) {
		return true
	}
	for rest := text; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 || i+1 >= len(rest) {
			return false
		}
		if bytes.IndexByte([]byte("xuU\r\n"), rest[i+1]) >= 0 {
			return true
		}
		rest = rest[i+1:]
	}
}
