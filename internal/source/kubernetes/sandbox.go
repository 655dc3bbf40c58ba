package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const (
	// mount is where kustomize sees the repository. It is a folder, so that a
	// path that leaves the repository leads nowhere, rather than back into it.
	mount = "/repository"

	// maxBuilt bounds a file that kustomize reads, in bytes: it takes some fifty
	// times as much memory. What becomes a ConfigMap may have one MiB.
	maxBuilt = 8 << 20
	// maxRead bounds what all builds of a run may read, in bytes. A file counts
	// as often as it is read.
	maxRead = 256 << 20
	// maxIncluded bounds the kustomizations that one build may read:
	// kustomizations that include another twice, and that again, double what is
	// built with every level. maxIncludedByAll is for all builds of a run.
	maxIncluded      = 500
	maxIncludedByAll = 10_000
)

var errReadOnly = errors.New("the repository is not written to")

// A sandbox is the file system that one kustomize build sees: the files of the
// repository, read only. Kustomizations pass through restrict before kustomize
// sees them.
type sandbox struct {
	ctx    context.Context // of the build; kustomize has no other way to be stopped
	shared *files
	root   string // folder of the kustomization that is built
	read   int    // kustomizations

	used     map[string]bool // files that were read
	refused  error           // why a file was kept from kustomize, which would tell it as missing
	problems []annexgate.Problem
}

// files reads and parses each file once for all builds.
type files struct {
	fsys   fs.FS
	opened map[string]*openedFile
	bytes  int // that all builds have read
	read   int // kustomizations that they have
}

func newFiles(fsys fs.FS) *files { return &files{fsys: fsys, opened: map[string]*openedFile{}} }

// An openedFile is a file and what is in it, if that is YAML or JSON.
type openedFile struct {
	content []byte
	err     error
	docs    []document
	fault   *fault
	kinds   map[string][]object // the objects in docs
}

// open returns the file called name.
func (f *files) open(name string) *openedFile {
	if o, ok := f.opened[name]; ok {
		return o
	}
	o := &openedFile{}
	f.opened[name] = o
	file, err := f.fsys.Open(name)
	if err != nil {
		o.err = fmt.Errorf("read %s: %w", name, cause(err))
		return o
	}
	defer file.Close()
	if o.content, o.err = readAtMost(file, maxBuilt); o.err != nil {
		o.err = fmt.Errorf("read %s: %w", name, o.err)
		return o
	}
	o.docs, o.fault = parseText(name, toUTF8(o.content))
	o.kinds = map[string][]object{}
	for _, d := range o.docs {
		found, _ := objects(d)
		for _, object := range found {
			kind := text(object.values["kind"])
			o.kinds[kind] = append(o.kinds[kind], object)
		}
	}
	return o
}

// parseText reads all documents of a text. The fault is the first one.
func parseText(name string, text []byte) (docs []document, first *fault) {
	l := newLayout(name, text)
	for _, s := range l.sections() {
		found, fault := parseSection(l, s)
		docs = append(docs, found...)
		if first == nil {
			first = fault
		}
	}
	return docs, first
}

// inside returns the name in the repository of a path that kustomize uses.
func inside(name string) (string, error) {
	name = path.Clean(name)
	if name == mount {
		return ".", nil
	}
	rel, ok := strings.CutPrefix(name, mount+"/")
	if !ok {
		return "", fmt.Errorf("%s is outside the repository", name)
	}
	return rel, nil
}

// ReadFile returns a file. What expands beyond measure is refused.
func (s *sandbox) ReadFile(name string) ([]byte, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	name, err := inside(name)
	if err != nil {
		return nil, err
	}
	if !s.regular(name) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	content, err := s.content(name)
	if s.refused == nil {
		s.refused = err
	}
	return content, err
}

func (s *sandbox) content(name string) ([]byte, error) {
	file := s.shared.open(name)
	s.used[name] = true
	if isKustomization(name) {
		s.read++
		s.shared.read++
	}
	s.shared.bytes += len(file.content)
	switch {
	case s.read > maxIncluded || s.shared.read > maxIncludedByAll:
		return nil, fmt.Errorf("it includes more than %d kustomizations", maxIncluded)
	case s.shared.bytes > maxRead:
		return nil, fmt.Errorf("the builds of this run read more than %d MiB", maxRead>>20)
	case file.err != nil:
		return nil, file.err
	case file.fault != nil && file.fault.refused:
		return nil, file.fault
	case isKustomization(name):
		return s.restrict(name, file)
	}
	return file.content, nil
}

func (s *sandbox) regular(name string) bool {
	info, err := fs.Stat(s.shared.fsys, name)
	return err == nil && info.Mode().IsRegular()
}

// IsDir reports whether name is a folder.
func (s *sandbox) IsDir(name string) bool {
	name, err := inside(name)
	return err == nil && s.folder(name)
}

func (s *sandbox) folder(name string) bool {
	info, err := fs.Stat(s.shared.fsys, name)
	return err == nil && info.IsDir()
}

// Exists reports whether there is something called name.
func (s *sandbox) Exists(name string) bool {
	name, err := inside(name)
	if err == nil {
		_, err = fs.Stat(s.shared.fsys, name)
	}
	return err == nil
}

// CleanedAbs splits a path into a folder and, unless it is one, a file.
func (s *sandbox) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	if !s.Exists(name) {
		return "", "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	name = path.Clean(name)
	if s.IsDir(name) {
		return filesys.ConfirmedDir(name), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(name)), path.Base(name), nil
}

// ReadDir returns the names in a folder.
func (s *sandbox) ReadDir(name string) ([]string, error) {
	name, err := inside(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(s.shared.fsys, name)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// The rest of what kustomize asks of a file system is not needed to build.

// Glob finds nothing.
func (s *sandbox) Glob(string) ([]string, error) { return nil, nil }

// Walk refuses.
func (s *sandbox) Walk(string, filepath.WalkFunc) error { return errReadOnly }

// Open refuses; see ReadFile.
func (s *sandbox) Open(string) (filesys.File, error) { return nil, errReadOnly }

// Create refuses.
func (s *sandbox) Create(string) (filesys.File, error) { return nil, errReadOnly }

// Mkdir refuses.
func (s *sandbox) Mkdir(string) error { return errReadOnly }

// MkdirAll refuses.
func (s *sandbox) MkdirAll(string) error { return errReadOnly }

// RemoveAll refuses.
func (s *sandbox) RemoveAll(string) error { return errReadOnly }

// WriteFile refuses.
func (s *sandbox) WriteFile(string, []byte) error { return errReadOnly }

// inputs returns the files that the build read.
func (s *sandbox) inputs() []annexgate.Input {
	var inputs []annexgate.Input
	for name := range s.used {
		inputs = append(inputs, annexgate.NewInput(annexgate.Kubernetes, name, s.shared.open(name).content))
	}
	slices.SortFunc(inputs, func(a, b annexgate.Input) int { return strings.Compare(a.File, b.File) })
	return inputs
}
