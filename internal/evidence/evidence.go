// Package evidence turns a run into the record that an auditor asks for, and
// keeps records where any commit leads to them.
//
// A record is an in-toto Statement: New makes it, Seal gives it the bytes that
// are kept, a Store keeps them and finds them by commit, and WriteText and
// WriteJSON show them.
//
// # Decisions
//
// A record is a function of the run and of an ID that is passed in, so the same
// run gives the same bytes.
//
// A record of a dirty work tree names the commit, by which people look it up,
// but not the tree as its subject: what was examined is not that tree. The
// manifest of the inputs is, and degraded says DIRTY_TREE.
//
// The manifest is the text that sha256sum(1) prints for the inputs, sorted by
// path, so that an auditor can check it with a tool of theirs.
//
// The populations are those of annexgate.Population: a subject counts once for
// a control, with its worst outcome. What is absent from a record was not
// collected; no field is filled with a value that nobody knows. Exit codes are
// not recorded: the outcome says the same.
//
// A record lists the rules that examined something. Of those that had nothing
// to examine it keeps the number: with some hundred policies their names would
// be most of the record, and the policy digest tells which they were.
//
// A record stays under 64 KiB also when it is signed, which makes it a third
// larger. What does not fit is left out in the order of steps in budget.go, and
// omitted counts it. Excerpts of source and values of subjects never enter.
package evidence

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// ErrNoCommit says that a record belongs to no commit, so that no store can
// find it again.
var ErrNoCommit = errors.New("there is no commit yet to keep evidence for")

// NewID returns a UUIDv7 (RFC 9562) for a record made at now. IDs sort by
// time, to the millisecond. random is usually crypto/rand.Reader.
func NewID(now time.Time, random io.Reader) (string, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return "", fmt.Errorf("make a record ID: %w", err)
	}
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(max(0, now.UnixMilli()))) // 48 bits hold it until the year 10889
	copy(id[:6], stamp[2:])
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // the variant of RFC 9562
	return id.String(), nil
}

// Encode returns the bytes of a statement: JSON on one line. Equal statements
// have equal bytes.
func Encode(s *Statement) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("encode record %s: %w", s.Predicate.RecordID, err)
	}
	return b.Bytes(), nil
}

// An Entry is a record as a store keeps it.
type Entry struct {
	ID      string
	Commit  string // hexadecimal; empty when there is none
	When    time.Time
	Content []byte
}

// Seal makes the entry that a statement is kept as.
func Seal(s *Statement) (Entry, error) {
	content, err := Encode(s)
	if err != nil {
		return Entry{}, err
	}
	return Entry{
		ID:      s.Predicate.RecordID,
		Commit:  s.Commit(),
		When:    s.Predicate.Execution.FinishedAt,
		Content: content,
	}, nil
}
