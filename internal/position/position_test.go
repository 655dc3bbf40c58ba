package position

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestLocation(t *testing.T) {
	for name, c := range map[string]struct {
		text       string
		start, end int
		want       string // line:column-line:column
	}{
		"the first character is at 1:1":            {"abc", 0, 1, "1:1-1:2"},
		"the end is the column behind":             {"abc\ndef", 4, 7, "2:1-2:4"},
		"a range spans lines":                      {"abc\ndef", 1, 6, "1:2-2:3"},
		"a line break belongs to its line":         {"abc\ndef", 3, 4, "1:4-2:1"},
		"a carriage return is a column":            {"a\r\nb", 1, 3, "1:2-2:1"},
		"no characters are still a place":          {"abc", 2, 2, "1:3-1:3"},
		"the end of the file is a place":           {"abc\n", 4, 4, "2:1-2:1"},
		"an empty file has one":                    {"", 0, 0, "1:1-1:1"},
		"a character of two bytes is one column":   {"ä=b", 2, 3, "1:2-1:3"},
		"a character of three bytes is one column": {"銀=b", 3, 4, "1:2-1:3"},
		"a character above the BMP is two columns": {"😀=b", 4, 5, "1:3-1:4"},
		"a combining mark is a column":             {"e\u0301=", 3, 4, "1:3-1:4"},
		"columns count from their own line":        {"😀😀\nä=b", 11, 12, "2:2-2:3"},
		"a byte order mark is no column":           {"\ufeffabc", 3, 4, "1:1-1:2"},
		"nor is one before other characters":       {"\ufeffä=b", 5, 6, "1:2-1:3"},
		"an offset inside the mark is the start":   {"\ufeffabc", 1, 4, "1:1-1:2"},
		"a mark elsewhere is a column":             {"a\ufeffb", 4, 5, "1:3-1:4"},
		"a byte that is not UTF-8 is a column":     {"a\x80\xff\xf0b", 4, 5, "1:5-1:6"},
		"a place in a character is behind it":      {"ä😀b", 3, 7, "1:4-1:5"},
		"an end before the start is the start":     {"abc", 2, 1, "1:3-1:3"},
		"offsets outside are drawn to the text":    {"abc", -5, 50, "1:1-1:4"},
	} {
		t.Run(name, func(t *testing.T) {
			l := New("f", []byte(c.text)).Location(c.start, c.end)
			if l.File != "f" {
				t.Errorf("file %q", l.File)
			}
			from := annexgate.Location{File: "", Line: l.Line, Column: l.Column}.String()
			to := annexgate.Location{File: "", Line: l.EndLine, Column: l.EndColumn}.String()
			if got := from[1:] + "-" + to[1:]; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestLongLines asks around every multiple of the stride, where columns are
// counted from a stored sum.
func TestLongLines(t *testing.T) {
	for name, pattern := range map[string]string{
		"ASCII":                      "abcdefg",
		"two bytes":                  "äöü",
		"three bytes":                "銀行x",
		"four bytes, never in step":  "😀a",
		"a line break now and then":  strings.Repeat("ä", 700) + "\n",
		"bytes that are not UTF-8":   "\xff\xc3x\x80",
		"characters that are cut":    "\xf0\x9f\x98a",
		"carriage returns and marks": "\r\ufeff\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(strings.Repeat(pattern, 5*stride/len(pattern)))
			f := New("f", text)
			for boundary := stride; boundary < len(text); boundary += stride {
				for offset := boundary - 5; offset <= boundary+5; offset++ {
					if inside(text, offset) {
						continue
					}
					line, column := naive(text, offset)
					if got := f.Location(offset, offset); got.Line != line || got.Column != column {
						t.Fatalf("offset %d is %d:%d, want %d:%d", offset, got.Line, got.Column, line, column)
					}
				}
			}
		})
	}
}

func TestOffset(t *testing.T) {
	const text = "\ufeffkey: ä😀x\nnext: 銀\n"
	f := New("f", []byte(text))
	for name, c := range map[string]struct{ line, column, want int }{
		"the first column is behind the byte order mark": {1, 1, strings.Index(text, "key")},
		"columns count characters":                       {1, 8, strings.Index(text, "x")},
		"the second line":                                {2, 7, strings.Index(text, "銀")},
		"the column behind the last is the line's end":   {2, 8, strings.LastIndex(text, "\n")},
		"a column beyond stays on its line":              {1, 99, strings.Index(text, "\n")},
		"line 0 is the first":                            {0, 1, strings.Index(text, "key")},
		"column 0 is the first":                          {2, 0, strings.Index(text, "next")},
		"a line beyond is the last":                      {99, 1, len(text)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := f.Offset(c.line, c.column); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// TestManyPlaces asks for as many places as minified JSON has, in a file that
// is one long line. Counting each from the start of the line takes minutes.
func TestManyPlaces(t *testing.T) {
	f := New("f", []byte("ä"+strings.Repeat("a", 8<<20)))
	start := time.Now()
	for i := range 100_000 {
		f.Location(8<<20-i, 8<<20)
	}
	if took := time.Since(start); took > 20*time.Second { // a half, on a slow machine
		t.Errorf("took %v", took)
	}
}

// FuzzLocation compares with counting from the start of the file.
func FuzzLocation(f *testing.F) {
	for _, text := range []string{"", "a\nb", "\ufeffä\r\n😀", "\xff\n\x80", strings.Repeat("😀", 600)} {
		f.Add([]byte(text), len(text)/2)
	}
	f.Fuzz(func(t *testing.T, text []byte, offset int) {
		file := New("f", text)
		got := file.Location(offset, offset)
		if got.Line < 1 || got.Column < 1 {
			t.Fatalf("%d:%d", got.Line, got.Column)
		}
		if offset < 0 || offset > len(text) || inside(text, offset) {
			return
		}
		line, column := naive(text, offset)
		if got.Line != line || got.Column != column {
			t.Errorf("offset %d of %q is %d:%d, want %d:%d", offset, text, got.Line, got.Column, line, column)
		}

		// The character count of a YAML parser leads back.
		start := offset
		for start > 0 && text[start-1] != '\n' {
			start--
		}
		if start == 0 && strings.HasPrefix(string(text), "\ufeff") {
			start = min(3, offset)
		}
		if characters := utf8.RuneCount(text[start:offset]); offset >= file.lines[line-1] && file.Offset(line, characters+1) != offset {
			t.Errorf("line %d, character %d of %q is offset %d, want %d", line, characters+1, text, file.Offset(line, characters+1), offset)
		}
	})
}

// naive counts from the start of the file.
func naive(text []byte, offset int) (line, column int) {
	head := string(text[:offset])
	head = strings.TrimPrefix(head, "\ufeff")
	line = 1 + strings.Count(head, "\n")
	head = head[strings.LastIndex(head, "\n")+1:]
	return line, 1 + len(utf16.Encode([]rune(head)))
}

// inside reports whether offset is inside a character of text.
func inside(text []byte, offset int) bool {
	at := 0
	for at < offset {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at != offset
}
