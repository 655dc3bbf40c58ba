package gate

import (
	"fmt"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Controls says what the decisions and problems of a run mean for each control
// of catalogue, in its order. Controls that are excluded are not applicable, for
// the reason given, whatever was found.
func Controls(catalogue []annexgate.Control, policies []*annexgate.Policy, decisions []annexgate.Decision, problems []annexgate.Problem, excluded map[string]string) []annexgate.ControlResult {
	evidence := map[string]*tally{}
	for _, p := range policies {
		for _, id := range p.Controls {
			t := evidence[id]
			if t == nil {
				t = &tally{worst: map[*annexgate.Subject]standing{}, kinds: map[annexgate.Kind]bool{}}
				evidence[id] = t
			}
			t.policies = append(t.policies, p.ID)
			t.kinds[p.Kind] = true
		}
	}
	for _, d := range decisions {
		for _, id := range d.Policy.Controls {
			evidence[id].count(d)
		}
	}
	results := make([]annexgate.ControlResult, len(catalogue))
	for i, c := range catalogue {
		results[i] = annexgate.ControlResult{Control: c, Status: annexgate.NotTested}
		if t := evidence[c.ID]; t != nil {
			t.conclude(&results[i], problems)
		} else if c.Manual {
			results[i].Reason = "evidence is collected by people: no gate can show it"
		} else {
			results[i].Reason = "no policy supports it"
		}
		if why, isExcluded := excluded[c.ID]; isExcluded {
			results[i].Status, results[i].Reason = annexgate.NotApplicable, why
		}
	}
	return results
}

// A tally gathers what bears on one control.
type tally struct {
	policies  []string
	kinds     map[annexgate.Kind]bool
	worst     map[*annexgate.Subject]standing
	baselined int // decisions that only the baseline keeps from blocking
}

// A standing is what is said of a subject: the worst of what several policies
// find.
type standing int

const (
	passed standing = iota
	waived          // fails, and waivers cover all of it
	unknown
	failed
)

func standingOf(d annexgate.Decision) standing {
	switch d.Outcome {
	case annexgate.Pass:
		return passed
	case annexgate.Unknown:
		return unknown
	}
	open := func(f annexgate.Finding) bool {
		return f.Accepted == nil || f.Accepted.Waiver == nil && f.Accepted.Excluded == ""
	}
	if len(d.Findings) == 0 || slices.ContainsFunc(d.Findings, open) {
		return failed
	}
	return waived
}

func (t *tally) count(d annexgate.Decision) {
	s := standingOf(d)
	t.worst[d.Subject] = max(t.worst[d.Subject], s)
	inBaseline := func(f annexgate.Finding) bool { return f.Accepted != nil && f.Accepted.Baseline != nil }
	if s == failed && len(d.Findings) > 0 && !slices.ContainsFunc(d.Findings, func(f annexgate.Finding) bool { return f.Accepted == nil }) && slices.ContainsFunc(d.Findings, inBaseline) {
		t.baselined++
	}
}

func (t *tally) conclude(r *annexgate.ControlResult, problems []annexgate.Problem) {
	slices.Sort(t.policies)
	r.Policies = t.policies
	n := &r.Population
	n.Total = len(t.worst)
	for _, s := range t.worst {
		switch s {
		case passed:
			n.Passed++
		case waived:
			n.Waived++
		case failed:
			n.Failed++
		default:
			n.Unknown++
		}
	}
	unseen := t.hidden(problems)
	switch {
	case n.Failed > 0:
		r.Status, r.Reason = annexgate.Failed, fmt.Sprintf("%d of %s fail", n.Failed, plural(n.Total, "subject"))
		if t.baselined > 0 {
			r.Reason += fmt.Sprintf("; the baseline accepts %s", plural(t.baselined, "failure"))
		}
	case n.Unknown > 0:
		r.Status, r.Reason = annexgate.Undetermined, fmt.Sprintf("%d of %s cannot be judged", n.Unknown, plural(n.Total, "subject"))
	case unseen > 0:
		r.Status, r.Reason = annexgate.Undetermined, "input is incomplete: "+plural(unseen, "problem")
	case n.Waived > 0:
		r.Status, r.Reason = annexgate.Waived, fmt.Sprintf("%d of %s fail, and waivers cover them", n.Waived, plural(n.Total, "subject"))
	case n.Total == 0:
		r.Reason = "nothing in scope"
	default:
		r.Status, r.Reason = annexgate.Satisfied, plural(n.Total, "subject")+" examined, all pass"
	}
}

// hidden counts the problems that may hide subjects of this control.
func (t *tally) hidden(problems []annexgate.Problem) int {
	n := 0
	for _, p := range problems {
		if p.Loss != annexgate.Notice && (p.Kind == "" || t.kinds[p.Kind]) {
			n++
		}
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
