package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/prose"
)

// undecided prints what could not be judged, and why. A policy that went wrong
// has said so in a problem; it leaves no unknown value to show.
func (t *textWriter) undecided(found []entry) {
	var unknown, broken []entry
	for _, e := range found {
		if len(e.finding.Unknowns) > 0 {
			unknown = append(unknown, e)
		} else {
			broken = append(broken, e)
		}
	}
	t.open("Not judged, because of values that are unknown: "+count(len(unknown), "possible finding"), unknown)
	t.open("Not judged, because the policy could not (see the problems below): "+count(len(broken), "outcome"), broken)
}

func (t *textWriter) open(heading string, found []entry) {
	if len(found) == 0 {
		return
	}
	t.heading(heading)
	for _, e := range found {
		t.headline(e)
		t.doubts(e.finding.Unknowns)
		t.policy(e.Policy)
		t.standing([]entry{e})
		t.printf("\n")
	}
}

// doubts prints the unknown values that a finding hangs on, each once.
func (t *textWriter) doubts(unknowns []annexgate.Doubt) {
	var reasons []string
	for _, u := range unknowns {
		if reason := doubt(u); !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
		// One more than is shown is enough to know that there are more.
		if len(reasons) > maxDoubts {
			reasons[maxDoubts] = "and others"
			break
		}
	}
	if len(reasons) > 0 {
		t.field("unknown", reasons...)
	}
}

// doubt says which value is unknown, why, and where that comes from.
func doubt(u annexgate.Doubt) string {
	var b strings.Builder
	if len(u.Path) > 0 {
		b.WriteString(pathText(u.Path) + " of ")
	}
	b.WriteString(line(u.Address))
	if u.Reason != "" {
		b.WriteString(": " + line(u.Reason))
	}
	if u.From.File != "" {
		b.WriteString(" (" + line(u.From.String()) + ")")
	}
	return b.String()
}

// losses names what a problem costs, for people.
var losses = map[annexgate.Loss]string{
	annexgate.Unread:  "not examined",
	annexgate.Partial: "examined in part",
	annexgate.Notice:  "note",
}

var lossStyles = map[annexgate.Loss]string{
	annexgate.Unread:  red,
	annexgate.Partial: yellow,
	annexgate.Notice:  cyan,
}

func (t *textWriter) problems(problems []annexgate.Problem) {
	if len(problems) == 0 {
		return
	}
	t.heading("Problems: " + fmt.Sprint(len(problems)))
	for _, p := range problems {
		if p.At.File != "" {
			t.printf("%s: ", line(p.At.String()))
		}
		t.printf("%s: %s\n", t.paint(lossStyles[p.Loss], losses[p.Loss]), line(p.Message))
	}
	t.printf("\n")
}

var statusStyles = map[annexgate.Status]string{
	annexgate.Satisfied:    green,
	annexgate.Failed:       red,
	annexgate.Waived:       yellow,
	annexgate.Undetermined: yellow,
}

// controlTable prints a line for each control that the run says something
// about, and how many others there are. Titles come last: they have any
// length.
func (t *textWriter) controlTable(controls []annexgate.ControlResult) {
	if len(controls) == 0 {
		return
	}
	var told []annexgate.ControlResult
	untested, excluded, waived := 0, 0, 0
	for _, c := range controls {
		switch c.Status {
		case annexgate.NotTested:
			untested++
		case annexgate.NotApplicable:
			excluded++
		default:
			told = append(told, c)
			waived += c.Population.Waived
		}
	}
	t.heading("Controls of ISO/IEC 27001:2022, Annex A")
	if len(told) > 0 {
		t.printf("%-12s  %-7s  %6s  %6s  %7s  %s%5s  %s\n", "status", "control", "passed", "failed", "unknown", ifAny(waived, "waived  "), "total", "title")
	}
	for _, c := range told {
		p := c.Population
		status := t.paint(statusStyles[c.Status], fmt.Sprintf("%-12s", c.Status))
		t.printf("%s  %-7s  %6d  %6d  %7d  %s%5d  %s\n", status, line(c.Control.ID), p.Passed, p.Failed, p.Unknown,
			ifAny(waived, fmt.Sprintf("%6d  ", p.Waived)), p.Total, line(c.Control.Title))
		if c.Status == annexgate.Undetermined && c.Reason != "" {
			for _, l := range prose.Wrap(line(c.Reason), t.width-14) {
				t.printf("%14s%s\n", "", l)
			}
		}
	}
	if untested > 0 {
		t.printf("%s not tested: no policy or nothing in scope\n", count(untested, "control"))
	}
	if excluded > 0 {
		t.printf("%s not applicable: excluded by the Statement of Applicability\n", count(excluded, "control"))
	}
	t.printf("\n")
}

// ifAny returns s unless n is zero.
func ifAny(n int, s string) string {
	if n == 0 {
		return ""
	}
	return s
}

// A tally counts what the last lines of a report tell.
type tally struct {
	blocking, tolerated, undecided int // findings
	waived, baseline, excluded     int // of those, what is accepted
	wouldBlock                     int // if the gate were not advisory
	passed                         int // checks: one policy on one subject
}

func tallyOf(decisions []annexgate.Decision) tally {
	var n tally
	for _, d := range decisions {
		if d.Outcome == annexgate.Pass {
			n.passed++
			continue
		}
		findings := d.Findings
		if len(findings) == 0 {
			findings = []annexgate.Finding{{Why: map[bool]string{true: "blocks"}[d.Blocks]}}
		}
		for _, f := range findings {
			n.add(d, f)
		}
	}
	return n
}

func (n *tally) add(d annexgate.Decision, f annexgate.Finding) {
	switch {
	case d.Holds(f):
		n.blocking++
	case d.Outcome == annexgate.Fail:
		n.tolerated++
	default:
		n.undecided++
	}
	switch a := f.Accepted; {
	case a != nil && a.Waiver != nil:
		n.waived++
	case a != nil && a.Baseline != nil:
		n.baseline++
	case a != nil:
		n.excluded++
	case f.Why != "" && !d.Blocks:
		n.wouldBlock++
	}
}

// accepted tells what of the counted is accepted, in brackets.
func (n tally) accepted() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{n.waived, "waived"}, {n.baseline, "in the baseline"}, {n.excluded, "of excluded controls"}, {n.wouldBlock, "would block"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

var verdictStyles = map[annexgate.Verdict]string{
	annexgate.Clear:        "1;32",
	annexgate.Blocked:      alarm,
	annexgate.Inconclusive: "1;33",
}

// leftOut says what the caller kept from being judged.
func (t *textWriter) leftOut(run *annexgate.Run) {
	if len(run.LeftOut) > 0 {
		t.printf("policies turned off for this run: %s\n", shorten(run.LeftOut))
	}
	if len(run.Excluded) > 0 {
		t.printf("files left out of this run: %s\n", shorten(run.Excluded))
	}
	if run.RuleBase != "" {
		t.printf("judged by the rules of %s\n", line(run.RuleBase))
	}
	var changed []string
	for _, c := range run.RuleChanges {
		changed = append(changed, c.File+" ("+c.Change+")")
	}
	if len(changed) > 0 {
		t.printf("rules that the change alters, once it is merged: %s\n", shorten(changed))
	}
}

// shorten returns names as a list, of the first few.
func shorten(names []string) string {
	const most = 4
	shown := names[:min(len(names), most)]
	text := line(strings.Join(shown, ", "))
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// verdict prints the last two lines.
func (t *textWriter) verdict(run *annexgate.Run) {
	n := tallyOf(run.Decisions)
	verdict := cmp.Or(run.Verdict, annexgate.Inconclusive)
	t.leftOut(run)
	t.acceptances(run)
	t.printf("%s: %d blocking, %d not blocking, %d not judged%s; %s, %s passed\n",
		t.paint(verdictStyles[verdict], string(verdict)), n.blocking, n.tolerated, n.undecided, n.accepted(),
		count(len(run.Problems), "problem"), count(n.passed, "check"))
	t.printf("next: %s\n", nextStep(run, n))
}

// nextStep says what the reader does now.
func nextStep(run *annexgate.Run, n tally) string {
	switch {
	case run.Verdict == annexgate.Blocked:
		return `fix the findings that say "blocks", then run annexgate check again`
	case run.Verdict == annexgate.Clear && run.Advisory && n.wouldBlock > 0:
		return fmt.Sprintf("nothing blocks, because the gate is advisory; %s would", count(n.wouldBlock, "finding"))
	case run.Verdict == annexgate.Clear && n.tolerated > 0 && run.FailOn == 0:
		return "nothing blocks (--fail-on never); fix what is found when you can"
	case run.Verdict == annexgate.Clear && n.tolerated > 0:
		return fmt.Sprintf("nothing blocks (--fail-on %s); fix what is found when you can", run.FailOn)
	case run.Verdict == annexgate.Clear && n.undecided > 0:
		return "nothing blocks; what could not be judged is listed above"
	case run.Verdict == annexgate.Clear:
		return "nothing to do"
	case slices.ContainsFunc(run.Problems, func(p annexgate.Problem) bool { return p.Loss != annexgate.Notice }):
		return "mend the problems above, so that everything can be judged"
	case len(run.Decisions) == 0:
		return "name a path that holds something to judge: annexgate check PATH"
	default:
		return "see above what could not be judged"
	}
}
