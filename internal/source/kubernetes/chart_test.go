package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/chart"
)

func TestCharts(t *testing.T) {
	const meta = "apiVersion: v2\nname: c\nversion: 1.0.0\n"
	const notRendered = ": chart not rendered, its templates are not examined: "
	const hint = "; --helm-values gives it other values"
	named := func(name string) string { return strings.ReplaceAll(pod, "name: a", "name: "+name) }
	tests := []struct {
		name     string
		files    map[string]string
		want     []string
		problems []string
	}{
		{
			"a chart is rendered with its values",
			map[string]string{"c/Chart.yaml": meta, "c/templates/a.yaml": named("{{ .Values.a }}-{{ .Release.Name }}"), "c/values.yaml": "a: x", "c/templates/NOTES.txt": pod},
			[]string{"Pod/x-release-name"},
			nil,
		},
		{"a chart at the top", map[string]string{"Chart.yaml": meta, "templates/a.yaml": pod}, []string{"Pod/a"}, nil},
		{
			"a chart in a chart is rendered with it",
			map[string]string{"c/Chart.yaml": meta, "c/charts/d/Chart.yaml": "name: d\nversion: 1.0.0", "c/charts/d/templates/a.yaml": pod},
			[]string{"Pod/a"},
			nil,
		},
		{
			"a folder called charts without a chart around it",
			map[string]string{"charts/d/Chart.yaml": meta, "charts/d/templates/a.yaml": named("d"), "charts/e/Chart.yaml": meta, "charts/e/templates/a.yaml": named("e")},
			[]string{"Pod/d", "Pod/e"},
			nil,
		},
		{"a library has nothing to judge", map[string]string{"c/Chart.yaml": meta + "type: library\n", "c/templates/a.yaml": pod}, nil, nil},
		{"definitions of a chart are manifests", map[string]string{"c/Chart.yaml": meta, "c/crds/a.yaml": pod}, []string{"Pod/a"}, nil},
		{"templates of no chart are manifests", map[string]string{"c/templates/a.yaml": pod}, []string{"Pod/a"}, nil},
		{
			"a chart that does not render",
			map[string]string{"c/Chart.yaml": meta, "c/templates/a.yaml": pod, "c/templates/b.yaml": "a: b\nc: {{ required `give me c` .Values.c }}\n"},
			nil,
			[]string{"partial c/templates/b.yaml:2:1" + notRendered + "give me c" + hint},
		},
		{
			"a chart that cannot be read",
			map[string]string{"c/Chart.yaml": "name: {", "c/templates/a.yaml": pod},
			nil,
			[]string{"partial c/Chart.yaml" + notRendered + "read chart c: c/Chart.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content"},
		},
		{
			"a dependency that is not there",
			map[string]string{"c/Chart.yaml": meta + "dependencies: [{name: d, version: 1.x, repository: 'https://example.org'}]\n", "c/templates/a.yaml": pod},
			[]string{"Pod/a"},
			[]string{"partial c/Chart.yaml: dependency d is not in charts/: what it makes is not examined; run helm dependency build"},
		},
		{
			"a template that becomes no YAML",
			map[string]string{"c/Chart.yaml": meta, "c/templates/a.yaml": "{{/* x */}}\n" + pod + "spec:\n  a: [\n---\n" + named("b")},
			[]string{"Pod/b"},
			[]string{"unread c/templates/a.yaml:7:3: the template renders to what does not parse: did not find expected node content"},
		},
		{
			"an object that a chart renders twice",
			map[string]string{"c/Chart.yaml": meta, "c/templates/a.yaml": "{{ range until 2 }}\n" + pod + "---\n{{ end }}"},
			[]string{"Pod/a", "Pod/a#2"},
			[]string{"notice c/templates/a.yaml:5:3: the chart renders Pod/a more than once"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, test.files)
			if diff := cmp.Diff(test.want, addresses(inventory)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.problems, problems(inventory)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

var webChart = map[string]string{
	"web/Chart.yaml":  "apiVersion: v2\nname: web\nversion: 1.0.0\n",
	"web/values.yaml": "image: web:1\nsecurity: {privileged: true, runAsUser: 0}\nsidecar: false\n",
	"web/templates/_helpers.tpl": `{{- define "web.labels" -}}
app: web
team: pay
{{- end }}
`,
	"web/templates/deployment.yaml": `{{- if .Values.image }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  template:
    metadata:
      labels: {{- include "web.labels" . | nindent 8 }}
    spec:
      containers:
        - name: web
          image: {{ .Values.image }}
          securityContext:
            {{- toYaml .Values.security | nindent 12 }}
        {{- if .Values.sidecar }}
        - name: sidecar
        {{- end }}
      hostNetwork: true
{{- end }}
`,
	"web/templates/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n",
}

func TestPlacesInCharts(t *testing.T) {
	inventory := read(t, webChart)
	if len(inventory.Subjects) != 2 || len(inventory.Problems) > 0 {
		t.Fatal(addresses(inventory), problems(inventory))
	}
	s := inventory.Subjects[0]
	container := []any{"spec", "template", "spec", "containers", 0}
	tests := []struct {
		path []any
		want string
	}{
		{nil, "web/templates/deployment.yaml:5:3"},
		{[]any{"metadata", "labels", "team"}, "web/templates/_helpers.tpl:3:1"},
		{[]any{"spec", "template", "metadata", "labels"}, "web/templates/deployment.yaml:11:7"},
		{append(container, "image"), "web/templates/deployment.yaml:15:11"},
		{append(container, "securityContext"), "web/templates/deployment.yaml:16:11"},
		{append(container, "securityContext", "privileged"), "web/templates/deployment.yaml:17:13"},
		{[]any{"spec", "template", "spec", "hostNetwork"}, "web/templates/deployment.yaml:21:7"},
		{[]any{"spec", "template", "spec", "hostPID"}, "web/templates/deployment.yaml:12:5"},
	}
	for _, test := range tests {
		if got := s.Source.Find(test.path).String(); got != test.want {
			t.Errorf("%v is at %s, want %s", test.path, got, test.want)
		}
	}
	if s.At.Line != 2 || s.At.EndLine != 21 || s.Scope != "web/Chart.yaml" {
		t.Errorf("the deployment of %s is at %+v", s.Scope, s.At)
	}
	if got, want := relations(t, inventory, false), []string{"Service/web -> Deployment/web"}; !slices.Equal(got, want) {
		t.Errorf("relations %v, want %v", got, want)
	}
	var inputs []string
	for _, input := range inventory.Inputs {
		inputs = append(inputs, input.File)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(webChart)), inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

func TestValuesOfTheCaller(t *testing.T) {
	fsys := fstest.MapFS{}
	var names []string
	for name, text := range webChart {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		names = append(names, name)
	}
	values, err := chart.ParseSet("image=other:2,security.privileged=false", chart.Values{})
	if err != nil {
		t.Fatal(err)
	}
	inventory, err := Loader{Values: values}.Load(context.Background(), fsys, names)
	if err != nil {
		t.Fatal(err)
	}
	containers := list(mapping(inventory.Subjects[0].Facts["workload"])["containers"])
	got := fmt.Sprint(mapping(containers[0])["security"], mapping(mapping(containers[0])["image"])["text"])
	if want := "map[privileged:false runAsUser:0]other:2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
