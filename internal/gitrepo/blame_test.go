package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names returns the author of each line, "-" where nobody knows.
func names(lines []Line) (got []string) {
	for _, l := range lines {
		if l.Commit == "" {
			got = append(got, "-")
			continue
		}
		got = append(got, l.Name+" <"+l.Email+">")
	}
	return got
}

func TestBlame(t *testing.T) {
	dir := repository(t)
	commit := func(name, text string) {
		t.Helper()
		write(t, dir, "infra/waivers.yaml", text)
		git(t, dir, "add", ".")
		git(t, dir, "-c", "user.name="+name, "-c", "user.email="+name+"@example.com", "commit", "--quiet", "--author", name+" <"+name+"@example.com>", "-m", name)
	}
	commit("dana", "a\nb\n")
	commit("erik", "a\nB\nc\n")
	// Whoever brings a .mailmap does not become another.
	write(t, dir, ".mailmap", "Mallory <m@example.com> <dana@example.com>\n")
	write(t, dir, "ignored", git(t, dir, "rev-parse", "HEAD")+"\n")
	git(t, dir, "config", "blame.ignoreRevsFile", "ignored")
	repo := open(t, dir)

	dana, erik := "dana <dana@example.com>", "erik <erik@example.com>"
	for name, c := range map[string]struct {
		rev, path, content string
		want               []string
	}{
		"as it is committed":              {"", "infra/waivers.yaml", "a\nB\nc\n", []string{dana, erik, erik}},
		"with a line that nobody commits": {"", "infra/waivers.yaml", "a\nnew\nB\nc\n", []string{dana, "-", erik, erik}},
		"at a commit":                     {"HEAD~1", "infra/waivers.yaml", "", []string{dana, dana}},
		"a file that git does not know":   {"", "infra/new.yaml", "a\n", nil},
		"not there at that commit":        {"HEAD~2", "infra/waivers.yaml", "", nil},
		"a directory":                     {"", "infra", "", nil},
		"a path of pathspec magic":        {"", ":(glob)**", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := repo.Blame(t.Context(), c.rev, c.path, []byte(c.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, names(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := repo.Blame(t.Context(), "nowhere", "infra/waivers.yaml", nil); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("an unknown revision: %v", err)
	}
	if lines, err := repo.Blame(t.Context(), "", "infra/waivers.yaml", []byte("a\n")); err != nil || lines[0].When.IsZero() {
		t.Errorf("%v, %v", lines, err)
	}
}

func TestBlameOfAShallowClone(t *testing.T) {
	dir := repository(t)
	write(t, dir, "w.yaml", "a\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "first")
	write(t, dir, "w.yaml", "a\nb\n")
	git(t, dir, "commit", "--quiet", "-a", "-m", "second")
	write(t, dir, "other.yaml", "")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "third")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "--quiet", "--depth", "1", "file://"+dir, clone)
	lines, err := open(t, clone).Blame(t.Context(), "", "w.yaml", []byte("a\nb\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names(lines), " "); got != "- -" {
		t.Errorf("the clone says that %s wrote it", got)
	}
}

func TestBlameRunsNothing(t *testing.T) {
	dir := repository(t)
	write(t, dir, ".gitattributes", "* diff=evil filter=evil\n")
	write(t, dir, "w.yaml", "a\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "first")
	mark := filepath.Join(t.TempDir(), "ran")
	for _, key := range []string{"diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process"} {
		git(t, dir, "config", key, "touch "+mark+"; cat")
	}
	for _, rev := range []string{"", "HEAD"} {
		if _, err := open(t, dir).Blame(t.Context(), rev, "w.yaml", []byte("a\nb\n")); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("git ran what the repository names")
	}
}
