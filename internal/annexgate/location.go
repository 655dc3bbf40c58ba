package annexgate

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// A Location is a range of text in a file of the examined repository.
type Location struct {
	File      string `json:"file"`                 // slash-separated, relative to the repository root
	Line      int    `json:"line,omitempty"`       // starts at 1; 0 means the file as a whole
	Column    int    `json:"column,omitempty"`     // starts at 1, in UTF-16 code units, as SARIF counts
	EndLine   int    `json:"end_line,omitempty"`   // the line of the last character
	EndColumn int    `json:"end_column,omitempty"` // the column behind the last character
}

// String returns file:line:column, the shape that editors and terminals turn
// into links.
func (l Location) String() string {
	if l.Line == 0 {
		return l.File
	}
	return fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column)
}

// Compare orders locations by file, then by position.
func (l Location) Compare(m Location) int {
	return cmp.Or(
		strings.Compare(l.File, m.File),
		cmp.Compare(l.Line, m.Line),
		cmp.Compare(l.Column, m.Column),
		cmp.Compare(l.EndLine, m.EndLine),
		cmp.Compare(l.EndColumn, m.EndColumn),
	)
}

// A Path leads from a subject's values to one value inside them. Its steps are
// strings (object keys) and ints (list indexes).
type Path []any

// String returns the path as one would write it: ingress[0].cidr_blocks.
func (p Path) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			switch {
			case !plain(step):
				fmt.Fprintf(&b, "[%s]", strconv.Quote(step))
			case i == 0:
				b.WriteString(step)
			default:
				b.WriteString("." + step)
			}
		}
	}
	return b.String()
}

// plain reports whether key reads well behind a dot.
func plain(key string) bool {
	for _, r := range key {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return key != ""
}

// A Source tells where a value was written and where its parts were. It has
// the shape of the value: fields for an object, items for a list.
type Source struct {
	At     Location
	Fields map[string]*Source
	Items  []*Source
}

// Find returns where the value at path was written. A part that is not
// written anywhere (an absent attribute) is found at the innermost part around
// it that is.
func (s *Source) Find(path Path) Location {
	if s == nil {
		return Location{}
	}
	for _, step := range path {
		next := s.step(step)
		if next == nil {
			break
		}
		s = next
	}
	return s.At
}

func (s *Source) step(step any) *Source {
	switch step := step.(type) {
	case string:
		return s.Fields[step]
	case int:
		if step >= 0 && step < len(s.Items) {
			return s.Items[step]
		}
	}
	return nil
}
