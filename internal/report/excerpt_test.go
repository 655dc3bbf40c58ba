package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/prose"
)

// show prints rows as a table of cases reads best.
func show(f annexgate.Finding, limit int) string {
	var b strings.Builder
	shown, more := rows(f, limit)
	for _, r := range shown {
		fmt.Fprintf(&b, "%d|%s\n", r.number, r.text)
		if r.marker != "" {
			fmt.Fprintf(&b, " |%s\n", r.marker)
		}
	}
	if more > 0 {
		fmt.Fprintf(&b, "+%d\n", more)
	}
	return b.String()
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 100) + "XYZ" + strings.Repeat("b", 100)
	at := func(line, column, endLine, endColumn int) annexgate.Location {
		return annexgate.Location{File: "f", Line: line, Column: column, EndLine: endLine, EndColumn: endColumn}
	}
	for name, tc := range map[string]struct {
		at     annexgate.Location
		source string
		want   string
	}{
		"the marker stands below the range":          {at(3, 3, 3, 6), "a bcd e", "3|a bcd e\n |  ^^^\n"},
		"a tab is as wide as it looks":               {at(3, 3, 3, 4), "\ta\tb", "3|    a   b\n |     ^^^\n"},
		"behind a tab":                               {at(3, 2, 3, 3), "\tab", "3|    ab\n |    ^\n"},
		"a wide character takes two columns":         {at(3, 3, 3, 5), "日本語x", "3|日本語x\n |    ^^^\n"},
		"a surrogate pair counts two units":          {at(3, 3, 3, 4), "🔑x", "3|🔑x\n |  ^\n"},
		"a combining mark takes no column":           {at(3, 3, 3, 4), "e\u0301x", "3|e\u0301x\n | ^\n"},
		"a control character shows as its escape":    {at(3, 2, 3, 3), "\x1bx\u202e", "3|\\x1bx\\u202e\n |    ^\n"},
		"a byte that is not UTF-8 is one column":     {at(3, 2, 3, 3), "\xffx", "3|\ufffdx\n | ^\n"},
		"an empty range has a marker":                {at(3, 2, 3, 2), "ab", "3|ab\n | ^\n"},
		"the end of the line can be marked":          {at(3, 3, 3, 3), "ab", "3|ab\n |  ^\n"},
		"a carriage return is not shown":             {at(3, 1, 3, 3), "ab\r", "3|ab\n |^^\n"},
		"a byte order mark is not counted":           {at(1, 1, 1, 3), "\ufeffab", "1|ab\n |^^\n"},
		"a line without a column has no marker":      {at(3, 0, 3, 0), "ab", "3|ab\n"},
		"the end may be missing":                     {at(3, 2, 0, 0), "abcd", "3|abcd\n | ^^^\n"},
		"several lines are marked on the first":      {at(3, 2, 5, 2), "ab c\nd\ne", "3|ab c\n | ^^^\n4|d\n5|e\n"},
		"five lines are shown whole":                 {at(1, 1, 5, 2), "a\nb\nc\nd\ne", "1|a\n |^\n2|b\n3|c\n4|d\n5|e\n"},
		"of more than five lines four":               {at(1, 1, 9, 2), "a\nb\nc\nd\ne\nf\ng\nh\ni", "1|a\n |^\n2|b\n3|c\n4|d\n+5\n"},
		"lines that the run left out are counted":    {at(1, 1, 9, 2), "a\nb", "1|a\n |^\n2|b\n+7\n"},
		"lines behind the range are not shown":       {at(1, 1, 1, 2), "a\nb", "1|a\n |^\n"},
		"a long line is cut around the column":       {at(3, 101, 3, 104), long, "3|...aaaaaaaXYZbbbbbbbbbbbbbb...\n |          ^^^\n"},
		"a long line is cut behind an early column":  {at(3, 2, 3, 4), long, "3|aaaaaaaaaaaaaaaaaaaaaaaaaaa...\n | ^^\n"},
		"a long line is cut before its end":          {at(3, 202, 3, 204), long, "3|...bbbbbbbbbbbbbbbbbbbbbbbbbbb\n |                            ^^\n"},
		"a long range is marked as far as it shows":  {at(3, 101, 3, 190), long, "3|...aaaaaaaXYZbbbbbbbbbbbbbb...\n |          ^^^^^^^^^^^^^^^^^\n"},
		"a column that the line lacks shows nothing": {at(3, 9, 3, 10), "ab", ""},
		"no line shows nothing":                      {at(0, 0, 0, 0), "ab", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := annexgate.Finding{At: tc.at, Excerpt: strings.Split(tc.source, "\n")}
			if diff := cmp.Diff(tc.want, show(f, 30)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExcerptIsBounded(t *testing.T) {
	huge := strings.Repeat("é", 1<<20)
	f := annexgate.Finding{At: annexgate.Location{File: "f", Line: 1, Column: 1, EndLine: 99, EndColumn: 1}, Excerpt: []string{huge, huge, huge, huge, huge, huge, huge, huge}}
	size := 0
	for _, l := range clip(f.Excerpt) {
		if !utf8.ValidString(l) {
			t.Error("a character is cut in two")
		}
		size += len(l)
	}
	if want := firstLine + excerptLines*laterLine; size > want {
		t.Errorf("clip leaves %d bytes, want at most %d", size, want)
	}
	f.At.Column = 1 << 19
	if got := show(f, 30); got != "" {
		t.Errorf("a column behind what is kept shows %q", got)
	}
}

// FuzzExcerpt holds that an excerpt fits its width and never panics, wherever
// a location points.
func FuzzExcerpt(f *testing.F) {
	f.Add("a\tb 日本\x1b\xff", 3, 1, 7, 50)
	f.Add(strings.Repeat("x🔑", 80), 90, 1, 95, 28)
	f.Fuzz(func(t *testing.T, source string, column, lines, endColumn, limit int) {
		limit = 28 + abs(limit)%200
		finding := annexgate.Finding{
			At:      annexgate.Location{File: "f", Line: 2, Column: column, EndLine: 2 + lines%10, EndColumn: endColumn},
			Excerpt: strings.Split(source, "\n"),
		}
		shown, _ := rows(finding, limit)
		if len(shown) > excerptLines {
			t.Fatalf("%d lines are shown", len(shown))
		}
		for _, r := range shown {
			if n := prose.Width(r.text); n > limit {
				t.Errorf("%d columns, want at most %d: %q", n, limit, r.text)
			}
			// The marker of the end of a line stands one column behind it.
			if len(r.marker) > limit+1 {
				t.Errorf("the marker takes %d columns, want at most %d", len(r.marker), limit+1)
			}
			if i := strings.IndexFunc(r.text, func(r rune) bool { return !inert.Rune(r) }); i >= 0 {
				t.Errorf("not inert: %q", r.text)
			}
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
