// Package prose lays out text for people at a terminal: words in lines of a
// given width, texts in columns.
//
// Widths are in the columns of a terminal, where a letter of Chinese takes two
// and a combining accent none. Text is expected to be inert.
package prose

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Width returns the columns that a terminal gives to s.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Wrap breaks s at its spaces into lines of at most limit columns. A longer
// word has a line of its own. There is always a line.
func Wrap(s string, limit int) []string {
	lines := []string{""}
	used := 0
	for _, word := range strings.Fields(s) {
		n := Width(word)
		last := len(lines) - 1
		switch {
		case used == 0:
			lines[last], used = word, n
		case used+1+n <= limit:
			lines[last] += " " + word
			used += 1 + n
		default:
			lines, used = append(lines, word), n
		}
	}
	return lines
}

// Pad returns s with spaces behind it, up to limit columns.
func Pad(s string, limit int) string {
	return s + strings.Repeat(" ", max(0, limit-Width(s)))
}

// Reflow lays out Markdown in lines of at most limit columns. The lines of a
// paragraph are joined first. What Markdown takes as it stands (code, tables,
// headings) keeps its lines; an item of a list is indented below its mark.
func Reflow(text string, limit int) []string {
	var lines []string
	var paragraph []string
	indent := ""
	flush := func() {
		if len(paragraph) == 0 {
			return
		}
		for i, line := range Wrap(strings.Join(paragraph, " "), limit-len(indent)) {
			if i > 0 {
				line = indent + line
			}
			lines = append(lines, line)
		}
		paragraph, indent = nil, ""
	}
	fenced := false
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fence := strings.HasPrefix(line, "```")
		switch item := mark.FindString(line); {
		case fence || fenced || verbatim(line):
			flush()
			lines = append(lines, strings.TrimRight(line, " "))
			fenced = fenced != fence
		case item != "":
			flush()
			paragraph, indent = []string{line}, strings.Repeat(" ", len(item))
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return lines
}

// mark matches the mark of an item of a list, with the spaces behind it.
var mark = regexp.MustCompile(`^(?:[-*+]|[0-9]{1,3}[.)]) +`)

// verbatim reports whether a line stands for itself: it is blank, indented code,
// a heading, a quotation or a row of a table.
func verbatim(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t") ||
		strings.HasPrefix(line, "#") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "|")
}
