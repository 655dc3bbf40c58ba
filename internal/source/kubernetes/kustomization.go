package kubernetes

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A kustomization says how the manifests around it are changed before they
// are applied.
type kustomization struct {
	resources []string            // files and folders it builds on, relative to the repository
	patches   []string            // files it applies as patches, relative to the repository
	component bool                // a part of kustomizations, built with them only
	problems  []annexgate.Problem // if it is not built
}

// Fields of a kustomization that make objects or change what policies look at.
// Names, namespaces, labels and annotations are not among them.
var changing = []string{
	"configMapGenerator", "generators", "helmChartInflationGenerator", "helmCharts", "images", "patches",
	"patchesJson6902", "patchesStrategicMerge", "replacements", "replicas", "secretGenerator", "transformers", "vars",
}

// Fields that list what a kustomization builds on.
var including = []string{"resources", "bases", "components", "crds"}

func isKustomization(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// asKustomization returns the kustomization that d is, nil if it is something
// else. Its apiVersion and kind may be left out.
func asKustomization(file string, d document) *kustomization {
	values := mapping(d.values)
	group, _, _ := strings.Cut(text(values["apiVersion"]), "/")
	if group != "kustomize.config.k8s.io" && !(isKustomization(file) && values["kind"] == nil) {
		return nil
	}
	k := &kustomization{component: text(values["kind"]) == "Component"}
	k.follow(path.Dir(file), values)
	k.report(values, d.source)
	return k
}

// follow collects the files that the kustomization in folder names.
func (k *kustomization) follow(folder string, values map[string]any) {
	for _, field := range including {
		for _, item := range list(values[field]) {
			if name := text(item); name != "" && !remote(name) {
				k.resources = append(k.resources, path.Join(folder, name))
			}
		}
	}
	for _, field := range []string{"patches", "patchesJson6902", "patchesStrategicMerge"} {
		for _, item := range list(values[field]) {
			name := text(item) // patchesStrategicMerge lists names, or patches themselves
			if name == "" {
				name = text(mapping(item)["path"])
			}
			if name != "" && !strings.Contains(name, "\n") {
				k.patches = append(k.patches, path.Join(folder, name))
			}
		}
	}
}

// report says what is not done if the kustomization is not built.
func (k *kustomization) report(values map[string]any, source *annexgate.Source) {
	var used []string
	at := annexgate.Location{}
	for _, field := range changing {
		if values[field] == nil {
			continue
		}
		used = append(used, field)
		if here := source.Fields[field].At; at.File == "" || here.Compare(at) < 0 {
			at = here
		}
	}
	if len(used) > 0 {
		k.problem(at, "kustomization not built: objects are judged as they are written, without its %s", strings.Join(used, ", "))
	}
	for _, field := range including {
		for i, item := range list(values[field]) {
			if name := text(item); remote(name) {
				k.problem(source.Fields[field].Items[i].At, "%s is elsewhere: it is not examined", name)
			}
		}
	}
}

func (k *kustomization) problem(at annexgate.Location, format string, args ...any) {
	k.problems = append(k.problems, annexgate.Problem{
		Kind: annexgate.Kubernetes, Message: fmt.Sprintf(format, args...), At: at, Loss: annexgate.Partial,
	})
}

// patchFiles returns the files that are parts of objects only: those that a
// kustomization applies as patches and none builds on.
func patchFiles(read []manifestFile) map[string]bool {
	patches := map[string]bool{}
	for _, f := range read {
		if f.overlay != nil {
			for _, name := range f.overlay.patches {
				patches[name] = true
			}
		}
	}
	for _, f := range read {
		if f.overlay != nil {
			for _, name := range f.overlay.resources {
				delete(patches, name)
			}
		}
	}
	return patches
}

// list returns value if it is a list, else nil.
func list(value any) []any {
	items, _ := value.([]any)
	return slices.Clip(items)
}
