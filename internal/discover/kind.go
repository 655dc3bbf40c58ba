package discover

import (
	"path"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// kindOf returns the kind of input that a file's name makes it, or "".
func kindOf(name string) annexgate.Kind {
	if strings.HasPrefix(name, ".#") { // the lock of an editor, a link to nothing
		return ""
	}
	for _, suffix := range []string{".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".tfvars.json"} {
		if strings.HasSuffix(name, suffix) {
			if strings.HasPrefix(name, ".") {
				return ""
			}
			return annexgate.Terraform
		}
	}
	if name == "Kustomization" { // one of the three names that kustomize knows
		return annexgate.Kubernetes
	}
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return annexgate.Kubernetes // if its content says so, whatever the name
	}
	return ""
}
