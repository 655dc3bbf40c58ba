package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// ErrUnknownRevision says that a revision names no commit of the repository.
var ErrUnknownRevision = errors.New("no such commit")

// Head returns the commit that is checked out and whether the work tree
// differs from it: staged and unstaged changes, untracked files that are not
// ignored, and a submodule at another commit all count; what is inside a
// submodule does not. Before the first commit, Commit and Tree are empty.
func (r *Repo) Head(ctx context.Context) (annexgate.Commit, error) {
	var head annexgate.Commit
	remote, err := r.remote(ctx)
	if err != nil {
		return head, fmt.Errorf("read the remotes of %s: %w", r.root, err)
	}
	head.Repository = remote

	head.Commit, err = r.line(ctx, command{}, "rev-parse", "--verify", "--quiet", "HEAD")
	if answeredNo(err) {
		return head, nil
	}
	if err != nil {
		return annexgate.Commit{}, fmt.Errorf("read HEAD of %s: %w", r.root, err)
	}
	head.Tree, err = r.line(ctx, command{}, "rev-parse", "--verify", "--end-of-options", head.Commit+"^{tree}")
	if err != nil {
		return annexgate.Commit{}, fmt.Errorf("read the tree of HEAD of %s: %w", r.root, err)
	}
	head.Dirty, err = r.dirty(ctx)
	if err != nil {
		return annexgate.Commit{}, fmt.Errorf("compare the work tree %s with HEAD: %w", r.root, err)
	}
	return head, nil
}

// Resolve returns the commit that rev names, in full. A tag is followed to its
// commit. An unknown rev is ErrUnknownRevision.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	if rev == "" || rev[0] == '^' || strings.ContainsRune(rev, 0) { // ^ would negate it
		return "", fmt.Errorf("resolve %q: %w", rev, ErrUnknownRevision)
	}
	commit, err := r.line(ctx, command{}, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	var failed *commandError
	switch {
	case errors.As(err, &failed):
		return "", fmt.Errorf("resolve %q: %w", rev, ErrUnknownRevision)
	case err != nil:
		return "", fmt.Errorf("resolve %q: %w", rev, err)
	}
	return commit, nil
}

// MergeBase returns the commit at which HEAD and the commit that rev names
// parted, or that commit itself when they have nothing in common. An unknown
// rev is ErrUnknownRevision.
func (r *Repo) MergeBase(ctx context.Context, rev string) (string, error) {
	commit, err := r.Resolve(ctx, rev)
	if err != nil {
		return "", err
	}
	base, err := r.line(ctx, command{}, "merge-base", commit, "HEAD")
	var failed *commandError
	switch {
	case errors.As(err, &failed):
		return commit, nil
	case err != nil:
		return "", fmt.Errorf("find where HEAD and %s parted: %w", rev, err)
	}
	return base, nil
}

// dirty reports whether the work tree or the index differs from HEAD.
func (r *Repo) dirty(ctx context.Context) (bool, error) {
	off, err := r.filtersOff(ctx)
	if err != nil {
		return false, err
	}
	off.dir = r.root
	out, err := off.run(ctx, "status", "--porcelain", "-z", "--no-renames",
		"--untracked-files=normal", "--ignore-submodules=dirty")
	return len(out) > 0, err
}

// nothing is the variable through which filtersOff hands over an empty value.
const nothing = "ANNEXGATE_EMPTY"

// filtersOff returns a command in which the filters that the repository's own
// configuration defines do nothing: to compare a file, git would run them.
// --config-env and not -c, because the name of a filter may hold "=".
func (r *Repo) filtersOff(ctx context.Context) (command, error) {
	c := command{env: []string{nothing + "="}}
	out, err := r.git(ctx, "config", "--null", "--show-scope", "--get-regexp", `^filter\.`)
	if answeredNo(err) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	// scope NUL key LF value NUL, again and again
	fields := strings.Split(string(out), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		key, _, _ := strings.Cut(fields[i+1], "\n")
		if scope := fields[i]; scope != "local" && scope != "worktree" {
			continue
		}
		c.config = append(c.config, "--config-env="+key+"="+nothing)
	}
	return c, nil
}
