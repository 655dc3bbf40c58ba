package evidence

import (
	"context"
	"fmt"
	"strings"
)

// Latest returns the record that was appended last, whatever commit it is
// about, or nil when there is none.
func (g *Git) Latest(ctx context.Context) (*Statement, error) {
	message, err := g.repo.TipMessage(ctx, Ref)
	if err != nil || message == "" {
		return nil, err
	}
	title, rest, _ := strings.Cut(message, "\n")
	commit := strings.TrimPrefix(title, "annexgate: evidence for ")
	_, id, _ := strings.Cut(rest, "Record: ")
	id = strings.TrimSpace(id)
	if !isObject(commit) {
		return nil, fmt.Errorf("find the last record: the tip of %s is no record", Ref)
	}
	found, err := g.Find(ctx, commit)
	if err != nil {
		return nil, err
	}
	for _, stored := range found.Records {
		if stored.Predicate.RecordID == id {
			return stored.Statement, nil
		}
	}
	return nil, fmt.Errorf("find the last record: %s has no readable record %s of commit %s", Ref, id, commit)
}
