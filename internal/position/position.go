// Package position turns offsets in source text into locations that people and
// SARIF count alike: lines from 1, columns from 1 in UTF-16 code units, a byte
// order mark not counted.
package position

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// stride is the distance in bytes between two stored column counts. It bounds
// the work of one look-up, also in a file that is one long line.
const stride = 1024

// A File is source text whose positions are asked for.
type File struct {
	name  string
	text  []byte
	lines []int // byte offset of each line
	units []int // UTF-16 code units before every stride-th byte; nil when all text is ASCII
}

// New indexes text, the content of the file called name.
func New(name string, text []byte) *File {
	f := &File{name: name, text: text, lines: []int{0}}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		f.lines[0] = 3
	}
	ascii := true
	for i, c := range text {
		if c == '\n' {
			f.lines = append(f.lines, i+1)
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if !ascii {
		f.units = make([]int, 0, len(text)/stride+1)
		total := 0
		for i := 0; i < len(text); i += stride {
			f.units = append(f.units, total)
			total += utf16Units(text[i:min(i+stride, len(text))])
		}
	}
	return f
}

// Name returns the file's name.
func (f *File) Name() string { return f.name }

// Location returns the place of the text between two byte offsets.
func (f *File) Location(start, end int) annexgate.Location {
	l := annexgate.Location{File: f.name}
	l.Line, l.Column = f.point(start)
	l.EndLine, l.EndColumn = f.point(max(start, end))
	return l
}

// Offset returns the byte offset of a line and a column that counts
// characters, both from 1, as YAML parsers count.
func (f *File) Offset(line, column int) int {
	line = min(max(line, 1), len(f.lines))
	at := f.lines[line-1]
	for ; column > 1 && at < len(f.text) && f.text[at] != '\n'; column-- {
		_, size := utf8.DecodeRune(f.text[at:])
		at += size
	}
	return at
}

func (f *File) point(offset int) (line, column int) {
	offset = min(max(offset, 0), len(f.text))
	line = max(1, sort.SearchInts(f.lines, offset+1))
	start := min(f.lines[line-1], offset)
	if f.units == nil {
		return line, offset - start + 1
	}
	return line, f.unitsBefore(offset) - f.unitsBefore(start) + 1
}

func (f *File) unitsBefore(offset int) int {
	i := offset / stride
	if i >= len(f.units) {
		i = len(f.units) - 1
	}
	return f.units[i] + utf16Units(f.text[i*stride:offset])
}

// utf16Units counts code units by the first byte of each character, so that
// text may be cut anywhere. An invalid byte counts as one.
func utf16Units(text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case c >= 0xf0:
			n += 2
		case c < 0x80 || c >= 0xc0:
			n++
		}
	}
	return n
}
