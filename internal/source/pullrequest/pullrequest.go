// Package pullrequest turns the snapshot of a GitHub pull request into one
// subject: its values are GitHub's own REST answers, its facts are what
// policies would otherwise work out wrongly, namely which reviews count
// ("review"), who owns the changed paths ("ownership") and how the security
// checklist was answered ("checklist").
//
// # Decisions
//
// What is not there is unknown. A missing or null section of the snapshot, a
// list that is shorter than the pull request says, a field that only some of
// GitHub's payloads have: each stands in the subject as an unknown value with
// its reason, so that a policy that needs it can neither pass nor fail. It is
// never read as empty, false or zero.
//
// A malformed snapshot is a usage error, not a problem: it is an argument of
// the command, made by a tool. So its format is read strictly where it is ours
// (top-level keys, duplicates, types of what is used) and tolerantly where it
// is GitHub's (further fields).
//
// Facts hold few unknown values. "review" and "ownership" list what is certain
// and have one field, undecided, that is false when that is all and unknown
// when something could not be decided. A policy asks `not review.undecided`
// last, and so still fails on what is certain and passes when enough is.
//
// People are compared by numeric account ID. Where only a login exists
// (CODEOWNERS, team lists, the keys of permissions) it is compared without
// regard to case with the login of the same moment. Git e-mail addresses
// identify nobody; GitHub's mapping of them to accounts does.
//
// An edited approval does not count (EDITED), and neither does one older than
// a force push or a change of the base branch (STALE_TIME): approving again is
// cheap. The head commit's date can only refuse an approval, never rescue one,
// because its author chooses it. When a review was edited is not in GitHub's
// REST answers: whoever makes the snapshot may add it to the review as
// last_edited_at, GraphQL's lastEditedAt.
//
// Who pushed last without force is not in GitHub's REST answers. Commit
// authors, committers, co-authors and everyone who force-pushed are taken as
// contributors instead.
//
// A code owner who contributed covers nothing, also when no other owner
// exists: every owned path needs the counted approval of an owner who is not a
// contributor. GitHub itself is more lenient towards an author in the owning
// team.
//
// CODEOWNERS lines that do not parse are skipped, as GitHub does today, and
// reported. Patterns are matched by hmarr/codeowners; see codeowners.go for
// where we keep it from its own limits.
//
// The checklist is read as GitHub renders it, from the Markdown tree, by the
// ID in a comment on the question's line; see checklist.go.
package pullrequest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// maxSnapshot is the most bytes of a snapshot that are read. GitHub lists no
// more than 3,000 files; with patches of 100 lines they take 3 MB.
const maxSnapshot = 64 << 20

// Loader reads pull-request snapshots.
type Loader struct{}

// Load returns the pull request that the one snapshot in files describes.
// A snapshot that is not there or not in the format is a usage error.
func (Loader) Load(ctx context.Context, fsys fs.FS, files []string) (*annexgate.Inventory, error) {
	if len(files) == 0 {
		return &annexgate.Inventory{}, nil
	}
	if len(files) > 1 {
		return nil, annexgate.Usage(fmt.Errorf("%d pull-request snapshots: want one", len(files)))
	}
	content, err := read(fsys, files[0])
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("read pull-request snapshot %s: %w", files[0], err))
	}
	doc, err := parse(files[0], content)
	if err != nil {
		return nil, annexgate.Usage(err)
	}
	snap, err := decode(doc)
	if err != nil {
		return nil, annexgate.Usage(err)
	}
	subject, problems, err := describe(ctx, snap)
	if err != nil {
		return nil, err
	}
	return &annexgate.Inventory{
		Subjects: []*annexgate.Subject{subject},
		Inputs:   []annexgate.Input{annexgate.NewInput(annexgate.PullRequest, files[0], content)},
		Problems: problems,
	}, nil
}

func read(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
			err = cause.Err // its path is the caller's to tell
		}
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSnapshot+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxSnapshot {
		return nil, fmt.Errorf("larger than %d MiB", maxSnapshot>>20)
	}
	return content, nil
}

// describe makes the subject. Its Source.At, where findings about the pull
// request as a whole point, is the line of its number.
func describe(ctx context.Context, snap *snapshot) (*annexgate.Subject, []annexgate.Problem, error) {
	reviews := judge(snap)
	owned, problems, err := own(ctx, snap, reviews)
	if err != nil {
		return nil, nil, err
	}
	number := strconv.FormatInt(snap.number, 10)
	subject := &annexgate.Subject{
		Kind:    annexgate.PullRequest,
		Type:    "pull_request",
		Name:    number,
		Address: "pull_request/" + number,
		Scope:   snap.file,
		Values:  snap.values,
		Facts: map[string]any{
			"review":    reviews.facts(snap),
			"ownership": owned,
			"checklist": checklistFacts(snap),
		},
		At:     snap.source.At,
		Source: &annexgate.Source{At: snap.numberAt, Fields: snap.source.Fields},
	}
	for _, gap := range snap.shortfalls {
		problems = append(problems, annexgate.Problem{
			Kind: annexgate.PullRequest, Message: gap.Reason, At: gap.From, Loss: annexgate.Partial,
		})
	}
	annexgate.SortProblems(problems)
	return subject, problems, nil
}
