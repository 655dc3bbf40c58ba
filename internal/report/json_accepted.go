package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

type waiverDocument struct {
	ID          string                `json:"id"`
	State       annexgate.WaiverState `json:"state"`
	Policy      string                `json:"policy,omitempty"`
	Address     string                `json:"address,omitempty"`
	Path        string                `json:"path,omitempty"`
	Key         string                `json:"key,omitempty"`
	Fingerprint string                `json:"fingerprint,omitempty"`
	Reason      string                `json:"reason,omitempty"`
	Ticket      string                `json:"ticket,omitempty"`
	Owner       string                `json:"owner,omitempty"`
	ApprovedBy  string                `json:"approved_by,omitempty"`
	Created     string                `json:"created,omitempty"` // dates: 2026-11-21
	NotBefore   string                `json:"not_before,omitempty"`
	Expires     string                `json:"expires,omitempty"`
	At          annexgate.Location    `json:"at,omitzero"`
	Inline      bool                  `json:"inline,omitempty"`
	Span        annexgate.Location    `json:"span,omitzero"` // the lines that an inline one is about
	Peer        string                `json:"peer,omitempty"`
	Faults      []string              `json:"faults,omitempty"`
	Matches     int                   `json:"matches"`
}

type entryDocument struct {
	Fingerprint string             `json:"fingerprint"`
	Policy      string             `json:"policy"`
	Address     string             `json:"address,omitempty"`
	Scope       string             `json:"scope,omitempty"`
	Since       string             `json:"since"`
	At          annexgate.Location `json:"at,omitzero"`
	Fixed       bool               `json:"fixed,omitempty"`
}

type acceptedDocument struct {
	Waiver   string  `json:"waiver,omitempty"`   // its ID
	Baseline *int    `json:"baseline,omitempty"` // the number of the entry
	Excluded *string `json:"excluded,omitempty"`
}

// day writes a date as it is read; the zero time is nothing.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return date(t)
}

func newWaiverDocument(w annexgate.Waiver) waiverDocument {
	return waiverDocument{
		ID: w.ID, State: cmp.Or(w.State, annexgate.WaiverInvalid), Policy: w.Policy, Address: w.Address, Path: w.Path, Key: w.Key, Fingerprint: w.Fingerprint,
		Reason: w.Reason, Ticket: w.Ticket, Owner: w.Owner, ApprovedBy: w.ApprovedBy,
		Created: day(w.Created), NotBefore: day(w.NotBefore), Expires: day(w.Expires),
		At: w.At, Inline: w.Inline, Span: w.Span, Peer: w.Peer, Faults: w.Faults, Matches: w.Matches,
	}
}

func newEntryDocument(e annexgate.BaselineEntry) entryDocument {
	return entryDocument{e.Fingerprint, e.Policy, e.Address, e.Scope, day(e.Since), e.At, e.Fixed}
}

func newAcceptedDocument(a *annexgate.Acceptance, entries map[*annexgate.BaselineEntry]int) *acceptedDocument {
	switch {
	case a == nil:
		return nil
	case a.Waiver != nil:
		return &acceptedDocument{Waiver: a.Waiver.ID}
	case a.Baseline != nil:
		i := entries[a.Baseline]
		return &acceptedDocument{Baseline: &i}
	}
	return &acceptedDocument{Excluded: &a.Excluded}
}

// readAcceptances reads the waivers and the baseline.
func (doc *document) readAcceptances(run *annexgate.Run) error {
	for _, w := range doc.Waivers {
		waiver, err := w.waiver()
		if err != nil {
			return fmt.Errorf("waiver %q: %w", w.ID, err)
		}
		run.Waivers = append(run.Waivers, waiver)
	}
	for i, e := range doc.Baseline {
		since, err := readDay(e.Since)
		if err != nil {
			return fmt.Errorf("entry %d of the baseline: %w", i, err)
		}
		run.Baseline = append(run.Baseline, annexgate.BaselineEntry{
			Fingerprint: e.Fingerprint, Policy: e.Policy, Address: e.Address, Scope: e.Scope, Since: since, At: e.At, Fixed: e.Fixed,
		})
	}
	return nil
}

func (w waiverDocument) waiver() (annexgate.Waiver, error) {
	states := []annexgate.WaiverState{annexgate.WaiverInvalid, annexgate.WaiverNotYet, annexgate.WaiverActive, annexgate.WaiverExpired}
	waiver := annexgate.Waiver{
		ID: w.ID, State: w.State, Policy: w.Policy, Address: w.Address, Path: w.Path, Key: w.Key, Fingerprint: w.Fingerprint,
		Reason: w.Reason, Ticket: w.Ticket, Owner: w.Owner, ApprovedBy: w.ApprovedBy,
		At: w.At, Inline: w.Inline, Span: w.Span, Peer: w.Peer, Faults: w.Faults, Matches: w.Matches,
	}
	if !slices.Contains(states, w.State) {
		return waiver, fmt.Errorf("unknown state %q", w.State)
	}
	for _, d := range []struct {
		text string
		into *time.Time
	}{{w.Created, &waiver.Created}, {w.NotBefore, &waiver.NotBefore}, {w.Expires, &waiver.Expires}} {
		var err error
		if *d.into, err = readDay(d.text); err != nil {
			return waiver, err
		}
	}
	return waiver, nil
}

func readDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("%q is not a date", text)
	}
	return t, nil
}

// readFixed reads the findings that the change mends.
func (doc *document) readFixed(run *annexgate.Run) error {
	known := newAcceptors(run)
	for i, f := range doc.Fixed {
		finding, err := f.finding(known)
		if err != nil {
			return fmt.Errorf("fixed finding %d: %w", i, err)
		}
		run.Fixed = append(run.Fixed, finding)
	}
	return nil
}

// acceptors are what findings of a saved run name as what accepts them.
type acceptors struct {
	waivers map[string]*annexgate.Waiver // those that accept
	entries []annexgate.BaselineEntry
}

func newAcceptors(run *annexgate.Run) acceptors {
	known := acceptors{map[string]*annexgate.Waiver{}, run.Baseline}
	for i := range run.Waivers {
		if w := &run.Waivers[i]; w.State == annexgate.WaiverActive && known.waivers[w.ID] == nil {
			known.waivers[w.ID] = w
		}
	}
	return known
}

// acceptance finds what accepts a finding; nil when nothing does.
func (known acceptors) acceptance(a *acceptedDocument) (*annexgate.Acceptance, error) {
	switch {
	case a == nil:
		return nil, nil
	case a.Waiver != "":
		if w := known.waivers[a.Waiver]; w != nil {
			return &annexgate.Acceptance{Waiver: w}, nil
		}
		return nil, fmt.Errorf("accepted: there is no active waiver %q", a.Waiver)
	case a.Baseline != nil:
		if i := *a.Baseline; i >= 0 && i < len(known.entries) {
			return &annexgate.Acceptance{Baseline: &known.entries[i]}, nil
		}
		return nil, fmt.Errorf("accepted: there is no entry %d of the baseline", *a.Baseline)
	case a.Excluded != nil:
		return &annexgate.Acceptance{Excluded: *a.Excluded}, nil
	}
	return nil, errors.New("accepted: want a waiver, an entry of the baseline or a justification")
}
