package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// BenchmarkRelate relates pairs of a service and a deployment, with a network
// policy for every hundredth. It must grow with their number.
func BenchmarkRelate(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		var text strings.Builder
		for i := range n / 2 {
			name := fmt.Sprintf("a%d", i)
			text.WriteString(deploy(name, "app: "+name) + obj("Service", name, "spec: {selector: {app: "+name+"}}"))
			if i%100 == 0 {
				text.WriteString(obj("networking.k8s.io/v1|NetworkPolicy", name, "spec: {podSelector: {matchLabels: {app: "+name+"}}}"))
			}
		}
		subjects := read(b, map[string]string{"a.yaml": text.String()}).Subjects
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, s := range subjects {
					s.References, s.Referrers = nil, nil
				}
				relate(subjects, newBudget())
			}
		})
	}
}

// BenchmarkRender builds 15 overlays of 5 bases, and renders 5 charts.
func BenchmarkRender(b *testing.B) {
	files := map[string]string{}
	for i := range 5 {
		base := fmt.Sprintf("k/%d/", i)
		files[base+"base/kustomization.yaml"] = "resources: [a.yaml]\n"
		for j := range 5 {
			files[base+"base/a.yaml"] += "---\n" + deployment(j)
		}
		for _, overlay := range []string{"dev", "test", "prod"} {
			files[base+overlay+"/kustomization.yaml"] = "resources: [../base]\nnameSuffix: -" + overlay + "\nimages: [{name: registry.example.org/payments/api, newTag: '9'}]\n"
		}
		for name, text := range webChart {
			files[fmt.Sprintf("c/%d/%s", i, name)] = text
		}
	}
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	names := slices.Sorted(maps.Keys(files))
	b.ReportAllocs()
	for b.Loop() {
		inventory, err := Loader{}.Load(context.Background(), fsys, names)
		if err != nil || len(inventory.Subjects) != 5*3*5+5*2 || len(inventory.Problems) > 0 {
			b.Fatal(err, addresses(inventory), problems(inventory))
		}
	}
}
