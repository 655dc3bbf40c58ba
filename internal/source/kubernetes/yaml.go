package kubernetes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A fault tells why a document cannot be read.
type fault struct {
	at      annexgate.Location
	reason  string
	refused bool // by this package rather than by the grammar, as are aliases that expand beyond measure
}

func (f *fault) Error() string { return f.at.String() + ": " + f.reason }

// parseYAML reads the documents of one section: one, or none where there is
// nothing but comments.
func parseYAML(l *layout, s section) ([]document, *fault) {
	text := l.text[s.start:s.end]
	if at, ok := invalid(text); ok {
		return nil, &fault{at: l.file.Location(s.start+at, s.start+at+1), reason: "text is not valid UTF-8"}
	}
	var docs []document
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	position := newCursor(l, s.first)
	for {
		root, err := decode(decoder)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, l.fault(s, err)
		}
		b := &builder{
			cursor: position, anchors: map[*yaml.Node]part{}, open: map[*yaml.Node]bool{},
			allowance: min(minExpansion+expansion*len(text), maxExpansion),
		}
		p, err := b.build(root, 0)
		if err != nil {
			return docs, l.fault(s, err)
		}
		docs = append(docs, document{values: p.value, source: p.source, notices: b.notices.list()})
	}
}

// decode reads the next document. The parser panics on some malformed text.
func decode(decoder *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parser gave up: %v", p)
		}
	}()
	var n yaml.Node
	if err := decoder.Decode(&n); err != nil {
		return nil, err
	}
	if len(n.Content) != 1 {
		return nil, io.EOF
	}
	return n.Content[0], nil
}

// invalid returns the offset of the first byte of text that is not UTF-8.
func invalid(text []byte) (int, bool) {
	if utf8.Valid(text) {
		return 0, false
	}
	for at := 0; ; {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			return at, true
		}
		at += size
	}
}

var parserMessage = regexp.MustCompile(`^(?:yaml: )?(?:line ([0-9]+): )?((?s:.*))`)

// grammar matches what the parser says of tokens in the wrong place. It counts
// their lines from 0, and those of everything else from 1.
var grammar = regexp.MustCompile(`^(did not find expected (<|node content|'-' indicator|key|',' or)|found (undefined tag handle|duplicate %|incompatible YAML))`)

// fault turns an error of the parser or of build into one with a place. The
// parser tells the line inside the section, if at all.
func (l *layout) fault(s section, err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	groups := parserMessage.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(groups[1])
	reason := groups[2]
	if grammar.MatchString(reason) {
		// What ends too early is missed behind its last line.
		text := bytes.TrimRight(l.text[s.start:s.end], " \t\r\n")
		line = min(line+1, 1+bytes.Count(text, []byte("\n")))
	}
	at := l.line(s.first + max(line, 1) - 1)
	if strings.Contains(reason, "control characters") {
		if i := bytes.IndexFunc(l.text[s.start:s.end], control); i >= 0 {
			at = l.file.Location(s.start+i, s.start+i+1)
		}
	}
	return &fault{at: at, reason: reason}
}

func control(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
}
