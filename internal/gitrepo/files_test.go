package gitrepo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examined is a repository with files of every state.
func examined(t *testing.T) *Repo {
	t.Helper()
	dir := repository(t)
	library := repository(t)
	write(t, dir, ".gitignore", "build/\n*.log\n!kept.log\n")
	write(t, dir, "env/prod/a b.tf", "")
	write(t, dir, "env/prod/new\nline.tf", "")
	write(t, dir, "env/gone.tf", "")
	write(t, dir, "build/tracked.tf", "")
	git(t, dir, "add", "--force", ".")
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "library")
	git(t, dir, "commit", "--quiet", "-m", "all")
	write(t, dir, "build/out.tf", "")
	write(t, dir, "cache/a.log", "")
	write(t, dir, "kept.log", "")
	write(t, dir, "env/new.tf", "")
	write(t, dir, "*.tf", "")
	write(t, dir, "nested/main.tf", "")
	git(t, filepath.Join(dir, "nested"), "init", "--quiet")
	if err := os.Remove(filepath.Join(dir, "env/gone.tf")); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

func TestFiles(t *testing.T) {
	repo := examined(t)
	for name, test := range map[string]struct {
		under []string
		want  []string
	}{
		"tracked and new files, but no submodule and no ignored file": {want: []string{
			"*.tf", ".gitignore", ".gitmodules", "build/tracked.tf", "env/gone.tf", "env/new.tf",
			"env/prod/a b.tf", "env/prod/new\nline.tf", "kept.log", "main.tf",
		}},
		"below a directory":                {under: []string{"env/prod"}, want: []string{"env/prod/a b.tf", "env/prod/new\nline.tf"}},
		"a path is not a pattern":          {under: []string{"*.tf"}, want: []string{"*.tf"}},
		"a path is not an option":          {under: []string{"--others"}},
		"two paths that overlap":           {under: []string{"env/prod", "env"}, want: []string{"env/gone.tf", "env/new.tf", "env/prod/a b.tf", "env/prod/new\nline.tf"}},
		"a directory without such files":   {under: []string{"library"}},
		"pathspec magic is part of a name": {under: []string{":/"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := repo.Files(t.Context(), test.under)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	all, err := repo.Files(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	dot, err := repo.Files(t.Context(), []string{"env", "."})
	if diff := cmp.Diff(all, dot); diff != "" || err != nil {
		t.Errorf(`"." is not everything: %v %s`, err, diff)
	}
}

func TestIgnoredFiles(t *testing.T) {
	got, err := examined(t).IgnoredFiles(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"build/out.tf", "cache/", "cache/a.log"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestIgnored(t *testing.T) {
	repo := examined(t)
	for path, want := range map[string]bool{
		".": false, "main.tf": false, "env": false, "build/out.tf": true, "cache/a.log": true,
		"cache": false, "kept.log": false, "build/tracked.tf": false, "nowhere.log": true,
	} {
		if got, err := repo.Ignored(t.Context(), path); err != nil || got != want {
			t.Errorf("Ignored(%q) = %v, %v; want %v", path, got, err, want)
		}
	}
	if _, err := repo.Ignored(t.Context(), "library/main.tf"); err == nil {
		t.Error("a path in a submodule belongs to another repository, and git was not asked")
	}
}

func TestTracked(t *testing.T) {
	repo := examined(t)
	for path, want := range map[string]bool{"main.tf": true, "env/prod/new\nline.tf": true, "env/new.tf": false, "nowhere": false, "*.tf": false, "build/tracked.tf": true} {
		if got, err := repo.Tracked(t.Context(), path); err != nil || got != want {
			t.Errorf("%q: got %t, %v", path, got, err)
		}
	}
}
