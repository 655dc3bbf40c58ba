package discover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/gitrepo"
)

// TestMain gives git an empty home, without a global ignore file.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "discover")
	if err != nil {
		panic(err)
	}
	for name, value := range map[string]string{"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_NOSYSTEM": "1"} {
		os.Setenv(name, value)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	args = append([]string{"-C", dir, "-c", "user.name=Dana", "-c", "user.email=dana@example.com", "-c", "protocol.file.allow=always"}, args...)
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// tree makes a directory of empty files. A name with " -> " is a symbolic
// link, one with a slash at the end a directory.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "root")
	plant(t, dir, names...)
	return dir
}

func plant(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		name, target, isLink := strings.Cut(name, " -> ")
		full := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		switch {
		case err != nil:
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(full, 0o755)
		case isLink:
			err = os.Symlink(target, full)
		default:
			err = os.WriteFile(full, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// show writes a result as a test wants it: kind and file, loss and problem.
func show(result *Result) string {
	var b strings.Builder
	for _, kind := range []annexgate.Kind{annexgate.Kubernetes, annexgate.Terraform} {
		for _, file := range result.Files[kind] {
			fmt.Fprintf(&b, "%s %s\n", kind, file)
		}
	}
	for _, problem := range result.Problems {
		fmt.Fprintf(&b, "%s: %s\n", [...]string{"unread", "partial", "notice"}[problem.Loss], problem)
	}
	return b.String()
}

func TestFind(t *testing.T) {
	for name, test := range map[string]struct {
		git     bool // a repository, in which files named tracked* are committed although ignored
		tree    []string
		dir     string // below root
		paths   []string
		exclude []string
		want    string
	}{
		"files are told apart by name": {
			tree: []string{
				"main.tf", "main.tf.json", "main.tofu", "a.tofu.json", "prod.tfvars", "prod.auto.tfvars.json", "pod.yaml", "pod.yml", "pod.json",
				"README.md", "main.tf.bak", "tf", "yaml", "a.YAML", "terraform.tfstate", ".terraform.lock.hcl",
			},
			want: `
				kubernetes pod.json
				kubernetes pod.yaml
				kubernetes pod.yml
				terraform a.tofu.json
				terraform main.tf
				terraform main.tf.json
				terraform main.tofu
				terraform prod.auto.tfvars.json
				terraform prod.tfvars`,
		},
		"a kustomization needs no ending": {
			tree: []string{"prod/Kustomization", "prod/Dockerfile"},
			want: `kubernetes prod/Kustomization`,
		},
		"no name hides a manifest": {
			tree: []string{"package.json", "compose.yaml"},
			want: `
				kubernetes compose.yaml
				kubernetes package.json`,
		},
		"Terraform does not load hidden files": {
			tree: []string{".hidden.tf", ".hidden.yaml", ".#main.tf -> dana@host.1:2"},
			want: `kubernetes .hidden.yaml`,
		},
		"folders that tools write are skipped": {
			tree: []string{".git/a.yaml", ".terraform/modules/x/main.tf", "a/.terragrunt-cache/main.tf", "web/node_modules/a/a.yaml", "a.tf"},
			want: `terraform a.tf`,
		},
		"vendored code is left out, and the report says so": {
			tree: []string{"vendor/a.tf", "third_party/x/a.tf", "a.tf"},
			want: `
				terraform a.tf
				notice: third_party: vendored code is not examined; name the folder to have it examined
				notice: vendor: vendored code is not examined; name the folder to have it examined`,
		},
		"a skipped folder is walked when it is named": {
			tree:  []string{"vendor/a.tf", "vendor/node_modules/b.tf"},
			paths: []string{"vendor"},
			want:  `terraform vendor/a.tf`,
		},
		"a folder inside a skipped one is walked when it is named": {
			tree:  []string{"a/.terraform/modules/x/main.tf"},
			paths: []string{"a/.terraform/modules"},
			want:  `terraform a/.terraform/modules/x/main.tf`,
		},
		"paths overlap, and a file is listed once": {
			tree:  []string{"a/b/main.tf", "a/main.tf", "c.tf"},
			paths: []string{"a/b", "a", "a/b/main.tf"},
			want:  "terraform a/b/main.tf\nterraform a/main.tf",
		},
		"relative paths start from the directory given": {
			tree: []string{"a/main.tf", "b.tf"}, dir: "a", paths: []string{".", "../b.tf"},
			want: "terraform a/main.tf\nterraform b.tf",
		},
		"no paths mean the directory given": {
			tree: []string{"a/main.tf", "b.tf"}, dir: "a",
			want: `terraform a/main.tf`,
		},
		"names with spaces and newlines": {
			tree: []string{"a b/c\nd.tf", "-x.tf"},
			want: "terraform -x.tf\nterraform a b/c\nd.tf",
		},
		"a named file that is no input is told of": {
			tree: []string{"README.md"}, paths: []string{"README.md"},
			want: `notice: README.md: neither a Terraform nor a Kubernetes file, so it is not examined`,
		},
		"nothing at all": {tree: []string{"./"}},

		"a link to a file inside is followed": {
			tree: []string{"shared/vars.tf", "prod/vars.tf -> ../shared/vars.tf"},
			want: "terraform prod/vars.tf\nterraform shared/vars.tf",
		},
		"a link to a directory is not followed, whatever its name": {
			tree: []string{"shared/a.tf", "prod -> shared", "dir.yaml -> shared", "loop -> ."},
			want: `terraform shared/a.tf`,
		},
		"a link out of the root is not followed": {
			tree: []string{"a.tf -> ../outside.tf", "b.tf -> /etc/passwd", "../outside.tf", "../beside/c.tf", "dir -> ../beside"},
			want: `
				unread: a.tf: a symbolic link that is not followed: path escapes from parent
				unread: b.tf: a symbolic link that is not followed: path escapes from parent
				notice: dir: a symbolic link that leads out of the repository is not followed`,
		},
		"a link to nothing is an input that cannot be read": {
			tree: []string{"a.tf -> nowhere.tf", "README -> nowhere"},
			want: `unread: a.tf: a symbolic link to a file that does not exist`,
		},
		"a named link is what it leads to": {
			tree: []string{"shared/a.tf", "prod -> shared"}, paths: []string{"prod"},
			want: `terraform shared/a.tf`,
		},

		"--exclude leaves out a directory": {
			tree: []string{"a/x.tf", "a/b/x.tf", "b/x.tf"}, exclude: []string{"a/b", "/b/"},
			want: `terraform a/x.tf`,
		},
		"--exclude leaves out at any depth": {
			tree: []string{"x.yaml", "a/x.yaml", "a/b/x.tf", "a/b/testdata/x.tf"}, exclude: []string{"**/*.yaml", "**/testdata/**"},
			want: `terraform a/b/x.tf`,
		},
		"--exclude counts from the root, not from the path": {
			tree: []string{"a/b/x.tf", "b/x.tf"}, paths: []string{"a"}, exclude: []string{"b"},
			want: `terraform a/b/x.tf`,
		},
		"--exclude wins over a named path below it": {
			tree: []string{"a/b/x.tf", "c.tf"}, paths: []string{"a/b", "c.tf"}, exclude: []string{"a"},
			want: `terraform c.tf`,
		},

		"ignored files are left out, at every level": {
			git: true, tree: []string{".gitignore", "a.tf", "build/out.tf", "sub/build/out.tf", "x.local.tf", "sub/tracked.local.tf"},
			want: "terraform a.tf\nterraform sub/tracked.local.tf",
		},
		"an ignored directory is walked when it is named": {
			git: true, tree: []string{"build/out.tf", "build/deep/x.local.tf", "a.tf"}, paths: []string{"build"},
			want: "terraform build/deep/x.local.tf\nterraform build/out.tf",
		},
		"an ignored file is examined when it is named": {
			git: true, tree: []string{"x.local.tf"}, paths: []string{"x.local.tf"},
			want: `terraform x.local.tf`,
		},
		"ignored files below a named directory are left out": {
			git: true, tree: []string{"env/a.tf", "env/x.local.tf", "env/build/a.tf", "b.tf"}, paths: []string{"env"},
			want: `terraform env/a.tf`,
		},
		"a tracked file that was deleted is not there": {
			git: true, tree: []string{"a.tf", "gone/tracked.tf"},
			want: `terraform a.tf`,
		},
		"another repository inside is left out, and the report says so": {
			git: true, tree: []string{"a.tf", "nested/.git/", "nested/b.tf"},
			want: `
				terraform a.tf
				notice: nested: a git repository of its own is not examined; run annexgate in it, or name it to have it examined`,
		},
		"another repository inside is walked when it is named": {
			git: true, tree: []string{"a.tf", "nested/.git/", "nested/b.tf", "nested/env/c.tf"}, paths: []string{"nested/env", "a.tf"},
			want: "terraform a.tf\nterraform nested/env/c.tf",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, test.tree...)
			options := Options{Root: root, Dir: filepath.Join(root, test.dir), Paths: test.paths, Exclude: test.exclude}
			if test.git {
				options.Repo = commit(t, root)
			}
			result, err := Find(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(strings.ReplaceAll(test.want, "\t", ""))
			if diff := cmp.Diff(want, strings.TrimSpace(show(result))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// commit makes root a repository in which *.local.tf and build/ are ignored,
// but files called tracked* are committed. It deletes the folder gone.
func commit(t *testing.T, root string) *gitrepo.Repo {
	t.Helper()
	git(t, root, "init", "--quiet")
	if err := os.WriteFile(filepath.Join(root, ".gitignore"), []byte("*.local.tf\nbuild/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, root, "add", "--force", ".gitignore")
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(name), "tracked") {
			git(t, root, "add", "--force", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	git(t, root, "commit", "--quiet", "-m", "start")
	if err := os.RemoveAll(filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}
	repo, err := gitrepo.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func TestFindInAWorkTreeWithASubmodule(t *testing.T) {
	library := tree(t, "tracked.tf")
	commit(t, library)
	root := tree(t, "tracked.tf")
	repo := commit(t, root)
	git(t, root, "submodule", "--quiet", "add", library, "library")

	result, err := Find(t.Context(), Options{Root: root, Repo: repo})
	if err != nil {
		t.Fatal(err)
	}
	if want := "terraform tracked.tf\nnotice: library: " + ownRepository + "\n"; show(result) != want {
		t.Errorf("got %s", show(result))
	}
	result, err = Find(t.Context(), Options{Root: root, Repo: repo, Paths: []string{"library"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "terraform library/tracked.tf\n"; show(result) != want {
		t.Errorf("named: got %s", show(result))
	}
}

func TestFindRefuses(t *testing.T) {
	root := tree(t, "a.tf", "../outside.tf", "out -> ..", "loop -> loop")
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.tf"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"a path that does not exist":              {Options{Paths: []string{"nowhere/x"}}, "nowhere/x: no such file or directory"},
		"a path outside the root":                 {Options{Paths: []string{"../outside.tf"}}, "../outside.tf: outside " + root},
		"a link that leads outside":               {Options{Paths: []string{"out"}}, "out: outside " + root},
		"a link that leads to itself":             {Options{Paths: []string{"loop"}}, "look at loop: "},
		"a pipe":                                  {Options{Paths: []string{"pipe.tf"}}, "pipe.tf: neither a file nor a directory"},
		"a pattern that is not one":               {Options{Exclude: []string{"a", "[b"}}, `exclude "[b": a [ is not closed`},
		"a path below a file":                     {Options{Paths: []string{"a.tf/b"}}, "look at a.tf/b: "},
		"an absolute path outside":                {Options{Paths: []string{"/"}}, "/: outside " + root},
		"a path with a byte no path can have":     {Options{Paths: []string{"a\x00b"}}, "look at a\x00b: "},
		"a path that is longer than paths can be": {Options{Paths: []string{strings.Repeat("a", 5000)}}, "look at aaa"},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Root = root
			_, err := Find(t.Context(), test.options)
			if !errors.Is(err, annexgate.ErrUsage) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want a usage error %q", err, test.want)
			}
		})
	}
}

func TestFindDoesNotWaitForAPipe(t *testing.T) {
	root := tree(t, "a.tf")
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := Find(t.Context(), Options{Root: root})
	if err != nil || show(result) != "terraform a.tf\n" {
		t.Errorf("%v, %v", result, err)
	}
}

func TestFindEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, Options{Root: tree(t, "a.tf")}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// forbidding is a file system in which some names may not be read, which root,
// who runs tests in containers, could not have otherwise.
type forbidding struct {
	fstest.MapFS
	names map[string]bool
}

func (f forbidding) Open(name string) (fs.File, error) {
	if f.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

func (f forbidding) ReadDir(name string) ([]fs.DirEntry, error) {
	if f.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.ReadDir(name)
}

func TestWhatCannotBeReadIsAProblem(t *testing.T) {
	fsys := forbidding{
		fstest.MapFS{"a.tf": {}, "b.tf": {}, "closed/c.tf": {}, "open/d.tf": {}, "README": {}},
		map[string]bool{"a.tf": true, "closed": true, "README": true},
	}
	w := newWalk(fsys, nil, maxFiles)
	if err := w.from(t.Context(), ".", nil); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"terraform b.tf", "terraform open/d.tf",
		"unread: a.tf: the file cannot be read: permission denied",
		"unread: closed: the directory cannot be read: permission denied", "",
	}, "\n")
	if diff := cmp.Diff(want, show(w.result())); diff != "" {
		t.Error(diff)
	}
}

func TestFilesAreBounded(t *testing.T) {
	fsys := fstest.MapFS{"a.tf": {}, "b.tf": {}, "c.tf": {}, "d.md": {}}
	w := newWalk(fsys, nil, 2)
	for range 2 { // walked again, known files are no new ones
		if err := w.from(t.Context(), ".", nil); err != nil {
			t.Fatal(err)
		}
	}
	want := "terraform a.tf\nterraform b.tf\nunread: more than 2 input files: the rest is not examined; name fewer paths or use --exclude\n"
	if diff := cmp.Diff(want, show(w.result())); diff != "" {
		t.Error(diff)
	}
	w = newWalk(fsys, nil, 3)
	if err := w.from(t.Context(), ".", nil); err != nil || len(w.problems) != 0 || len(w.files) != 3 {
		t.Errorf("as many as allowed: %v, %v, %v", err, w.files, w.problems)
	}
}
