package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// committed is a repository whose commit differs from its work tree.
func committed(t *testing.T) *Repo {
	t.Helper()
	dir := repository(t)
	write(t, dir, "infra/a b/main.tf", "resource {}\n")
	write(t, dir, "infra/empty.tf", "")
	write(t, dir, "new\nline.yaml", "a: 1\n")
	for link, target := range map[string]string{
		"infra/link.tf": "a b/main.tf", "live": "infra", "out": "../../etc", "absolute": "/etc/passwd", "round": "round", "up": "live/../main.tf",
	} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "infra")
	write(t, dir, "infra/a b/main.tf", "changed\n")
	write(t, dir, "later.tf", "")
	return open(t, dir)
}

func tree(t *testing.T, repo *Repo, rev string) *Tree {
	t.Helper()
	tree, err := repo.TreeFS(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func TestTreeFS(t *testing.T) {
	fsys := tree(t, committed(t), "HEAD")
	for name, c := range map[string]struct{ path, want string }{
		"a file is as it was committed":           {"infra/a b/main.tf", "resource {}\n"},
		"an empty file is there":                  {"infra/empty.tf", ""},
		"a name may hold a line feed":             {"new\nline.yaml", "a: 1\n"},
		"a link leads to its file":                {"infra/link.tf", "resource {}\n"},
		"a link to a directory is one":            {"live/a b/main.tf", "resource {}\n"},
		"a link may lead up, as far as the root":  {"up", "locals {}\n"},
		"links may follow each other on the path": {"live/link.tf", "resource {}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fs.ReadFile(fsys, c.path)
			if err != nil || string(got) != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"what came later is not there":             {"later.tf", fs.ErrNotExist},
		"a link out of the tree leads nowhere":     {"out/passwd", fs.ErrNotExist},
		"a name that leads out is none":            {"../main.tf", fs.ErrInvalid},
		"the path of an absolute link is not read": {"absolute", nil},
		"a link to itself ends":                    {"round", nil},
		"a directory is no file":                   {"infra", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fs.ReadFile(fsys, c.path)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %q, %v, want the error %v", got, err, c.want)
			}
		})
	}
}

// The standard library's own checks of what a file system must do.
func TestTreeFSIsAFileSystem(t *testing.T) {
	dir := repository(t)
	write(t, dir, "infra/a b/main.tf", "resource {}\n")
	write(t, dir, "infra/z.tf", "")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "infra")
	if err := fstest.TestFS(tree(t, open(t, dir), "HEAD"), "main.tf", "infra/a b/main.tf", "infra/z.tf"); err != nil {
		t.Error(err)
	}
}

func TestTreeFSOfARevision(t *testing.T) {
	repo := committed(t)
	before := tree(t, repo, "HEAD~1")
	if _, err := fs.Stat(before, "infra"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is in the commit before it was made: %v", err)
	}
	if want := git(t, repo.Root(), "rev-parse", "HEAD~1"); before.Commit() != want {
		t.Errorf("it is commit %s, want %s", before.Commit(), want)
	}
	for _, rev := range []string{"", "nowhere", "--all", "HEAD:main.tf"} {
		if _, err := repo.TreeFS(t.Context(), rev); !errors.Is(err, ErrUnknownRevision) {
			t.Errorf("revision %q: got %v, want ErrUnknownRevision", rev, err)
		}
	}
}

func TestTreeFSWithASubmodule(t *testing.T) {
	dir, library := repository(t), repository(t)
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "library")
	git(t, dir, "commit", "--quiet", "-m", "library")
	entries, err := fs.ReadDir(tree(t, open(t, dir), "HEAD"), "library")
	if err != nil || len(entries) != 0 {
		t.Errorf("a submodule has %d entries, %v, want an empty directory", len(entries), err)
	}
}

func TestTreeFSReadsAtTheSameTime(t *testing.T) {
	fsys := tree(t, committed(t), "HEAD")
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			for name, want := range map[string]string{"main.tf": "locals {}\n", "infra/a b/main.tf": "resource {}\n"} {
				if got, err := fs.ReadFile(fsys, name); err != nil || string(got) != want {
					t.Errorf("%s is %q, %v", name, got, err)
				}
			}
		})
	}
	wait.Wait()
}

func TestTreeFSClosed(t *testing.T) {
	fsys := tree(t, committed(t), "HEAD")
	if err := fsys.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(fsys, "main.tf"); err == nil || !strings.Contains(err.Error(), "the tree is closed") {
		t.Errorf("read after close: %v", err)
	}
	if err := fsys.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestMergeBase(t *testing.T) {
	dir := repository(t)
	start := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "checkout", "--quiet", "--orphan", "other")
	git(t, dir, "commit", "--quiet", "-m", "other")
	other := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "checkout", "--quiet", "-b", "feature", "main")
	git(t, dir, "commit", "--quiet", "--allow-empty", "-m", "feature")
	git(t, dir, "checkout", "--quiet", "main")
	git(t, dir, "commit", "--quiet", "--allow-empty", "-m", "main")
	repo := open(t, dir)
	for name, c := range map[string]struct{ rev, want string }{
		"where two branches parted":                  {"feature", start},
		"of an ancestor it is the ancestor":          {start, start},
		"without anything in common it is the other": {"other", other},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := repo.MergeBase(t.Context(), c.rev); err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	if _, err := repo.MergeBase(t.Context(), "--all"); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("an option is taken for a revision: %v", err)
	}
}
