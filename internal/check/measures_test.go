package check

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestMeasure(t *testing.T) {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	entry := &annexgate.BaselineEntry{Since: day(10, 1)}
	inBaseline := func(e *annexgate.BaselineEntry) annexgate.Finding {
		return annexgate.Finding{Accepted: &annexgate.Acceptance{Baseline: e}}
	}
	controlled := func(status annexgate.Status, total int) annexgate.ControlResult {
		return annexgate.ControlResult{Status: status, Population: annexgate.Population{Total: total}}
	}
	got := measure(&annexgate.Run{
		Started: day(11, 21).Add(15 * time.Hour),
		Controls: []annexgate.ControlResult{
			controlled(annexgate.Satisfied, 3), controlled(annexgate.Failed, 1), controlled(annexgate.NotTested, 0), controlled(annexgate.NotApplicable, 2),
		},
		Waivers: []annexgate.Waiver{
			{ID: "young", Owner: "@a", State: annexgate.WaiverActive, Created: day(11, 20), Expires: day(11, 30)},
			{ID: "old", Owner: "@b", State: annexgate.WaiverActive, Created: day(9, 1), Expires: day(11, 22)},
			{ID: "overdue", Owner: "@c", State: annexgate.WaiverExpired, Created: day(10, 1), Expires: day(11, 1), Matches: 1},
			{ID: "gone", State: annexgate.WaiverExpired, Created: day(10, 1), Expires: day(11, 1)},
			{ID: "wrong", State: annexgate.WaiverInvalid, Matches: 1},
			{ID: "later", State: annexgate.WaiverNotYet, Matches: 1},
			{ID: "trivy", Peer: "trivy", State: annexgate.WaiverActive, Matches: 1},
		},
		Decisions: []annexgate.Decision{{Result: annexgate.Result{Findings: []annexgate.Finding{
			inBaseline(entry), inBaseline(entry), inBaseline(&annexgate.BaselineEntry{Since: day(11, 20)}),
			{},
			{Accepted: &annexgate.Acceptance{Excluded: "no office"}},
		}}}},
	})
	want := annexgate.Measures{
		Applicable: 3, Automated: 2, Overdue: 1, Baseline: 2, Oldest: 51,
		Exceptions: []annexgate.ExceptionAge{
			{ID: "old", Owner: "@b", Days: 81, DaysLeft: 1},
			{ID: "overdue", Owner: "@c", Days: 51, DaysLeft: -20, Overdue: true},
			{ID: "young", Owner: "@a", Days: 1, DaysLeft: 9},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
