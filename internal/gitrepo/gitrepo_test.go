package gitrepo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// TestMain gives git an empty home: no user.name, no global ignore file.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "gitrepo")
	if err != nil {
		panic(err)
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_CONFIG_COUNT": "2",
		"GIT_CONFIG_KEY_0": "init.defaultBranch", "GIT_CONFIG_VALUE_0": "main",
		"GIT_CONFIG_KEY_1": "user.useConfigOnly", "GIT_CONFIG_VALUE_1": "true",
	} {
		os.Setenv(name, value)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

// git runs git the way a user would and returns what it prints.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	args = append([]string{"-C", dir, "-c", "user.name=Dana", "-c", "user.email=dana@example.com"}, args...)
	out, err := exec.Command("git", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// repository makes one with a commit of main.tf. Its path has a space and a
// newline in it.
func repository(t *testing.T, initOptions ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "a repo\nof payments")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, dir, append([]string{"init", "--quiet"}, initOptions...)...)
	write(t, dir, "main.tf", "locals {}\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "start")
	return dir
}

func open(t *testing.T, dir string) *Repo {
	t.Helper()
	repo, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func TestOpen(t *testing.T) {
	top := repository(t)
	write(t, top, "env/prod/main.tf", "")
	tree := filepath.Join(t.TempDir(), "second")
	git(t, top, "worktree", "add", "--quiet", "--detach", tree)
	bare := filepath.Join(t.TempDir(), "bare.git")
	git(t, top, "clone", "--quiet", "--bare", ".", bare)
	treeOfBare := filepath.Join(t.TempDir(), "third")
	git(t, bare, "worktree", "add", "--quiet", "--detach", treeOfBare)
	outside := repository(t)
	moved := repository(t)
	git(t, moved, "config", "core.worktree", filepath.Dir(moved))

	for name, test := range map[string]struct {
		dir  string
		root string // empty: an error
		err  error  // nil with an empty root: any other error
	}{
		"the top of a work tree":                    {dir: top, root: top},
		"a directory below the top":                 {dir: filepath.Join(top, "env/prod"), root: top},
		"a linked work tree":                        {dir: tree, root: tree},
		"a work tree of a bare repository":          {dir: treeOfBare, root: treeOfBare},
		"another repository":                        {dir: outside, root: outside},
		"a directory in no repository":              {dir: t.TempDir(), err: ErrNotRepository},
		"a bare repository has no work tree":        {dir: bare, err: ErrNotRepository},
		"inside .git there is no work tree":         {dir: filepath.Join(top, ".git"), err: ErrNotRepository},
		"a work tree elsewhere is refused":          {dir: moved},
		"a directory that does not exist is not it": {dir: filepath.Join(top, "nowhere")},
	} {
		t.Run(name, func(t *testing.T) {
			repo, err := Open(t.Context(), test.dir)
			if test.root == "" {
				if err == nil || (test.err == nil) == errors.Is(err, ErrNotRepository) {
					t.Errorf("error %v, want %v", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want, _ := filepath.EvalSymlinks(test.root); repo.Root() != want {
				t.Errorf("root %q, want %q", repo.Root(), want)
			}
		})
	}
}

func TestOpenWithoutGit(t *testing.T) {
	dir := repository(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(t.Context(), dir); !errors.Is(err, ErrNoGit) || errors.Is(err, ErrNotRepository) {
		t.Errorf("error %v, want %v", err, ErrNoGit)
	}
}

func TestOpenRepositoryOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	dir := repository(t)
	for _, name := range []string{".", ".git"} {
		if err := os.Lchown(filepath.Join(dir, name), 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(t.Context(), dir)
	if !errors.Is(err, ErrForeignOwner) || !strings.Contains(err.Error(), "safe.directory") {
		t.Errorf("error %v, want %v with the way out", err, ErrForeignOwner)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	dir := repository(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestHead(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, dir string)
		dirty  bool
	}{
		"a clean work tree":           {change: func(*testing.T, string) {}},
		"an unstaged change is dirty": {dirty: true, change: func(t *testing.T, dir string) { write(t, dir, "main.tf", "x") }},
		"an untracked file is dirty":  {dirty: true, change: func(t *testing.T, dir string) { write(t, dir, "new.tf", "") }},
		"a deleted file is dirty":     {dirty: true, change: func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "main.tf")) }},
		"an ignored file is not": {change: func(t *testing.T, dir string) {
			write(t, dir, ".git/info/exclude", "*.log")
			write(t, dir, "a.log", "")
		}},
		"a file that was only touched": {change: func(t *testing.T, dir string) { write(t, dir, "main.tf", "locals {}\n") }},
		"a staged change is dirty": {dirty: true, change: func(t *testing.T, dir string) {
			write(t, dir, "main.tf", "x")
			git(t, dir, "add", ".")
		}},
	} {
		for _, format := range []string{"sha1", "sha256"} {
			t.Run(name+"/"+format, func(t *testing.T) {
				dir := repository(t, "--object-format="+format)
				git(t, dir, "remote", "add", "origin", "https://dana:token@GitHub.com/acme/payments.git")
				test.change(t, dir)

				got, err := open(t, dir).Head(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				want := annexgate.Commit{
					Repository: "git+https://github.com/acme/payments",
					Commit:     git(t, dir, "rev-parse", "HEAD"),
					Tree:       git(t, dir, "rev-parse", "HEAD^{tree}"),
					Dirty:      test.dirty,
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestHeadBeforeTheFirstCommit(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	write(t, dir, "main.tf", "")
	head, err := open(t, dir).Head(t.Context())
	if err != nil || head != (annexgate.Commit{}) {
		t.Errorf("%+v, %v; want nothing and no error", head, err)
	}
}

func TestHeadOfAShallowClone(t *testing.T) {
	origin := repository(t)
	write(t, origin, "more.tf", "")
	git(t, origin, "add", ".")
	git(t, origin, "commit", "--quiet", "-m", "more")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, origin, "clone", "--quiet", "--depth=1", "file://"+strings.ReplaceAll(origin, "\n", "%0a"), clone)

	head, err := open(t, clone).Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := git(t, origin, "rev-parse", "HEAD"); head.Commit != want || head.Dirty {
		t.Errorf("%+v, want clean commit %s", head, want)
	}
}

func TestResolve(t *testing.T) {
	dir := repository(t)
	commit := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "tag", "-a", "-m", "one", "v1")
	write(t, dir, "--upload-pack=x", "")

	for rev, known := range map[string]bool{
		"HEAD": true, "main": true, "v1": true, commit[:8]: true, commit: true, "HEAD^0": true,
		"": false, "nowhere": false, "HEAD~1": false, "HEAD:main.tf": false, "HEAD^{tree}": false,
		"--all": false, "--help": false, "--git-dir=/": false, "-h": false, "HEAD HEAD": false,
		"HEAD\nHEAD": false, "HEAD\x00": false, "HEAD..HEAD": false, "^HEAD": false, "$(id)": false,
	} {
		t.Run(rev, func(t *testing.T) {
			got, err := open(t, dir).Resolve(t.Context(), rev)
			if known && (err != nil || got != commit) {
				t.Errorf("%q, %v; want %s", got, err, commit)
			}
			if !known && (got != "" || !errors.Is(err, ErrUnknownRevision)) {
				t.Errorf("%q, %v; want %v", got, err, ErrUnknownRevision)
			}
		})
	}
}

func TestNormalise(t *testing.T) {
	for address, want := range map[string]string{
		"https://github.com/acme/payments.git":              "git+https://github.com/acme/payments",
		"https://github.com/acme/payments/":                 "git+https://github.com/acme/payments",
		"https://dana:secret@GitHub.com/acme/payments":      "git+https://github.com/acme/payments",
		"https://x-access-token:t@github.com/acme/payments": "git+https://github.com/acme/payments",
		"https://git.example.com:8443/acme/payments.git":    "git+https://git.example.com:8443/acme/payments",
		"https://github.com:443/acme/payments":              "git+https://github.com/acme/payments",
		"https://github.com/acme/payments?token=t#x":        "git+https://github.com/acme/payments",
		"http://127.0.0.1:3000/acme/payments":               "git+https://127.0.0.1:3000/acme/payments",
		"git@github.com:acme/payments.git":                  "git+https://github.com/acme/payments",
		"github.com:acme/payments":                          "git+https://github.com/acme/payments",
		"ssh://git@github.com:22/acme/payments.git":         "git+https://github.com/acme/payments",
		"git+ssh://git@github.com/acme/payments":            "git+https://github.com/acme/payments",
		"ssh://git@[2001:db8::1]:22/acme/payments":          "git+https://[2001:db8::1]/acme/payments",
		"git://github.com/acme/payments.git":                "git+https://github.com/acme/payments",
		"https://github.com/acme/two%20words":               "git+https://github.com/acme/two%20words",
		"dana:secret@github.com:acme/payments":              "",
		"/srv/git/payments.git":                             "",
		"../payments":                                       "",
		`C:\git\payments`:                                   "",
		"C:/git/payments":                                   "",
		"file:///srv/git/payments.git":                      "",
		"ext::sh -c touch% /tmp/x":                          "",
		"https://github.com":                                "",
		"https://github.com/acme/pay\nments":                "",
		"":                                                  "",
	} {
		if got := normalise(address); got != want {
			t.Errorf("normalise(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestRemote(t *testing.T) {
	dir := repository(t)
	git(t, dir, "remote", "add", "upstream", "https://github.com/acme/upstream")
	git(t, dir, "remote", "add", "fork", "https://github.com/dana/fork")
	if head, err := open(t, dir).Head(t.Context()); err != nil || head.Repository != "git+https://github.com/dana/fork" {
		t.Errorf("without origin: %q, %v; want the first by name", head.Repository, err)
	}
	git(t, dir, "remote", "add", "origin", "git@github.com:acme/payments.git")
	if head, err := open(t, dir).Head(t.Context()); err != nil || head.Repository != "git+https://github.com/acme/payments" {
		t.Errorf("with origin: %q, %v; want origin", head.Repository, err)
	}
}
