package gitrepo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNothingOfTheRepositoryRuns examines a repository whose configuration
// names a program wherever git would run one, and then looks whether any ran.
func TestNothingOfTheRepositoryRuns(t *testing.T) {
	dir := repository(t)
	scratch := t.TempDir()
	mark := filepath.Join(scratch, "ran")
	program := filepath.Join(scratch, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$0 $*\" >>'"+mark+"'\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	hooks := filepath.Join(scratch, "hooks")
	if err := os.Mkdir(hooks, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"reference-transaction", "post-index-change", "fsmonitor-watchman", "post-checkout"} {
		if err := os.Symlink(program, filepath.Join(hooks, hook)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, ".gitattributes", "*.tf filter=one\n*.tofu filter=a=b.c\n*.yaml filter=two\n")
	write(t, dir, "more.tofu", "a")
	write(t, dir, "pod.yaml", "a")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "attributes")
	for key, value := range map[string]string{
		"core.fsmonitor":          program,
		"core.hooksPath":          hooks,
		"core.pager":              program,
		"core.editor":             program,
		"core.sshCommand":         program,
		"core.askPass":            program,
		"diff.external":           program,
		"gpg.program":             program,
		"commit.gpgSign":          "true",
		"credential.helper":       "!" + program,
		"filter.one.clean":        program,
		"filter.one.required":     "true",
		"filter.a=b.c.clean":      program,
		"filter.two.process":      program,
		"filter.two.required":     "true",
		"alias.status":            "!" + program,
		"alias.rev-parse":         "!" + program,
		"remote.origin.url":       "ext::" + program,
		"protocol.ext.allow":      "always",
		"protocol.allow":          "always",
		"status.submoduleSummary": "true",
	} {
		git(t, dir, "-c", "core.fsmonitor=false", "config", key, value)
	}
	// Same length, other content, so that status has to look inside.
	write(t, dir, "main.tf", "locals []\n")
	write(t, dir, "more.tofu", "b")
	write(t, dir, "pod.yaml", "b")

	repo := open(t, dir)
	if head, err := repo.Head(t.Context()); err != nil || !head.Dirty {
		t.Errorf("head %+v, %v; want dirty", head, err)
	}
	if _, err := repo.Files(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := repo.Ignored(t.Context(), "main.tf"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"a/b", "a/c"} {
		if _, err := repo.Append(t.Context(), "refs/annexgate/test", File{Path: path, When: time.Unix(1, 0)}); err != nil {
			t.Error(err)
		}
	}
	if _, err := repo.Blobs(t.Context(), "refs/annexgate/test", "a", 1); err != nil {
		t.Error(err)
	}
	if ran, err := os.ReadFile(mark); err == nil {
		t.Errorf("git ran programs of the repository:\n%s", ran)
	}

	// The trap itself works: a plain git falls into it.
	git(t, dir, "update-ref", "refs/annexgate/trap", "HEAD")
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("the trap is not armed: %v", err)
	}
}

func TestTheEnvironmentDoesNotRedirect(t *testing.T) {
	dir, other := repository(t), repository(t)
	want := git(t, dir, "rev-parse", "HEAD")
	index, err := os.ReadFile(filepath.Join(dir, ".git/index"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, other, "other.tf", "")
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_WORK_TREE", other)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other, ".git/index"))
	t.Setenv("GIT_OBJECT_DIRECTORY", filepath.Join(other, ".git/objects"))
	t.Setenv("GIT_NAMESPACE", "other")
	t.Setenv("GIT_TRACE", "1")

	repo := open(t, dir)
	head, err := repo.Head(t.Context())
	if err != nil || repo.Root() != dir || head.Commit != want || head.Dirty {
		t.Errorf("root %q, head %+v, %v; want clean %s in %q", repo.Root(), head, err, want, dir)
	}
	if _, err := repo.Append(t.Context(), "refs/annexgate/test", File{Path: "a"}); err != nil {
		t.Error(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, ".git/index"))
	if err != nil || string(after) != string(index) {
		t.Errorf("the index changed (%v)", err)
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{
		"PATH=/bin", "GIT_DIR=/x", "GIT_CONFIG_PARAMETERS='core.bare=true'", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*", "GIT_ALLOW_PROTOCOL=ext", "LC_ALL=de_DE.UTF-8", "LANGUAGE=de",
	})
	want := []string{
		"PATH=/bin", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorsAreOneInertLine(t *testing.T) {
	err := &commandError{verb: "ls-tree", code: 128, stderr: "fatal: bad\x1b[31m\nname\u202e\n"}
	if got := err.Error(); strings.ContainsAny(got, "\x1b\n\u202e") || !strings.HasPrefix(got, "git ls-tree: bad") {
		t.Errorf("%q", got)
	}
}

func TestOutputIsBounded(t *testing.T) {
	o := &output{limit: 3}
	if _, err := o.Write([]byte("abcd")); err == nil {
		t.Error("four bytes fit into three")
	}
	o.clip = true
	if n, err := o.Write([]byte("abcd")); n != 4 || err != nil || o.String() != "abc" {
		t.Errorf("%d, %v, %q; want it clipped", n, err, o.String())
	}
}
