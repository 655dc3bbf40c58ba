package chart

import (
	"context"
	"testing"
	"testing/fstest"
	"time"
)

// FuzzRender checks that no chart makes the renderer panic or run on, and that
// lines lie in the templates.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		`{{ range $k, $v := .Values }}{{ $k }}: {{ $v | quote }}{{ end }}`,
		"a:\n{{- include \"x\" . | nindent 2 }}\n{{ define \"x\" }}\nb: {{ tpl .Values.t . }}{{ end }}",
		`{{ $d := dict "a" 1 }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}`,
		`{{ if eq (toJson .Values.l) "[]" }}{{ template "x" }}{{ else with .Chart }}{{ .Name }}{{ break }}{{ end }}`,
		`{{ regexReplaceAll "a*" "aaa" "$0" | repeat 9 | indent 4 | trunc -3 }}{{ until 3 | join "," }}{{ printf "%*d" 3 4 }}`,
		`{{ (.Files.Glob "**").AsConfig }}{{ .Capabilities.KubeVersion }}{{ fromYaml "a: *a" }}{{ semverCompare ">1" "2" }}`,
	} {
		f.Add(seed, "t: '{{ .Values.l }}'\nl: []\n")
	}
	f.Fuzz(func(t *testing.T, text, values string) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		fsys := fstest.MapFS{
			"Chart.yaml": {Data: []byte(meta)}, "values.yaml": {Data: []byte(values)},
			"templates/a.yaml": {Data: []byte(text)}, "templates/b.yaml": {Data: []byte(values)},
		}
		c, err := Load(fsys, ".")
		if err != nil {
			return
		}
		manifests, err := c.Render(ctx, Values{})
		if ctx.Err() != nil {
			t.Fatal("it does not end")
		}
		if err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
		for _, m := range manifests {
			for _, line := range m.Lines {
				if file := fsys[line.File]; line.File != "" && (file == nil || line.Line < 1 || line.Line > len(newLines(string(file.Data)))) {
					t.Errorf("there is no line %v", line)
				}
			}
		}
	})
}

// FuzzParseSet checks that no text makes the parser panic.
func FuzzParseSet(f *testing.F) {
	f.Add(`a.b[0].c={x,y\,z},d=null`)
	f.Add(`a[2][1]=,=,b={`)
	f.Fuzz(func(t *testing.T, text string) {
		base := Values{table{"a": table{"b": []any{1}}}}
		if _, err := ParseSet(text, base); err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
	})
}
