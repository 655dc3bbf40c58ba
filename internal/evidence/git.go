package evidence

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/annexgate/annexgate/internal/gitrepo"
)

// Ref is where records are kept in a git repository. Its history is one commit
// for each record; its tree holds v1/<first two digits>/<commit>/<record>.json.
const Ref = "refs/annexgate/evidence"

const (
	maxRecord = 1 << 20                // bytes read of one record
	attempts  = 100                    // appends tried while other writers are faster
	firstWait = 10 * time.Millisecond  // the longest wait after the first of them
	maxWait   = 300 * time.Millisecond // and after any of them
)

// Git keeps records in the repository they are about.
type Git struct {
	repo *gitrepo.Repo
}

var _ Store = (*Git)(nil)

// InGit returns the store in repo. All its work trees share it.
func InGit(repo *gitrepo.Repo) *Git { return &Git{repo: repo} }

// Append adds one commit to Ref. The work tree and the index are not touched.
// Writers may be many, in this process and others: one that is overtaken tries
// again.
func (g *Git) Append(ctx context.Context, entry Entry) error {
	if entry.Commit == "" {
		return fmt.Errorf("keep record %s: %w; make one with git commit", entry.ID, ErrNoCommit)
	}
	if _, err := uuid.Parse(entry.ID); err != nil || !isObject(entry.Commit) {
		return fmt.Errorf("keep record %q of commit %q: not a record of a commit", entry.ID, entry.Commit)
	}
	file := gitrepo.File{
		Path:    path.Join(folder(entry.Commit), entry.ID+".json"),
		Content: entry.Content,
		Message: fmt.Sprintf("annexgate: evidence for %s\n\nRecord: %s\n", entry.Commit, entry.ID),
		When:    entry.When,
	}
	wait := firstWait
	for try := 1; ; try++ {
		_, err := g.repo.Append(ctx, Ref, file)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, gitrepo.ErrMoved):
			return fmt.Errorf("keep record %s: %w", entry.ID, err)
		case try == attempts:
			return fmt.Errorf("keep record %s: given up after %d attempts: %w", entry.ID, attempts, err)
		}
		if err := pause(ctx, rand.N(wait)); err != nil {
			return fmt.Errorf("keep record %s: %w", entry.ID, err)
		}
		wait = min(2*wait, maxWait)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Find reads the records of a commit.
func (g *Git) Find(ctx context.Context, commit string) (*Found, error) {
	if !isObject(commit) {
		return nil, fmt.Errorf("find evidence: %q is not a commit in full", commit)
	}
	blobs, err := g.repo.Blobs(ctx, Ref, folder(commit), maxRecord)
	if err != nil {
		return nil, fmt.Errorf("find evidence for %s: %w", commit, err)
	}
	found := &Found{Commit: commit}
	for _, blob := range blobs {
		statement, err := read(blob, commit)
		if err != nil {
			found.Broken = append(found.Broken, Broken{Place: Ref + ":" + blob.Path, Err: err})
			continue
		}
		found.Records = append(found.Records, Stored{Statement: statement, Content: blob.Content})
	}
	found.sort()
	return found, nil
}

// read returns the record in blob, which must be the one that its place says.
func read(blob gitrepo.Blob, commit string) (*Statement, error) {
	if blob.Content == nil {
		return nil, fmt.Errorf("%d bytes are more than a record has", blob.Size)
	}
	statement, err := Parse(blob.Content)
	if err != nil {
		return nil, err
	}
	id, isRecord := strings.CutSuffix(path.Base(blob.Path), ".json")
	switch {
	case !isRecord || id != statement.Predicate.RecordID || path.Dir(blob.Path) != folder(commit):
		return nil, fmt.Errorf("it is record %s, which belongs elsewhere", statement.Predicate.RecordID)
	case statement.Commit() != commit:
		return nil, fmt.Errorf("it is about commit %q", statement.Commit())
	}
	return statement, nil
}

// folder returns where the records of a commit are. The first two digits keep
// folders small.
func folder(commit string) string { return path.Join("v1", commit[:2], commit) }
