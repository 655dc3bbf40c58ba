package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// building is held during a build, because the library keeps the schema of the
// kustomization it builds in a global variable.
var building sync.Mutex

// A rendering is the objects of one set that was rendered as a whole, with
// what it was rendered from.
type rendering struct {
	subjects []*annexgate.Subject
	inputs   []annexgate.Input
	problems []annexgate.Problem
}

// buildAll builds the kustomizations among the files that no other of them
// builds on. It returns the renderings and the files that are in one, which
// are not judged on their own.
func buildAll(ctx context.Context, shared *files, read []manifestFile) (built []rendering, used map[string]bool) {
	used = map[string]bool{}
	for _, f := range roots(read) {
		f.attempted = true
		s := &sandbox{ctx: ctx, shared: shared, root: path.Dir(f.name), used: map[string]bool{}}
		rendered, err := s.build(f.name)
		rendered.problems = append(rendered.problems, slices.Compact(s.problems)...)
		if err != nil {
			rendered.problems = append(rendered.problems, annexgate.Problem{
				Kind: annexgate.Kubernetes, Loss: annexgate.Partial, At: annexgate.Location{File: f.name},
				Message: "kustomization not built, its objects are judged as they are written: " + reason(err),
			})
		} else {
			rendered.inputs = s.inputs()
			for name := range s.used {
				used[name] = true
			}
		}
		built = append(built, rendered)
	}
	return built, used
}

// roots returns the kustomizations that no other builds on. Components are
// parts by nature.
func roots(read []manifestFile) []*manifestFile {
	included := map[string]bool{}
	for _, f := range read {
		if f.overlay != nil {
			for _, name := range f.overlay.resources {
				included[name] = true
			}
		}
	}
	var found []*manifestFile
	for i, f := range read {
		if f.overlay != nil && isKustomization(f.name) && !f.overlay.component && !included[path.Dir(f.name)] {
			found = append(found, &read[i])
		}
	}
	return found
}

// reason shortens what the library says: it wraps each error in those of all
// kustomizations around it, so the last tells the most.
func reason(err error) string {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), mount+"/", "")), " ")
	if i := strings.LastIndex(text, "': "); i >= 0 && strings.HasPrefix(text, "accumulating ") {
		text = text[i+3:]
	}
	const limit = 300 // in bytes
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return text
}

// build renders the kustomization called name.
func (s *sandbox) build(name string) (rendering, error) {
	resources, err := s.run()
	if err != nil {
		return rendering{}, err
	}
	var out rendering
	seen := map[string]int{}
	b := newBlame(s)
	for _, r := range resources {
		subjects, err := b.subjects(name, r)
		if err != nil {
			return rendering{}, err
		}
		for _, subject := range subjects {
			if seen[subject.Address]++; seen[subject.Address] > 1 {
				subject.Address = numbered(subject.Address, seen)
			}
			out.subjects = append(out.subjects, subject)
		}
	}
	slices.SortFunc(out.subjects, (*annexgate.Subject).Compare)
	return out, nil
}

// run calls the library. Files that lie outside the folder of a kustomization
// may be loaded, since all of them are in the repository.
func (s *sandbox) run() (resources []*resource.Resource, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("kustomize gave up: %v", p)
		}
	}()
	building.Lock()
	defer building.Unlock()
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	options.PluginConfig = types.DisabledPluginConfig()
	made, err := krusty.MakeKustomizer(options).Run(s, path.Join(mount, s.root))
	if s.refused != nil {
		return nil, s.refused
	}
	if err != nil {
		return nil, err
	}
	return made.Resources(), nil
}

// Annotations in which the library says where an object comes from.
const (
	originAnnotation         = "config.kubernetes.io/origin"
	transformationAnnotation = "alpha.config.kubernetes.io/transformations"
)

// render returns the objects in a resource: one, or those of a List.
func render(r *resource.Resource) ([]object, error) {
	text, err := r.AsYAML()
	if err != nil {
		return nil, err
	}
	docs, fault := parseText("", text)
	if fault != nil {
		return nil, errors.New(fault.reason)
	}
	var all []object
	for _, d := range docs {
		annotations := mapping(mapping(mapping(d.values)["metadata"])["annotations"])
		delete(annotations, originAnnotation)
		delete(annotations, transformationAnnotation)
		if len(annotations) == 0 {
			delete(mapping(mapping(d.values)["metadata"]), "annotations")
		}
		found, _ := objects(d)
		all = append(all, found...)
	}
	return all, nil
}
