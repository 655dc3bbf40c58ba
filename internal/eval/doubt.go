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
// The policy is evaluated again with representative values in the place of one
// unknown that it read. Where an evaluation reads another, that one is filled in
// too, and so on: a tree of cases, in which every leaf reads nothing unknown.
// The values stand for all there are if the policy's profile says that it only
// compares with its own constants. Lists and objects are not enumerated: a probe
// stands for them, which notices when it is looked into. When all cases agree,
// the outcome is exact.
//
// A value that is looked into, or of which the profile knows too little, is left
// out. If the policy reads it only where being there can add findings and take
// none away, the findings that remain are certain, and their lack is not.
//
// Anything else is unknown. Where the method is approximate it says unknown of
// what a person could tell, not the other way round. A case in which a builtin
// refuses a value is taken to be impossible.

// maxCases bounds the evaluations for one doubtful outcome. Beyond it the outcome
// is unknown.
const maxCases = 400

// maxWork bounds the cases times the unknown values of a scene, to which the
// length of an evaluation is in proportion: a key that thousands of blocks refer
// to must not cost thousands of long evaluations.
const maxWork = 20_000

// A filling gives unknown leaves a value. A nil value means absent.
type filling map[*leaf]ast.Value

// judgeDoubtful decides an outcome that hangs on the unknown leaves in read.
// found is what the policy denies with these left out.
func (w *worker) judgeDoubtful(ctx context.Context, scene *scene, result *annexgate.Result, found []policy.Denial, read []*leaf) error {
	t := &trial{
		worker:  w,
		scene:   scene,
		policy:  result.Policy,
		profile: w.program.Profile(result.Policy),
		looked:  newReads(),
		doubted: map[*leaf]bool{},
		ever:    identities(found),
	}
	if err := t.branch(ctx, filling{}, nil, found, read); err != nil {
		return err
	}
	kept := t.ever
	switch {
	case t.open:
	case t.passes && !t.fails:
		result.Outcome = annexgate.Pass
		return nil
	case !t.fails && !t.passes:
		return t.err // no case is possible: the policy is at fault
	case t.fails && !t.passes && len(t.always) > 0:
		result.Outcome, kept = annexgate.Fail, t.always
	}
	var err error
	result.Findings, err = scene.findings(result.Policy, slices.Collect(maps.Values(kept)))
	if err != nil || result.Outcome == annexgate.Fail {
		return err
	}
	if len(result.Findings) == 0 {
		result.Findings = []annexgate.Finding{scene.openQuestion(result.Policy)}
	}
	leaves := slices.SortedFunc(maps.Keys(t.doubted), (*leaf).compare)
	for i := range result.Findings {
		result.Findings[i].Unknowns = doubts(leaves)
	}
	return nil
}

// A trial evaluates one policy with representative values for unknown leaves.
type trial struct {
	*worker
	scene   *scene
	policy  *annexgate.Policy
	profile *policy.Profile

	looked  *reads         // leaves whose probes were looked into
	doubted map[*leaf]bool // that some case read
	cases   int            // so far

	always map[identity]policy.Denial // found in every case
	ever   map[identity]policy.Denial // found in one or more
	passes bool                       // a case has no finding
	fails  bool                       // a case has findings
	open   bool                       // a case cannot be decided, or there are too many
	err    error                      // of the first case that is impossible
}

// settled reports whether no further case can change the outcome.
func (t *trial) settled() bool {
	return t.open || t.passes && t.fails || t.fails && t.always != nil && len(t.always) == 0
}

// evaluate decides the case that filled describes. left are leaves that are
// absent in it for good, since being there would only add findings.
func (t *trial) evaluate(ctx context.Context, filled filling, left []*leaf) error {
	if t.cases++; t.cases > maxCases || t.cases*len(t.scene.leaves) > maxWork {
		t.open = true
		return nil
	}
	t.looked.reset()
	found, read, err := t.deny(ctx, t.scene, t.policy, filled)
	if err != nil && !refuses(err) {
		return err
	}
	probes := t.looked.sorted()
	if err != nil && len(probes) == 0 && len(read) == 0 {
		// A builtin refuses a value, so it cannot be the one; unless another, which
		// is left out, would have kept it from being asked.
		t.err = cmp.Or(t.err, err)
		t.open = len(left) > 0
		return nil
	}
	if len(probes) == 0 {
		return t.branch(ctx, filled, left, found, read)
	}
	without := maps.Clone(filled)
	for _, l := range probes {
		if !t.profile.Monotone(l.steps) {
			t.open = true
			return nil
		}
		without[l] = nil
	}
	return t.evaluate(ctx, without, append(slices.Clip(left), probes...))
}

// branch decides a case of which found and read are known.
func (t *trial) branch(ctx context.Context, filled filling, left []*leaf, found []policy.Denial, read []*leaf) error {
	for _, l := range read {
		t.doubted[l] = true
	}
	if len(read) == 0 {
		t.conclude(identities(found), len(left) > 0)
		return nil
	}
	l := read[0]
	if !t.tracks || !t.profile.Enumerable(l.steps) {
		if !t.profile.Monotone(l.steps) {
			t.open = true
			return nil
		}
		return t.evaluate(ctx, filled.with(l, nil), append(slices.Clip(left), l))
	}
	for _, value := range slices.Concat([]ast.Value{nil}, t.profile.Values, []ast.Value{newProbe(l, t.looked)}) {
		if err := t.evaluate(ctx, filled.with(l, value), left); err != nil {
			return err
		}
		if t.settled() {
			return nil
		}
	}
	return nil
}

// conclude takes what one case found. More may be found in it than that.
func (t *trial) conclude(found map[identity]policy.Denial, more bool) {
	maps.Copy(t.ever, found)
	switch {
	case len(found) > 0:
		t.fails = true
	case more:
		t.open = true
		return
	default:
		t.passes = true
	}
	if t.always == nil {
		t.always = maps.Clone(found)
	}
	maps.DeleteFunc(t.always, func(id identity, _ policy.Denial) bool { _, ok := found[id]; return !ok })
}

func (f filling) with(l *leaf, value ast.Value) filling {
	g := make(filling, len(f)+1)
	maps.Copy(g, f)
	g[l] = value
	return g
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
		Message:     fmt.Sprintf("%s cannot be judged: it hangs on values that are unknown", s.subject.Address),
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
