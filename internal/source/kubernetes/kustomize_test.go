package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestKustomizations(t *testing.T) {
	const head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
	const notBuilt = ": kustomization not built, its objects are judged as they are written: "
	tests := []struct {
		name     string
		files    map[string]string
		want     []string
		problems []string
	}{
		{
			"names and namespaces are those that are applied",
			map[string]string{"kustomization.yaml": head + "resources: [a.yaml]\nnamePrefix: x-\nnamespace: pay\n", "a.yaml": pod},
			[]string{"Pod/pay/x-a"},
			nil,
		},
		{
			"objects are generated",
			map[string]string{"kustomization.yml": "configMapGenerator: [{name: c, files: [a.txt]}]\nsecretGenerator: [{name: s, literals: [a=b], options: {disableNameSuffixHash: true}}]\n", "a.txt": "x"},
			[]string{"ConfigMap/c-f5tfmthbfd", "Secret/s"},
			nil,
		},
		{
			"a base that an overlay uses is not judged on its own",
			map[string]string{
				"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": pod,
				"prod/kustomization.yaml": "resources: [../base]\nnameSuffix: -prod\n",
				"test/kustomization.yaml": "resources: [../base]\nnameSuffix: -test\n",
			},
			[]string{"Pod/a-prod", "Pod/a-test"},
			nil,
		},
		{"a base that no overlay uses is judged", map[string]string{"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": pod}, []string{"Pod/a"}, nil},
		{"manifests beside a kustomization are judged as they are written", map[string]string{"kustomization.yaml": "resources: [a.yaml]\nnamePrefix: x-\n", "a.yaml": pod, "b.yaml": pod}, []string{"Pod/a", "Pod/x-a"}, nil},
		{
			"components and former fields",
			map[string]string{
				"base/Kustomization": "resources: [a.yaml]\n", "base/a.yaml": pod,
				"c/kustomization.yaml":    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n",
				"c/p.yaml":                pod + "spec: {hostPID: true}\n",
				"prod/kustomization.yaml": "bases: [../base]\ncomponents: [../c]\ncommonLabels: {a: b}\npatchesStrategicMerge: [q.yaml]\npatchesJson6902: [{target: {version: v1, kind: Pod, name: a}, path: j.json}]\n",
				"prod/q.yaml":             pod + "spec: {hostIPC: true}\n",
				"prod/j.json":             `[{"op": "add", "path": "/spec/hostNetwork", "value": true}]`,
			},
			[]string{"Pod/a"},
			nil,
		},
		{
			"resources elsewhere are a problem each, and the rest is built",
			map[string]string{"kustomization.yaml": "resources:\n- https://example.org/a.yaml\n- git@example.org:a/b\n- github.com/a/b?ref=v1\n- a.yaml\nnamePrefix: x-\n", "a.yaml": pod},
			[]string{"Pod/x-a"},
			[]string{
				"partial kustomization.yaml:2:3: https://example.org/a.yaml is elsewhere: it is not examined",
				"partial kustomization.yaml:3:3: git@example.org:a/b is elsewhere: it is not examined",
				"partial kustomization.yaml:4:3: github.com/a/b?ref=v1 is elsewhere: it is not examined",
			},
		},
		{
			"what cannot be built is judged as it is written",
			map[string]string{"kustomization.yaml": "resources: [a.yaml, b]\nnamePrefix: x-\n", "a.yaml": pod},
			[]string{"Pod/a"},
			[]string{"partial kustomization.yaml" + notBuilt + "kustomization.yaml: b is not there"},
		},
		{
			"a patch is half an object: it is not judged, also if the build fails",
			map[string]string{"kustomization.yaml": "resources: [a.yaml, b]\npatches: [{path: p.yaml}]\n", "a.yaml": pod, "p.yaml": pod + "x: 1\nx: 2\n"},
			[]string{"Pod/a"},
			[]string{"partial kustomization.yaml" + notBuilt + "kustomization.yaml: b is not there"},
		},
		{
			"a base that cannot be built",
			map[string]string{"base/kustomization.yaml": "resource: [a.yaml]\n", "prod/kustomization.yaml": "resources: [../base]\n"},
			nil,
			[]string{"partial prod/kustomization.yaml" + notBuilt + `base/kustomization.yaml: invalid Kustomization: json: unknown field "resource"`},
		},
		{
			"two that include each other",
			map[string]string{"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n", "kustomization.yaml": "resources: [a]"},
			nil,
			[]string{"partial kustomization.yaml" + notBuilt + "cycle detected: candidate root 'a' contains visited root 'a'"},
		},
		{
			"a component that nothing uses",
			map[string]string{"c.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplacements: [{path: x}]\n"},
			nil,
			[]string{"partial c.yaml:3:1: kustomization not built: objects are judged as they are written, without its replacements"},
		},
		{
			"one that does not parse",
			map[string]string{"kustomization.yaml": "resources: [\n"},
			nil,
			[]string{"unread kustomization.yaml:1:1: manifest does not parse: did not find expected node content"},
		},
		{
			"an object of the same kind from elsewhere",
			map[string]string{"kustomization.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n"},
			[]string{"Kustomization/x"},
			nil,
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

// TestKustomizationsReachNothingElse holds what would run something, fetch
// something, or read outside the repository, next to what looks alike and is
// harmless. No test may need the network: a fetch fails it by its message.
func TestKustomizationsReachNothingElse(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	tests := []struct{ name, text, want string }{
		{"a patch from elsewhere", "patches: [{path: 'https://example.org/p.yaml'}]", "https://example.org/p.yaml is not there"},
		{"an address without slashes", "crds: ['HTTPS:x']", "HTTPS:x is not there"},
		{"a field in another case", "CRDs: ['https://example.org/x']", "https://example.org/x is not there"},
		{"a file of a generator", "configMapGenerator: [{name: a, files: ['a=https://example.org/x']}]", "https://example.org/x is not there"},
		{"an environment of a generator", "secretGenerator: [{name: a, env: 'https://example.org/x'}]", "https://example.org/x is not there"},
		{"a replacement", "replacements: [{path: 'https://example.org/x'}]", "https://example.org/x is not there"},
		{"a schema", "openapi: {path: 'https://example.org/x'}", "https://example.org/x is not there"},
		{"a configuration", "configurations: ['https://example.org/x']", "https://example.org/x is not there"},
		{"a transformer", "transformers: ['https://example.org/x']", "the plugin https://example.org/x may load something from elsewhere"},
		{"a generator in a repository", "generators: ['git@example.org:a/b']", "the plugin git@example.org:a/b may load something from elsewhere"},
		{"a transformer that loads", "transformers: [t.yaml]", "the plugin t.yaml may load something from elsewhere"},
		{"a transformer put together in a folder", "transformers: [dir]", "dir is no file that is there"},
		{"a transformer in the kustomization", "transformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: \"http:x\"}']", `the plugin {apiVersion: builtin, kind: PatchTransfo... may load something from elsewhere`},
		{"a chart", "helmCharts: [{name: x, releaseName: z}]", "it renders charts through helm, which is not run"},
		{"a file outside the repository", "resources: [../../etc/passwd]", "../../etc/passwd is not there"},
		{"a patch outside the repository", "patches: [{path: ../p.yaml}]", "../p.yaml is not there"},
		{"aliases that expand", "resources: [bomb.yaml]", "aliases expand to too many values for a document of this size"},
		{"aliases that expand in a patch", "resources: [a.yaml]\npatches:\n- patch: |\n    " + strings.ReplaceAll(bomb, "\n", "\n    "), "aliases expand to too many values for a document of this size"},
		{"an exec plugin", "generators: [exec.yaml]", "external plugins disabled"},
		{"a container", "transformers: [fn.yaml]", "unable to load"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{
				"kustomization.yaml": test.text + "\n",
				"a.yaml":             pod,
				"bomb.yaml":          pod + bomb,
				"t.yaml":             "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: https://example.org/x\n",
				"exec.yaml":          "apiVersion: example.org/v1\nkind: Runner\nmetadata:\n  name: x\n",
				"fn.yaml":            "apiVersion: example.org/v1\nkind: Fn\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./x.sh\n",
				"dir/x.yaml":         pod,
			})
			var all []string
			for _, p := range inventory.Problems {
				if p.At.File == "kustomization.yaml" {
					all = append(all, p.Message)
				}
			}
			if got := strings.Join(all, "\n"); !strings.Contains(got, test.want) {
				t.Errorf("problems: %q, want %q in them", got, test.want)
			}
		})
	}
}

// TestBuildsAreBounded doubles what is built with every level.
func TestBuildsAreBounded(t *testing.T) {
	files := map[string]string{"k0/a.yaml": pod, "k0/kustomization.yaml": "resources: [a.yaml]\n"}
	for i := 1; i <= 20; i++ {
		for _, side := range []string{"l", "r"} {
			files[fmt.Sprintf("k%d%s/kustomization.yaml", i, side)] = fmt.Sprintf("resources: [../k%d]\nnamePrefix: %s\n", i-1, side)
		}
		files[fmt.Sprintf("k%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../k%dl, ../k%dr]\n", i, i)
	}
	inventory := read(t, files)
	want := []string{"partial k20/kustomization.yaml: kustomization not built, its objects are judged as they are written: it includes more than 500 kustomizations"}
	if diff := cmp.Diff(want, problems(inventory)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestBlame writes a mark, as in the comment «name», at the end of each line
// that a value must be found at.
func TestBlame(t *testing.T) {
	files := map[string]string{
		"base/kustomization.yaml": "resources:\n- d.yaml\n",
		"base/d.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api #object
spec:
  replicas: 1
  template: #template
    metadata:
      labels: {app: api}
    spec:
      hostNetwork: true #plain
      containers:
      - name: app #name
        image: app:1
        env:
        - {name: A, value: a} #env
      - name: side #side
        image: side:1
`,
		"prod/kustomization.yaml": `namespace: pay #namespace
resources: [../base]
images:
- name: side
  newTag: "7"
- name: app #image
  newTag: "2"
replicas:
- {name: api, count: 5} #replicas
labels: #labels
- pairs: {team: pay}
  includeTemplates: true
patches:
- path: p.yaml
- path: j.yaml
  target: {kind: Deployment}
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api}
    spec:
      template:
        spec:
          hostIPC: true #inline
- patch: '[{"op": "add", "path": "/spec/template/spec/hostUsers", "value": false}]' #oneline
  target: {kind: Deployment}
configMapGenerator:
- name: settings #generated
  literals: [A=b]
`,
		"prod/p.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
      - name: new #first
        image: new:1 #newimage
      - name: app
        securityContext:
          privileged: true #merged
`,
		"prod/j.yaml": `- op: add
  path: /spec/template/spec/hostPID
  value: true #json
- op: add
  path: /spec/template/spec/volumes
  value:
  - name: v #volume
    hostPath: {path: /} #hostpath
`,
	}
	inventory := read(t, files)
	if len(inventory.Problems) > 0 {
		t.Fatal(problems(inventory))
	}
	at := func(address string, path ...any) string {
		for _, s := range inventory.Subjects {
			if s.Address != address && !(strings.HasSuffix(address, "*") && strings.HasPrefix(s.Address, address[:len(address)-1])) {
				continue
			}
			at := s.Source.Find(path)
			line := strings.Split(files[at.File], "\n")[max(at.Line-1, 0)]
			_, mark, _ := strings.Cut(line, "#")
			return mark
		}
		return "no such subject"
	}
	const d = "Deployment/pay/api"
	container := func(i int, rest ...any) []any {
		return append([]any{"spec", "template", "spec", "containers", i}, rest...)
	}
	tests := []struct {
		want, address string
		path          []any
	}{
		{"object", d, nil},
		{"template", d, []any{"spec", "template"}},
		{"plain", d, []any{"spec", "template", "spec", "hostNetwork"}},
		{"namespace", d, []any{"metadata", "namespace"}},
		{"replicas", d, []any{"spec", "replicas"}},
		{"labels", d, []any{"metadata", "labels", "team"}},
		{"first", d, container(0)},
		{"newimage", d, container(0, "image")},
		{"name", d, container(1)},
		{"image", d, container(1, "image")},
		{"merged", d, container(1, "securityContext", "privileged")},
		{"env", d, container(1, "env", 0, "value")},
		{"side", d, container(2)},
		{"json", d, []any{"spec", "template", "spec", "hostPID"}},
		{"inline", d, []any{"spec", "template", "spec", "hostIPC"}},
		{"oneline", d, []any{"spec", "template", "spec", "hostUsers"}},
		{"volume", d, []any{"spec", "template", "spec", "volumes", 0, "name"}},
		{"hostpath", d, []any{"spec", "template", "spec", "volumes", 0, "hostPath", "path"}},
		{"generated", "ConfigMap/pay/settings-*", []any{"data", "A"}},
	}
	for _, test := range tests {
		if got := at(test.address, test.path...); got != test.want {
			t.Errorf("%s %s is found at %q, want %q", test.address, annexgate.Path(test.path), got, test.want)
		}
	}
	if got := inventory.Subjects[1].At; got.File != "base/d.yaml" || got.Line != 1 || got.EndLine != 18 {
		t.Errorf("the deployment is at %+v", got)
	}
}

func TestObjectsOfOneBuildAreOneSet(t *testing.T) {
	got := relations(t, read(t, map[string]string{
		"base/kustomization.yaml": "resources: [d.yaml, s.yaml]\n",
		"base/d.yaml":             deploy("d", "app: a"),
		"base/s.yaml":             obj("Service", "s", "spec: {selector: {app: a}}"),
		"dev/kustomization.yaml":  "resources: [../base]\nnamePrefix: dev-\n",
		"prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\n",
		"plain.yaml":              deploy("e", "app: a"),
	}), false)
	want := []string{"Service/dev-s -> Deployment/dev-d", "Service/prod-s -> Deployment/prod-d"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("relations (-want +got):\n%s", diff)
	}
}
