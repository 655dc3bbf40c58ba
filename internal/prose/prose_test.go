package prose

import (
	"slices"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		limit int
		want  []string
	}{
		"words fill a line":               {"one two three", 7, []string{"one two", "three"}},
		"a long word has its own line":    {"a terraform.aws.s3.public_access b", 8, []string{"a", "terraform.aws.s3.public_access", "b"}},
		"spaces and line ends are alike":  {"one\n  two", 10, []string{"one two"}},
		"nothing is one empty line":       {" ", 10, []string{""}},
		"wide letters take two columns":   {"漢字 漢字", 8, []string{"漢字", "漢字"}},
		"a combining accent takes none":   {"cafe\u0301 x", 6, []string{"cafe\u0301 x"}},
		"a limit that nothing fits below": {"one two", 0, []string{"one", "two"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Wrap(c.text, c.limit); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReflow(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"the lines of a paragraph are joined": {"one two\nthree four\n", "one two three\nfour"},
		"paragraphs stay apart":               {"one\n\ntwo", "one\n\ntwo"},
		"an item is indented below its mark":  {"- one two three four\n- five", "- one two\n  three four\n- five"},
		"an item goes on in the next line":    {"1. one\n   two three\n2. four", "1. one two\n   three\n2. four"},
		"code keeps its lines":                {"see\n\n    a   =   1 and much longer\n\nend", "see\n\n    a   =   1 and much longer\n\nend"},
		"fenced code keeps its lines":         {"```\na\nb  c\n```\nend of\nit", "```\na\nb  c\n```\nend of it"},
		"a table keeps its lines":             {"| a |\n| b |", "| a |\n| b |"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(Reflow(c.text, 13), "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestPad(t *testing.T) {
	if got := Pad("漢", 4) + "|"; got != "漢  |" {
		t.Errorf("got %q", got)
	}
	if got := Pad("long", 2); got != "long" {
		t.Errorf("got %q", got)
	}
}
