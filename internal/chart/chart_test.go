package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const meta = "apiVersion: v2\nname: c\nversion: 1.0.0\n"

// load returns the chart that files make up.
func load(t testing.TB, files map[string]string) *Chart {
	t.Helper()
	fsys := fstest.MapFS{"Chart.yaml": &fstest.MapFile{Data: []byte(meta)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := Load(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLines holds templates whose output says which line it comes from.
func TestLines(t *testing.T) {
	c := load(t, map[string]string{
		"values.yaml": "active: true\nlabels: {a: 1, b: 2}\nlist: [x, y]\ntpl: \"v: {{ .Values.active }}\"\n",
		"templates/_h.tpl": `{{- define "labels" -}}
_h.tpl:2
_h.tpl:3
{{- end }}
{{- define "on" }}{{ if .Values.active }}true{{ end }}{{ end }}
`,
		"templates/a.yaml": `a.yaml:1
{{- if .Values.active }}
a.yaml:3 {{ .Values.active }}
{{- end }}
labels: a.yaml:5
  {{- include "labels" . | nindent 2 }}
  {{- with .Values.labels }}
a.yaml:8
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if eq (include "on" .) "true" }}
a.yaml:12
{{- end }}
{{- range .Values.list }}
a.yaml:15 {{ . }}
{{- end }}
{{ template "labels" . }}
tpl: a.yaml:18 {{ tpl .Values.tpl . }}
{{ include "labels" . | sha256sum | trunc 4 | printf "a.yaml:19 %s" }}
{{- $x := include "on" . -}}
{{ if $x }}
a.yaml:22
{{- end }}
{{ include "labels" . | trim | indent 2 | quote | trunc 3 }} a.yaml:24
`,
	})
	out, err := c.Render(t.Context(), Values{})
	if err != nil {
		t.Fatal(err)
	}
	var checked int
	for i, line := range strings.Split(out[0].Text, "\n") {
		for _, word := range strings.Fields(strings.Trim(line, `"`)) {
			if file, number, ok := strings.Cut(word, ":"); ok && number != "" {
				checked++
				if got := fmt.Sprintf("%s:%d", filepath.Base(out[0].Lines[i].File), out[0].Lines[i].Line); got != file+":"+number {
					t.Errorf("line %q is said to come from %s", line, got)
				}
			}
		}
		if line == "  a: 1" || line == "  b: 2" {
			checked++
			if out[0].Lines[i].Line != 9 {
				t.Errorf("line %q is said to come from %v, want 9", line, out[0].Lines[i])
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d lines were checked in:\n%s", checked, out[0].Text)
	}
}

// TestErrorsHavePlaces checks the place of an error, in the innermost template.
func TestErrorsHavePlaces(t *testing.T) {
	tests := []struct {
		name, text string
		want       Line
	}{
		{"a syntax error", "a: b\nc: {{ if }}", Line{"templates/a.yaml", 2}},
		{"an error of the chart", "a: b\n\nc: {{ fail `x` }}", Line{"templates/a.yaml", 3}},
		{"an error in what is included", "a: {{ include `helper` . }}", Line{"templates/_h.tpl", 2}},
		{"an error in text that is rendered", "a: b\nc: {{ tpl `{{ fail \"x\" }}` . }}", Line{"templates/a.yaml", 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := load(t, map[string]string{
				"templates/a.yaml": test.text,
				"templates/_h.tpl": "{{ define `helper` }}\n{{ fail `x` }}{{ end }}",
			})
			_, err := c.Render(t.Context(), Values{})
			var e *Error
			if !errors.As(err, &e) || e.At != test.want {
				t.Errorf("got %+v, want %v", err, test.want)
			}
		})
	}
}

// TestDangers renders what is made to exhaust a renderer, to end the program,
// or to learn what is none of a chart's business.
func TestDangers(t *testing.T) {
	t.Setenv("SECRET", "told")
	deep := strings.Repeat("{{ if true }}", 25_000) + strings.Repeat("{{ end }}", 25_000)
	tests := []struct{ name, text, want string }{
		{"the environment", `{{ env "SECRET" }}`, `function "env" not defined`},
		{"the environment in text", `{{ expandenv "$SECRET" }}`, `function "expandenv" not defined`},
		{"a template that includes itself", `{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}`, "templates include each other more than 1000 deep"},
		{"a template that is itself", `{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`, "templates include each other more than 1000 deep"},
		{"templates that include each other twice", `{{ define "a" }}{{ template "b" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "c" }}{{ template "c" }}{{ end }}{{ define "c" }}{{ range until 200000 }}{{ end }}{{ end }}{{ range until 100000 }}{{ template "a" }}{{ end }}`, errWork.Error()},
		{"text that renders itself", `{{ $_ := set .Values "t" "{{ tpl .Values.t . }}" }}{{ tpl .Values.t . }}`, "templates include each other more than 1000 deep"},
		{"a long text", `{{ repeat 2000000000 "x" }}`, errLong.Error()},
		{"a long text by doubling", `{{ $x := "xxxxxxxx" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}`, "16 MiB"},
		{"a long text by writing", `{{ $x := repeat 1000000 "x" }}{{ range until 1000 }}{{ $x }}{{ end }}`, "the text is longer than 16 MiB"},
		{"a long text by replacing", `{{ $x := repeat 100000 "x" }}{{ replace "x" $x $x }}`, errLong.Error()},
		{"a long text by a pattern", `{{ $x := repeat 100000 "x" }}{{ regexReplaceAll ".*" $x (repeat 100000 "$0") }}`, errLong.Error()},
		{"a long text by indenting", `{{ indent 1000000000 "x" }}`, errLong.Error()},
		{"a long text by width", `{{ printf "%1000000000d" 1 }}`, errLong.Error()},
		{"a long text by a width among the arguments", `{{ printf "%*d" 1000000000 1 }}`, errLong.Error()},
		{"a long list", `{{ until 2000000000 }}`, errLong.Error()},
		{"a long list by steps", `{{ untilStep 0 2000000000 1 }}`, errLong.Error()},
		{"a long list by sequence", `{{ seq 1 2000000000 }}`, errLong.Error()},
		{"a long list by doubling", `{{ $x := list 1 2 3 4 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}`, "more than 1000000"},
		{"a long loop", `{{ range 1000000000000 }}{{ end }}`, errWork.Error()},
		{"loops in loops", `{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}`, errWork.Error()},
		{"values that hold themselves, as YAML", `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}`, "do they hold themselves?"},
		{"values that hold themselves, as pretty YAML", `{{ $d := dict }}{{ $_ := set $d "d" (list $d) }}{{ toYamlPretty $d }}`, "do they hold themselves?"},
		{"values that hold themselves, copied", `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $_ = deepCopy $d }}`, "do they hold themselves?"},
		{"values that hold themselves, printed", `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}`, "do they hold themselves?"},
		{"values that hold themselves, quoted", `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ quote $d }}`, "do they hold themselves?"},
		{"values that hold themselves, merged", `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $_ = merge $d $d }}`, "do they hold themselves?"},
		{"values that hold themselves, escaped", `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ html $d }}`, "do they hold themselves?"},
		{"values that double with every level", `{{ $d := dict }}{{ range until 60 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ toJson $d }}`, "more than 1000000 values"},
		{"the file of another", `{{ .Files.Get "../other/secret" }}{{ .Files.Get "/etc/passwd" }}{{ range $k, $v := .Files.Glob "**" }}{{ $k }}{{ end }}`, ""},
		{"the name of a host", `{{ getHostByName "localhost" }}`, ""},
		{"deep nesting", deep, ""},
		{"deeper nesting", deep + deep, "has more than 50000 actions"},
		{"deeper nesting in a text that is rendered", `{{ tpl (repeat 60000 "{{ if true }}") . }}`, "has more than 50000 actions"},
		{"keys, which take seconds to make", `{{ range until 1000 }}{{ $_ := genCA "x" 1 }}{{ $_ = genPrivateKey "rsa" }}{{ $_ = bcrypt "x" }}{{ end }}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			out, err := load(t, map[string]string{"templates/a.yaml": test.text}).Render(t.Context(), Values{})
			if test.want == "" {
				if err != nil || len(out) > 0 {
					t.Errorf("got %v and error %v, want nothing", out, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q in it", err, test.want)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestRenderingIsReproducible(t *testing.T) {
	text := `{{ randAlphaNum 8 }} {{ uuidv4 }} {{ now }} {{ (genCA "a" 1).Cert }} {{ htpasswd "a" "b" }} {{ shuffle "abcdef" }} {{ randInt 1 100 }} {{ ago now }} {{ .Values }}`
	render := func() string {
		out, err := load(t, map[string]string{"templates/a.yaml": text, "values.yaml": "b: 1\na: 2\n"}).Render(t.Context(), Values{})
		if err != nil {
			t.Fatal(err)
		}
		return out[0].Text
	}
	first := render()
	for range 5 {
		if next := render(); next != first {
			t.Fatalf("got %q, then %q", first, next)
		}
	}
}

func TestRenderingStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := load(t, map[string]string{"templates/a.yaml": "{{ range until 100000 }}x{{ end }}"})
	if _, err := c.Render(ctx, Values{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDependencies(t *testing.T) {
	part := map[string]string{
		"charts/d/Chart.yaml": "name: d\nversion: 1.2.3\n", "charts/d/templates/d.yaml": "kind: D {{ .Values.x }}\n",
	}
	tests := []struct {
		name, declared string
		files          map[string]string
		want           string
		missing        []string
	}{
		{"one that is there", "[{name: d, version: ^1}]", part, "kind: D 1\n", nil},
		{"one of another version", "[{name: d, version: ^2}]", part, "kind: D 1\n", []string{"d"}},
		{"one that is not there", "[{name: e, version: ^1}]", nil, "", []string{"e"}},
		{"one that is not there and turned off", "[{name: e, version: ^1, condition: e.active}]", nil, "", nil},
		{"one in a folder of the repository", "[{name: d, version: ^1, repository: 'file://./lib/d'}]", map[string]string{
			"lib/d/Chart.yaml": "name: d\nversion: 1.2.3\n", "lib/d/templates/d.yaml": "kind: D\n",
		}, "kind: D\n", nil},
		{"one in a folder outside", "[{name: d, version: ^1, repository: 'file://../../etc'}]", nil, "", []string{"d"}},
		{"one that is packed", "[{name: d, version: ^1}]", map[string]string{
			"charts/d-1.2.3.tgz": pack(t, map[string]string{"d/Chart.yaml": "name: d\nversion: 1.2.3\n", "d/templates/d.yaml": "kind: D\n", "../../e": "x"}),
		}, "kind: D\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"Chart.yaml": meta + "dependencies: " + test.declared + "\n", "values.yaml": "d: {x: 1}\ne: {active: false}\n"}
			maps.Copy(files, test.files)
			c := load(t, files)
			out, err := c.Render(t.Context(), Values{})
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, m := range out {
				text += m.Text
			}
			if diff := cmp.Diff(test.want, text); diff != "" {
				t.Errorf("manifests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.missing, c.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

// pack returns a packed chart.
func pack(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	archive := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o666, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestChartsThatAreTooLarge(t *testing.T) {
	zeros := strings.Repeat("0", maxFile+1)
	many := map[string]string{"Chart.yaml": meta}
	for i := range 14 {
		many[fmt.Sprintf("data/%d", i)] = zeros[:maxFile]
	}
	nested := map[string]string{"Chart.yaml": meta}
	for i := range maxNest + 2 {
		nested[strings.Repeat("charts/c/", i)+"Chart.yaml"] = meta
	}
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a file", map[string]string{"Chart.yaml": meta, "data": zeros}, "data is larger than 5 MiB"},
		{"all files", many, "the chart is larger than 64 MiB"},
		{"what is packed", map[string]string{"Chart.yaml": meta, "charts/d.tgz": pack(t, map[string]string{"d/Chart.yaml": meta, "d/x": zeros})}, "unpack charts/d.tgz: it is too large"},
		{"charts in charts", nested, "more than 20 charts in one another"},
		{"values that expand", map[string]string{"Chart.yaml": meta, "values.yaml": bomb()}, "document contains excessive aliasing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, text := range test.files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if _, err := Load(fsys, "."); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

// bomb returns YAML of a few hundred bytes that stands for 10 to the 9th values.
func bomb() string {
	text := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		text += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	return text
}

// TestLinksOutOfTheRepository follows links as far as the root of the file
// system lets it.
func TestLinksOutOfTheRepository(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret"), "secret")
	write(filepath.Join(dir, "shared.conf"), "shared")
	write(filepath.Join(dir, "c/Chart.yaml"), meta)
	write(filepath.Join(dir, "c/templates/a.yaml"), `{{ .Files.Get "secret" }}{{ .Files.Get "shared" }}{{ .Files.Get "folder/secret" }}`)
	for link, target := range map[string]string{
		"c/secret": filepath.Join(outside, "secret"), "c/folder": outside, "c/shared": "../shared.conf", "c/templates/b.yaml": filepath.Join(outside, "secret"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	c, err := Load(root.FS(), "c")
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Render(t.Context(), Values{})
	if err != nil || len(out) != 1 || out[0].Text != "shared" {
		t.Errorf("got %v and error %v, want what is shared alone", out, err)
	}
}

func TestParseSetRefuses(t *testing.T) {
	for _, text := range []string{"a", "a,b=1", "a[x]=1", "a[-1]=1", "a[65537]=1", "a[0", "a=1,a.b=2", "a.b=1,a[0]=2", strings.Repeat("a.", 40) + "b=1"} {
		if v, err := ParseSet(text, Values{}); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
}
