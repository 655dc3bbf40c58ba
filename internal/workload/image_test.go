package workload

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImages(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	tests := map[string]map[string]any{
		"nginx":                    {"registry": "docker.io", "repository": "library/nginx", "default_tag": "latest"},
		"nginx:1.27":               {"registry": "docker.io", "repository": "library/nginx", "tag": "1.27"},
		"acme/api:1":               {"registry": "docker.io", "repository": "acme/api", "tag": "1"},
		"docker.io/nginx":          {"registry": "docker.io", "repository": "library/nginx", "default_tag": "latest"},
		"index.docker.io/a/b:1":    {"registry": "docker.io", "repository": "a/b", "tag": "1"},
		"ghcr.io/acme/api/x":       {"registry": "ghcr.io", "repository": "acme/api/x", "default_tag": "latest"},
		"localhost/api:1":          {"registry": "localhost", "repository": "api", "tag": "1"},
		"registry:5000/api":        {"registry": "registry:5000", "repository": "api", "default_tag": "latest"},
		"registry:5000":            {"registry": "docker.io", "repository": "library/registry", "tag": "5000"},
		"[::1]:5000/api:1":         {"registry": "[::1]:5000", "repository": "api", "tag": "1"},
		"nginx@" + digest:          {"registry": "docker.io", "repository": "library/nginx", "digest": digest},
		"gcr.io/a/b:1.0@" + digest: {"registry": "gcr.io", "repository": "a/b", "tag": "1.0", "digest": digest},
		"a__b/c--d.e_f:latest":     {"registry": "docker.io", "repository": "a__b/c--d.e_f", "tag": "latest"},
		"REGISTRY/api":             {"registry": "REGISTRY", "repository": "api", "default_tag": "latest"},

		"$(IMAGE)":        nil,
		"{{ .image }}":    nil,
		"${TAG:-x}":       nil,
		"Nginx":           nil,
		"nginx:":          nil,
		"nginx: 1":        nil,
		"nginx@sha256:12": nil,
		"nginx@":          nil,
		"a//b":            nil,
		"/a":              nil,
		":1":              nil,
		" nginx":          nil,
		"a..b":            nil,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			full := map[string]any{"text": text, "valid": want != nil}
			maps.Copy(full, want)
			if diff := cmp.Diff(full, parseImage(text).facts()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
