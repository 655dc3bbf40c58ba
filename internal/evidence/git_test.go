package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/annexgate/annexgate/internal/gitrepo"
)

// TestMain gives git an empty home, without user.name and with an identity
// forbidden to be guessed. Called as a writer, the test binary appends records
// instead: see TestConcurrentWriters.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TEST_WRITER_DIR"); dir != "" {
		if err := writer(dir, os.Getenv("TEST_WRITER_COMMIT")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	home, err := os.MkdirTemp("", "evidence")
	if err != nil {
		panic(err)
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true",
	} {
		os.Setenv(name, value)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	args = append([]string{"-C", dir, "-c", "user.name=Dana", "-c", "user.email=dana@example.com"}, args...)
	out, err := exec.Command("git", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository makes one with one commit.
func repository(t *testing.T, initOptions ...string) (dir string, repo *gitrepo.Repo) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "a repo")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, dir, append([]string{"init", "--quiet"}, initOptions...)...)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("locals {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", "start")
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, repo
}

// entry makes a record of the commit that is checked out.
func entry(t *testing.T, repo *gitrepo.Repo, when time.Time) Entry {
	t.Helper()
	r := run()
	var err error
	if r.Commit, err = repo.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Finished = when
	id, err := NewID(when, bytes.NewReader(bytes.Repeat([]byte{byte(when.Unix())}, 10)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(r, id)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Seal(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestGitStore(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			dir, repo := repository(t, "--object-format="+format)
			store := InGit(repo)
			late, early := entry(t, repo, time.Unix(2000, 0)), entry(t, repo, time.Unix(1000, 0))
			for _, e := range []Entry{late, early, late} { // the same again changes nothing
				if err := store.Append(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}

			found, err := store.Find(t.Context(), late.Commit)
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Broken) != 0 || len(found.Records) != 2 ||
				!bytes.Equal(found.Records[0].Content, early.Content) || !bytes.Equal(found.Records[1].Content, late.Content) {
				t.Errorf("found %+v, want the early and the late record", found)
			}

			// Plain git sees the same.
			head := git(t, dir, "rev-parse", "HEAD")
			place := fmt.Sprintf("refs/annexgate/evidence:v1/%s/%s/%s.json", head[:2], head, late.ID)
			if got := git(t, dir, "show", place); got+"\n" != string(late.Content) {
				t.Errorf("git show %s: %s", place, got)
			}
			if got := git(t, dir, "rev-list", "--count", "--first-parent", Ref); got != "2" {
				t.Errorf("%s commits, want one for each record", got)
			}
			if got, want := git(t, dir, "log", "-1", "--format=%an <%ae> %cI%n%B", Ref),
				"annexgate <annexgate@localhost> 1970-01-01T00:16:40+00:00\nannexgate: evidence for "+head+"\n\nRecord: "+early.ID; got != want {
				t.Errorf("log %q, want %q", got, want)
			}
			git(t, dir, "fsck", "--strict")
		})
	}
}

func TestAppendLeavesIndexAndWorkTreeAlone(t *testing.T) {
	dir, repo := repository(t)
	for name, content := range map[string]string{"main.tf": "changed", "staged.tf": "staged", "new.tf": "new"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "staged.tf")
	status := git(t, dir, "status", "--porcelain")
	before := snapshot(t, dir)

	if err := InGit(repo).Append(t.Context(), entry(t, repo, time.Unix(1000, 0))); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if got := git(t, dir, "status", "--porcelain"); got != status {
		t.Errorf("status %q, want %q", got, status)
	}
}

// snapshot returns names, times and content of the work tree and the index.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"main.tf", "staged.tf", "new.tf", ".git/index", ".git/HEAD"} {
		name = filepath.Join(dir, name)
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %q\n", name, info.ModTime(), content)
	}
	return b.String()
}

func TestAppendWithoutACommit(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := InGit(repo).Append(t.Context(), entry(t, repo, time.Unix(1000, 0))); !errors.Is(err, ErrNoCommit) {
		t.Errorf("error %v, want %v", err, ErrNoCommit)
	}
	if got := git(t, dir, "for-each-ref"); got != "" {
		t.Errorf("refs %s", got)
	}
}

func TestAppendRefuses(t *testing.T) {
	_, repo := repository(t)
	valid := entry(t, repo, time.Unix(1000, 0))
	for name, change := range map[string]func(*Entry){
		"an ID that leads elsewhere":    func(e *Entry) { e.ID = "../../../x" },
		"a commit that leads elsewhere": func(e *Entry) { e.Commit = strings.Repeat("../a", 10) },
		"an abbreviated commit":         func(e *Entry) { e.Commit = e.Commit[:8] },
	} {
		e := valid
		change(&e)
		if err := InGit(repo).Append(t.Context(), e); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	if err := InGit(repo).Append(t.Context(), valid); err != nil {
		t.Fatal(err)
	}
	valid.Content = []byte("something else")
	if err := InGit(repo).Append(t.Context(), valid); !errors.Is(err, gitrepo.ErrExists) {
		t.Errorf("a record was replaced: %v", err)
	}
}

func TestFindNothing(t *testing.T) {
	dir, repo := repository(t)
	found, err := InGit(repo).Find(t.Context(), git(t, dir, "rev-parse", "HEAD"))
	if err != nil || len(found.Records) != 0 || len(found.Broken) != 0 {
		t.Errorf("%+v, %v; want nothing", found, err)
	}
	for _, commit := range []string{"", "HEAD", "../../x", strings.Repeat("A", 40)} {
		if _, err := InGit(repo).Find(t.Context(), commit); err == nil {
			t.Errorf("%q is a commit", commit)
		}
	}
}

func TestFindReportsWhatIsNoRecord(t *testing.T) {
	_, repo := repository(t)
	valid := entry(t, repo, time.Unix(1000, 0))
	other := valid
	other.Commit = testCommit // another commit's folder
	for _, e := range []Entry{valid, other} {
		if err := InGit(repo).Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string][]byte{
		"not-json.json":             []byte("{"),
		"misnamed.json":             valid.Content,
		valid.ID:                    valid.Content,
		"sub/" + valid.ID + ".json": valid.Content,
		"large.json":                make([]byte, maxRecord+1),
	} {
		if _, err := repo.Append(t.Context(), Ref, gitrepo.File{Path: folder(valid.Commit) + "/" + name, Content: content}); err != nil {
			t.Fatal(err)
		}
	}

	found, err := InGit(repo).Find(t.Context(), valid.Commit)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Records) != 1 || !bytes.Equal(found.Records[0].Content, valid.Content) {
		t.Errorf("%d records, want the valid one", len(found.Records))
	}
	var got []string
	for _, broken := range found.Broken {
		got = append(got, strings.TrimPrefix(broken.Place, Ref+":"+folder(valid.Commit)+"/")+": "+broken.Err.Error())
	}
	want := []string{
		valid.ID + ": it is record " + valid.ID + ", which belongs elsewhere",
		"large.json: 1048577 bytes are more than a record has",
		"misnamed.json: it is record " + valid.ID + ", which belongs elsewhere",
		"not-json.json: not a record: unexpected EOF",
		"sub/" + valid.ID + ".json: it is record " + valid.ID + ", which belongs elsewhere",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("broken:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	found, err = InGit(repo).Find(t.Context(), testCommit)
	if err != nil || len(found.Records) != 0 || len(found.Broken) != 1 || !strings.Contains(found.Broken[0].Err.Error(), "it is about commit") {
		t.Errorf("in the place of another commit: %+v, %v", found, err)
	}
}

const (
	writers         = 20 // processes and goroutines that append at the same time
	writerProcesses = 4
	recordsEach     = 2
)

// TestConcurrentWriters lets processes, each with some goroutines, append to
// one repository at once. Every record that was acknowledged must be there.
func TestConcurrentWriters(t *testing.T) {
	dir, repo := repository(t)
	commit := git(t, dir, "rev-parse", "HEAD")
	var group sync.WaitGroup
	for range writerProcesses {
		group.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "TEST_WRITER_DIR="+dir, "TEST_WRITER_COMMIT="+commit)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("writer: %v\n%s", err, out)
			}
		})
	}
	group.Wait()

	found, err := InGit(repo).Find(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, record := range found.Records {
		ids[record.Predicate.RecordID] = true
	}
	const want = writers * recordsEach
	if len(ids) != want || len(found.Records) != want || len(found.Broken) != 0 {
		t.Errorf("%d records with %d IDs, want %d; broken %v", len(found.Records), len(ids), want, found.Broken)
	}
	if got := git(t, dir, "rev-list", "--count", "--first-parent", Ref); got != fmt.Sprint(want) {
		t.Errorf("%s commits, want %d", got, want)
	}
	git(t, dir, "fsck", "--strict", "--no-dangling")
}

// writer is one process of TestConcurrentWriters.
func writer(dir, commit string) error {
	var group sync.WaitGroup
	errs := make([]error, writers/writerProcesses)
	for i := range errs {
		group.Go(func() { errs[i] = appendSome(context.Background(), dir, commit, i) })
	}
	group.Wait()
	return errors.Join(errs...)
}

func appendSome(ctx context.Context, dir, commit string, n int) error {
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil {
		return err
	}
	for i := range recordsEach {
		seed := fmt.Appendf(nil, "%-8d%d%d", os.Getpid(), n, i) // ten bytes, unlike those of all others
		id, err := NewID(time.Unix(1000, 0), bytes.NewReader(seed))
		if err != nil {
			return err
		}
		r := run()
		r.Commit.Commit = commit
		s, err := New(r, id)
		if err != nil {
			return err
		}
		e, err := Seal(s)
		if err != nil {
			return err
		}
		if err := InGit(repo).Append(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func TestAppendEndsWithItsContext(t *testing.T) {
	dir, repo := repository(t)
	e := entry(t, repo, time.Unix(1000, 0))
	if err := os.MkdirAll(filepath.Join(dir, ".git/refs/annexgate"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git", Ref+".lock"), nil, 0o644); err != nil { // held for ever
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := InGit(repo).Append(ctx, e); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
	}
}
