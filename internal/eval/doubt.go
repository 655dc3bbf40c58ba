package eval

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
)

// How an outcome is decided when the policy read unknown values.
//
// The policy is evaluated again with every combination of representative values
// in their place. They stand for all values if the policy's profile says that it
// only compares them with its own constants, and if no probe among them turns out
// to be looked into as a list or an object. When every combination agrees, the
// outcome is exact.
//
// A value that is looked into cannot be enumerated. If the policy reads it only
// positively, being there can add findings and take none away: it is left out,
// the findings that remain are certain, and their lack is not.
//
// Anything else is unknown. Where the method is approximate it says unknown of
// what a person could tell, not the other way round. It takes on trust that a
// regular expression which matches none of its samples matches nothing.

// maxCombinations bounds the evaluations for one doubtful outcome. Beyond it the
// outcome is unknown.
const maxCombinations = 400

// opaque is a text that no policy expects: a value that is set, and no more.
const opaque = ast.String("${unknown}")

// A filling gives unknown leaves a value. A nil value means absent.
type filling map[*leaf]ast.Value

// judgeDoubtful decides an outcome that hangs on the unknown leaves in read.
// found is what the policy denies with these left out.
func (w *worker) judgeDoubtful(ctx context.Context, scene *scene, result *annexgate.Result, found []policy.Denial, read []*leaf) error {
	t := &trial{worker: w, scene: scene, policy: result.Policy, profile: w.program.Profile(result.Policy), tried: read}
	if err := t.run(ctx, found); err != nil {
		return err
	}
	kept := t.ever
	switch {
	case t.certain && len(t.always) > 0:
		result.Outcome, kept = annexgate.Fail, t.always
	case t.certain && len(t.ever) == 0 && len(t.left) == 0:
		result.Outcome = annexgate.Pass
		return nil
	}
	var err error
	result.Findings, err = scene.findings(result.Policy, slices.Collect(maps.Values(kept)))
	if err != nil || result.Outcome == annexgate.Fail {
		return err
	}
	if len(result.Findings) == 0 {
		result.Findings = []annexgate.Finding{scene.openQuestion(result.Policy)}
	}
	for i := range result.Findings {
		result.Findings[i].Unknowns = doubts(union(t.tried, t.left))
	}
	return nil
}

// A trial evaluates one policy with representative values for unknown leaves.
type trial struct {
	*worker
	scene   *scene
	policy  *annexgate.Policy
	profile *policy.Profile

	tried []*leaf // filled with values
	left  []*leaf // left out for good

	always  map[identity]policy.Denial // found by every combination
	ever    map[identity]policy.Denial // found by one or more
	certain bool                       // the combinations stand for all values
}

// run tries out combinations until it knows whether they agree.
func (t *trial) run(ctx context.Context, found []policy.Denial) error {
	if !t.profile.Enumerable {
		t.certain = !slices.ContainsFunc(t.tried, func(l *leaf) bool { return !t.monotone(l) })
		t.left, t.tried = t.tried, nil
		t.always, t.ever = identities(found), identities(found)
		return nil
	}
	for {
		further, probed, err := t.combine(ctx)
		if err != nil {
			return err
		}
		if len(further) == 0 && len(probed) == 0 {
			return nil
		}
		for _, l := range probed {
			if !t.monotone(l) {
				t.certain = false
				return nil
			}
		}
		t.left = union(t.left, probed)
		t.tried = slices.DeleteFunc(union(t.tried, further), func(l *leaf) bool { return slices.Contains(t.left, l) })
	}
}

// combine evaluates every combination of values of the tried leaves. It ends
// early, uncertain, when combinations disagree or are too many. It returns
// leaves that turned out to be read, and leaves that were looked into; with
// either, what it found says nothing yet.
func (t *trial) combine(ctx context.Context) (further, probed []*leaf, err error) {
	t.always, t.ever, t.certain = nil, map[identity]policy.Denial{}, true
	looked := newReads()
	for filled := range t.combinations(looked) {
		if filled == nil {
			t.certain = false
			return nil, nil, nil
		}
		found, read, err := t.deny(ctx, t.scene, t.policy, filled)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			continue // a builtin refuses a value of that type, so it cannot be the one
		}
		ids := identities(found)
		if t.always == nil {
			t.always = maps.Clone(ids)
		}
		maps.DeleteFunc(t.always, func(id identity, _ policy.Denial) bool { _, ok := ids[id]; return !ok })
		maps.Copy(t.ever, ids)

		further = slices.DeleteFunc(read, func(l *leaf) bool { return slices.Contains(t.left, l) })
		if probed = looked.sorted(); len(further) > 0 || len(probed) > 0 {
			return further, probed, nil
		}
		if len(t.always) == 0 && len(t.ever) > 0 {
			t.certain = false
			return nil, nil, nil
		}
	}
	return nil, nil, nil
}

// combinations yields each way to fill the tried leaves, with the left ones
// absent. The first leaves all absent. It yields nil when there are too many.
func (t *trial) combinations(looked *reads) func(yield func(filling) bool) {
	values := slices.Concat([]ast.Value{nil, opaque, ast.Boolean(true), ast.Boolean(false), ast.NullValue, ast.Number("0")}, t.profile.Literals)
	return func(yield func(filling) bool) {
		choice := make([]int, len(t.tried))
		for n := 0; ; n++ {
			if n == maxCombinations {
				yield(nil)
				return
			}
			filled := filling{}
			for i, l := range t.tried {
				if choice[i] < len(values) {
					filled[l] = values[choice[i]]
				} else {
					filled[l] = newProbe(l, looked)
				}
			}
			if !yield(filled) || !advance(choice, len(values)+1) {
				return
			}
		}
	}
}

// advance counts choice up, as digits to the given base. It returns false
// behind the last number.
func advance(choice []int, base int) bool {
	for i := range choice {
		if choice[i]++; choice[i] < base {
			return true
		}
		choice[i] = 0
	}
	return false
}

func (t *trial) monotone(l *leaf) bool {
	var keys []string
	for _, step := range l.steps {
		if key, ok := step.(string); ok {
			keys = append(keys, key)
		}
	}
	return t.profile.Monotone(keys)
}

func union(a, b []*leaf) []*leaf {
	all := slices.Concat(a, b)
	slices.SortFunc(all, (*leaf).compare)
	return slices.Compact(all)
}

// An identity tells the findings of one policy apart across evaluations, whose
// messages may differ by the values they show.
type identity struct{ address, path, key string }

func identities(found []policy.Denial) map[identity]policy.Denial {
	ids := make(map[identity]policy.Denial, len(found))
	for _, d := range found {
		id := identity{d.Address, d.Path.String(), d.Key}
		if kept, ok := ids[id]; !ok || d.Message < kept.Message {
			ids[id] = d
		}
	}
	return ids
}

// openQuestion is the finding of a policy that could find no fault and yet
// cannot pass the subject.
func (s *scene) openQuestion(p *annexgate.Policy) annexgate.Finding {
	return annexgate.Finding{
		Message:     fmt.Sprintf("%s cannot be judged before apply", s.subject.Address),
		Address:     s.subject.Address,
		At:          cmp.Or(s.subject.Source.Find(nil), s.subject.At),
		Fingerprint: annexgate.Fingerprint(p.ID, s.subject.Address, nil, ""),
	}
}

func doubts(leaves []*leaf) []annexgate.Doubt {
	var list []annexgate.Doubt
	for _, l := range leaves {
		list = append(list, annexgate.Doubt{Address: l.subject.Address, Path: l.steps, UnknownValue: l.unknown})
	}
	return list
}
