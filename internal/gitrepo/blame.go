package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Line is who last changed one line of a file.
type Line struct {
	Commit string // empty when that is not known: not committed, or behind the end of a shallow clone
	Name   string // of the author, as the commit has it
	Email  string
	When   time.Time // the author's
}

// Blame returns who last changed each line of path, slash-separated and
// relative to Root: in the commit that rev names or, when rev is empty, in
// content, which is HEAD's with changes that nobody committed. A path that git
// does not know, or cannot tell about, has no lines.
//
// Authors are read from the commits: .mailmap, which the change under test may
// bring, has no say.
func (r *Repo) Blame(ctx context.Context, rev, path string, content []byte) ([]Line, error) {
	lines, err := r.blame(ctx, rev, path, content)
	if err != nil {
		return nil, fmt.Errorf("ask git who wrote %s: %w", path, err)
	}
	return lines, nil
}

func (r *Repo) blame(ctx context.Context, rev, path string, content []byte) ([]Line, error) {
	c, err := r.filtersOff(ctx)
	if err != nil {
		return nil, err
	}
	c.dir = r.root
	at := "HEAD"
	args := []string{"blame", "--porcelain", "--no-textconv", "--ignore-revs-file="}
	if rev != "" {
		if at, err = r.Resolve(ctx, rev); err != nil {
			return nil, err
		}
		args = append(args, at)
	} else {
		args = append(args, "--contents", "-")
		c.stdin = content
	}
	known, err := command{dir: r.root, config: []string{"--literal-pathspecs"}}.run(ctx, "ls-tree", "--full-tree", at, "--", path)
	if failed := (*commandError)(nil); errors.As(err, &failed) || err == nil && len(known) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out, err := c.run(ctx, append(args, "--", path)...)
	if failed := (*commandError)(nil); errors.As(err, &failed) { // a directory; a setting that leads nowhere
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines, boundary := parseBlame(string(out))
	if err := r.forgetBoundary(ctx, lines, boundary); err != nil {
		return nil, err
	}
	return lines, r.addAuthors(ctx, lines)
}

// parseBlame reads the porcelain of blame: for each line a header, <commit>
// <line before> <line> [<count>], what is to be said of a commit for the first
// time, and the line itself behind a tab.
func parseBlame(out string) (lines []Line, boundary map[string]bool) {
	boundary = map[string]bool{}
	commit := ""
	for text := range strings.SplitSeq(out, "\n") {
		switch fields := strings.Fields(text); {
		case strings.HasPrefix(text, "\t"):
			lines = append(lines, Line{Commit: commit})
		case text == "boundary":
			boundary[commit] = true
		case len(fields) >= 3 && (len(fields[0]) == 40 || len(fields[0]) == 64) && isHex(fields[0]):
			commit = fields[0]
			if strings.Trim(commit, "0") == "" {
				commit = ""
			}
		}
	}
	return lines, boundary
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// forgetBoundary drops what a shallow clone only seems to know: its oldest
// commits look as if they had written everything.
func (r *Repo) forgetBoundary(ctx context.Context, lines []Line, boundary map[string]bool) error {
	if len(boundary) == 0 {
		return nil
	}
	shallow, err := r.line(ctx, command{}, "rev-parse", "--is-shallow-repository")
	if err != nil || shallow != "true" {
		return err
	}
	for i := range lines {
		if boundary[lines[i].Commit] {
			lines[i].Commit = ""
		}
	}
	return nil
}

func (r *Repo) addAuthors(ctx context.Context, lines []Line) error {
	var commits []string
	for _, l := range lines {
		if l.Commit != "" {
			commits = append(commits, l.Commit)
		}
	}
	slices.Sort(commits)
	commits = slices.Compact(commits)
	if len(commits) == 0 {
		return nil
	}
	stdin := []byte(strings.Join(commits, "\n") + "\n")
	out, err := command{dir: r.root, stdin: stdin}.run(ctx, "log", "--no-walk=unsorted", "--stdin", "-z", "--format=%H%n%an%n%ae%n%at")
	if err != nil {
		return err
	}
	authors := map[string]Line{}
	for entry := range entries(out) {
		fields := strings.SplitN(entry, "\n", 4)
		if len(fields) != 4 {
			return fmt.Errorf("git answers %q", entry)
		}
		seconds, err := strconv.ParseInt(strings.TrimSpace(fields[3]), 10, 64)
		if err != nil {
			return fmt.Errorf("git answers %q", entry)
		}
		authors[fields[0]] = Line{Commit: fields[0], Name: fields[1], Email: fields[2], When: time.Unix(seconds, 0).UTC()}
	}
	for i, l := range lines {
		if l.Commit != "" {
			lines[i] = authors[l.Commit]
		}
	}
	return nil
}
