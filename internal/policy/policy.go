// Package policy reads Rego policies and their metadata, and compiles those
// that a run needs.
//
// A policy is a folder with one rule file; its path, its package and its ID are
// the same words. Everything but the rule itself is metadata.
//
// # Decisions
//
// Policies are compiled without the JSON Schemas that type-check them in tests:
// type checking against a schema costs several times the compilation, at every
// start, and finds nothing that the tests did not find.
//
// The query of a policy is run through topdown directly. The rego package adds
// option handling and result conversion to each evaluation that cost as much as
// a small policy does.
package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// packageRoot is the first part of every package. It is the folder of the
// library, so that packages equal paths; it is not part of an ID.
const packageRoot = "policies"

// libFolder holds the helpers that policies share.
const libFolder = "lib"

// A Library is a set of policies that hold to the rules for metadata.
type Library struct {
	policies []*annexgate.Policy    // by ID
	modules  map[string]*ast.Module // by file name
	rules    map[string]*ast.Module // the module of each policy, by ID
	digest   string
}

// Load reads the policies below fsys, which is the folder that holds lib and a
// folder for each kind of subject. Tests and examples beside them are passed
// over. The error joins every fault of every file, each with its place.
func Load(fsys fs.FS) (*Library, error) {
	names, err := ruleFiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	lib := &Library{modules: map[string]*ast.Module{}, rules: map[string]*ast.Module{}}
	sum := sha256.New()
	var faults []error
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("read policy %s: %w", name, err))
			continue
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		if err := lib.add(name, string(text)); err != nil {
			faults = append(faults, err)
		}
	}
	slices.SortFunc(lib.policies, func(a, b *annexgate.Policy) int { return cmp.Compare(a.ID, b.ID) })
	lib.digest = hex.EncodeToString(sum.Sum(nil))
	faults = slices.Concat(faults, lib.aliasFaults(), lib.settingFaults())
	return lib, errors.Join(faults...)
}

func ruleFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

func (l *Library) add(name, text string) error {
	module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{
		ProcessAnnotation: true,
		Capabilities:      sandbox(),
	})
	if err != nil {
		return err // names file and line itself
	}
	if module == nil {
		return fmt.Errorf("%s: the file is empty", name)
	}
	if want := packageOf(name); module.Package.Path.String() != "data."+want {
		return fmt.Errorf("%s: the package is %s: want %s, as its folder says", name, strings.TrimPrefix(module.Package.Path.String(), "data."), want)
	}
	l.modules[name] = module
	if strings.HasPrefix(name, libFolder+"/") {
		return nil
	}
	policy, err := describe(name, module)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	policy.SHA256 = hex.EncodeToString(sum[:])
	l.policies = append(l.policies, policy)
	l.rules[policy.ID] = module
	return nil
}

// packageOf returns the package that the file called name must have.
func packageOf(name string) string {
	return packageRoot + "." + strings.ReplaceAll(path.Dir(name), "/", ".")
}

// aliasFaults finds names that stand for two policies.
func (l *Library) aliasFaults() []error {
	var faults []error
	owner := map[string]string{}
	for _, p := range l.policies {
		for _, name := range append([]string{p.ID}, p.Aliases...) {
			if other, taken := owner[name]; taken && !peerAlias(name) {
				faults = append(faults, fmt.Errorf("%s: %q already names %s", p.File, name, other))
			}
			owner[name] = p.ID
		}
	}
	return faults
}

// settingFaults finds settings that two policies declare differently.
func (l *Library) settingFaults() []error {
	var faults []error
	declared := map[string]annexgate.Setting{}
	for _, p := range l.policies {
		for _, s := range p.Settings {
			if first, ok := declared[s.Name]; ok && !reflect.DeepEqual(first, s) {
				faults = append(faults, fmt.Errorf("%s: another policy declares setting %s with another type, default or description", p.File, s.Name))
			}
			declared[s.Name] = s
		}
	}
	return faults
}

// peerAlias reports whether name is another tool's: trivy:AWS-0086. One check
// of theirs may be two policies of ours.
func peerAlias(name string) bool { return strings.Contains(name, ":") }

// Policies returns every policy, by ID.
func (l *Library) Policies() []*annexgate.Policy { return slices.Clone(l.policies) }

// Digest identifies the text of all rules and helpers: a SHA-256 in
// hexadecimal.
func (l *Library) Digest() string { return l.digest }
