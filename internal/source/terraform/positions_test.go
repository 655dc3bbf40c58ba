package terraform

import (
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestPositions(t *testing.T) {
	inv := loadMain(t, testPositionsSource)
	s := subject(t, inv, "aws_x.é")
	for _, tt := range []struct {
		path annexgate.Path
		want string // the text at the place
	}{
		{nil, `resource "aws_x" "é" {`},
		{annexgate.Path{"name"}, `name = "é"`},
		{annexgate.Path{"list", 2}, `"b"`},
		{annexgate.Path{"tags", "Owner"}, `Owner = "x"`},
		{annexgate.Path{"nested", 0, "v"}, `v = 1`},
		{annexgate.Path{"nested", 0, "absent"}, "nested {\n    v = 1\n  }"},
		{annexgate.Path{"d", 1, "w"}, `w = d.value`},
		{annexgate.Path{"shared", "a"}, `shared = local.shared`},
		{annexgate.Path{"absent"}, `resource "aws_x" "é" {`},
	} {
		t.Run(tt.path.String(), func(t *testing.T) {
			diff(t, cut(t, s.Source.Find(tt.path), testPositionsSource), tt.want)
		})
	}
	if s.At.Line != 2 || s.At.EndLine != 18 || s.At.File != "main.tf" {
		t.Errorf("the block is at %+v", s.At)
	}
	if at := s.Source.Find(annexgate.Path{"list", 1}); at.Line != 5 || at.Column != 10 || at.EndColumn != 13 {
		t.Errorf("columns are UTF-16 code units: %+v", at)
	}
}

const testPositionsSource = `locals { shared = { a = 1 } }
resource "aws_x" "é" {
  name = "é"
  list = [
    "a", "ü", "b",
  ]
  tags = { Owner = "x" }
  nested {
    v = 1
  }
  dynamic "d" {
    for_each = [1, 2]
    content {
      w = d.value
    }
  }
  shared = local.shared
}
`

// cut returns the text of src at a location. All its characters are one
// UTF-16 code unit.
func cut(t *testing.T, at annexgate.Location, src string) string {
	t.Helper()
	lines := strings.SplitAfter(src, "\n")
	if at.Line < 1 || at.EndLine > len(lines) {
		t.Fatalf("no such place: %+v", at)
	}
	offset := func(line, column int) int {
		n := 0
		for _, l := range lines[:line-1] {
			n += len([]rune(l))
		}
		return n + column - 1
	}
	return string([]rune(src)[offset(at.Line, at.Column):offset(at.EndLine, at.EndColumn)])
}
