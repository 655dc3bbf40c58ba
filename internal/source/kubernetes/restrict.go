//lint:file-ignore SA1019 kustomizations in the wild still use the older fields, and kustomize still obeys them.

package kubernetes

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Kustomize fetches whatever looks remote to it, with git and over HTTP, and no
// option turns that off. So it never sees a kustomization as it is written: the
// text is decoded by kustomize's own types, every field that names something to
// load is looked at, and kustomize gets the encoding of what is left.

// restrict returns the kustomization called name for kustomize to read.
// Resources that are elsewhere are taken out and are a problem each; any other
// reference to the outside is an error.
func (s *sandbox) restrict(name string, file *openedFile) ([]byte, error) {
	if file.fault != nil {
		return nil, file.fault
	}
	var k types.Kustomization
	if err := k.Unmarshal(file.content); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	k.FixKustomization()
	r := restriction{s, name, file.docs}
	k.Resources = r.local(k.Resources)
	k.Components = r.local(k.Components)
	if err := r.check(&k); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := r.modernise(&k); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	k.BuildMetadata = []string{types.OriginAnnotations, types.TransformerAnnotations}
	return yaml.Marshal(k)
}

// A restriction looks at one kustomization.
type restriction struct {
	*sandbox
	name string
	docs []document
}

// fetched are the ways of writing what kustomize would fetch, and a few more.
var fetched = regexp.MustCompile(`(?i)://|^https?:|^git::|^[a-z][a-z0-9-]*@|^github\.com[:/]|\?`)

// remote reports whether kustomize would fetch name.
func remote(name string) bool { return fetched.MatchString(name) }

// local returns the names that are in the repository, and reports the others.
func (r restriction) local(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		if !remote(name) {
			return false
		}
		r.problem(r.find(name), "%s is elsewhere: it is not examined", shorten(name))
		return true
	})
}

func (r restriction) problem(at annexgate.Location, format string, args ...any) {
	r.problems = append(r.problems, annexgate.Problem{
		Kind: annexgate.Kubernetes, Message: fmt.Sprintf(format, args...), At: at, Loss: annexgate.Partial,
	})
}

// find returns where a list of the kustomization has an item.
func (r restriction) find(item string) annexgate.Location {
	for _, d := range r.docs {
		for _, field := range including {
			for i, value := range list(mapping(d.values)[field]) {
				if text(value) == item {
					return d.source.Fields[field].Items[i].At
				}
			}
		}
	}
	return annexgate.Location{File: r.name}
}

// check refuses what is not in the repository and what would run something.
func (r restriction) check(k *types.Kustomization) error {
	if len(k.HelmCharts) > 0 || len(k.HelmChartInflationGenerator) > 0 || k.HelmGlobals != nil {
		return fmt.Errorf("it renders charts through helm, which is not run")
	}
	for _, name := range slices.Concat(k.Resources, k.Components) {
		if !r.there(name) {
			return fmt.Errorf("%s is not there", name)
		}
	}
	for _, name := range loaded(k) {
		if remote(name) || !r.regular(path.Join(path.Dir(r.name), name)) {
			return fmt.Errorf("%s is not there", shorten(name))
		}
	}
	for _, inline := range inlined(k) {
		if err := harmless("an inline patch", []byte(inline)); err != nil {
			return err
		}
	}
	for _, plugin := range slices.Concat(k.Generators, k.Transformers, k.Validators) {
		if err := r.plugin(plugin); err != nil {
			return err
		}
	}
	return nil
}

// there reports whether a resource of the kustomization is in the repository.
func (r restriction) there(name string) bool {
	name = path.Join(path.Dir(r.name), name)
	return !strings.HasPrefix(name, "..") && (r.regular(name) || r.folder(name))
}

// loaded returns what the kustomization loads beside its resources.
func loaded(k *types.Kustomization) []string {
	names := slices.Concat(k.Crds, k.Configurations)
	if name, ok := k.OpenAPI["path"]; ok {
		names = append(names, name)
	}
	for _, p := range slices.Concat(k.Patches, k.PatchesJson6902) {
		names = append(names, p.Path)
	}
	for _, p := range k.PatchesStrategicMerge {
		if !isInline(string(p)) {
			names = append(names, string(p))
		}
	}
	for _, r := range k.Replacements {
		names = append(names, r.Path)
	}
	var sources []types.KvPairSources
	for _, g := range k.ConfigMapGenerator {
		sources = append(sources, g.KvPairSources)
	}
	for _, g := range k.SecretGenerator {
		sources = append(sources, g.KvPairSources)
	}
	for _, s := range sources {
		names = append(names, s.EnvSources...)
		for _, file := range s.FileSources {
			if _, name, ok := strings.Cut(file, "="); ok {
				file = name
			}
			names = append(names, file)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// isInline reports whether an entry of patchesStrategicMerge, or of a list of
// plugins, is a text rather than the name of a file.
func isInline(entry string) bool { return strings.ContainsAny(entry, "\n:{") }

// inlined returns the patches that the kustomization spells out.
func inlined(k *types.Kustomization) []string {
	var texts []string
	for _, p := range slices.Concat(k.Patches, k.PatchesJson6902) {
		texts = append(texts, p.Patch)
	}
	for _, p := range k.PatchesStrategicMerge {
		if isInline(string(p)) {
			texts = append(texts, string(p))
		}
	}
	return texts
}

// harmless refuses text that expands beyond measure.
func harmless(what string, text []byte) error {
	if _, fault := parseText(what, text); fault != nil && fault.refused {
		return fault
	}
	return nil
}

// plugin refuses the configuration of a generator, transformer or validator
// that could load something by itself. One that is a folder is put together
// from pieces and cannot be looked at.
func (r restriction) plugin(entry string) error {
	content := []byte(entry)
	if remote(entry) {
		return fmt.Errorf("the plugin %s may load something from elsewhere", shorten(entry))
	}
	if !isInline(entry) {
		name := path.Join(path.Dir(r.name), entry)
		if !r.regular(name) {
			return fmt.Errorf("%s is no file that is there", shorten(entry))
		}
		file := r.shared.open(name)
		if file.err != nil {
			return file.err
		}
		content = file.content
	}
	if err := harmless("a plugin", content); err != nil {
		return err
	}
	if bytes.Contains(content, []byte(":")) && (bytes.ContainsAny(content, `\%`) || loads.Match(content)) {
		return fmt.Errorf("the plugin %s may load something from elsewhere", shorten(entry))
	}
	return nil
}

// loads matches what a plugin's configuration must not hold: an address, and
// what could hide one in it.
var loads = regexp.MustCompile(`(?i)https?\s*:|HelmChartInflation|!!|[&*][A-Za-z]`)

// modernise turns the deprecated fields of k into those that replace them,
// because kustomize writes about them on the standard error. JSON patches of
// their own field come behind names and labels, other patches before them; so
// they become transformers, which come last. Only vars have no replacement.
func (r restriction) modernise(k *types.Kustomization) error {
	var patches []types.Patch
	for _, p := range k.PatchesStrategicMerge {
		if isInline(string(p)) {
			patches = append(patches, types.Patch{Patch: string(p)})
		} else {
			patches = append(patches, types.Patch{Path: string(p)})
		}
	}
	k.Patches, k.PatchesStrategicMerge = append(patches, k.Patches...), nil
	if len(k.CommonLabels) > 0 {
		k.Labels = append([]types.Label{{Pairs: k.CommonLabels, IncludeSelectors: true}}, k.Labels...)
		k.CommonLabels = nil
	}
	var transformers []string
	for i, p := range k.PatchesJson6902 {
		encoded, err := yaml.Marshal(map[string]any{
			"apiVersion": "builtin", "kind": "PatchJson6902Transformer", "metadata": map[string]any{"name": fmt.Sprintf("patch-%d", i)},
			"target": p.Target, "path": p.Path, "jsonOp": p.Patch,
		})
		if err != nil {
			return err
		}
		transformers = append(transformers, string(encoded))
	}
	k.Transformers, k.PatchesJson6902 = append(transformers, k.Transformers...), nil
	return nil
}
