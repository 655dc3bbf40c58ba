package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// exceptions lists the waivers of the run, those that accept something first
// when there are too many, in the order of their places.
func (b *builder) exceptions() []Exception {
	type ranked struct {
		Exception
		rank, at int
	}
	var all []ranked
	for i, w := range b.run.Waivers {
		rank := 1
		if w.State == annexgate.WaiverActive && w.Matches > 0 {
			rank = 0
		}
		all = append(all, ranked{exception(w), rank, i})
	}
	slices.SortStableFunc(all, func(x, y ranked) int { return cmp.Compare(x.rank, y.rank) })
	kept := slices.Clone(cut(all, b.limits.exceptions, &b.omitted.Exceptions))
	slices.SortFunc(kept, func(x, y ranked) int { return cmp.Compare(x.at, y.at) })
	var list []Exception
	for _, r := range kept {
		list = append(list, r.Exception)
	}
	return list
}

func exception(w annexgate.Waiver) Exception {
	e := Exception{
		ID: clip(w.ID), State: string(cmp.Or(w.State, annexgate.WaiverInvalid)),
		Scope: ExceptionScope{
			Rule: clip(w.Policy), Resource: clip(w.Address), Path: clip(w.Path), Key: clip(w.Key), Finding: clip(w.Fingerprint),
		},
		Reason: clip(w.Reason), Ticket: clip(w.Ticket), Owner: clip(w.Owner), ApprovedBy: clip(w.ApprovedBy),
		CreatedAt: moment(w.Created), NotBefore: moment(w.NotBefore), ExpiresAt: moment(w.Expires),
		Source: place(w.At), Tool: w.Peer, Findings: w.Matches,
	}
	for _, fault := range w.Faults[:min(len(w.Faults), 5)] {
		e.Faults = append(e.Faults, clip(fault))
	}
	if w.Inline && w.Span.Line > 0 {
		e.Scope.Path = clip(fmt.Sprintf("%s:%d-%d", w.Span.File, w.Span.Line, w.Span.EndLine))
	}
	return e
}

// moment returns t as a record keeps it, or nothing for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = instant(t)
	return &t
}

// waived reports whether waivers cover every finding of d.
func waived(d annexgate.Decision) bool {
	open := func(f annexgate.Finding) bool { return f.Accepted == nil || f.Accepted.Waiver == nil }
	return len(d.Findings) > 0 && !slices.ContainsFunc(d.Findings, open)
}
