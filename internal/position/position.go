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

// stride is the distance in bytes between two marks. It bounds the work of one
// look-up, also in a file that is one long line.
const stride = 1024

// A mark is the start of a character and the UTF-16 code units before it.
type mark struct{ offset, units int }

// A File is source text whose positions are asked for.
type File struct {
	name  string
	text  []byte
	lines []int  // byte offset of each line
	marks []mark // the first at or behind every stride-th byte; nil when all text is ASCII
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
		units := 0
		for at := 0; at < len(text); {
			if at >= stride*len(f.marks) {
				f.marks = append(f.marks, mark{at, units})
			}
			size, n := next(text[at:])
			at, units = at+size, units+n
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
	if f.marks == nil {
		return line, offset - start + 1
	}
	return line, f.unitsBefore(offset) - f.unitsBefore(start) + 1
}

// unitsBefore returns the code units of the characters that begin before
// offset.
func (f *File) unitsBefore(offset int) int {
	i := min(offset/stride, len(f.marks)-1)
	if f.marks[i].offset > offset {
		i--
	}
	at, units := f.marks[i].offset, f.marks[i].units
	for at < offset {
		size, n := next(f.text[at:])
		at, units = at+size, units+n
	}
	return units
}

// next returns the bytes and the UTF-16 code units of the first character of
// text. A byte that is not UTF-8 is a character, as it is to those who show it.
func next(text []byte) (size, units int) {
	r, size := utf8.DecodeRune(text)
	if r > 0xffff {
		return size, 2
	}
	return size, 1
}
