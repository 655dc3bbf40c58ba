// Package gitrepo reads a git repository, and appends to a ref of it, through
// the git binary.
//
// # Decisions
//
// The binary and not a Go implementation: worktrees, shallow and partial
// clones, SHA-256 repositories, sparse checkouts and .gitignore behave as the
// user's git does, because it is the user's git.
//
// The repository is hostile. Every command runs without hooks, file system
// monitor, pager, prompt, network (also no lazy fetch of a partial clone),
// replacement objects and pathspec magic. Filters that the repository's own
// configuration defines are switched off where git would run them; those of
// the user's configuration, such as Git LFS, stay. A work tree that
// core.worktree moves away from its .git is refused, because the top of the
// work tree is what annexgate trusts as a boundary.
//
// Of the environment, variables that start with GIT_ are not passed on, so that
// a hook or an alias around annexgate cannot point it at another repository,
// index or object store; the exceptions name configuration files and settings
// of the user (safe.directory is commonly set so) and how far git searches.
//
// Commits that this package makes carry one fixed identity, Committer, so that
// a machine without user.name can keep evidence, and so that nobody's e-mail
// address enters it.
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// What Open can say beside success. Test for them with errors.Is.
var (
	ErrNotRepository = errors.New("not in a git work tree")
	ErrNoGit         = errors.New("git is not installed")
	ErrForeignOwner  = errors.New("git does not trust the repository, because another user owns it")
)

// A Repo is a git repository with a work tree. Its methods may be called at
// the same time.
type Repo struct {
	root   string
	format string // sha1 or sha256
}

// Open finds the repository whose work tree holds dir. The error is
// ErrNotRepository when there is none (also in a bare repository and inside
// .git), ErrNoGit without a git binary, and ErrForeignOwner when git refuses
// to read it.
func Open(ctx context.Context, dir string) (*Repo, error) {
	if dir == "" {
		dir = "."
	}
	// The path comes last: it may hold newlines.
	out, err := command{dir: dir}.run(ctx, "rev-parse", "--show-object-format", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("open git repository at %s: %w", dir, openError(err))
	}
	format, root, _ := strings.Cut(strings.TrimSuffix(string(out), "\n"), "\n")
	root = filepath.FromSlash(root)
	if _, err := os.Lstat(filepath.Join(root, ".git")); err != nil || root == "" {
		return nil, fmt.Errorf("open git repository at %s: core.worktree puts its work tree at %q, where there is no .git; remove that setting", dir, root)
	}
	return &Repo{root: root, format: format}, nil
}

// openError gives the answers of git that a caller treats differently a name.
// The texts are git's own in the C locale.
func openError(err error) error {
	var failed *commandError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return ErrNoGit
	case !errors.As(err, &failed):
		return err
	case strings.Contains(failed.stderr, "dubious ownership"):
		return fmt.Errorf("%w: to trust it, run git config --global --add safe.directory with its path", ErrForeignOwner)
	case strings.Contains(failed.stderr, "not a git repository"),
		strings.Contains(failed.stderr, "must be run in a work tree"),
		strings.Contains(failed.stderr, "cannot use bare repository"):
		return ErrNotRepository
	}
	return err
}

// Root returns the absolute path of the top of the work tree, with symbolic
// links resolved.
func (r *Repo) Root() string { return r.root }

func (r *Repo) git(ctx context.Context, args ...string) ([]byte, error) {
	return command{dir: r.root}.run(ctx, args...)
}

// line runs a command that prints one word.
func (r *Repo) line(ctx context.Context, c command, args ...string) (string, error) {
	c.dir = r.root
	out, err := c.run(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}

// noObject is the object name by which git means that there is none.
func (r *Repo) noObject() string {
	if r.format == "sha256" {
		return strings.Repeat("0", 64)
	}
	return strings.Repeat("0", 40)
}
