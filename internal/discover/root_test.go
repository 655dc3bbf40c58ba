package discover

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestLocate(t *testing.T) {
	plain := tree(t, "a/x.tf", "a/y.tf", "b/c/z.tf", "link -> b/c")
	work := tree(t, "tracked.tf", "env/prod/main.tf", "env/dev/main.tf")
	commit(t, work)

	for name, test := range map[string]struct {
		dir     string
		paths   []string
		root    string
		problem bool
		git     bool
	}{
		"no path means the directory":                 {dir: plain, root: plain},
		"one directory":                               {dir: plain, paths: []string{"a"}, root: filepath.Join(plain, "a")},
		"one file: the directory around it":           {dir: plain, paths: []string{"a/x.tf"}, root: filepath.Join(plain, "a")},
		"two files of one directory":                  {dir: plain, paths: []string{"a/x.tf", "a/y.tf"}, root: filepath.Join(plain, "a")},
		"the directory that all paths have in common": {dir: plain, paths: []string{"a/x.tf", "b/c"}, root: plain},
		"a path above":                                {dir: filepath.Join(plain, "a"), paths: []string{"..", "x.tf"}, root: plain},
		"a link is what it leads to":                  {dir: plain, paths: []string{"link"}, root: filepath.Join(plain, "b", "c")},
		"the top of the work tree":                    {dir: filepath.Join(work, "env/dev"), paths: []string{"main.tf"}, root: work, git: true},
		"an absolute path":                            {dir: plain, paths: []string{filepath.Join(work, "env")}, root: work, git: true},
		"paths of two directories of a work tree":     {dir: work, paths: []string{"env/dev", "env/prod/main.tf"}, root: work, git: true},
		"a work tree and a directory beside it":       {dir: plain, paths: []string{".", work}, root: ancestor(plain, work)},
	} {
		t.Run(name, func(t *testing.T) {
			place, err := Locate(t.Context(), test.dir, test.paths)
			if err != nil {
				t.Fatal(err)
			}
			if place.Root != test.root || (place.Repo != nil) != test.git || len(place.Problems) != 0 {
				t.Errorf("%+v, want root %s", place, test.root)
			}
			_, err = Find(t.Context(), Options{Root: place.Root, Repo: place.Repo, Dir: test.dir, Paths: test.paths})
			if err != nil {
				t.Errorf("and then: %v", err)
			}
		})
	}
}

func TestLocateRefusesWhatDoesNotExist(t *testing.T) {
	if _, err := Locate(t.Context(), tree(t, "a.tf"), []string{"b.tf"}); !errors.Is(err, annexgate.ErrUsage) || err.Error() != "b.tf: no such file or directory" {
		t.Errorf("error %v", err)
	}
}

func TestLocateWithoutGit(t *testing.T) {
	work := tree(t, "tracked.tf", "env/a.tf")
	commit(t, work)
	t.Setenv("PATH", t.TempDir())
	place, err := Locate(t.Context(), work, []string{"env"})
	if err != nil {
		t.Fatal(err)
	}
	if place.Repo != nil || place.Root != filepath.Join(work, "env") || len(place.Problems) != 1 || place.Problems[0].Loss != annexgate.Notice {
		t.Errorf("%+v, want no repository and a notice", place)
	}
}

func TestLocateInARepositoryOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	work := tree(t, "tracked.tf")
	commit(t, work)
	for _, name := range []string{work, filepath.Join(work, ".git")} {
		if err := os.Lchown(name, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Locate(t.Context(), work, nil); !errors.Is(err, annexgate.ErrUsage) {
		t.Errorf("error %v, want one that the user can fix", err)
	}
}
