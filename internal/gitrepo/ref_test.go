package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const testRef = "refs/annexgate/test"

func TestAppend(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			dir := repository(t, "--object-format="+format)
			// An index and a work tree in the middle of something.
			write(t, dir, "staged.tf", "")
			git(t, dir, "add", "staged.tf")
			write(t, dir, "main.tf", "changed")
			status := git(t, dir, "status", "--porcelain")
			index, err := os.ReadFile(filepath.Join(dir, ".git/index"))
			if err != nil {
				t.Fatal(err)
			}

			repo := open(t, dir)
			for i, path := range []string{"v1/aa/one.json", "v1/aa/two.json", "v1/bb/three.json", "v0"} {
				file := File{Path: path, Content: []byte(path), Message: "record " + path, When: time.Unix(int64(i), 0)}
				if _, err := repo.Append(t.Context(), testRef, file); err != nil {
					t.Fatal(err)
				}
			}

			if got, want := git(t, dir, "ls-tree", "-r", "--name-only", testRef), "v0\nv1/aa/one.json\nv1/aa/two.json\nv1/bb/three.json"; got != want {
				t.Errorf("files %q, want %q", got, want)
			}
			if got := git(t, dir, "show", testRef+":v1/aa/two.json"); got != "v1/aa/two.json" {
				t.Errorf("content %q", got)
			}
			want := strings.Join([]string{
				"record v0 3 annexgate annexgate@localhost annexgate",
				"record v1/bb/three.json 2 annexgate annexgate@localhost annexgate",
				"record v1/aa/two.json 1 annexgate annexgate@localhost annexgate",
				"record v1/aa/one.json 0 annexgate annexgate@localhost annexgate",
			}, "\n")
			if got := git(t, dir, "log", "--format=%s %ct %an %ae %cn", testRef); got != want {
				t.Errorf("log:\n%s\nwant:\n%s", got, want)
			}
			git(t, dir, "fsck", "--strict", "--no-dangling")
			after, err := os.ReadFile(filepath.Join(dir, ".git/index"))
			if err != nil || string(after) != string(index) {
				t.Errorf("the index changed (%v)", err)
			}
			if got := git(t, dir, "status", "--porcelain"); got != status {
				t.Errorf("status:\n%s\nwant:\n%s", got, status)
			}
		})
	}
}

func TestAppendOverwritesNothing(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	first, err := repo.Append(t.Context(), testRef, File{Path: "v1/a", Content: []byte("one")})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := repo.Append(t.Context(), testRef, File{Path: "v1/a", Content: []byte("one")}); err != nil || again != first {
		t.Errorf("the same again: %s, %v; want %s", again, err, first)
	}
	for _, path := range []string{"v1/a", "v1", "v1/a/b"} {
		if _, err := repo.Append(t.Context(), testRef, File{Path: path, Content: []byte("two")}); !errors.Is(err, ErrExists) {
			t.Errorf("%s: error %v, want %v", path, err, ErrExists)
		}
	}
	for _, path := range []string{"", ".", "/a", "../a", "a//b", "a/", "a\nb", "a\x00b"} {
		if _, err := repo.Append(t.Context(), testRef, File{Path: path}); err == nil {
			t.Errorf("path %q was taken", path)
		}
	}
	if got := git(t, dir, "rev-parse", testRef); got != first {
		t.Errorf("the ref moved to %s", got)
	}
}

func TestAppendNoticesAnotherWriter(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	head := git(t, dir, "rev-parse", "HEAD")
	lock := filepath.Join(dir, ".git", testRef+".lock")

	if err := repo.move(t.Context(), testRef, "", head); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "main.tf", "two")
	git(t, dir, "commit", "--quiet", "-a", "-m", "two")
	next := git(t, dir, "rev-parse", "HEAD")

	for name, tip := range map[string]string{"the ref is there already": "", "the ref is elsewhere": next} {
		if err := repo.move(t.Context(), testRef, tip, next); !errors.Is(err, ErrMoved) {
			t.Errorf("%s: error %v, want %v", name, err, ErrMoved)
		}
	}
	if err := os.WriteFile(lock, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := repo.move(t.Context(), testRef, head, next); !errors.Is(err, ErrMoved) {
		t.Errorf("the ref is locked: error %v, want %v", err, ErrMoved)
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := repo.move(t.Context(), testRef, head, strings.Repeat("1", 40)); err == nil || errors.Is(err, ErrMoved) {
		t.Errorf("a commit that is not there: error %v, want one that is not worth another try", err)
	}
	if got := git(t, dir, "rev-parse", testRef); got != head {
		t.Errorf("the ref moved to %s, want %s", got, head)
	}
}

func TestTipOfAStrangeRef(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	main := git(t, dir, "rev-parse", "main")
	git(t, dir, "symbolic-ref", "refs/annexgate/link", "refs/heads/main")
	git(t, dir, "update-ref", "refs/annexgate/tree", "HEAD^{tree}")
	git(t, dir, "update-ref", "refs/annexgate/folder/inside", "HEAD")

	for _, ref := range []string{"refs/annexgate/link", "refs/annexgate/tree"} {
		if _, err := repo.Append(t.Context(), ref, File{Path: "a"}); err == nil {
			t.Errorf("appended to %s", ref)
		}
	}
	if tip, err := repo.Tip(t.Context(), "refs/annexgate/folder"); tip != "" || err != nil {
		t.Errorf("a folder of refs has the tip %q, %v", tip, err)
	}
	if got := git(t, dir, "rev-parse", "main"); got != main {
		t.Errorf("main moved to %s", got)
	}
}

func TestAppendInALinkedWorkTree(t *testing.T) {
	dir := repository(t)
	tree := filepath.Join(t.TempDir(), "second")
	git(t, dir, "worktree", "add", "--quiet", "--detach", tree)
	if _, err := open(t, tree).Append(t.Context(), testRef, File{Path: "a", Content: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if got := git(t, dir, "show", testRef+":a"); got != "x" {
		t.Errorf("the main work tree sees %q", got)
	}
}

func TestBlobs(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	for path, content := range map[string]string{
		"v1/aa/two": "two\n", "v1/aa/one": "", "v1/aa/deep/three": "a\x00b", "v1/aab": "x", "v1/aa/large": strings.Repeat("x", 100),
	} {
		if _, err := repo.Append(t.Context(), testRef, File{Path: path, Content: []byte(content)}); err != nil {
			t.Fatal(err)
		}
	}

	got, err := repo.Blobs(t.Context(), testRef, "v1/aa", 99)
	if err != nil {
		t.Fatal(err)
	}
	want := []Blob{
		{Path: "v1/aa/deep/three", Size: 3, Content: []byte("a\x00b")},
		{Path: "v1/aa/large", Size: 100},
		{Path: "v1/aa/one", Content: []byte{}},
		{Path: "v1/aa/two", Size: 4, Content: []byte("two\n")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, place := range [][2]string{{"refs/annexgate/none", "v1"}, {testRef, "v1/cc"}, {testRef, "v1/aa/one"}} {
		if got, err := repo.Blobs(t.Context(), place[0], place[1], 99); len(got) != 0 || err != nil {
			t.Errorf("%q: %v, %v; want nothing", place, got, err)
		}
	}
}

func TestNextObject(t *testing.T) {
	for _, out := range []string{"", "abc missing\n", "abc blob 5\nfour\n", "abc blob -1\n\n", "abc blob x\n\n"} {
		if _, _, err := nextObject([]byte(out)); err == nil {
			t.Errorf("%q was taken", out)
		}
	}
}
