package gitrepo

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Files returns the tracked files and the untracked ones that are not ignored,
// at or below the paths in under, as sorted slash-separated paths relative to
// Root. The paths in under are of the same form; none, or ".", means all.
//
// Submodules and other repositories inside the work tree are left out. A
// tracked file is listed even when it was deleted from the work tree.
func (r *Repo) Files(ctx context.Context, under []string) ([]string, error) {
	tracked, err := r.list(ctx, under, "ls-files", "-z", "--cached", "--stage")
	if err != nil {
		return nil, fmt.Errorf("list the tracked files of %s: %w", r.root, err)
	}
	untracked, err := r.list(ctx, under, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return nil, fmt.Errorf("list the untracked files of %s: %w", r.root, err)
	}

	var files []string
	for entry := range entries(tracked) { // mode SP object SP stage TAB path
		about, file, _ := strings.Cut(entry, "\t")
		if !strings.HasPrefix(about, "160000 ") { // a submodule
			files = append(files, file)
		}
	}
	for file := range entries(untracked) {
		if !strings.HasSuffix(file, "/") { // a repository of its own
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil // in a conflict, git lists each side
}

// IgnoredFiles returns the untracked files at or below the paths in under that
// .gitignore and the like exclude, sorted. A directory that is ignored as a
// whole has an entry that ends in a slash; what is in it may be listed too.
func (r *Repo) IgnoredFiles(ctx context.Context, under []string) ([]string, error) {
	out, err := r.list(ctx, under, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
	if err != nil {
		return nil, fmt.Errorf("list the ignored files of %s: %w", r.root, err)
	}
	return slices.Sorted(entries(out)), nil
}

// Ignored reports whether path, slash-separated and relative to Root, is
// ignored. A tracked file never is.
func (r *Repo) Ignored(ctx context.Context, path string) (bool, error) {
	if path == "" || path == "." {
		return false, nil
	}
	_, err := r.git(ctx, "check-ignore", "--quiet", "--", "./"+path) // ":" in front would be magic
	if answeredNo(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask git whether %s is ignored: %w", path, err)
	}
	return true, nil
}

// Tracked reports whether path, slash-separated and relative to Root, is a
// tracked file.
func (r *Repo) Tracked(ctx context.Context, path string) (bool, error) {
	out, err := r.list(ctx, []string{path}, "ls-files", "-z", "--cached")
	if err != nil {
		return false, fmt.Errorf("ask git whether %s is tracked: %w", path, err)
	}
	return len(out) > 0, nil
}

// list runs a command that takes pathspecs on paths, or on everything.
func (r *Repo) list(ctx context.Context, under []string, args ...string) ([]byte, error) {
	args = append(args, "--")
	if !slices.Contains(under, ".") {
		args = append(args, under...)
	}
	return command{dir: r.root, config: []string{"--literal-pathspecs"}}.run(ctx, args...)
}

// entries iterates over output that ends every entry with NUL.
func entries(out []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for entry := range strings.SplitSeq(string(out), "\x00") {
			if entry != "" && !yield(entry) {
				return
			}
		}
	}
}
