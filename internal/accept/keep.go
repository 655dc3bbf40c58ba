package accept

import (
	"cmp"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Present returns the baseline that takes in all that fails in run now. What
// was in its baseline keeps its date and follows its finding to where that is
// now; what is fixed is left out. Waivers and exclusions are decisions of their
// own: what they accept is not taken in. Neither are pull requests, which end,
// and what governs the gate itself.
func Present(run *annexgate.Run) []annexgate.BaselineEntry {
	kept, _ := Prune(run)
	today := run.Started.UTC().Truncate(24 * time.Hour)
	for _, d := range run.Decisions {
		kind := d.Subject.Kind
		if d.Outcome != annexgate.Fail || kind == annexgate.Governance || kind == annexgate.PullRequest {
			continue
		}
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Accepted == nil && f.Fingerprint != "" {
				kept = append(kept, annexgate.BaselineEntry{
					Fingerprint: f.Fingerprint, Policy: d.Policy.ID, Scope: d.Subject.Scope,
					Address: cmp.Or(f.Address, d.Subject.Address), Since: today,
				})
			}
		}
	}
	return kept
}

// Prune parts the baseline of run into what is still needed, at the place where
// its finding is now, and what is fixed.
func Prune(run *annexgate.Run) (kept, fixed []annexgate.BaselineEntry) {
	scopes := map[*annexgate.BaselineEntry]string{}
	for _, d := range run.Decisions {
		for _, f := range d.Findings {
			if f.Accepted != nil && f.Accepted.Baseline != nil {
				scopes[f.Accepted.Baseline] = d.Subject.Scope
			}
		}
	}
	for i := range run.Baseline {
		e := run.Baseline[i]
		if e.Fixed {
			fixed = append(fixed, e)
			continue
		}
		if scope, found := scopes[&run.Baseline[i]]; found {
			e.Scope = scope
		}
		kept = append(kept, e)
	}
	return kept, fixed
}
