package policytest

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/policy"
)

// A file is one Rego file.
type file struct {
	name  string // inside its source
	label string // as people see it
	text  string
	lent  bool // of a source that only lends it
}

// maxFile is the size in bytes of the largest file that is read.
const maxFile = 1 << 20

func (f file) isTest() bool { return strings.HasSuffix(f.name, "_test.rego") }

// subject returns what f belongs to: the ID of the policy in its folder, or the
// file itself.
func (f file) subject() string {
	folder := path.Dir(f.name)
	if folder == "." || folder == "lib" || strings.HasPrefix(folder, "lib/") {
		return f.label
	}
	return strings.ReplaceAll(folder, "/", ".")
}

// readFiles reads every Rego file that is checked, and the helpers that are
// lent, by label.
func (s *suite) readFiles() ([]file, error) {
	var files []file
	add := func(source policy.Source, root string, lent bool) error {
		return fs.WalkDir(source.FS, root, func(name string, entry fs.DirEntry, err error) error {
			if lent && name == root && err != nil {
				return nil // it has no helpers
			}
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".rego") || lent && strings.HasSuffix(name, "_test.rego") {
				return err
			}
			text, err := readFile(source.FS, name)
			files = append(files, file{name: name, label: path.Join(source.Name, name), text: text, lent: lent})
			return err
		})
	}
	for _, source := range s.tested {
		if err := add(source, ".", false); err != nil {
			return nil, fmt.Errorf("read policies in %s: %w", source.Name, err)
		}
	}
	for _, source := range s.helpers {
		if err := add(source, "lib", true); err != nil {
			return nil, fmt.Errorf("read helpers in %s: %w", source.Name, err)
		}
	}
	slices.SortStableFunc(files, func(a, b file) int { return strings.Compare(a.label, b.label) })
	return files, nil
}

func readFile(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: the file is larger than %d KiB", name, maxFile>>10)
	}
	return string(text), err
}
