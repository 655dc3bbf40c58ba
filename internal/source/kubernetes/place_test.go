package kubernetes

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// written returns the text at a place, its lines joined by a bar.
func written(t *testing.T, text string, at annexgate.Location) string {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
	if at.Line < 1 || at.EndLine > len(lines) || at.EndLine < at.Line {
		t.Fatalf("no such place: %+v", at)
	}
	var parts []string
	for i := at.Line; i <= at.EndLine; i++ {
		units := utf16.Encode([]rune(lines[i-1]))
		from, to := 0, len(units)
		if i == at.Line {
			from = at.Column - 1
		}
		if i == at.EndLine {
			to = at.EndColumn - 1
		}
		parts = append(parts, string(utf16.Decode(units[from:to])))
	}
	return strings.Join(parts, "|")
}

const placed = `# the header
apiVersion: v1
kind: Pod
metadata:
  name: a
spec: # the spec
  plain: some text # comment
  double: "a \"b\" c"
  single: 'it''s'
  number: 0777
  empty:
  void: null
  literal: |
    one

    two

  folded: >-
    one
  blank: |
  folds: one
    two
  tagged: !!str 5
  anchored: &anchor value
  shared: &shared
    inner: 1
  list:
    - first
    - name: app
      image: x
    - - nested
    - {a: 1, b: 2}
    - *anchor
    - *shared
  alias: *anchor
  same: *shared
  merged:
    <<: *shared
    own: 2
  flow: {a: [1, {b: c}], d: 🦀, e: f}
  emptymap: {}
`

func TestPlaces(t *testing.T) {
	tests := []struct {
		name string
		path annexgate.Path
		want string // line: text
	}{
		{"the object is found at its name", nil, "5: a"},
		{"a plain scalar", annexgate.Path{"spec", "plain"}, "7: some text"},
		{"a double-quoted scalar", annexgate.Path{"spec", "double"}, `8: "a \"b\" c"`},
		{"a single-quoted scalar", annexgate.Path{"spec", "single"}, "9: 'it''s'"},
		{"a number", annexgate.Path{"spec", "number"}, "10: 0777"},
		{"a null that is not written is found at its key", annexgate.Path{"spec", "empty"}, "11: empty"},
		{"a literal block", annexgate.Path{"spec", "literal"}, "13: ||    one||    two"},
		{"a folded block", annexgate.Path{"spec", "folded"}, "18: >-|    one"},
		{"an empty block", annexgate.Path{"spec", "blank"}, "20: |"},
		{"a plain scalar over two lines, its first", annexgate.Path{"spec", "folds"}, "21: one"},
		{"a scalar with a tag", annexgate.Path{"spec", "tagged"}, "23: 5"},
		{"a scalar with an anchor", annexgate.Path{"spec", "anchored"}, "24: value"},
		{"a mapping is found at its key", annexgate.Path{"spec"}, "6: spec"},
		{"a list is found at its key", annexgate.Path{"spec", "list"}, "27: list"},
		{"an item", annexgate.Path{"spec", "list", 0}, "28: first"},
		{"an item that is a mapping is found at its first entry", annexgate.Path{"spec", "list", 1}, "29: name: app"},
		{"an item that is a list", annexgate.Path{"spec", "list", 2, 0}, "31: nested"},
		{"an item in flow style", annexgate.Path{"spec", "list", 3}, "32: {a: 1"},
		{"an item behind an alias", annexgate.Path{"spec", "list", 4}, "24: value"},
		{"a key behind an item's alias", annexgate.Path{"spec", "list", 5, "inner"}, "26: 1"},
		{"a scalar behind an alias is found at its anchor", annexgate.Path{"spec", "alias"}, "24: value"},
		{"a mapping behind an alias is found at its key", annexgate.Path{"spec", "same"}, "36: same"},
		{"the anchored mapping keeps its place", annexgate.Path{"spec", "shared"}, "25: shared"},
		{"a value behind an alias", annexgate.Path{"spec", "same", "inner"}, "26: 1"},
		{"a merged value", annexgate.Path{"spec", "merged", "inner"}, "26: 1"},
		{"a value beside a merge", annexgate.Path{"spec", "merged", "own"}, "39: 2"},
		{"a value in flow style", annexgate.Path{"spec", "flow", "a", 1, "b"}, "40: c"},
		{"a character of two units", annexgate.Path{"spec", "flow", "d"}, "40: 🦀"},
		{"a value behind it", annexgate.Path{"spec", "flow", "e"}, "40: f"},
		{"an empty mapping", annexgate.Path{"spec", "emptymap"}, "41: emptymap"},
		{"a missing key is found at the mapping's key", annexgate.Path{"spec", "flow", "x", "y"}, "40: flow"},
		{"a missing key of an item is found at the item", annexgate.Path{"spec", "list", 1, "x"}, "29: name: app"},
		{"a missing key of the object is found at its name", annexgate.Path{"data", "x"}, "5: a"},
	}
	for _, marked := range []string{placed, "\ufeff" + placed} {
		inventory := read(t, map[string]string{"a.yaml": marked})
		if len(inventory.Subjects) != 1 {
			t.Fatalf("problems: %q", problems(inventory))
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				at := inventory.Subjects[0].Source.Find(test.path)
				if got := fmt.Sprintf("%d: %s", at.Line, written(t, marked, at)); got != test.want {
					t.Errorf("found at %q, want %q", got, test.want)
				}
			})
		}
	}
}

func TestPlacesElsewhere(t *testing.T) {
	tests := []struct {
		name, file, text string
		path             annexgate.Path
		want             string
	}{
		{"in the second document", "a.yaml", "# x\n" + pod + "---\n" + pod + "spec:\n  hostPID: yes\n", annexgate.Path{"spec", "hostPID"}, "12: yes"},
		{"behind the separator", "a.yaml", pod + "--- {apiVersion: v1, kind: Pod, metadata: {name: ö}, z: 1}\n", annexgate.Path{"z"}, "5: 1"},
		{"in a document on one line", "a.yaml", "{apiVersion: v1, kind: Pod, x: 🦀, z: 1}\n", annexgate.Path{"z"}, "1: 1"},
		{"lines that end in CRLF", "a.yaml", strings.ReplaceAll(pod+"x: |\n  y\nz: 1\n", "\n", "\r\n"), annexgate.Path{"z"}, "7: 1"},
		{"behind a separator that only YAML counts", "a.yaml", "# \u2028 # \u0085\n" + pod + "z: 1\n", annexgate.Path{"z"}, "6: 1"},
		{"an object that is only generated", "a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: a-\n", nil, "4: a-"},
		{"an object without a name", "a.yaml", "apiVersion: v1\nkind: Pod\n", nil, "2: Pod"},
		{"a name behind an alias", "a.yaml", "apiVersion: v1\nkind: &k Pod\nmetadata: {name: *k}\n", nil, "2: Pod"},
		{"an item of a List", "a.yaml", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  x: 1\n", annexgate.Path{"x"}, "6: 1"},
		{"an item of a typed list", "a.yaml", "apiVersion: v1\nkind: PodList\nitems:\n- x: 1\n", nil, "4: x: 1"},
		{"JSON", "a.json", "{\n\t\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n\t\"x\": {\"y\": [1, \"🦀\", true]}\n}", annexgate.Path{"x", "y", 2}, "3: true"},
		{"a key of JSON", "a.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":{\"y\":[]}}", annexgate.Path{"x", "y", "z"}, `1: "y"`},
		{"an item of JSON", "a.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":[{\"y\":1}]}", annexgate.Path{"x", 0, "z"}, `1: {"y":1`},
		{"JSON behind a mark", "a.json", "\ufeff\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":5}", annexgate.Path{"x"}, "2: 5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{test.file: test.text})
			if len(inventory.Subjects) == 0 {
				t.Fatalf("problems: %q", problems(inventory))
			}
			at := inventory.Subjects[len(inventory.Subjects)-1].Source.Find(test.path)
			if got := fmt.Sprintf("%d: %s", at.Line, written(t, test.text, at)); got != test.want {
				t.Errorf("found at %q, want %q", got, test.want)
			}
			if at.File != test.file {
				t.Errorf("found in %q", at.File)
			}
		})
	}
}

func TestExtent(t *testing.T) {
	text := "# head\n" + pod + "spec:\n  a: 1\n  b: >\n    two\n\n# foot\n---\napiVersion: v1\nkind: List\nitems:\n- " +
		"{apiVersion: v1, kind: Pod}\n- apiVersion: v1\n  kind: Node\n  spec: {a: b}\n"
	want := map[string]string{
		"Pod/a": "2-9",
		"Pod":   "16-16",
		"Node":  "17-19",
	}
	inventory := read(t, map[string]string{"a.yaml": text})
	if len(inventory.Subjects) != len(want) {
		t.Fatalf("subjects: %q", addresses(inventory))
	}
	for _, s := range inventory.Subjects {
		if got := fmt.Sprintf("%d-%d", s.At.Line, s.At.EndLine); got != want[s.Address] {
			t.Errorf("%s reaches over lines %s, want %s", s.Address, got, want[s.Address])
		}
	}
}
