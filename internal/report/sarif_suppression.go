package report

import (
	"cmp"
	"fmt"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A sarifSuppression is why a result does not count.
type sarifSuppression struct {
	Kind          string          `json:"kind"`
	Status        string          `json:"status"`
	Justification string          `json:"justification,omitempty"`
	Location      *sarif.Location `json:"location,omitempty"`
}

// baselineStates are SARIF's words for novelties.
var baselineStates = map[annexgate.Novelty]string{annexgate.Introduced: "new", annexgate.Existing: "unchanged"}

// suppressions returns what accepts a finding, in SARIF's terms.
func suppressions(a *annexgate.Acceptance) *[]sarifSuppression {
	if a == nil {
		return nil
	}
	s := sarifSuppression{Kind: "external", Status: "accepted"}
	var at annexgate.Location
	switch {
	case a.Waiver != nil:
		w := a.Waiver
		at = w.At
		if w.Inline {
			s.Kind = "inSource"
		}
		s.Justification = fmt.Sprintf("Waiver %s: %s", w.ID, cmp.Or(w.Reason, "no reason"))
		if w.Peer == "" {
			s.Justification += fmt.Sprintf(" (owner %s, approved by %s, ticket %s)", w.Owner, w.ApprovedBy, w.Ticket)
		}
		if !w.Expires.IsZero() {
			s.Justification += ", until " + date(w.Expires)
		}
	case a.Baseline != nil:
		at = a.Baseline.At
		s.Justification = "In the baseline since " + date(a.Baseline.Since)
	default:
		s.Justification = "The Statement of Applicability excludes its controls: " + a.Excluded
	}
	s.Justification = line(s.Justification)
	if at.File != "" {
		s.Location = sarif.NewLocation().WithPhysicalLocation(physical(at))
	}
	return &[]sarifSuppression{s}
}

// settleSuppressions gives every result a list, when any has one. A result in
// which something is not accepted has an empty one.
func settleSuppressions(all []ranked, open map[*sarif.Result]bool) {
	any := false
	for _, r := range all {
		any = any || r.Suppressions != nil
	}
	if !any {
		return
	}
	for i := range all {
		if all[i].Suppressions == nil || open[all[i].Result] {
			all[i].Suppressions = &[]sarifSuppression{}
		}
	}
}
