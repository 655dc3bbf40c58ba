package chart

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// A marker writes markers and reads them.
type marker struct {
	files []string
	lines []int // of each file
}

// A marker is two runes of a private area: the file and the line.
const (
	firstFile = 0x100000
	firstLine = 0xf0000
	lastRune  = 0x10fffd
	lastLine  = 0xffffd
)

// file returns the number of a file that has so many lines.
func (m *marker) file(name string, lines int) int {
	if i := slices.Index(m.files, name); i >= 0 {
		return i
	}
	m.files, m.lines = append(m.files, name), append(m.lines, lines)
	return len(m.files) - 1
}

// at returns the marker of a line, nothing for one that has none.
func (m *marker) at(file, line int) string {
	if firstFile+file > lastRune || firstLine+line > lastLine {
		return ""
	}
	return string([]rune{rune(firstFile + file), rune(firstLine + line)})
}

// text puts markers at the start of a text and of each line in it.
func (m *marker) text(file, line int, text []byte) []byte {
	var b strings.Builder
	b.WriteString(m.at(file, line))
	for _, c := range text {
		b.WriteByte(c)
		if c == '\n' {
			line++
			b.WriteString(m.at(file, line))
		}
	}
	return []byte(b.String())
}

func private(r rune) bool { return r >= firstLine && r <= lastRune }

// strip takes markers out of text.
func strip(text string) string {
	return strings.Map(func(r rune) rune {
		if private(r) {
			return -1
		}
		return r
	}, text)
}

// carrying lists the functions that pass markers on.
var carrying = map[string]bool{
	"coalesce": true, "default": true, "dict": true, "indent": true, "list": true, "nindent": true,
	"required": true, "ternary": true, "toString": true, "trim": true, printName: true,
}

// unmark takes the markers out of arguments that are texts.
func unmark(args []reflect.Value) []reflect.Value {
	out := slices.Clone(args)
	for i, arg := range out {
		inner := arg
		if arg.Kind() == reflect.Interface {
			inner = arg.Elem()
		}
		if inner.Kind() != reflect.String {
			continue
		}
		if text := inner.String(); strings.ContainsFunc(text, private) {
			stripped := reflect.New(arg.Type()).Elem()
			stripped.Set(reflect.ValueOf(strip(text)).Convert(inner.Type()))
			out[i] = stripped
		}
	}
	return out
}

// stripAny takes the markers out of a value that is a text.
func stripAny(value any) any {
	if text, ok := value.(string); ok {
		return strip(text)
	}
	return value
}

// trim is the function of sprig for texts with markers.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || private(r) })
}

// origins returns for each line of a marked text where it comes from: the last
// of the markers that it starts with or, where it has none, the last before it.
func (m *marker) origins(text string) []Line {
	var all []Line
	var last Line
	for line := range strings.SplitSeq(text, "\n") {
		origin := last
		start, file := true, -1
		for _, r := range line {
			switch {
			case r >= firstFile && r <= lastRune:
				file = int(r - firstFile)
			case r >= firstLine && r <= lastLine:
				if file < 0 || file >= len(m.files) || int(r-firstLine) < 1 || int(r-firstLine) > m.lines[file] {
					continue // no marker, but a text of the chart
				}
				last = Line{m.files[file], int(r - firstLine)}
				if start {
					origin = last
				}
			case !strings.ContainsRune(" \t\"'", r):
				start = false
			}
		}
		if origin == (Line{}) {
			origin = last
		}
		all = append(all, origin)
	}
	return all
}
