// Package gate decides what holds a change back, and what a run can say about
// each control. It is pure: what it needs to know is in its arguments.
package gate

import (
	"fmt"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Decide turns results into decisions, in output order. A failure of a policy
// whose severity is failOn or above blocks; failOn 0 blocks nothing. Unknown
// outcomes do not block.
func Decide(results []annexgate.Result, failOn annexgate.Severity) []annexgate.Decision {
	decisions := make([]annexgate.Decision, len(results))
	for i, r := range results {
		decisions[i] = annexgate.Decision{
			Result: r,
			Blocks: r.Outcome == annexgate.Fail && failOn != 0 && r.Policy.Severity >= failOn,
		}
	}
	slices.SortFunc(decisions, annexgate.Decision.Compare)
	return decisions
}

// Verdict sums up a run. What was not examined is never clear: a run without
// any decision, or with an input that could not be read, is inconclusive.
func Verdict(decisions []annexgate.Decision, problems []annexgate.Problem) annexgate.Verdict {
	unread := func(p annexgate.Problem) bool { return p.Loss == annexgate.Unread }
	blocks := func(d annexgate.Decision) bool { return d.Blocks }
	switch {
	case slices.ContainsFunc(decisions, blocks):
		return annexgate.Blocked
	case len(decisions) == 0, slices.ContainsFunc(problems, unread):
		return annexgate.Inconclusive
	}
	return annexgate.Clear
}

// Controls says what the decisions and problems of a run mean for each control
// of catalogue, in its order.
func Controls(catalogue []annexgate.Control, policies []*annexgate.Policy, decisions []annexgate.Decision, problems []annexgate.Problem) []annexgate.ControlResult {
	evidence := map[string]*tally{}
	for _, p := range policies {
		for _, id := range p.Controls {
			t := evidence[id]
			if t == nil {
				t = &tally{worst: map[*annexgate.Subject]annexgate.Outcome{}, kinds: map[annexgate.Kind]bool{}}
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
	}
	return results
}

// A tally gathers what bears on one control.
type tally struct {
	policies []string
	kinds    map[annexgate.Kind]bool
	worst    map[*annexgate.Subject]annexgate.Outcome
}

// badness orders outcomes for a subject that several policies examine.
var badness = map[annexgate.Outcome]int{annexgate.Pass: 0, annexgate.Unknown: 1, annexgate.Fail: 2}

func (t *tally) count(d annexgate.Decision) {
	if worst, seen := t.worst[d.Subject]; !seen || badness[d.Outcome] > badness[worst] {
		t.worst[d.Subject] = d.Outcome
	}
}

func (t *tally) conclude(r *annexgate.ControlResult, problems []annexgate.Problem) {
	slices.Sort(t.policies)
	r.Policies = t.policies
	n := &r.Population
	n.Total = len(t.worst)
	for _, outcome := range t.worst {
		switch outcome {
		case annexgate.Pass:
			n.Passed++
		case annexgate.Fail:
			n.Failed++
		default:
			n.Unknown++
		}
	}
	unseen := t.hidden(problems)
	switch {
	case n.Failed > 0:
		r.Status, r.Reason = annexgate.Failed, fmt.Sprintf("%d of %s fail", n.Failed, plural(n.Total, "subject"))
	case n.Unknown > 0:
		r.Status, r.Reason = annexgate.Undetermined, fmt.Sprintf("%d of %s cannot be judged", n.Unknown, plural(n.Total, "subject"))
	case unseen > 0:
		r.Status, r.Reason = annexgate.Undetermined, "input is incomplete: "+plural(unseen, "problem")
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
