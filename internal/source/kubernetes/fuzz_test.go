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
