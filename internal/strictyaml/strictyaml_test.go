package strictyaml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// form reads one key of each kind.
type form struct {
	text, day, word string
	list            []string
	yes             bool
	number          int
	value           any
}

func read(text string) (form, error) {
	var f form
	r, root, err := Open("f.yaml", []byte(text))
	if err != nil || root == nil {
		return f, err
	}
	r.Object(root, Fields{
		"text":   func(n *yaml.Node) { f.text = r.Text(n) },
		"list":   func(n *yaml.Node) { f.list = r.Texts(n) },
		"word":   func(n *yaml.Node) { f.word = r.OneOf(n, "report", "block") },
		"yes":    func(n *yaml.Node) { f.yes = r.Bool(n) },
		"number": func(n *yaml.Node) { f.number = r.Int(n, 1, 9) },
		"day":    func(n *yaml.Node) { f.day = r.Date(n).Format(DateFormat) },
		"value":  func(n *yaml.Node) { f.value = r.Value(n) },
	})
	return f, r.Err()
}

func TestRead(t *testing.T) {
	got, err := read("text: 42\nlist: [a, b]\nword: block\nyes: true\nnumber: 9\nday: 2027-01-31\nvalue: {a: [null, x]}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := form{"42", "2027-01-31", "block", []string{"a", "b"}, true, 9, map[string]any{"a": []any{nil, "x"}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(form{})); diff != "" {
		t.Error(diff)
	}
	for name, text := range map[string]string{"nothing": "", "a comment": "# later\n", "null": "null\n", "an empty document": "---\n"} {
		if got, err := read(text); err != nil || !cmp.Equal(got, form{}, cmp.AllowUnexported(form{})) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a misspelt key":               {"nubmer: 1\n", `f.yaml:1:1: unknown key "nubmer": did you mean number?`},
		"a key like none":              {"frobnicate: 1\n", `f.yaml:1:1: unknown key "frobnicate": want one of day, list, number, text, value, word, yes`},
		"a key there twice":            {"text: a\ntext: b\n", `f.yaml:2:1: "text" is there twice`},
		"a list for an object":         {"[]\n", "f.yaml:1:1: want keys and values here"},
		"a text for a list":            {"list: a\n", "f.yaml:1:7: want a list here"},
		"an object for a text":         {"text: {}\n", "f.yaml:1:7: want a text here"},
		"an empty text":                {"text: ' '\n", "f.yaml:1:7: want a text here"},
		"a word that is none":          {"word: blokc\n", `f.yaml:1:7: unknown value "blokc": did you mean block?`},
		"yes is a text":                {"yes: \"true\"\n", "f.yaml:1:6: want true or false here"},
		"a number out of bounds":       {"number: 10\n", "f.yaml:1:9: want a whole number from 1 to 9 here"},
		"a number beyond all":          {"number: 99999999999999999999\n", "f.yaml:1:9: want a whole number from 1 to 9 here"},
		"a day that is none":           {"day: 2027-02-30\n", "f.yaml:1:6: want a date like 2027-01-31 here"},
		"a moment is no day":           {"day: 2027-02-03T10:00:00Z\n", "f.yaml:1:6: want a date like 2027-01-31 here"},
		"an alias":                     {"text: &a x\nlist: *a\n", "f.yaml:2:7: want a list here: aliases are not supported: write the value out"},
		"a merge is a key as any":      {"<<: {text: a}\n", `f.yaml:1:1: unknown key "<<": want one of day, list, number, text, value, word, yes`},
		"columns count UTF-16":         {"{text: \"😀\", nubmer: 1}\n", `f.yaml:1:14: unknown key "nubmer": did you mean number?`},
		"a second document":            {"text: a\n---\ntext: b\n", "f.yaml:2:1: a second document: want one"},
		"what is no YAML":              {"text: [\n", "read f.yaml: line 1: did not find expected node content"},
		"what is no YAML further on":   {"text: a\n---\ntext: [\n", "read f.yaml: line 3: did not find expected node content"},
		"values nested without end":    {"value: " + strings.Repeat("[", 60) + strings.Repeat("]", 60) + "\n", "f.yaml:1:58: the value is nested too deeply: want at most 50 levels"},
		"more bytes than anyone needs": {strings.Repeat("#", maxBytes+1), "read f.yaml: more than 4 MiB"},
		"faults beyond a hundred are counted": {
			"list: [" + strings.Repeat("{}, ", maxFaults+2) + "a]\n",
			strings.TrimSuffix(manyFaults(), "\n") + "\nf.yaml: and 2 more faults",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.text)
			if err == nil || err.Error() != c.want || !errors.Is(err, annexgate.ErrUsage) {
				t.Errorf("got %v, want the usage error %s", err, c.want)
			}
		})
	}
}

func manyFaults() string {
	var b strings.Builder
	for i := range maxFaults {
		b.WriteString(annexgate.Location{File: "f.yaml", Line: 1, Column: 8 + 4*i}.String() + ": want a text here\n")
	}
	return b.String()
}

func TestSuggest(t *testing.T) {
	for word, want := range map[string]string{
		"hgih": ": did you mean high?", "lo": ": did you mean low?", "x": ": want one of low, high", "": ": want one of low, high",
	} {
		if got := Suggest(word, []string{"low", "high"}); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("text: 42\nlist: [a, b]\nvalue: {a: [null, .inf, 0x10, 1e3]}\nday: 2027-01-31\n")
	f.Add("text: &x\nvalue: [*x, <<: *x]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := read(text); err != nil && !errors.Is(err, annexgate.ErrUsage) {
			t.Errorf("%v is no usage error", err)
		}
	})
}
