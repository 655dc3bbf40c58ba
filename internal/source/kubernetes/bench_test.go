package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"
)

// deployment returns a manifest of the size that people write.
func deployment(i int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: api-%d
  namespace: payments
  labels: {app: api, tier: backend}
spec:
  replicas: 3
  selector:
    matchLabels: {app: api}
  template:
    metadata:
      labels: {app: api}
    spec:
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.org/payments/api:1.%d
          ports:
            - containerPort: 8080
              protocol: TCP
          env:
            - name: DATABASE
              value: "postgres://db:5432/payments"
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: yes
            capabilities:
              drop: [ALL]
`, i, i)
}

// BenchmarkLoad reads files of one manifest each. Its floor is BenchmarkNodes.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		fsys, bytes := fstest.MapFS{}, 0
		var names []string
		for i := range n {
			name := fmt.Sprintf("m/%d.yaml", i)
			fsys[name] = &fstest.MapFile{Data: []byte(deployment(i))}
			bytes += len(fsys[name].Data)
			names = append(names, name)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(bytes))
			for b.Loop() {
				inventory, err := Loader{}.Load(context.Background(), fsys, names)
				if err != nil || len(inventory.Subjects) != n || len(inventory.Problems) > 0 {
					b.Fatal(err, inventory.Problems)
				}
			}
		})
	}
}

// BenchmarkFile reads one file of many documents.
func BenchmarkFile(b *testing.B) {
	text := manifests(3000)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		f := manifestFile{name: "a.yaml"}
		if f.parse(text); len(f.subjects) != 3000 {
			b.Fatal(f.problems)
		}
	}
}

// BenchmarkNodes is the decoding floor: the parser alone, on the same text as
// BenchmarkFile.
func BenchmarkNodes(b *testing.B) {
	text := manifests(3000)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var n yaml.Node
			if err := decoder.Decode(&n); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkOther passes over files that are not Kubernetes.
func BenchmarkOther(b *testing.B) {
	text := []byte(strings.Repeat(`{"name": "left-pad", "version": "1.3.0"},`+"\n", 20_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if mayHoldManifest(text) {
			b.Fatal("may hold a manifest")
		}
	}
}

func manifests(n int) []byte {
	return []byte(strings.Join(slices.Collect(func(yield func(string) bool) {
		for i := range n {
			if !yield(deployment(i)) {
				return
			}
		}
	}), "---\n"))
}
