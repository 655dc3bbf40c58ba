package check

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/gate"
)

// decide turns results into the decisions of run: it compares them with the
// base, looks for what accepts them and applies the threshold.
func decide(ctx context.Context, o Options, loaded *Loaded, rules *Rules, threshold *gate.Rules, run *annexgate.Run, results []annexgate.Result) error {
	run.Advisory = rules.Config.Gate.Advisory
	whole, err := examinedWhole(o, loaded.Place, run.Excluded)
	if err != nil {
		return err
	}
	complete := func(p *annexgate.Policy) bool { return whole && judged(run, p) }
	c := &collector{
		repo: loaded.Place.Repo, read: rules.ReadFile, rules: rules, now: run.Started, loaded: loaded,
	}
	if rules.files.base != nil {
		c.revision, c.trusted = rules.files.base.Commit(), rules.files.base
	}
	accepted, err := c.acceptances(ctx)
	if err != nil {
		return err
	}
	accepted.Complete = complete
	base, err := judgeBase(ctx, o, loaded.Place, rules, run)
	if err != nil {
		return err
	}
	if base != nil {
		run.Fixed = gate.Compare(results, base.results, loaded.Subjects, complete)
		c.problems = append(c.problems, base.problems...)
	} else if rules.Config.Gate.Introduced {
		c.notice(annexgate.Location{}, "gate.block is introduced, and there is no base to compare with: every failure counts (--diff-base REV)")
	}
	governance := gate.Accept(results, accepted)
	for i := range governance {
		run.Subjects = append(run.Subjects, governance[i].Subject)
		f := &governance[i].Findings[0]
		f.Excerpt = c.excerpt(f.At)
	}
	slices.SortFunc(run.Subjects, (*annexgate.Subject).Compare)
	if base != nil {
		run.Fixed = append(run.Fixed, gate.Compare(governance, base.governance, run.Subjects, func(*annexgate.Policy) bool { return true })...)
		slices.SortStableFunc(run.Fixed, func(f, g annexgate.Finding) int { return f.At.Compare(g.At) })
	}
	run.Policies = withGovernance(run.Policies, governance)
	run.Waivers, run.Baseline = accepted.Waivers, accepted.Baseline
	c.tellFixed(accepted.Baseline)
	run.Problems = append(run.Problems, c.problems...)
	annexgate.SortProblems(run.Problems)
	run.Decisions = threshold.Decide(slices.Concat(results, governance))
	return nil
}

// examinedWhole reports whether neither o nor excluded, the globs of flags and
// configuration, leaves out anything of what is there.
func examinedWhole(o Options, place *discover.Place, excluded []string) (bool, error) {
	starts, err := discover.Starts(discover.Options{Root: place.Root, Dir: o.Dir, Paths: o.Paths})
	return len(excluded) == 0 && slices.Equal(starts, []string{"."}), err
}

// judged reports whether p examined everything of its kind that the run could
// hold. A pull request is never everything: there is another one next.
func judged(run *annexgate.Run, p *annexgate.Policy) bool {
	hides := func(problem annexgate.Problem) bool {
		return problem.Loss != annexgate.Notice && (problem.Kind == "" || problem.Kind == p.Kind)
	}
	selected := slices.ContainsFunc(run.Policies, func(q *annexgate.Policy) bool { return q.ID == p.ID })
	return selected && p.Kind != annexgate.PullRequest && !slices.ContainsFunc(run.Problems, hides)
}

// withGovernance returns policies with those that results are of, by ID.
func withGovernance(policies []*annexgate.Policy, results []annexgate.Result) []*annexgate.Policy {
	all := slices.Clone(policies)
	for _, r := range results {
		if !slices.Contains(all, r.Policy) {
			all = append(all, r.Policy)
		}
	}
	slices.SortFunc(all, func(p, q *annexgate.Policy) int { return strings.Compare(p.ID, q.ID) })
	return all
}

// excerpt returns the lines at a place in a file that accepts failures.
func (c *collector) excerpt(at annexgate.Location) []string {
	text, err := c.read(at.File)
	if i := slices.IndexFunc(c.loaded.Inputs, func(in annexgate.Input) bool { return in.File == at.File }); i >= 0 {
		text = c.loaded.text(c.loaded.Inputs[i])
	}
	lines := strings.Split(string(text), "\n")
	if err != nil || at.Line < 1 || at.Line > len(lines) {
		return nil
	}
	last := min(max(at.Line, at.EndLine), len(lines), at.Line+maxExcerpt-1)
	shown := slices.Clone(lines[at.Line-1 : last])
	for i := range shown {
		shown[i] = strings.TrimSuffix(shown[i], "\r")
	}
	return shown
}

// tellFixed reports the entries of the baseline that nothing needs any more.
func (c *collector) tellFixed(entries []annexgate.BaselineEntry) {
	var fixed []string
	var first annexgate.Location
	for _, e := range entries {
		if !e.Fixed {
			continue
		}
		if first.File == "" {
			first = e.At
		}
		fixed = append(fixed, cmp.Or(e.Address, e.Policy))
	}
	if len(fixed) == 0 {
		return
	}
	noun := "finding"
	if len(fixed) > 1 {
		noun = "findings"
	}
	c.notice(annexgate.Location{File: first.File, Line: first.Line, Column: first.Column},
		"%d %s of the baseline fixed: %s; annexgate baseline prune takes them out, so that they block when they come back", len(fixed), noun, some(fixed))
}
