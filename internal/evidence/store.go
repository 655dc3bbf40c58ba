package evidence

import (
	"cmp"
	"context"
	"slices"
)

// A Store keeps records and finds them by commit. It only ever grows.
type Store interface {
	// Append keeps an entry. Appending the same entry again changes nothing.
	// An entry without a commit is ErrNoCommit.
	Append(ctx context.Context, entry Entry) error
	// Find returns what is kept for a commit, named in full. Nothing kept is
	// no error.
	Find(ctx context.Context, commit string) (*Found, error)
}

// Found is what a store holds for one commit.
type Found struct {
	Commit  string
	Records []Stored // the oldest first
	Broken  []Broken // in the order of their places
}

// Stored is a record and the very bytes it was read from.
type Stored struct {
	*Statement
	Content []byte
}

// Broken is something in the place of a record that is none.
type Broken struct {
	Place string
	Err   error
}

func (f *Found) sort() {
	slices.SortFunc(f.Records, func(a, b Stored) int {
		return cmp.Or(
			a.Predicate.Execution.FinishedAt.Compare(b.Predicate.Execution.FinishedAt),
			cmp.Compare(a.Predicate.RecordID, b.Predicate.RecordID),
		)
	})
	slices.SortFunc(f.Broken, func(a, b Broken) int { return cmp.Compare(a.Place, b.Place) })
}
