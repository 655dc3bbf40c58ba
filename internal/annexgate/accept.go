package annexgate

import "time"

// A Waiver accepts failures for a time. Its scope is the failures that match
// every field that is set.
type Waiver struct {
	ID     string // unique within its file: EX-2026-014; derived from its content when the author gives none
	Policy string // ID, beginning of an ID, alias or control

	Address     string // glob over the address of the finding; empty matches any
	Path        string // glob over the file of the finding; empty matches any
	Key         string // of a sub-rule; empty matches any
	Fingerprint string // of one finding; empty matches any

	Reason     string
	Ticket     string
	Owner      string // who answers for it
	ApprovedBy string // never the owner, nor the author of the change that adds it

	Created   time.Time
	NotBefore time.Time // the zero value: from the start
	Expires   time.Time // the first moment at which it accepts nothing any more; the zero value: never, of a peer's ignore alone

	At      Location // where it is written
	Inline  bool     // in a comment beside what it accepts
	Span    Location // of an inline one: the lines that it is about
	Peer    string   // the tool whose inline ignore it is, where the configuration honours those
	State   WaiverState
	Faults  []string // why it is invalid
	Matches int      // findings of the run in its scope, also when it does not count
}

// A WaiverState says whether a waiver counts.
type WaiverState string

// The states of a waiver. None but WaiverActive accepts anything.
const (
	WaiverInvalid WaiverState = "invalid" // the zero value means this too
	WaiverNotYet  WaiverState = "not_yet"
	WaiverActive  WaiverState = "active"
	WaiverExpired WaiverState = "expired"
)

// A BaselineEntry is a failure that was there when the baseline was written.
type BaselineEntry struct {
	Fingerprint string
	Policy      string
	Address     string
	Scope       string // of the subject that was examined: a fingerprint is the same in every root module
	Since       time.Time
	At          Location // its line in the file
	Fixed       bool     // the run judged all it could be about and found nothing
}

// An Acceptance is why a failing finding does not block. One of its fields is
// set.
type Acceptance struct {
	Waiver   *Waiver
	Baseline *BaselineEntry
	Excluded string // the justification of the Statement of Applicability for leaving out every control of the policy
}

// A Novelty says whether the change under test brought a finding.
type Novelty string

// The novelties. A run without a base to compare with knows none of it.
const (
	Introduced Novelty = "introduced"
	Existing   Novelty = "existing"
)
