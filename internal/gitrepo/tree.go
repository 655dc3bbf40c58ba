package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxLinks    = 40       // symbolic links followed on the way to one file
	maxTreeFile = 64 << 20 // bytes of one file
)

// A Tree is the files of one commit, read from git's objects: no work tree is
// made, and nothing is run but git. It is an fs.FS with fs.ReadFileFS,
// fs.ReadDirFS and fs.StatFS, and its methods may be called at the same time.
//
// Files are as they were committed, before any filter: with line feeds where
// the work tree may have CRLF, as pointers where it has LFS content. Symbolic
// links are followed inside the tree and never out of it. A submodule is an
// empty directory, as it is in a clone without submodules.
type Tree struct {
	commit  string
	entries map[string]*treeEntry // by path

	mu     sync.Mutex // one question to git at a time
	git    *exec.Cmd
	ask    io.WriteCloser
	answer *bufio.Reader
	broken error // why git answers no more
}

// A treeEntry is a file, a directory or a link. It is its own fs.DirEntry and
// fs.FileInfo.
type treeEntry struct {
	name     string
	mode     fs.FileMode
	object   string
	size     int64
	children []*treeEntry // of a directory, by name
}

// TreeFS opens the tree of the commit that rev names. It lists the tree at
// once and reads a file when it is asked for. An unknown rev is
// ErrUnknownRevision. The tree holds a git process until Close, or until ctx
// ends.
func (r *Repo) TreeFS(ctx context.Context, rev string) (*Tree, error) {
	commit, err := r.Resolve(ctx, rev)
	if err != nil {
		return nil, err
	}
	out, err := r.git(ctx, "ls-tree", "-r", "-t", "-z", "--long", "--full-tree", commit)
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", rev, err)
	}
	t := &Tree{commit: commit, entries: map[string]*treeEntry{".": {name: ".", mode: fs.ModeDir | 0o555}}}
	for entry := range entries(out) {
		if err := t.add(entry); err != nil {
			return nil, fmt.Errorf("list the files of %s: %w", rev, err)
		}
	}
	for _, e := range t.entries {
		slices.SortFunc(e.children, func(a, b *treeEntry) int { return strings.Compare(a.name, b.name) })
	}
	if err := t.start(ctx, r.root); err != nil {
		return nil, fmt.Errorf("read the files of %s: %w", rev, err)
	}
	return t, nil
}

// Commit returns the commit, in full.
func (t *Tree) Commit() string { return t.commit }

var treeModes = map[string]fs.FileMode{
	"100644": 0o444, "100664": 0o444, "100755": 0o555,
	"120000": fs.ModeSymlink | 0o777,
	"040000": fs.ModeDir | 0o555,
	"160000": fs.ModeDir | 0o555,
}

// add takes one line of ls-tree: mode SP type SP object SP size TAB path. A
// path that no file system could have is passed over.
func (t *Tree) add(line string) error {
	about, name, _ := strings.Cut(line, "\t")
	fields := strings.Fields(about)
	if len(fields) != 4 {
		return fmt.Errorf("git answers %q", about)
	}
	mode, known := treeModes[fields[0]]
	parent, listed := t.entries[path.Dir(name)]
	if !known || !listed || !fs.ValidPath(name) {
		return nil
	}
	e := &treeEntry{name: path.Base(name), mode: mode, object: fields[2]}
	if !mode.IsDir() {
		size, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return fmt.Errorf("size of %q: %w", name, err)
		}
		e.size = size
	}
	if _, twice := t.entries[name]; !twice {
		t.entries[name] = e
		parent.children = append(parent.children, e)
	}
	return nil
}

func (t *Tree) start(ctx context.Context, root string) error {
	t.git = command{dir: root}.prepare(ctx, "cat-file", "--batch")
	ask, err := t.git.StdinPipe()
	if err != nil {
		return err
	}
	answer, err := t.git.StdoutPipe()
	if err != nil {
		return err
	}
	t.ask, t.answer = ask, bufio.NewReader(answer)
	return t.git.Start()
}

var errTreeClosed = errors.New("the tree is closed")

// Close ends the git process. What is read afterwards is an error.
func (t *Tree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if errors.Is(t.broken, errTreeClosed) {
		return nil
	}
	t.broken = errTreeClosed
	t.ask.Close()
	// It ends at the end of its input. After an answer that nobody read to its
	// end, or a cancelled context, it does not end well, and need not.
	_, _ = io.Copy(io.Discard, t.answer)
	_ = t.git.Wait()
	return nil
}

// Open opens a file or a directory.
func (t *Tree) Open(name string) (fs.File, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		return &treeDir{treeEntry: e}, nil
	}
	content, err := t.content(e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &treeFile{treeEntry: e, Reader: bytes.NewReader(content)}, nil
}

// ReadFile returns the content of a file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	e, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	content, err := t.content(e)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return content, nil
}

// ReadDir lists a directory, by name.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return e.list(), nil
}

// Stat describes a file, or what a symbolic link leads to.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	e, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// find returns the entry that name leads to, through symbolic links.
func (t *Tree) find(op, name string) (*treeEntry, error) {
	fault := func(err error) (*treeEntry, error) { return nil, &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fault(fs.ErrInvalid)
	}
	steps, at, followed := strings.Split(name, "/"), ".", 0
	for len(steps) > 0 {
		next := path.Join(at, steps[0])
		e, ok := t.entries[next]
		if !ok || next == ".." || strings.HasPrefix(next, "../") {
			return fault(fs.ErrNotExist)
		}
		steps = steps[1:]
		if e.mode&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if followed++; followed > maxLinks {
			return fault(errors.New("too many symbolic links"))
		}
		target, err := t.content(e)
		if err != nil {
			return fault(err)
		}
		if path.IsAbs(string(target)) {
			return fault(errors.New("a symbolic link that leads out of the repository"))
		}
		steps = append(strings.Split(string(target), "/"), steps...)
	}
	return t.entries[at], nil
}

// content reads a file from git.
func (t *Tree) content(e *treeEntry) ([]byte, error) {
	if e.size > maxTreeFile {
		return nil, fmt.Errorf("%d bytes are more than %d MiB", e.size, maxTreeFile>>20)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken != nil {
		return nil, t.broken
	}
	content, err := t.exchange(e)
	if err != nil {
		t.broken = fmt.Errorf("git cat-file: %w", err)
		return nil, t.broken
	}
	if content == nil {
		return nil, errors.New("the object is not in this clone: fetch it, or clone without a filter")
	}
	return content, nil
}

// exchange asks for one object. The answer is object SP type SP size LF
// content LF, or object SP missing LF.
func (t *Tree) exchange(e *treeEntry) ([]byte, error) {
	if _, err := io.WriteString(t.ask, e.object+"\n"); err != nil {
		return nil, err
	}
	header, err := t.answer.ReadString('\n')
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(header)
	if len(fields) == 2 && fields[1] == "missing" {
		return nil, nil
	}
	if len(fields) != 3 || fields[2] != strconv.FormatInt(e.size, 10) {
		return nil, fmt.Errorf("the answer is %q", header)
	}
	content := make([]byte, e.size+1) // and the line feed
	if _, err := io.ReadFull(t.answer, content); err != nil {
		return nil, err
	}
	return content[:e.size:e.size], nil
}

func (e *treeEntry) Name() string               { return e.name }
func (e *treeEntry) IsDir() bool                { return e.mode.IsDir() }
func (e *treeEntry) Type() fs.FileMode          { return e.mode.Type() }
func (e *treeEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e *treeEntry) Size() int64                { return e.size }
func (e *treeEntry) Mode() fs.FileMode          { return e.mode }
func (e *treeEntry) ModTime() time.Time         { return time.Time{} }
func (e *treeEntry) Sys() any                   { return nil }

func (e *treeEntry) list() []fs.DirEntry {
	list := make([]fs.DirEntry, len(e.children))
	for i, child := range e.children {
		list[i] = child
	}
	return list
}

// A treeFile is an open file.
type treeFile struct {
	*treeEntry
	*bytes.Reader
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.treeEntry, nil }
func (f *treeFile) Size() int64                { return f.treeEntry.size }
func (f *treeFile) Close() error               { return nil }

// A treeDir is an open directory.
type treeDir struct {
	*treeEntry
	at int
}

func (d *treeDir) Stat() (fs.FileInfo, error) { return d.treeEntry, nil }
func (d *treeDir) Close() error               { return nil }

func (d *treeDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

func (d *treeDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.list()[d.at:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		rest = rest[:min(n, len(rest))]
	}
	d.at += len(rest)
	return rest, nil
}
