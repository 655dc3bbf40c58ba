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
// An index, generated and built into the program, holds the metadata of our own
// policies, so that a run parses only those that apply to something. Policies of
// others are parsed whole to get at theirs.
//
// The query of a policy is run through topdown directly. The rego package adds
// option handling and result conversion to each evaluation that cost as much as
// a small policy does.
//
// A policy may come from the repository that it judges, so it is taken for
// hostile. What it may call is in sandbox.go, how much time and memory it may
// take in guard.go. A helper package belongs to one source: a further one must
// not add to a package that other policies trust.
package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// packageRoot is the first part of every package. It is the folder of the
// library, so that packages equal paths; it is not part of an ID.
const packageRoot = "policies"

// libFolder holds the helpers that policies share.
const libFolder = "lib"

// A Source is a folder of policies: lib and a folder for each kind of subject.
// Tests and examples beside the rules are passed over.
type Source struct {
	Name string // goes before the names of its files where people see them; may be empty
	FS   fs.FS

	// Index is the metadata of all policies in FS, and Digest that of their
	// text, when both are known beforehand. Without them FS is read whole.
	Index  []*annexgate.Policy
	Digest string
}

// A Library is a set of policies that hold to the rules for metadata.
type Library struct {
	policies []*annexgate.Policy // by ID
	files    map[string]file     // rules and helpers, by their name in the library
	digest   string
}

// A file is one Rego file of a source.
type file struct {
	source *Source
	name   string // inside the source
}

// Load reads the policies of sources. The error joins every fault of every
// file, each with its place.
func Load(sources ...Source) (*Library, error) {
	l := &Library{files: map[string]file{}}
	sum := sha256.New()
	var faults []error
	for i := range sources {
		digest, err := l.addSource(&sources[i])
		if err != nil {
			faults = append(faults, err)
		}
		fmt.Fprintln(sum, digest)
	}
	slices.SortStableFunc(l.policies, func(a, b *annexgate.Policy) int { return cmp.Compare(a.ID, b.ID) })
	l.digest = hex.EncodeToString(sum.Sum(nil))
	faults = slices.Concat(faults, l.nameFaults(), l.settingFaults(), l.helperFaults())
	return l, errors.Join(faults...)
}

// addSource adds the files and policies of s, and returns the digest of its
// text.
func (l *Library) addSource(s *Source) (digest string, err error) {
	names, err := ruleFiles(s.FS)
	if err != nil {
		return "", fmt.Errorf("read policies in %s: %w", s.Name, err)
	}
	for _, name := range names {
		l.files[s.label(name)] = file{s, name}
	}
	if s.Index != nil {
		for _, p := range s.Index {
			q := *p
			q.File = s.label(p.File)
			l.policies = append(l.policies, &q)
		}
		return s.Digest, nil
	}
	index, digest, err := index(s, names)
	l.policies = append(l.policies, index...)
	return digest, err
}

// label returns the name under which people see the file called name.
func (s *Source) label(name string) string { return path.Join(s.Name, name) }

// Index parses every policy in fsys. It returns their metadata, by ID, and a
// digest of the text of all rules and helpers: a SHA-256 in hexadecimal. The
// error joins every fault of every file.
func Index(fsys fs.FS) (policies []*annexgate.Policy, digest string, err error) {
	names, err := ruleFiles(fsys)
	if err != nil {
		return nil, "", fmt.Errorf("read policies: %w", err)
	}
	return index(&Source{FS: fsys}, names)
}

// index parses the files called names of s.
func index(s *Source, names []string) (policies []*annexgate.Policy, digest string, err error) {
	sum := sha256.New()
	var faults []error
	for _, name := range names {
		text, err := readRule(s, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		module, err := parse(s.label(name), name, text)
		if err == nil {
			err = forbiddenUses(s.label(name), module)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if strings.HasPrefix(name, libFolder+"/") {
			continue
		}
		policy, err := describe(s.label(name), name, module)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		own := sha256.Sum256(text)
		policy.SHA256 = hex.EncodeToString(own[:])
		policies = append(policies, policy)
	}
	slices.SortFunc(policies, func(a, b *annexgate.Policy) int { return cmp.Compare(a.ID, b.ID) })
	return policies, hex.EncodeToString(sum.Sum(nil)), errors.Join(faults...)
}

// maxRule is the size in bytes of the largest Rego file. Compiling takes time
// that grows with the square of some files' length.
const maxRule = 256 << 10

// readRule reads the file called name of s.
func readRule(s *Source, name string) ([]byte, error) {
	file, err := s.FS.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read policy %s: %w", s.label(name), reason(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRule+1))
	if err != nil {
		return nil, fmt.Errorf("read policy %s: %w", s.label(name), reason(err))
	}
	if len(text) > maxRule {
		return nil, fmt.Errorf("%s: the file is larger than %d KiB: split the policy, or move its data to a setting", s.label(name), maxRule>>10)
	}
	return text, nil
}

// reason returns err without the name of the file, which the caller says.
func reason(err error) error {
	if fault := (*fs.PathError)(nil); errors.As(err, &fault) {
		return fault.Err
	}
	return err
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

// packageOf returns the package that the file called name must have.
func packageOf(name string) string {
	return packageRoot + "." + strings.ReplaceAll(path.Dir(name), "/", ".")
}

// nameFaults finds names that stand for two policies.
func (l *Library) nameFaults() []error {
	var faults []error
	owner := map[string]*annexgate.Policy{}
	for _, p := range l.policies {
		for _, name := range append([]string{p.ID}, p.Aliases...) {
			if other, taken := owner[name]; taken && !peerAlias(name) {
				faults = append(faults, fmt.Errorf("%s: %q already names the policy in %s", p.File, name, other.File))
			}
			owner[name] = p
		}
	}
	return faults
}

// peerAlias reports whether name is another tool's: trivy:AWS-0086. One check
// of theirs may be two policies of ours.
func peerAlias(name string) bool { return strings.Contains(name, ":") }

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

// helperFaults finds packages of helpers that two sources claim.
func (l *Library) helperFaults() []error {
	var faults []error
	owner := map[string]string{} // files by package
	for _, label := range slices.Sorted(maps.Keys(l.files)) {
		f := l.files[label]
		if !strings.HasPrefix(f.name, libFolder+"/") {
			continue
		}
		name := packageOf(f.name)
		if first, taken := owner[name]; taken && l.files[first].source != f.source {
			faults = append(faults, fmt.Errorf("%s: package %s is already in %s: give your helpers a folder of another name", label, name, first))
		}
		owner[name] = label
	}
	return faults
}

// Policies returns every policy, by ID.
func (l *Library) Policies() []*annexgate.Policy { return slices.Clone(l.policies) }

// Digest identifies the text of all rules and helpers: a SHA-256 in
// hexadecimal.
func (l *Library) Digest() string { return l.digest }

// Read returns the text of p's rule, and the folder that also holds its tests
// and examples.
func (l *Library) Read(p *annexgate.Policy) (text string, folder fs.FS, err error) {
	f := l.files[p.File]
	rule, err := fs.ReadFile(f.source.FS, f.name)
	if err != nil {
		return "", nil, fmt.Errorf("read policy: %w", err)
	}
	folder, err = fs.Sub(f.source.FS, path.Dir(f.name))
	return string(rule), folder, err
}
