package check

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// measure counts what an organisation watches: who keeps which exceptions open
// and for how long, and how much of what applies is shown by the gate.
func measure(run *annexgate.Run) annexgate.Measures {
	m := annexgate.Measures{Exceptions: []annexgate.ExceptionAge{}}
	for _, c := range run.Controls {
		if c.Status == annexgate.NotApplicable {
			continue
		}
		m.Applicable++
		if c.Population.Total > 0 {
			m.Automated++
		}
	}
	for _, w := range run.Waivers {
		overdue := w.State == annexgate.WaiverExpired && w.Matches > 0
		if w.Peer != "" || w.State != annexgate.WaiverActive && !overdue {
			continue
		}
		m.Exceptions = append(m.Exceptions, annexgate.ExceptionAge{
			ID: w.ID, Owner: w.Owner, Days: days(run.Started, w.Created), DaysLeft: days(w.Expires, run.Started), Overdue: overdue,
		})
		if overdue {
			m.Overdue++
		}
	}
	slices.SortStableFunc(m.Exceptions, func(a, b annexgate.ExceptionAge) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), strings.Compare(a.ID, b.ID))
	})
	counted := map[*annexgate.BaselineEntry]bool{}
	for _, d := range run.Decisions {
		for _, f := range d.Findings {
			if f.Accepted == nil || f.Accepted.Baseline == nil || counted[f.Accepted.Baseline] {
				continue
			}
			counted[f.Accepted.Baseline] = true
			m.Baseline++
			m.Oldest = max(m.Oldest, days(run.Started, f.Accepted.Baseline.Since))
		}
	}
	return m
}

// days returns the whole days from one day to another, in UTC; 0 when a day is
// not known.
func days(until, since time.Time) int {
	if until.IsZero() || since.IsZero() {
		return 0
	}
	day := func(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
	return int(day(until).Sub(day(since)) / (24 * time.Hour))
}
