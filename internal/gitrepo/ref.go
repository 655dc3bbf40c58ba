package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Committer is the author and committer of every commit this package makes.
const (
	CommitterName  = "annexgate"
	CommitterEmail = "annexgate@localhost"
)

// What Append can say beside success. Test for them with errors.Is.
var (
	// ErrMoved says that another writer was faster: nothing was appended, and
	// it is safe to try again.
	ErrMoved = errors.New("another writer moved the ref")
	// ErrExists says that other content is already at the path. Nothing is
	// ever overwritten.
	ErrExists = errors.New("there is already something else")
)

// A File is one file to append to a ref.
type File struct {
	Path    string // slash-separated
	Content []byte
	Message string    // of the commit
	When    time.Time // the time of the commit
}

// Append makes one commit on ref that adds file to what is there, and returns
// it. The first append makes the ref. Appending the same content at the same
// path again changes nothing and returns the tip.
//
// Objects are written by plumbing; the work tree and the user's index are not
// touched. The ref moves only if it still is where Append read it; otherwise
// the error is ErrMoved.
func (r *Repo) Append(ctx context.Context, ref string, file File) (string, error) {
	if !fs.ValidPath(file.Path) || file.Path == "." || strings.ContainsAny(file.Path, "\x00\n") {
		return "", fmt.Errorf("append to %s: %q is not a path", ref, file.Path)
	}
	commit, err := r.append(ctx, ref, file)
	if err != nil {
		return "", fmt.Errorf("append %s to %s: %w", file.Path, ref, err)
	}
	return commit, nil
}

func (r *Repo) append(ctx context.Context, ref string, file File) (string, error) {
	tip, err := r.Tip(ctx, ref)
	if err != nil {
		return "", err
	}
	blob, err := r.line(ctx, command{stdin: file.Content}, "hash-object", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	var before string
	if tip != "" {
		before = tip + "^{tree}"
	}
	tree, err := r.insert(ctx, before, strings.Split(file.Path, "/"), blob)
	if errors.Is(err, errSame) {
		return tip, nil
	}
	if err != nil {
		return "", err
	}
	commit, err := r.commit(ctx, tree, tip, file)
	if err != nil {
		return "", err
	}
	return commit, r.move(ctx, ref, tip, commit)
}

// Tip returns the commit that ref, a full name, points at. It is empty when
// there is no such ref. A symbolic ref is an error: to follow it would be to
// write to a branch.
func (r *Repo) Tip(ctx context.Context, ref string) (string, error) {
	out, err := r.git(ctx, "for-each-ref", "--format=%(refname) %(objecttype) %(objectname) %(symref)", "--", ref)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 3 || fields[0] != ref: // a ref below a folder of that name
			continue
		case len(fields) > 3:
			return "", fmt.Errorf("%s is a symbolic ref to %s: delete it with git symbolic-ref --delete %s", ref, fields[3], ref)
		case fields[1] != "commit":
			return "", fmt.Errorf("%s points at a %s: want a commit", ref, fields[1])
		}
		return fields[2], nil
	}
	return "", nil
}

var errSame = errors.New("already there")

// insert returns tree with blob at the path whose steps are given. Only the
// trees along the path are read and written, so the cost does not grow with
// the number of files. An empty tree means none.
func (r *Repo) insert(ctx context.Context, tree string, steps []string, blob string) (string, error) {
	var list []string // mode SP type SP object TAB name, as ls-tree prints and mktree reads
	if tree != "" {
		out, err := r.git(ctx, "ls-tree", "-z", tree)
		if err != nil {
			return "", err
		}
		list = slices.Collect(entries(out))
	}
	name := steps[0]
	at := slices.IndexFunc(list, func(entry string) bool { return strings.HasSuffix(entry, "\t"+name) })
	var kind, object string
	if at >= 0 {
		fields := strings.Fields(list[at])
		kind, object = fields[1], fields[2]
		list = slices.Delete(list, at, at+1)
	}

	if len(steps) == 1 {
		switch object {
		case "":
			list = append(list, "100644 blob "+blob+"\t"+name)
		case blob:
			return "", errSame
		default:
			return "", ErrExists
		}
	} else {
		if kind == "blob" {
			return "", ErrExists
		}
		child, err := r.insert(ctx, object, steps[1:], blob)
		if err != nil {
			return "", err
		}
		list = append(list, "040000 tree "+child+"\t"+name)
	}
	stdin := []byte(strings.Join(list, "\x00") + "\x00")
	return r.line(ctx, command{stdin: stdin}, "mktree", "-z", "--missing")
}

func (r *Repo) commit(ctx context.Context, tree, parent string, file File) (string, error) {
	args := []string{"commit-tree", "--no-gpg-sign"}
	if parent != "" {
		args = append(args, "-p", parent)
	}
	c := command{env: identity(file.When), stdin: []byte(file.Message)}
	return r.line(ctx, c, append(args, "-F", "-", tree)...)
}

// identity tells git who commits, and when: seconds since 1970 in UTC, before
// which there is no time for git.
func identity(when time.Time) []string {
	date := fmt.Sprintf("@%d +0000", max(0, when.Unix()))
	return []string{
		"GIT_AUTHOR_NAME=" + CommitterName, "GIT_AUTHOR_EMAIL=" + CommitterEmail, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + CommitterName, "GIT_COMMITTER_EMAIL=" + CommitterEmail, "GIT_COMMITTER_DATE=" + date,
	}
}

// move points ref at commit if it still points at tip.
func (r *Repo) move(ctx context.Context, ref, tip, commit string) error {
	old := tip
	if old == "" {
		old = r.noObject()
	}
	// A log of the ref, where one is kept, needs an identity as well.
	c := command{env: identity(time.Unix(0, 0))}
	_, err := r.line(ctx, c, "update-ref", "--no-deref", "-m", "annexgate: append", ref, commit, old)
	var failed *commandError
	if !errors.As(err, &failed) {
		return err
	}
	if strings.Contains(failed.stderr, "File exists") { // its lock is held
		return fmt.Errorf("%w: %w", ErrMoved, err)
	}
	if now, again := r.Tip(ctx, ref); again == nil && now != tip {
		return ErrMoved
	}
	return err
}

// TipMessage returns the message of the commit that ref, a full name, points
// at. It is empty when there is no such ref.
func (r *Repo) TipMessage(ctx context.Context, ref string) (string, error) {
	tip, err := r.Tip(ctx, ref)
	if tip == "" || err != nil {
		return "", err
	}
	out, err := r.git(ctx, "show", "--no-patch", "--no-show-signature", "--format=%B", tip)
	if err != nil {
		return "", fmt.Errorf("read the last commit of %s: %w", ref, err)
	}
	return string(out), nil
}
