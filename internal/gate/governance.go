package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The policies that annexgate itself holds waivers to. They are about the gate,
// so they are no Rego: a change could take a rule in Rego along.
var (
	waiverInvalid = &annexgate.Policy{
		ID: "governance.waiver.invalid", Title: "Waivers say what they accept, why, until when and who approved it",
		Description: "A waiver that is not complete, runs for too long or is approved by its owner or its author accepts nothing.",
		Severity:    annexgate.High, Kind: annexgate.Governance, Types: []string{"waiver"}, Controls: []string{"A.5.36", "A.8.32"},
		Remediation: "Complete the waiver and have someone else approve it, or remove it and fix what it covers.",
	}
	waiverExpired = &annexgate.Policy{
		ID: "governance.waiver.expired", Title: "Waivers that have ended are removed",
		Description: "A failure is accepted until a date. Behind it, it is either mended or accepted again, by someone who looks.",
		Severity:    annexgate.High, Kind: annexgate.Governance, Types: []string{"waiver"}, Controls: []string{"A.5.36", "A.8.32"},
		Remediation: "Fix what the waiver covers and remove it, or have it approved again with a new date.",
	}
	waiverUnmatched = &annexgate.Policy{
		ID: "governance.waiver.unmatched", Title: "Waivers cover something that is there",
		Description: "A waiver without a finding would accept the next one that fits, which nobody looked at.",
		Severity:    annexgate.Low, Kind: annexgate.Governance, Types: []string{"waiver"}, Controls: []string{"A.5.36", "A.8.32"},
		Remediation: "Remove the waiver.",
	}
)

// Governance returns the policies that Accept may report under, by ID.
func Governance() []*annexgate.Policy {
	return []*annexgate.Policy{waiverExpired, waiverInvalid, waiverUnmatched}
}

// governance judges the waivers themselves.
func (a *Acceptances) governance() []annexgate.Result {
	var results []annexgate.Result
	seen := map[string]int{}
	for i := range a.Waivers {
		w := &a.Waivers[i]
		if w.Peer != "" { // another tool's, which has other rules
			continue
		}
		address := "waiver/" + w.ID
		if seen[address]++; seen[address] > 1 {
			address += fmt.Sprintf("#%d", seen[address])
		}
		p, message := a.judge(w)
		if p == nil {
			continue
		}
		subject := &annexgate.Subject{
			Kind: annexgate.Governance, Type: "waiver", Name: w.ID, Address: address, Scope: w.At.File, At: w.At,
		}
		results = append(results, annexgate.Result{Policy: p, Subject: subject, Outcome: annexgate.Fail, Findings: []annexgate.Finding{{
			Message: message, Address: address, At: w.At, Fingerprint: annexgate.Fingerprint(p.ID, address, nil, ""),
		}}})
	}
	return results
}

// judge returns the policy that w does not keep, if there is one, and what to
// say.
func (a *Acceptances) judge(w *annexgate.Waiver) (*annexgate.Policy, string) {
	switch w.State {
	case annexgate.WaiverInvalid:
		return waiverInvalid, fmt.Sprintf("waiver %s accepts nothing: %s", w.ID, strings.Join(w.Faults, "; "))
	case annexgate.WaiverExpired:
		ago := int(a.Now.Sub(w.Expires) / (24 * time.Hour))
		message := fmt.Sprintf("waiver %s ended on %s, %s ago", w.ID, w.Expires.Format(time.DateOnly), plural(ago, "day"))
		if w.Matches > 0 {
			message += fmt.Sprintf("; it would cover %s", plural(w.Matches, "finding"))
		}
		return waiverExpired, message
	case annexgate.WaiverActive:
		if w.Matches == 0 && a.completeFor(w) {
			return waiverUnmatched, fmt.Sprintf("waiver %s covers nothing any more", w.ID)
		}
	}
	return nil, ""
}

// completeFor reports whether all was examined that w may be about.
func (a *Acceptances) completeFor(w *annexgate.Waiver) bool {
	return !slices.ContainsFunc(a.Policies, func(p *annexgate.Policy) bool {
		return a.Named(p, w.Policy) && !a.Complete(p)
	})
}
