package kubernetes

import (
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// FuzzLoad checks that no text makes the loader panic, and that what it returns
// keeps the promises of Subject: addresses that are unique in their file, JSON
// types, and places inside the file.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		placed,
		pod + "spec: {containers: [{name: a, image: 'x:1', securityContext: {privileged: on}}]}\n---\n" + pod,
		"apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: Pod}\n- *a\n- <<: *a\n  x: &b [*a]\n",
		`{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"é"}},{"x":[1e3,-0,{}]}]} {"a":`,
		"%YAML 1.1\n--- # x\napiVersion: v1\r\nkind: Pod\r\nx: |+2\r\n   a\r\n...\n\ufeff---\nk: !!binary YQ==\n",
		"apiVersion: v1\nkind: Pod\n? &k >-\n  a\n: *k\nx: \"\\\n  a\\x41\u2028\"\ny: !t &z 'a''\n\n b'\n",
		"apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\nresources: [a]\npatches: [{path: b}]\n",
		"\xff\xfea\x00p\x00i\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"a.yaml", "a.json", "kustomization.yaml"} {
			inventory := read(t, map[string]string{name: text})
			seen := map[string]bool{}
			for _, s := range inventory.Subjects {
				if seen[s.Address] {
					t.Errorf("two subjects are called %s", s.Address)
				}
				seen[s.Address] = true
				if s.Type == "" || s.Scope != name {
					t.Errorf("subject %q has type %q and scope %q", s.Address, s.Type, s.Scope)
				}
				encode(t, s.Values)
				encode(t, s.Facts)
				checkPlaces(t, name, s.Source)
			}
			for _, p := range inventory.Problems {
				if p.At.File != name || p.Kind != annexgate.Kubernetes || p.Message == "" {
					t.Errorf("problem %+v", p)
				}
			}
		}
	})
}

func checkPlaces(t *testing.T, file string, source *annexgate.Source) {
	t.Helper()
	at := source.At
	if at.File != file || at.Line < 1 || at.Column < 1 || at.EndLine < at.Line ||
		at.EndLine == at.Line && at.EndColumn < at.Column {
		t.Fatalf("no such place: %+v", at)
	}
	for _, field := range source.Fields {
		checkPlaces(t, file, field)
	}
	for _, item := range source.Items {
		checkPlaces(t, file, item)
	}
}

// FuzzKustomize checks that no kustomization, resource or patch makes a build
// panic, and that all values have a place in a file that is there.
func FuzzKustomize(f *testing.F) {
	f.Add("resources: [a.yaml]\nnamePrefix: x-\npatches: [{path: p.yaml}]\n", pod, pod+"spec: {hostPID: true}\n")
	f.Add("resources: [a.yaml]\npatches:\n- patch: |\n    - op: add\n      path: /x\n      value: 1\n  target: {kind: Pod}\n", pod, "")
	f.Add("resources: [a.yaml, p.yaml]\nimages: [{name: x, newTag: y}]\nconfigMapGenerator: [{name: c, files: [a.yaml]}]\nlabels: [{pairs: {a: b}}]\n", pod+"spec: {containers: [{name: a, image: x}]}\n", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Node}]\n")
	f.Add("bases: []\npatchesJson6902: [{target: {kind: Pod, name: a, version: v1}, path: p.yaml}]\nresources: [a.yaml]\n", pod+"x: &a [1]\ny: *a\n", "- {op: replace, path: /x/0, value: {a: b}}\n")
	f.Fuzz(func(t *testing.T, kustomization, resource, patch string) {
		files := map[string]string{"kustomization.yaml": kustomization, "a.yaml": resource, "p.yaml": patch}
		for _, s := range read(t, files).Subjects {
			encode(t, s.Values)
			checkKnown(t, files, s.Source)
		}
	})
}

func checkKnown(t *testing.T, files map[string]string, source *annexgate.Source) {
	t.Helper()
	if source == nil {
		t.Fatal("a value without a place")
	}
	if _, ok := files[source.At.File]; !ok {
		t.Fatalf("no such place: %+v", source.At)
	}
	for _, field := range source.Fields {
		checkKnown(t, files, field)
	}
	for _, item := range source.Items {
		checkKnown(t, files, item)
	}
}
