package kubernetes

import (
	"bytes"
	"unicode/utf8"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// A layout knows where the lines of a text begin as YAML parsers count lines.
// They also end a line at a lone carriage return and at the separators of
// Unicode, where editors do not; places are therefore carried as byte offsets.
type layout struct {
	file  *position.File
	text  []byte
	lines []int // byte offset of each line
}

func newLayout(file string, text []byte) *layout {
	l := &layout{file: position.New(file, text), text: text, lines: []int{0}}
	for i := 0; i < len(text); {
		if width := breakAt(text[i:]); width > 0 {
			i += width
			l.lines = append(l.lines, i)
			continue
		}
		i++
	}
	return l
}

// breakAt returns the length of the line break that text starts with, 0 when
// it starts with none.
func breakAt(text []byte) int {
	switch text[0] {
	case '\n':
		return 1
	case '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2
		}
		return 1
	case 0xc2:
		if bytes.HasPrefix(text, []byte("\u0085")) {
			return 2
		}
	case 0xe2:
		if bytes.HasPrefix(text, []byte("\u2028")) || bytes.HasPrefix(text, []byte("\u2029")) {
			return 3
		}
	}
	return 0
}

// line returns the place of a whole line, the line break not counted. Lines
// count from 0.
func (l *layout) line(i int) annexgate.Location {
	i = min(max(i, 0), len(l.lines)-1)
	end := len(l.text)
	if i+1 < len(l.lines) {
		end = l.lines[i+1]
	}
	start := l.lines[i]
	return l.file.Location(start, start+len(bytes.TrimRight(l.text[start:end], " \t\r\n")))
}

// A cursor turns lines and columns into byte offsets. It goes forward from the
// last answer, so that asking for every node of a document in its order costs
// one pass, also where the document is a single line.
type cursor struct {
	layout *layout
	first  int // the layout's line at which the document begins
	line   int // of the last answer
	column int
	at     int
}

func newCursor(l *layout, first int) *cursor {
	return &cursor{layout: l, first: first, line: -1}
}

// offset returns the byte offset of a line and column of the document, both
// from 1; columns count characters.
func (c *cursor) offset(line, column int) int {
	if line != c.line || column < c.column {
		i := min(max(c.first+line-1, 0), len(c.layout.lines)-1)
		c.line, c.column, c.at = line, 1, c.layout.lines[i]
		if bytes.HasPrefix(c.layout.text[c.at:], byteOrderMark) {
			c.at += len(byteOrderMark)
		}
	}
	for text := c.layout.text; c.column < column && c.at < len(text); c.column++ {
		_, size := utf8.DecodeRune(text[c.at:])
		c.at += size
	}
	return c.at
}
