// Package discover decides which files of a directory are inputs of the gate,
// and of which kind.
//
// # Decisions
//
// The root is the boundary of trust: nothing outside it is read. It is the top
// of the git work tree that holds all the paths asked for, or without git the
// directory they have in common.
//
// The directory is walked, and git is asked only what it ignores. A list of
// files from git would not tell of a directory that cannot be read.
//
// What is asked for by name is examined, also where .gitignore or the list of
// skipped folders would leave it out; --exclude alone wins over a name.
//
// Vendored trees are folders called vendor and third_party: code of others,
// which its owner reviews elsewhere. A repository inside the work tree (a
// submodule, or a clone) has its own evidence. Both are left out with a notice,
// so that a reader of the report knows. .git, .terraform, .terragrunt-cache and
// node_modules are written by tools and left out silently.
//
// A symbolic link to a directory is not followed: its target is walked where
// it is, when it is inside the root. A symbolic link to a file is followed
// when it is relative and its target is inside the root, as os.Root does.
//
// Terraform itself does not load files whose names start with a dot; neither
// are they inputs here.
package discover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/gitrepo"
)

// maxFiles bounds how many inputs one run examines.
const maxFiles = 200_000

// Options say what to look for.
type Options struct {
	Root    string        // absolute directory; nothing outside it is read
	Dir     string        // what relative paths start from; empty means Root
	Paths   []string      // files and directories to examine; none means Dir
	Exclude []string      // globs; see package glob
	Repo    *gitrepo.Repo // the repository whose top is Root, or nil
}

// A Result is what was found.
type Result struct {
	// Files are the inputs of each kind: slash-separated paths relative to
	// Root, sorted, each once. A JSON or YAML file is a candidate for
	// Kubernetes; whether it is one, its content tells. A JSON file that holds a
	// Terraform plan is one of Terraform's.
	Files    map[annexgate.Kind][]string
	Problems []annexgate.Problem
}

// Find looks for inputs at and below the paths. A path that does not exist or
// is outside the root, and a malformed glob, are usage errors. What cannot be
// read is a problem of the result.
func Find(ctx context.Context, options Options) (*Result, error) {
	exclude, err := compileGlobs(options.Exclude)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(options.Root)
	if err != nil {
		return nil, fmt.Errorf("open the directory to examine: %w", err)
	}
	defer root.Close()

	starts, err := options.starts()
	if err != nil {
		return nil, err
	}
	w := newWalk(root.FS(), exclude, maxFiles)
	for _, start := range starts {
		ignored, err := ignoredBelow(ctx, options.Repo, w.fsys, start)
		if err != nil {
			return nil, err
		}
		if err := w.from(ctx, start, ignored); err != nil {
			return nil, err
		}
	}
	return w.result(), nil
}

// FindIn looks for inputs in fsys, at and below those of starts, from Starts,
// that are there. What is in fsys is tracked, so nothing is ignored.
func FindIn(ctx context.Context, fsys fs.FS, starts, exclude []string) (*Result, error) {
	globs, err := compileGlobs(exclude)
	if err != nil {
		return nil, err
	}
	w := newWalk(fsys, globs, maxFiles)
	for _, start := range starts {
		if _, err := fs.Stat(fsys, start); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := w.from(ctx, start, nil); err != nil {
			return nil, err
		}
	}
	return w.result(), nil
}

// ignoredBelow returns what git ignores below start: files, and directories
// with a slash at the end. It is empty when start itself is ignored, since
// then it is examined because someone asked for it, and when another
// repository holds start.
func ignoredBelow(ctx context.Context, repo *gitrepo.Repo, fsys fs.FS, start string) (map[string]bool, error) {
	if repo == nil {
		return nil, nil
	}
	for dir := start; dir != "."; dir = path.Dir(dir) {
		if isRepository(fsys, dir) {
			return nil, nil
		}
	}
	whole, err := repo.Ignored(ctx, start)
	if err != nil || whole {
		return nil, err
	}
	paths, err := repo.IgnoredFiles(ctx, []string{start})
	if err != nil {
		return nil, err
	}
	ignored := make(map[string]bool, len(paths))
	for _, name := range paths {
		ignored[name] = true
	}
	return ignored, nil
}

// isRepository reports whether dir is the top of a git repository.
func isRepository(fsys fs.FS, dir string) bool {
	_, err := fs.Lstat(fsys, path.Join(dir, ".git"))
	return err == nil
}

func (w *walk) result() *Result {
	result := &Result{Files: map[annexgate.Kind][]string{}}
	for file, kind := range w.files {
		result.Files[kind] = append(result.Files[kind], file)
	}
	for _, files := range result.Files {
		slices.Sort(files)
	}
	for _, problem := range w.problems {
		result.Problems = append(result.Problems, problem)
	}
	annexgate.SortProblems(result.Problems)
	return result
}

// usage says that name, as the user wrote it, cannot be examined.
func usage(name, why string) error {
	return annexgate.Usage(fmt.Errorf("%s: %s", name, why))
}

// notThere turns the error of looking at name into words for the user.
func notThere(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usage(name, "no such file or directory")
	}
	return annexgate.Usage(fmt.Errorf("look at %s: %w", name, err))
}
