package gate

import (
	"time"

	"github.com/annexgate/annexgate/internal/accept"
	"github.com/annexgate/annexgate/internal/annexgate"
)

// Acceptances are what may accept a failure.
type Acceptances struct {
	Waivers  []annexgate.Waiver // validated; Accept counts what each matches
	Baseline []annexgate.BaselineEntry
	Excluded map[string]string // controls that the Statement of Applicability excludes, with the justification
	Named    func(*annexgate.Policy, string) bool
	Policies []*annexgate.Policy // every policy there is
	Complete func(*annexgate.Policy) bool
	Subjects []*annexgate.Subject // every subject of the run
	Now      time.Time
}

// Accept gives each finding what accepts it, and returns results of its own
// about waivers that do not do what they were written for. Complete says
// whether all was examined that a policy may be about; without that, nobody can
// tell that a waiver or an entry of the baseline has become pointless.
//
// Results keep their order; their findings and the waivers and entries of a are
// changed in place.
func Accept(results []annexgate.Result, a *Acceptances) []annexgate.Result {
	waivers := accept.NewSet(a.Waivers, a.Named)
	baseline := a.pairBaseline(results)
	for i := range results {
		r := &results[i]
		if r.Outcome == annexgate.Pass {
			continue
		}
		excluded, isExcluded := a.excluded(r.Policy)
		for j := range r.Findings {
			f := &r.Findings[j]
			waiver := waivers.Find(r.Policy, r.Subject, f) // counts the match, too
			entry := baseline[accept.MarkOf(r.Subject, f)]
			switch {
			case isExcluded:
				f.Accepted = &annexgate.Acceptance{Excluded: excluded}
			case waiver != nil:
				f.Accepted = &annexgate.Acceptance{Waiver: waiver}
			case entry != nil && f.Novelty == annexgate.Introduced:
				f.Why = "it was in the baseline of " + entry.Since.Format(time.DateOnly) + ", was fixed, and came back"
			case entry != nil:
				f.Accepted = &annexgate.Acceptance{Baseline: entry}
			}
		}
	}
	return a.governance()
}

// excluded returns why none of the controls that p supports applies. A policy
// without a control is never excluded.
func (a *Acceptances) excluded(p *annexgate.Policy) (string, bool) {
	for _, id := range p.Controls {
		if _, excluded := a.Excluded[id]; !excluded {
			return "", false
		}
	}
	if len(p.Controls) == 0 {
		return "", false
	}
	return a.Excluded[p.Controls[0]], true
}

// pairBaseline returns the entry of each finding that has one, and says of the
// other entries whether they are fixed.
func (a *Acceptances) pairBaseline(results []annexgate.Result) map[accept.Mark]*annexgate.BaselineEntry {
	if len(a.Baseline) == 0 {
		return nil
	}
	entries := map[accept.Mark]*annexgate.BaselineEntry{}
	var before []accept.Mark
	for i := range a.Baseline {
		e := &a.Baseline[i]
		mark := accept.EntryMark(*e)
		if entries[mark] == nil {
			before = append(before, mark)
			entries[mark] = e
		}
	}
	found := map[accept.Mark]*annexgate.BaselineEntry{}
	used := map[accept.Mark]bool{}
	for now, old := range accept.Pair(before, marks(results, annexgate.Fail, annexgate.Unknown), there(a.Subjects)) {
		found[now] = entries[old]
		used[old] = true
	}
	policies := map[string]*annexgate.Policy{}
	for _, p := range a.Policies {
		policies[p.ID] = p
	}
	for i := range a.Baseline {
		e := &a.Baseline[i]
		p := policies[e.Policy]
		e.Fixed = !used[accept.EntryMark(*e)] && p != nil && a.Complete(p)
	}
	return found
}

// Compare gives each finding of a run its novelty beside the results of its
// base, and returns the failures of the base that are no more. What was only
// possible in the base and is certain now is introduced. complete is as in
// Acceptances.
func Compare(now, base []annexgate.Result, subjects []*annexgate.Subject, complete func(*annexgate.Policy) bool) (fixed []annexgate.Finding) {
	known := there(subjects)
	failed := accept.Pair(marks(base, annexgate.Fail), marks(now, annexgate.Fail), known)
	possible := accept.Pair(marks(base, annexgate.Fail, annexgate.Unknown), marks(now, annexgate.Unknown), known)
	pairs := map[annexgate.Outcome]map[accept.Mark]accept.Mark{annexgate.Fail: failed, annexgate.Unknown: possible}
	for i := range now {
		r := &now[i]
		for j := range r.Findings {
			f := &r.Findings[j]
			f.Novelty = annexgate.Introduced
			if _, existed := pairs[r.Outcome][accept.MarkOf(r.Subject, f)]; existed {
				f.Novelty = annexgate.Existing
			}
		}
	}
	left := map[accept.Mark]bool{}
	for _, pair := range pairs {
		for _, old := range pair {
			left[old] = true
		}
	}
	for _, r := range base {
		if r.Outcome != annexgate.Fail || !complete(r.Policy) {
			continue
		}
		for _, f := range r.Findings {
			if mark := accept.MarkOf(r.Subject, &f); !left[mark] {
				left[mark] = true // once, however many subjects led to it
				f.Accepted, f.Why = nil, ""
				fixed = append(fixed, f)
			}
		}
	}
	return fixed
}

// marks returns the marks of the findings of results with one of outcomes.
func marks(results []annexgate.Result, outcomes ...annexgate.Outcome) []accept.Mark {
	var list []accept.Mark
	for _, r := range results {
		for _, outcome := range outcomes {
			if r.Outcome != outcome {
				continue
			}
			for i := range r.Findings {
				list = append(list, accept.MarkOf(r.Subject, &r.Findings[i]))
			}
		}
	}
	return list
}

// there returns what knows whether a subject exists.
func there(subjects []*annexgate.Subject) func(scope, address string) bool {
	type key struct{ scope, address string }
	known := make(map[key]bool, len(subjects))
	for _, s := range subjects {
		known[key{s.Scope, s.Address}] = true
	}
	return func(scope, address string) bool { return known[key{scope, address}] }
}
