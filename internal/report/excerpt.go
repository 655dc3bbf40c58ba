package report

import (
	"strings"
	"unicode/utf8"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/prose"
)

// Limits of an excerpt. Minified files have lines of any length, so the line
// that the column is in is kept longer than those below it, which are only
// shown from their start.
const (
	excerptLines = 5
	firstLine    = 64 << 10 // bytes
	laterLine    = 1 << 10  // bytes
	tabStop      = 4        // columns
)

// clip bounds an excerpt: one line more than is shown, each of bounded length.
// Every format goes through it, so that a run that was read back looks the
// same.
func clip(excerpt []string) []string {
	if len(excerpt) > excerptLines+1 {
		excerpt = excerpt[:excerptLines+1]
	}
	clipped := make([]string, 0, len(excerpt))
	for i, source := range excerpt {
		limit := laterLine
		if i == 0 {
			limit = firstLine
		}
		clipped = append(clipped, clipLine(source, limit))
	}
	return clipped
}

func clipLine(source string, limit int) string {
	if len(source) <= limit {
		return source
	}
	for limit > 0 && !utf8.RuneStart(source[limit]) {
		limit--
	}
	return source[:limit]
}

// A row is one line of an excerpt as it is printed. Only the first has a
// marker, a run of carets below the text it points at.
type row struct {
	number int // of the line in the file
	text   string
	marker string
}

// rows lays out the excerpt of f in lines of at most limit columns, and
// returns how many lines of the finding's range it leaves out. It returns no
// rows where there is nothing to show: no excerpt, no line, or a column that
// the line does not have.
func rows(f annexgate.Finding, limit int) (shown []row, more int) {
	excerpt := clip(f.Excerpt)
	if len(excerpt) == 0 || f.At.Line < 1 {
		return nil, 0
	}
	total := max(1, f.At.EndLine-f.At.Line+1)
	count := min(total, len(excerpt))
	if total > excerptLines {
		count = min(count, excerptLines-1) // and a line that says how many more
	}
	for i, source := range excerpt[:count] {
		source = strings.TrimRight(source, "\r\n")
		if f.At.Line+i == 1 {
			source = strings.TrimPrefix(source, "\ufeff") // columns do not count it
		}
		cells := layOut(source)
		var from, to int
		if i == 0 {
			var ok bool
			if from, to, ok = mark(cells, f.At); !ok {
				return nil, 0
			}
		}
		text, marker := window(cells, from, to, limit)
		shown = append(shown, row{f.At.Line + i, text, marker})
	}
	return shown, total - count
}

// A cell is one character of a source line as it is printed.
type cell struct {
	text   string
	unit   int // UTF-16 code units before it
	column int // columns before it
}

// layOut returns the cells of a source line and a last one that stands for its
// end.
func layOut(source string) []cell {
	cells := make([]cell, 0, len(source)+1)
	unit, column := 0, 0
	for _, r := range source {
		text, n := string(r), 1
		switch {
		case r == '\t':
			n = tabStop - column%tabStop
			text = strings.Repeat(" ", n)
		case inert.Rune(r):
			n = prose.Width(string(r))
		default:
			text = inert.Escape(r)
			n = len(text)
		}
		cells = append(cells, cell{text, unit, column})
		column += n
		unit++
		if r > 0xffff {
			unit++
		}
	}
	return append(cells, cell{unit: unit, column: column})
}

// mark returns the columns between which a marker for at stands, below the
// line in cells. A range of several lines is marked to the end of its first.
// A location without a column has no marker: from equals to.
func mark(cells []cell, at annexgate.Location) (from, to int, ok bool) {
	end := cells[len(cells)-1]
	if at.Column < 1 {
		return 0, 0, true
	}
	if at.Column-1 > end.unit {
		return 0, 0, false
	}
	from, to = columnOf(cells, at.Column-1), end.column
	if at.EndLine <= at.Line && at.EndColumn > 0 {
		to = columnOf(cells, at.EndColumn-1)
	}
	return from, max(to, from+1), true
}

// columnOf returns the column of the cell at the code unit, or of the end.
func columnOf(cells []cell, unit int) int {
	for _, c := range cells {
		if c.unit >= unit {
			return c.column
		}
	}
	return cells[len(cells)-1].column
}

// window returns the part of a line that fits into limit columns and shows
// column from, with dots where it is cut, and the marker below it.
func window(cells []cell, from, to, limit int) (text, marker string) {
	const dots = "..."
	total := cells[len(cells)-1].column
	left, right := 0, total
	if total > limit {
		if to > limit-len(dots) {
			// A third of the window before the marker is enough to recognise
			// the place; the rest shows what is marked and follows.
			left = max(0, min(from-limit/3, total-limit))
		}
		right = left + limit
	}
	start, end := left, right
	if left > 0 {
		start += len(dots)
	}
	if right < total {
		end -= len(dots)
	}

	var b strings.Builder
	b.WriteString(dots[:start-left])
	column := start
	for i, c := range cells[:len(cells)-1] {
		next := cells[i+1].column
		if c.column < start || next > end {
			continue
		}
		// A wide character that straddles the edge leaves a gap.
		b.WriteString(strings.Repeat(" ", c.column-column))
		b.WriteString(c.text)
		column = next
	}
	if right < total {
		b.WriteString(strings.Repeat(" ", end-column) + dots)
	}
	if from == to {
		return strings.TrimRight(b.String(), " "), ""
	}
	from, to = max(from, start)-left, min(to, max(end, from+1))-left
	return strings.TrimRight(b.String(), " "), strings.Repeat(" ", from) + strings.Repeat("^", max(1, to-from))
}
