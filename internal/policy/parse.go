package policy

import (
	"errors"
	"fmt"
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
		return nil, Explain(err)
	}
	if module == nil {
		return nil, fmt.Errorf("%s:1: the file is empty", label)
	}
	if want := packageOf(name); module.Package.Path.String() != "data."+want {
		return nil, fmt.Errorf("%s:%d: the package is %s: want %s, as its folder says",
			label, module.Package.Location.Row, strings.TrimPrefix(module.Package.Path.String(), "data."), want)
	}
	return module, nil
}

// Explain returns err, which OPA returned for Rego files, as one error for each
// fault: file:line, what is wrong, and on further lines what OPA adds to it.
func Explain(err error) error {
	var faults ast.Errors
	if single := (*ast.Error)(nil); errors.As(err, &single) {
		faults = ast.Errors{single}
	} else if !errors.As(err, &faults) {
		return err
	}
	var found []error
	for i, fault := range faults {
		if slices.ContainsFunc(faults[i+1:], func(later *ast.Error) bool { return saysMore(later, fault) }) {
			continue
		}
		text := fault.Message
		if fault.Details != nil {
			text = strings.Join(append([]string{text}, fault.Details.Lines()...), "\n    ")
			text = strings.ReplaceAll(text, "\t", "    ")
		}
		if fault.Location != nil {
			text = fmt.Sprintf("%s:%d: %s", fault.Location.File, max(fault.Location.Row, 1), text)
		}
		found = append(found, errors.New(text))
	}
	return errors.Join(found...)
}

// saysMore reports whether a is the same fault as b, with more words.
func saysMore(a, b *ast.Error) bool {
	return a.Location != nil && a.Location.Equal(b.Location) && strings.HasPrefix(a.Message, b.Message)
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
			text, err := readRule(f.source, f.name)
			if err != nil {
				return err
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
