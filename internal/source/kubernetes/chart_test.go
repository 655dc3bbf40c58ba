package kubernetes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCharts(t *testing.T) {
	const problem = ": chart not rendered: its templates are not examined; render it with helm template and check the output"
	tests := []struct {
		name     string
		files    map[string]string
		want     []string
		problems []string
	}{
		{
			"a chart is one problem",
			map[string]string{"c/Chart.yaml": "name: c", "c/templates/a.yaml": pod, "c/templates/tests/b.yaml": "{{ x }}", "c/values.yaml": "a: 1"},
			nil,
			[]string{"partial c/Chart.yaml" + problem},
		},
		{"a chart at the top", map[string]string{"Chart.yaml": "", "templates/a.yaml": pod}, nil, []string{"partial Chart.yaml" + problem}},
		{
			"a chart in a chart belongs to it",
			map[string]string{"c/Chart.yaml": "", "c/charts/d/Chart.yaml": "", "c/charts/d/templates/a.yaml": pod},
			nil,
			[]string{"partial c/Chart.yaml" + problem},
		},
		{
			"a folder called charts without a chart around it",
			map[string]string{"charts/d/Chart.yaml": "", "charts/d/templates/a.yaml": pod, "charts/e/Chart.yaml": "", "charts/e/templates/a.yaml": pod},
			nil,
			[]string{"partial charts/d/Chart.yaml" + problem, "partial charts/e/Chart.yaml" + problem},
		},
		{"definitions of a chart are manifests", map[string]string{"c/Chart.yaml": "", "c/crds/a.yaml": pod}, []string{"Pod/a"}, nil},
		{"templates of no chart are manifests", map[string]string{"c/templates/a.yaml": pod}, []string{"Pod/a"}, nil},
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

func TestKustomizations(t *testing.T) {
	const head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
	tests := []struct {
		name     string
		files    map[string]string
		want     []string
		problems []string
	}{
		{
			"one that lists and labels",
			map[string]string{"kustomization.yaml": head + "resources: [a.yaml]\nnamePrefix: x-\ncommonLabels: {a: b}\n", "a.yaml": pod},
			[]string{"Pod/a"},
			nil,
		},
		{
			"one that generates and changes",
			map[string]string{"k/kustomization.yml": "resources: [a.yaml]\nimages: [{name: x}]\nsecretGenerator: [{name: y}]\n", "k/a.yaml": pod},
			[]string{"Pod/a"},
			[]string{"partial k/kustomization.yml:2:1: kustomization not built: objects are judged as they are written, without its images, secretGenerator"},
		},
		{
			"files that are patches are left out",
			map[string]string{
				"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": pod,
				"prod/kustomization.yaml": head + "resources: [../base]\npatches: [{path: p.yaml}, {patch: \"- op: x\"}]\npatchesStrategicMerge: [q/q.yaml]\n",
				"prod/p.yaml":             pod + "x: 1\nx: 2\n", "prod/q/q.yaml": pod, "prod/r.yaml": pod,
			},
			[]string{"Pod/a", "Pod/a"},
			[]string{"partial prod/kustomization.yaml:4:1: kustomization not built: objects are judged as they are written, without its patches, patchesStrategicMerge"},
		},
		{
			"a patch that is also a resource is judged",
			map[string]string{"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: a.yaml}]\n", "a.yaml": pod},
			[]string{"Pod/a"},
			[]string{"partial kustomization.yaml:2:1: kustomization not built: objects are judged as they are written, without its patches"},
		},
		{
			"a component under any name",
			map[string]string{"c.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplacements: [{path: x}]\n"},
			nil,
			[]string{"partial c.yaml:3:1: kustomization not built: objects are judged as they are written, without its replacements"},
		},
		{
			"resources elsewhere",
			map[string]string{"kustomization.yaml": "resources:\n- https://example.org/a.yaml\n- git@example.org:a/b\n- b\n"},
			nil,
			[]string{
				"partial kustomization.yaml:2:3: https://example.org/a.yaml is elsewhere: it is not examined",
				"partial kustomization.yaml:3:3: git@example.org:a/b is elsewhere: it is not examined",
			},
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
		{"one with nothing that is a mapping", map[string]string{"kustomization.yaml": "- a\n"}, nil, nil},
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
