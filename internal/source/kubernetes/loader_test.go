package kubernetes

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"

// read loads files, given by name.
func read(t testing.TB, files map[string]string) *annexgate.Inventory {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	inventory, err := Loader{}.Load(context.Background(), fsys, slices.Collect(maps.Keys(files)))
	if err != nil {
		t.Fatal(err)
	}
	return inventory
}

func addresses(inventory *annexgate.Inventory) []string {
	var all []string
	for _, s := range inventory.Subjects {
		all = append(all, s.Address)
	}
	return all
}

var lossNames = map[annexgate.Loss]string{annexgate.Unread: "unread", annexgate.Partial: "partial", annexgate.Notice: "notice"}

func problems(inventory *annexgate.Inventory) []string {
	var all []string
	for _, p := range inventory.Problems {
		all = append(all, fmt.Sprintf("%s %s", lossNames[p.Loss], p))
	}
	return all
}

func TestWhatCountsAsKubernetes(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"a manifest", "a.yaml", pod, []string{"Pod/a"}},
		{"a manifest in JSON", "a.json", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}`, []string{"Pod/a"}},
		{"JSON in a YAML file", "a.yml", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}`, []string{"Pod/a"}},
		{"a flow mapping that is not JSON", "a.yaml", `{apiVersion: v1, kind: Pod, metadata: {name: a}}`, []string{"Pod/a"}},
		{"a stream of JSON", "a.json", `{"apiVersion":"v1","kind":"Pod"} {"apiVersion":"v1","kind":"Node"}`, []string{"Node", "Pod"}},
		{"a namespace", "a.yaml", pod + "  namespace: pay\n", []string{"Pod/pay/a"}},
		{"a custom resource", "a.yaml", "apiVersion: acme.io/v1api20260101\nkind: Widget\nmetadata: {name: w}\n", []string{"Widget/w"}},
		{"a generated name", "a.yaml", "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: nightly-}\n", []string{"Job/nightly-*"}},
		{"a name that looks like a number", "a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: 12}\n", []string{"Pod/12"}},
		{"no metadata", "a.yaml", "apiVersion: v1\nkind: Pod\n", []string{"Pod"}},
		{"keys in escapes", "a.yaml", `{"\x61piVersion": "v1", "\u006bind": Pod}`, []string{"Pod"}},
		{"keys in base64", "a.yaml", "!!binary " + base64.StdEncoding.EncodeToString([]byte("apiVersion")) + ": v1\nkind: Pod\n", []string{"Pod"}},
		{"keys from a merge", "a.yaml", "x: &x {apiVersion: v1}\n<<: *x\nkind: Pod\n", []string{"Pod"}},

		{"a workflow is not", "ci.yaml", "on: push\njobs:\n  a: {runs-on: x}\n", nil},
		{"a compose file is not", "c.yaml", "services:\n  a: {image: x}\n", nil},
		{"a chart is not", "Chart.yaml", "apiVersion: v2\nname: x\n", nil},
		{"values are not", "values.yaml", "image: {tag: 1}\npod: {apiVersion: v1, kind: Pod}\n", nil},
		{"an OpenAPI description is not", "api.yaml", "openapi: 3.0.0\ncomponents: {apiVersion: v1, kind: x}\n", nil},
		{"a list at the top is not", "a.json", `[{"apiVersion": "v1", "kind": "Pod"}]`, nil},
		{"an apiVersion that is a number is not", "a.yaml", "apiVersion: 1\nkind: Pod\n", nil},
		{"another apiVersion is not", "a.yaml", "apiVersion: 2.0.0\nkind: Pod\n", nil},
		{"a kind that is no name is not", "a.yaml", "apiVersion: v1\nkind: some thing\n", nil},
		{"an empty file is not", "a.yaml", "", nil},
		{"comments are not", "a.yaml", "# apiVersion: v1\n# kind: Pod\n---\n# end\n", nil},
		{"broken YAML of another kind is not", "a.yaml", "a: b: c\n", nil},
		{"broken JSON of another kind is not", "a.json", `{"a": }`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{test.file: test.text})
			if diff := cmp.Diff(test.want, addresses(inventory)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if len(inventory.Problems) > 0 {
				t.Errorf("problems: %q", problems(inventory))
			}
			if inputs := len(inventory.Inputs); (inputs > 0) != (test.want != nil) {
				t.Errorf("%d inputs", inputs)
			}
		})
	}
}

func TestDocuments(t *testing.T) {
	doc := func(name string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + "}\n"
	}
	bad := "apiVersion: v1\nkind: Pod\nspec: [\n"
	tests := []struct {
		name, text string
		want       []string
		problems   []string
	}{
		{"plain separators", doc("a") + "---\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"a comment behind the separator", doc("a") + "--- # next\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"blanks behind the separator", doc("a") + "--- \t \n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"content behind the separator", doc("a") + "--- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n", []string{"Pod/a", "Pod/b"}, nil},
		{"JSON behind the separator", doc("a") + `--- {"apiVersion": "v1", "kind": "Node"}`, []string{"Node", "Pod/a"}, nil},
		{"separators around", "---\n---\n" + doc("a") + "---\n", []string{"Pod/a"}, nil},
		{"an end marker and no separator", doc("a") + "...\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"an end marker and a separator", doc("a") + "...\n---\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"directives", "# head\n%YAML 1.1\n---\n" + doc("a") + "...\n%YAML 1.1\n---\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"line feeds and carriage returns", strings.ReplaceAll(doc("a")+"---\n"+doc("b"), "\n", "\r\n"), []string{"Pod/a", "Pod/b"}, nil},
		{"carriage returns alone", strings.ReplaceAll(doc("a")+"---\n"+doc("b"), "\n", "\r"), []string{"Pod/a", "Pod/b"}, nil},
		{"a byte order mark", "\ufeff" + doc("a"), []string{"Pod/a"}, nil},
		{"a byte order mark in the middle", doc("a") + "\ufeff---\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},
		{"UTF-16", "\xff\xfe" + wide(doc("a"), 0), []string{"Pod/a"}, nil},
		{"UTF-16, big end first", "\xfe\xff" + wide(doc("a"), 1), []string{"Pod/a"}, nil},
		{"dashes in text", doc("a") + "spec:\n  x: |\n    a\n    ---\n    b\n", []string{"Pod/a"}, nil},
		{"a document of another kind between", doc("a") + "---\nx: 1\n---\n" + doc("b"), []string{"Pod/a", "Pod/b"}, nil},

		{
			"a bad document costs itself alone", doc("a") + "---\n" + bad + "---\n" + doc("b"),
			[]string{"Pod/a", "Pod/b"},
			[]string{"unread a.yaml:7:1: manifest does not parse: did not find expected node content"},
		},
		{
			"a bad document of another kind is passed over", doc("a") + "---\na: b: c\n---\n" + doc("b"),
			[]string{"Pod/a", "Pod/b"},
			nil,
		},
		{
			"an anchor ends with its document", doc("a") + "x: &x 1\n---\n" + doc("b") + "x: *x\n",
			[]string{"Pod/a"},
			[]string{"unread a.yaml:5:1: manifest does not parse: unknown anchor 'x' referenced"},
		},
		{
			"a template says what to do", doc("a") + "spec:\n  {{ toYaml .Values }}\n  x: {{ y }}\n", nil,
			[]string{"unread a.yaml:6:1: manifest does not parse: did not find expected key; it looks like a template: render it before the check"},
		},
		{
			"a tab for indentation", doc("a") + "spec:\n\tx: 1\n", nil,
			[]string{"unread a.yaml:5:1: manifest does not parse: found character that cannot start any token"},
		},
		{
			"a byte that is not UTF-8", doc("a") + "spec: {ä: \xff}\n", nil,
			[]string{"unread a.yaml:4:11: manifest does not parse: text is not valid UTF-8"},
		},
		{
			"a control character", doc("a") + "spec: \x01\n", nil,
			[]string{"unread a.yaml:4:7: manifest does not parse: control characters are not allowed"},
		},
		{
			"a key given twice takes its last value", doc("a") + "spec: {x: 1, x: 2}\n",
			[]string{"Pod/a"},
			[]string{`notice a.yaml:4:14: key "x" is given twice: the last value counts`},
		},
		{
			"a merge key behind a key", doc("a") + "spec:\n  x: 1\n  <<: {x: 2}\n",
			[]string{"Pod/a"},
			[]string{`notice a.yaml:5:6: key "x" is overridden by the merge key behind it, as kubectl reads it: put the merge key first`},
		},
		{
			"many keys given twice", doc("a") + "spec:\n" + strings.Repeat("  x: 1\n", 14),
			[]string{"Pod/a"},
			append(slices.Collect(func(yield func(string) bool) {
				for line := 6; line < 15 && yield(fmt.Sprintf(`notice a.yaml:%d:3: key "x" is given twice: the last value counts`, line)); line++ {
				}
			}), `notice a.yaml:15:3: key "x" is given twice: the last value counts (and 3 more of this kind)`),
		},
		{
			"an object given twice", doc("a") + "---\n" + doc("a") + "---\n" + doc("a"),
			[]string{"Pod/a", "Pod/a#2", "Pod/a#3"},
			[]string{
				"notice a.yaml:7:18: Pod/a stands in this file more than once",
				"notice a.yaml:11:18: Pod/a stands in this file more than once",
			},
		},
		{
			"a number behind a name", doc(`"a#2"`) + "---\n" + doc("a") + "---\n" + doc("a"),
			[]string{"Pod/a", "Pod/a#2", "Pod/a#3"},
			[]string{"notice a.yaml:11:18: Pod/a stands in this file more than once"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{"a.yaml": test.text})
			if diff := cmp.Diff(test.want, addresses(inventory)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.problems, problems(inventory)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// wide returns ASCII text in UTF-16 with its low bytes first or second.
func wide(text string, low int) string {
	out := make([]byte, 2*len(text))
	for i := range len(text) {
		out[2*i+low] = text[i]
	}
	return string(out)
}

func TestLists(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		problems   []string
	}{
		{
			"a List", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: Node, metadata: {name: b}}\n",
			[]string{"Node/b", "Pod/a"},
			nil,
		},
		{"a typed list", "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n", []string{"Pod/a"}, nil},
		{
			"a List in a List", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: DeploymentList\n  items:\n  - metadata: {name: a}\n",
			[]string{"Deployment/a"},
			nil,
		},
		{"an empty List", "apiVersion: v1\nkind: List\nitems: []\n", nil, nil},
		{
			"an item that is shared", "apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- *a\n",
			[]string{"Pod/a", "Pod/a#2"},
			[]string{"notice a.yaml:4:51: Pod/a stands in this file more than once"},
		},
		{
			"a kind that only ends with List", "apiVersion: acme.io/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {items: []}\n",
			[]string{"AllowList/a"},
			nil,
		},
		{"items that are no objects", "apiVersion: v1\nkind: List\nitems:\n- 1\n- metadata: {name: a}\n", nil, []string{
			"partial a.yaml:4:3: item 0 of the List has no apiVersion and kind: it is not examined",
			"partial a.yaml:5:3: item 1 of the List has no apiVersion and kind: it is not examined",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{"a.yaml": test.text})
			if diff := cmp.Diff(test.want, addresses(inventory)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.problems, problems(inventory)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTypedListGivesItemsTheirKind(t *testing.T) {
	inventory := read(t, map[string]string{"a.yaml": "apiVersion: v1\nkind: PodList\nitems:\n- spec: {hostPID: yes}\n"})
	got := inventory.Subjects[0]
	want := map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": map[string]any{"hostPID": true}}
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if got.Facts["workload"] == nil {
		t.Error("no workload")
	}
}

func TestInventory(t *testing.T) {
	inventory := read(t, map[string]string{
		"b.yaml":     pod,
		"a.yaml":     pod + "---\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n",
		"other.json": "{}",
	})
	var order []string
	for _, s := range inventory.Subjects {
		order = append(order, s.Scope+" "+s.Address)
	}
	want := []string{"a.yaml Pod/a", "a.yaml Service/a", "b.yaml Pod/a"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
	inputs := []annexgate.Input{
		annexgate.NewInput(annexgate.Kubernetes, "a.yaml", []byte(pod+"---\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n")),
		annexgate.NewInput(annexgate.Kubernetes, "b.yaml", []byte(pod)),
	}
	if diff := cmp.Diff(inputs, inventory.Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

func TestFaultyFiles(t *testing.T) {
	large := strings.Repeat("# "+strings.Repeat("x", 1021)+"\n", maxFile>>10)
	tests := []struct {
		name string
		fsys fs.FS
		want []string
	}{
		{"a file that is not there", fstest.MapFS{}, []string{"unread a.yaml: read file: file does not exist"}},
		{
			"a binary file",
			fstest.MapFS{"a.yaml": {Data: []byte("\x7fELF\x00\x01apiVersion")}},
			[]string{"notice a.yaml: not text, in spite of its name: it is not a manifest"},
		},
		{
			"a manifest with a NUL",
			fstest.MapFS{"a.yaml": {Data: []byte(pod + "x: \x00\n")}},
			[]string{"unread a.yaml:5:4: manifest does not parse: control characters are not allowed"},
		},
		{
			"a manifest that is too large",
			fstest.MapFS{"a.yaml": {Data: []byte(large + pod)}},
			[]string{"unread a.yaml: read file: larger than 32 MiB: split it"},
		},
		{"another file that is too large", fstest.MapFS{"a.yaml": {Data: []byte(large + "a: 1\n")}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory, err := Loader{}.Load(context.Background(), test.fsys, []string{"a.yaml"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, problems(inventory)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if len(inventory.Inputs) > 0 {
				t.Errorf("inputs: %v", inventory.Inputs)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Loader{}.Load(ctx, fstest.MapFS{"a.yaml": {Data: []byte(pod)}}, []string{"a.yaml"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
}

// TestHostileDocuments checks that what is made to exhaust a reader is refused
// with a problem, soon.
func TestHostileDocuments(t *testing.T) {
	laughs := pod + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	merges := pod + "a0: &a0 {k0: 1}\n"
	for i := range 3000 {
		merges += fmt.Sprintf("a%d: &a%d {<<: *a%d, k%d: 1}\n", i+1, i+1, i, i+1)
	}
	deepAlias := pod + "a: &a " + strings.Repeat("[", 300) + strings.Repeat("]", 300) +
		"\nb: " + strings.Repeat("[", 300) + "*a" + strings.Repeat("]", 300) + "\n"
	tests := []struct{ name, text, want string }{
		{"a billion laughs", laughs, "aliases expand to too many values for a document of this size"},
		{"merges of merges", merges, "aliases expand to too many values for a document of this size"},
		{"nesting through aliases", deepAlias, "nested deeper than 500 levels"},
		{"an anchor inside itself", pod + "a: &a {b: *a}\n", `anchor "a" contains itself`},
		{"an anchor inside itself through a merge", pod + "a: &a {<<: *a}\n", `anchor "a" contains itself`},
		{"deep lists", pod + "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested deeper than 500 levels"},
		{"very deep lists", pod + "a: " + strings.Repeat("[", 1_000_000), "exceeded max depth of 10000"},
		{"deep blocks", pod + "a:\n" + strings.Repeat("- ", 20_000), "exceeded max depth of 10000"},
		{"deep JSON", `{"apiVersion":"v1","kind":"Pod","a":` + strings.Repeat("[", 1_000_000), "exceeded max depth of 10000"},
		{"a merge of text", pod + "<<: text\n", "a merge key takes a mapping or a list of mappings"},
		{"a key that is a list", pod + "? [a]\n: 1\n", "a key is not text"},
		{"a key that is null", pod + "~: 1\n", "a key is null"},
		{"a tag that does not fit", pod + "a: !!int abc\n", `"abc" is no !!int`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			inventory := read(t, map[string]string{"a.yaml": test.text})
			if len(inventory.Problems) != 1 || inventory.Problems[0].Loss != annexgate.Unread ||
				!strings.Contains(inventory.Problems[0].Message, test.want) {
				t.Errorf("problems are %q, want one with %q", problems(inventory), test.want)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestHonestAliases(t *testing.T) {
	text := pod + "defaults: &d {a: 1, b: [1, 2, 3], c: {d: e}}\nspec:\n" + strings.Repeat("- <<: *d\n- *d\n", 50)
	if got := problems(read(t, map[string]string{"a.yaml": text})); len(got) > 0 {
		t.Errorf("problems: %q", got)
	}
}
