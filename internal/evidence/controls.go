package evidence

import (
	"cmp"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// controls describes every control, in the order of Annex A.
func (b *builder) controls() []Control {
	severity := map[string]annexgate.Severity{}
	for _, p := range b.run.Policies {
		severity[p.ID] = p.Severity
	}
	list := make([]Control, 0, len(b.run.Controls))
	for _, c := range b.run.Controls {
		control := Control{
			Framework: Framework, ID: c.Control.ID, Title: clip(c.Control.Title), Former: c.Control.Former,
			Status: c.Status, Reason: clip(c.Reason), Assurance: "none", Population: c.Population,
		}
		for _, id := range c.Policies {
			control.Enforced = control.Enforced || !b.run.Advisory && b.run.FailOn != 0 && severity[id] >= b.run.FailOn
			if rule, ok := b.rules[id]; ok {
				control.Rules = append(control.Rules, *rule)
				control.Assurance = "automated"
			} else {
				control.RulesNotTested++
			}
		}
		slices.SortFunc(control.Rules, func(r, s Rule) int { // what failed first, for the cut
			return cmp.Or(cmp.Compare(s.Violations, r.Violations), cmp.Compare(s.Unknown, r.Unknown), cmp.Compare(r.ID, s.ID))
		})
		control.Rules = cut(control.Rules, b.limits.rules, &b.omitted.Rules)
		slices.SortFunc(control.Rules, func(r, s Rule) int { return cmp.Compare(r.ID, s.ID) })
		list = append(list, control)
	}
	return list
}

// ruleResults counts, for each policy that examined something, what came of
// it.
func ruleResults(decisions []annexgate.Decision) map[string]*Rule {
	rules := map[string]*Rule{}
	for _, d := range decisions {
		rule := rules[d.Policy.ID]
		if rule == nil {
			rule = &Rule{ID: d.Policy.ID, Severity: d.Policy.Severity.String()}
			rules[d.Policy.ID] = rule
		}
		rule.Subjects++
		switch d.Outcome {
		case annexgate.Pass:
		case annexgate.Fail:
			rule.Violations++
			if waived(d) {
				rule.Waived++
			}
		default:
			rule.Unknown++
		}
	}
	for _, rule := range rules {
		switch {
		case rule.Violations > 0:
			rule.Result = annexgate.Fail.String()
		case rule.Unknown > 0:
			rule.Result = annexgate.Unknown.String()
		default:
			rule.Result = annexgate.Pass.String()
		}
	}
	return rules
}

// A candidate is a finding that a record may list.
type candidate struct {
	Finding
	blocks bool
	weight int // how much it should be listed
	at     int // in output order
}

// findings returns all findings: those that block come first, then failures,
// then the more severe.
func findings(decisions []annexgate.Decision) []candidate {
	var all []candidate
	for _, d := range decisions {
		if d.Outcome == annexgate.Pass {
			continue
		}
		weight := int(d.Policy.Severity)
		if d.Outcome == annexgate.Fail {
			weight += 100
		}
		for _, f := range d.Findings {
			weight := weight
			if d.Holds(f) {
				weight += 1000
			}
			all = append(all, candidate{finding(d, f), d.Holds(f), weight, len(all)})
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return cmp.Compare(y.weight, x.weight) })
	return all
}

// addFindings lists as many findings as the limits allow, in output order, and
// which of them block.
func (b *builder) addFindings(r *Record) {
	for _, c := range b.findings {
		if c.blocks {
			r.Decision.BlockingCount++
		}
	}
	kept := slices.Clone(cut(b.findings, b.limits.findings, &b.omitted.Findings))
	slices.SortFunc(kept, func(x, y candidate) int { return cmp.Compare(x.at, y.at) })
	r.Findings = []Finding{}
	for _, c := range kept {
		r.Findings = append(r.Findings, c.Finding)
		if c.blocks && !slices.Contains(r.Decision.Blocking, c.ID) {
			r.Decision.Blocking = append(r.Decision.Blocking, c.ID)
		}
	}
}

func finding(d annexgate.Decision, f annexgate.Finding) Finding {
	controls := d.Policy.Controls
	if controls == nil {
		controls = []string{}
	}
	recorded := Finding{
		ID: f.Fingerprint, RuleID: d.Policy.ID, ControlIDs: controls, Severity: d.Policy.Severity.String(),
		Outcome: d.Outcome.String(), Message: clip(f.Message), Resource: clip(d.Subject.Address),
		Location: place(f.At), Status: "open", Novelty: string(f.Novelty), Why: clip(f.Why),
	}
	switch a := f.Accepted; {
	case a == nil:
	case a.Waiver != nil:
		recorded.Status, recorded.Exception = "waived", clip(a.Waiver.ID)
	case a.Baseline != nil:
		recorded.Status = "baseline"
	default:
		recorded.Status = "excluded"
	}
	return recorded
}
