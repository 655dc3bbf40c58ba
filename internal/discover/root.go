package discover

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/gitrepo"
)

// A Place is where a run takes place.
type Place struct {
	Root     string        // absolute, symbolic links resolved
	Repo     *gitrepo.Repo // nil when Root is in no git repository
	Problems []annexgate.Problem
}

// Locate finds the root of what paths ask for. Relative paths start from dir,
// an absolute directory; no paths mean dir itself. A path that does not exist
// is a usage error, as is a repository that git does not trust.
func Locate(ctx context.Context, dir string, paths []string) (*Place, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var common string
	for i, name := range paths {
		full, isDir, err := resolve(dir, name)
		if err != nil {
			return nil, err
		}
		if !isDir {
			full = filepath.Dir(full)
		}
		if i == 0 {
			common = full
		}
		common = ancestor(common, full)
	}

	repo, err := gitrepo.Open(ctx, common)
	switch {
	case err == nil:
		return &Place{Root: repo.Root(), Repo: repo}, nil
	case errors.Is(err, gitrepo.ErrNotRepository):
		return &Place{Root: common}, nil
	case errors.Is(err, gitrepo.ErrNoGit):
		return &Place{Root: common, Problems: []annexgate.Problem{{
			Message: "git is not installed: .gitignore is not respected, and no commit is known",
			Loss:    annexgate.Notice,
		}}}, nil
	case errors.Is(err, gitrepo.ErrForeignOwner):
		return nil, annexgate.Usage(err)
	}
	return nil, err
}

// resolve returns the absolute path of name, symbolic links resolved.
func resolve(dir, name string) (full string, isDir bool, err error) {
	full = name
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, full)
	}
	if full, err = filepath.EvalSymlinks(full); err != nil {
		return "", false, notThere(name, err)
	}
	info, err := os.Stat(full)
	if err != nil {
		return "", false, notThere(name, err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return "", false, usage(name, "neither a file nor a directory")
	}
	return full, info.IsDir(), nil
}

// ancestor returns the directory that two absolute directories have in common.
func ancestor(a, b string) string {
	for !within(a, b) {
		a = filepath.Dir(a)
	}
	return a
}

// within reports whether name is dir or below it; both are absolute.
func within(dir, name string) bool {
	rel, err := filepath.Rel(dir, name)
	if err != nil { // on another drive: the roots have nothing above them
		return filepath.Dir(dir) == dir
	}
	return filepath.IsLocal(rel)
}

// Starts returns the paths that o asks for, slash-separated and relative to the
// root, sorted, each once. All of the root is ".".
func Starts(o Options) ([]string, error) { return o.starts() }

// starts returns the paths asked for, slash-separated and relative to the
// root, sorted, each once.
func (o Options) starts() ([]string, error) {
	dir := o.Dir
	if dir == "" {
		dir = o.Root
	}
	names := o.Paths
	if len(names) == 0 {
		names = []string{"."}
	}
	root, err := filepath.EvalSymlinks(o.Root)
	if err != nil {
		return nil, notThere(o.Root, err)
	}
	var starts []string
	for _, name := range names {
		full, _, err := resolve(dir, name)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(root, full)
		if err != nil || !filepath.IsLocal(rel) {
			return nil, usage(name, "outside "+strings.TrimSuffix(root, string(filepath.Separator))+", which is all that is examined")
		}
		starts = append(starts, filepath.ToSlash(rel))
	}
	slices.Sort(starts)
	return slices.Compact(starts), nil
}
