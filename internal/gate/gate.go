// Package gate decides what holds a change back, and what a run can say about
// each control. It is pure: what it needs to know is in its arguments.
//
// # Decisions
//
// What blocks is a finding, not a result: one policy may find several faults in
// a subject, in several files, of which a waiver covers one.
//
// Of several thresholds that apply to a finding, the one for its file goes
// before those for its controls, and those before the general one. Of several
// files' the last in the configuration decides, as in .gitignore; of several
// controls' the strictest, so that a policy is not let off for the least
// important control it supports.
//
// The baseline accepts what was there before. With a base to compare with, what
// the change introduces is not, whatever the baseline says: a failure that was
// fixed and came back blocks also when nobody pruned its entry. Without a base
// that takes annexgate baseline prune.
//
// A control with failures that only the baseline accepts has failed; one whose
// failures are all covered by waivers is waived. A waiver is a decision about a
// risk. A baseline is a list of work.
package gate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/glob"
)

// Rules say what blocks.
type Rules struct {
	gate  config.Gate
	paths []*regexp.Regexp // of gate.Paths
}

// NewRules prepares what the configuration says of the gate. A malformed glob
// is a usage error.
func NewRules(gate config.Gate) (*Rules, error) {
	r := &Rules{gate: gate}
	for _, p := range gate.Paths {
		pattern, err := glob.Compile(p.Glob)
		if err != nil {
			return nil, annexgate.Usage(fmt.Errorf("%s: glob %q: %w", p.At, p.Glob, err))
		}
		r.paths = append(r.paths, pattern)
	}
	return r, nil
}

// Decide turns results into decisions, in output order, and tells of each
// finding that holds the change back why. In advisory mode it tells, and
// nothing blocks.
func (r *Rules) Decide(results []annexgate.Result) []annexgate.Decision {
	decisions := make([]annexgate.Decision, len(results))
	for i, result := range results {
		d := annexgate.Decision{Result: result}
		for j := range d.Findings {
			f := &d.Findings[j]
			f.Why = r.why(result, f)
			d.Blocks = d.Blocks || f.Why != ""
		}
		if len(d.Findings) == 0 { // a policy that gives no reason
			d.Blocks = r.why(result, &annexgate.Finding{At: result.Subject.At}) != ""
		}
		d.Blocks = d.Blocks && !r.gate.Advisory
		decisions[i] = d
	}
	slices.SortFunc(decisions, annexgate.Decision.Compare)
	return decisions
}

// why says why a finding holds the change back, or nothing.
func (r *Rules) why(result annexgate.Result, f *annexgate.Finding) string {
	l := r.level(result.Policy, f.At.File)
	switch {
	case result.Outcome == annexgate.Pass, f.Accepted != nil:
		return ""
	case result.Outcome == annexgate.Unknown && !l.blockUnknown:
		return ""
	case l.failOn == 0 || result.Policy.Severity < l.failOn:
		return ""
	case r.gate.Introduced && f.Novelty == annexgate.Existing:
		return ""
	}
	why := []string{fmt.Sprintf("severity %s, and %s", result.Policy.Severity, l.from)}
	if result.Outcome == annexgate.Unknown {
		why = append(why, "what cannot be judged blocks ("+l.unknownFrom+")")
	}
	if f.Novelty == annexgate.Introduced {
		why = append(why, "the change introduces it")
	}
	if f.Why != "" { // what Accept found out
		why = append(why, f.Why)
	}
	return strings.Join(why, "; ")
}

// A level is the threshold for one finding, and where it comes from.
type level struct {
	failOn       annexgate.Severity
	from         string
	blockUnknown bool
	unknownFrom  string
}

func (r *Rules) level(p *annexgate.Policy, file string) level {
	l := level{
		failOn: r.gate.FailOn, from: fmt.Sprintf("%s and above block", r.gate.FailOn),
		blockUnknown: r.gate.BlockUnknown, unknownFrom: "gate.unknown",
	}
	failOn, unknown := false, false // told by a control before
	for _, c := range r.gate.Controls {
		if !slices.Contains(p.Controls, c.Control) {
			continue
		}
		if c.FailOn != nil && (!failOn || stricter(*c.FailOn, l.failOn)) {
			l.failOn, l.from, failOn = *c.FailOn, fmt.Sprintf("%s and above block for %s", *c.FailOn, c.Control), true
		}
		if c.BlockUnknown != nil && (!unknown || *c.BlockUnknown) {
			l.blockUnknown, l.unknownFrom, unknown = *c.BlockUnknown, "gate.controls: "+c.Control, true
		}
	}
	for i, path := range r.gate.Paths {
		if !r.paths[i].MatchString(file) {
			continue
		}
		if path.FailOn != nil {
			l.failOn, l.from = *path.FailOn, fmt.Sprintf("%s and above block in %s", *path.FailOn, path.Glob)
		}
		if path.BlockUnknown != nil {
			l.blockUnknown, l.unknownFrom = *path.BlockUnknown, "gate.paths: "+path.Glob
		}
	}
	return l
}

// stricter reports whether a threshold of s blocks more than one of t.
func stricter(s, t annexgate.Severity) bool { return s != 0 && (t == 0 || s < t) }

// Verdict sums up a run. What was not examined is never clear: a run without
// any decision about what it was to examine, or with an input that could not be
// read, is inconclusive.
func Verdict(decisions []annexgate.Decision, problems []annexgate.Problem) annexgate.Verdict {
	unread := func(p annexgate.Problem) bool { return p.Loss == annexgate.Unread }
	blocks := func(d annexgate.Decision) bool { return d.Blocks }
	switch {
	case slices.ContainsFunc(decisions, blocks):
		return annexgate.Blocked
	case !decided(decisions), slices.ContainsFunc(decisions, lacksInput), slices.ContainsFunc(problems, unread):
		return annexgate.Inconclusive
	}
	return annexgate.Clear
}

// decided reports whether any policy passed or failed anything but what governs
// the gate itself.
func decided(decisions []annexgate.Decision) bool {
	return slices.ContainsFunc(decisions, func(d annexgate.Decision) bool {
		return d.Subject.Kind != annexgate.Governance && d.Outcome != annexgate.Unknown
	})
}

// lacksInput reports whether an outcome is unknown because an input is not
// whole. In a pull request nothing is settled later: what is unknown there was
// not collected.
func lacksInput(d annexgate.Decision) bool {
	return d.Subject.Kind == annexgate.PullRequest && d.Outcome == annexgate.Unknown
}

// Judged reports whether anything was judged but what governs the gate itself.
func Judged(decisions []annexgate.Decision) bool {
	return slices.ContainsFunc(decisions, func(d annexgate.Decision) bool { return d.Subject.Kind != annexgate.Governance })
}
