package discover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// skipped are folders that are not walked, unless asked for by name. The text
// is what the report says; without one it says nothing.
var skipped = map[string]string{
	".git":              "",
	".terraform":        "",
	".terragrunt-cache": "",
	"node_modules":      "",
	"vendor":            "vendored code is not examined; name the folder to have it examined",
	"third_party":       "vendored code is not examined; name the folder to have it examined",
}

const ownRepository = "a git repository of its own is not examined; run annexgate in it, or name it to have it examined"

// A walk collects inputs from one or more starting points.
type walk struct {
	fsys     fs.FS // of the root; does not follow links out of it
	exclude  globs
	limit    int
	files    map[string]annexgate.Kind
	problems map[string]annexgate.Problem // by path: a path may be met from two starts
}

func newWalk(fsys fs.FS, exclude globs, limit int) *walk {
	return &walk{
		fsys: fsys, exclude: exclude, limit: limit,
		files: map[string]annexgate.Kind{}, problems: map[string]annexgate.Problem{},
	}
}

// from walks start, which is a file or a directory, but for what is in ignored.
func (w *walk) from(ctx context.Context, start string, ignored map[string]bool) error {
	if w.exclude.match(start) {
		return nil
	}
	return fs.WalkDir(w.fsys, start, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("look for files: %w", ctx.Err())
		case err != nil:
			return w.unreadable(name, entry, err)
		case name != start && (ignored[name] || w.exclude.matchOne(name)):
			return skip(entry)
		case entry.IsDir():
			return w.directory(name, name == start, ignored)
		}
		return w.file(name, entry, name == start)
	})
}

// skip leaves out an entry, and what is below it.
func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (w *walk) directory(name string, asked bool, ignored map[string]bool) error {
	if asked {
		return nil
	}
	if ignored[name+"/"] {
		return fs.SkipDir
	}
	if why, ok := skipped[path.Base(name)]; ok {
		if why != "" {
			w.report(name, annexgate.Notice, why)
		}
		return fs.SkipDir
	}
	if isRepository(w.fsys, name) {
		w.report(name, annexgate.Notice, ownRepository)
		return fs.SkipDir
	}
	return nil
}

func (w *walk) file(name string, entry fs.DirEntry, asked bool) error {
	kind := kindOf(path.Base(name))
	if (path.Ext(name) == ".json" && kind == annexgate.Kubernetes || asked && kind == "") && isPlan(w.fsys, name) {
		kind = annexgate.Terraform
	}
	if kind == "" {
		if asked {
			w.report(name, annexgate.Notice, "neither a Terraform nor a Kubernetes file, so it is not examined")
		} else if entry.Type() == fs.ModeSymlink {
			w.link(name)
		}
		return nil
	}
	regular, err := w.regular(name)
	if err != nil {
		return w.unreadable(name, entry, err)
	}
	if !regular {
		return nil
	}
	if len(w.files) >= w.limit {
		if _, ok := w.files[name]; !ok {
			w.report(".", annexgate.Unread, fmt.Sprintf("more than %d input files: the rest is not examined; name fewer paths or use --exclude", w.limit))
			return fs.SkipAll
		}
	}
	w.files[name] = kind
	return nil
}

// regular reports whether name is, or links to, a regular file. The error says
// why it cannot be read.
func (w *walk) regular(name string) (bool, error) {
	info, err := fs.Stat(w.fsys, name)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	file, err := w.fsys.Open(name)
	if err != nil {
		return false, err
	}
	return true, file.Close()
}

// link tells of a symbolic link that leads out of the root: if a directory is
// there, someone may expect it to be examined.
func (w *walk) link(name string) {
	_, err := fs.Stat(w.fsys, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.report(name, annexgate.Notice, "a symbolic link that leads out of the repository is not followed")
	}
}

func (w *walk) unreadable(name string, entry fs.DirEntry, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err // without the path, which the location has
	}
	switch {
	case entry != nil && entry.IsDir():
		w.report(name, annexgate.Unread, fmt.Sprintf("the directory cannot be read: %v", err))
		return fs.SkipDir
	case entry != nil && entry.Type() == fs.ModeSymlink && errors.Is(err, fs.ErrNotExist):
		w.report(name, annexgate.Unread, "a symbolic link to a file that does not exist")
	case entry != nil && entry.Type() == fs.ModeSymlink:
		w.report(name, annexgate.Unread, fmt.Sprintf("a symbolic link that is not followed: %v", err))
	case errors.Is(err, fs.ErrNotExist): // deleted while we looked
	default:
		w.report(name, annexgate.Unread, fmt.Sprintf("the file cannot be read: %v", err))
	}
	return nil
}

func (w *walk) report(name string, loss annexgate.Loss, message string) {
	at := annexgate.Location{File: name}
	if name == "." {
		at = annexgate.Location{}
	}
	w.problems[name] = annexgate.Problem{Message: message, At: at, Loss: loss}
}
