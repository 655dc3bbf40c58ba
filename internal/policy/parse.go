package policy

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// parse reads one file of a library. name is its name inside its source, label
// the one that people see.
func parse(label, name string, text []byte) (*ast.Module, error) {
	module, err := ast.ParseModuleWithOpts(label, string(text), ast.ParserOptions{
		ProcessAnnotation: true,
		Capabilities:      sandbox(),
	})
	if err != nil {
		return nil, err // names file and line itself
	}
	if module == nil {
		return nil, fmt.Errorf("%s: the file is empty", label)
	}
	if want := packageOf(name); module.Package.Path.String() != "data."+want {
		return nil, fmt.Errorf("%s: the package is %s: want %s, as its folder says",
			label, strings.TrimPrefix(module.Package.Path.String(), "data."), want)
	}
	return module, nil
}

// modules parses the rules of policies, side by side, and every helper that
// they import.
func (l *Library) modules(policies []*annexgate.Policy) (map[string]*ast.Module, error) {
	helpers := map[string][]string{} // files by package
	for label, f := range l.files {
		if strings.HasPrefix(f.name, libFolder+"/") {
			helpers[packageOf(f.name)] = append(helpers[packageOf(f.name)], label)
		}
	}
	var wanted []string
	for _, p := range policies {
		wanted = append(wanted, p.File)
	}
	modules := map[string]*ast.Module{}
	for len(wanted) > 0 {
		parsed, err := l.parseAll(wanted)
		if err != nil {
			return nil, err
		}
		var next []string
		for i, module := range parsed {
			modules[wanted[i]] = module
		}
		for _, module := range parsed {
			for _, name := range imported(module) {
				for _, label := range helpers[name] {
					if modules[label] == nil && !slices.Contains(next, label) {
						next = append(next, label)
					}
				}
			}
		}
		wanted = next
	}
	return modules, nil
}

func (l *Library) parseAll(labels []string) ([]*ast.Module, error) {
	parsed := make([]*ast.Module, len(labels))
	var group errgroup.Group
	for i, label := range labels {
		group.Go(func() error {
			f, ok := l.files[label]
			if !ok {
				return fmt.Errorf("%s: the file is gone", label)
			}
			text, err := fs.ReadFile(f.source.FS, f.name)
			if err != nil {
				return fmt.Errorf("read policy: %w", err)
			}
			parsed[i], err = parse(label, f.name, text)
			return err
		})
	}
	return parsed, group.Wait()
}

// imported returns the packages of helpers that module refers to.
func imported(module *ast.Module) []string {
	found := map[string]bool{}
	prefix := ast.MustParseRef("data." + packageRoot + "." + libFolder)
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if len(ref) > len(prefix) && ref.HasPrefix(prefix) {
			for n := len(prefix) + 1; n <= len(ref); n++ {
				found[strings.TrimPrefix(ref[:n].String(), "data.")] = true
			}
		}
		return false
	})
	return slices.Sorted(maps.Keys(found))
}
