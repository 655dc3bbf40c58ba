package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// effect says in a few words what a finding does to the change.
func effect(e entry) string {
	f := e.finding
	switch a := f.Accepted; {
	case a != nil && a.Waiver != nil && a.Waiver.Expires.IsZero():
		return "waived"
	case a != nil && a.Waiver != nil:
		return "waived until " + date(a.Waiver.Expires)
	case a != nil && a.Baseline != nil:
		return "in the baseline"
	case a != nil:
		return "control not applicable"
	case e.Holds(f):
		return "blocks"
	case f.Why != "":
		return "would block"
	case f.Novelty == annexgate.Existing:
		return "was there before"
	}
	return "does not block"
}

// standing prints why findings of one policy block, or what accepts them, each
// reason once.
func (t *textWriter) standing(found []entry) {
	fields := []struct {
		label string
		of    func(annexgate.Finding) string
	}{
		{"why", func(f annexgate.Finding) string { return line(f.Why) }},
		{"waiver", func(f annexgate.Finding) string {
			if f.Accepted == nil || f.Accepted.Waiver == nil {
				return ""
			}
			return t.waiver(f.Accepted.Waiver)
		}},
		{"baseline", func(f annexgate.Finding) string {
			if f.Accepted == nil || f.Accepted.Baseline == nil {
				return ""
			}
			since := f.Accepted.Baseline.Since
			return fmt.Sprintf("since %s, %s", date(since), count(days(t.now.Sub(since)), "day"))
		}},
		{"excluded", func(f annexgate.Finding) string {
			if f.Accepted == nil || f.Accepted.Waiver != nil || f.Accepted.Baseline != nil {
				return ""
			}
			return line(f.Accepted.Excluded)
		}},
	}
	for _, field := range fields {
		var reasons []string
		for _, e := range found {
			if reason := field.of(e.finding); reason != "" && !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
		if len(reasons) > 0 {
			t.field(field.label, reasons...)
		}
	}
}

// waiver tells who accepted a failure, why and until when.
func (t *textWriter) waiver(w *annexgate.Waiver) string {
	if w.Peer != "" {
		return line(fmt.Sprintf("%s (inline, of %s, at %s)", w.Reason, w.Peer, w.At))
	}
	left := days(w.Expires.Sub(t.now))
	return line(fmt.Sprintf("%s: %s (owner %s, approved by %s, ticket %s, %s left, at %s)",
		w.ID, w.Reason, w.Owner, w.ApprovedBy, w.Ticket, count(left, "day"), w.At))
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

// fixed prints the failures that the change mends.
func (t *textWriter) fixed(run *annexgate.Run) {
	if len(run.Fixed) == 0 {
		return
	}
	t.heading("Fixed by this change: " + count(len(run.Fixed), "finding"))
	for _, f := range run.Fixed {
		place := ""
		if f.At.File != "" {
			place = line(f.At.String()) + ": "
		}
		t.printf("%s%s: %s\n", place, t.paint(green, "fixed"), line(f.Message))
	}
	t.printf("\n")
}

// acceptances prints a line each on the base, the waivers and the baseline, if
// there are any.
func (t *textWriter) acceptances(run *annexgate.Run) {
	if run.DiffBase != "" {
		var introduced, existing int
		for _, d := range run.Decisions {
			for _, f := range d.Findings {
				switch {
				case d.Outcome != annexgate.Fail:
				case f.Novelty == annexgate.Introduced:
					introduced++
				case f.Novelty == annexgate.Existing:
					existing++
				}
			}
		}
		t.printf("compared with %s: %d introduced, %d existing, %d fixed\n", line(cut(run.DiffBase, 15)), introduced, existing, len(run.Fixed))
	}
	if len(run.Waivers) > 0 {
		t.printf("waivers: %s\n", waiverStates(run.Waivers))
	}
	if len(run.Baseline) > 0 {
		oldest, fixed := run.Baseline[0].Since, 0
		for _, e := range run.Baseline {
			if e.Since.Before(oldest) {
				oldest = e.Since
			}
			if e.Fixed {
				fixed++
			}
		}
		t.printf("baseline: %s, the oldest since %s, %d fixed\n", count(len(run.Baseline), "finding"), date(oldest), fixed)
	}
}

// waiverStates counts waivers by state.
func waiverStates(waivers []annexgate.Waiver) string {
	var parts []string
	for _, s := range []struct {
		state annexgate.WaiverState
		word  string
	}{
		{annexgate.WaiverActive, "in force"},
		{annexgate.WaiverNotYet, "not yet"},
		{annexgate.WaiverExpired, "expired"},
		{annexgate.WaiverInvalid, "invalid"},
	} {
		n := 0
		for _, w := range waivers {
			if w.State == s.state || w.State == "" && s.state == annexgate.WaiverInvalid {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s.word))
		}
	}
	return strings.Join(parts, ", ")
}
