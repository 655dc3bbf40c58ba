package gate

import (
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
)

// decide decides with nothing but a threshold.
func decide(t *testing.T, results []annexgate.Result, gate config.Gate) []annexgate.Decision {
	t.Helper()
	rules, err := NewRules(gate)
	if err != nil {
		t.Fatal(err)
	}
	return rules.Decide(results)
}

func TestVerdict(t *testing.T) {
	high := &annexgate.Policy{ID: "terraform.a", Severity: annexgate.High}
	subject := &annexgate.Subject{Address: "a"}
	fail := annexgate.Result{Policy: high, Subject: subject, Outcome: annexgate.Fail}
	pass := annexgate.Result{Policy: high, Subject: subject, Outcome: annexgate.Pass}
	unknown := annexgate.Result{Policy: high, Subject: subject}

	for name, c := range map[string]struct {
		results  []annexgate.Result
		failOn   annexgate.Severity
		problems []annexgate.Problem
		want     annexgate.Verdict
	}{
		"a failure at the threshold blocks":                {[]annexgate.Result{pass, fail}, annexgate.High, nil, annexgate.Blocked},
		"a failure below the threshold does not":           {[]annexgate.Result{fail}, annexgate.Critical, nil, annexgate.Clear},
		"never blocks nothing":                             {[]annexgate.Result{fail}, 0, nil, annexgate.Clear},
		"an unknown outcome does not block":                {[]annexgate.Result{pass, unknown}, annexgate.Low, nil, annexgate.Clear},
		"unknown outcomes alone are not clear":             {[]annexgate.Result{unknown}, annexgate.Low, nil, annexgate.Inconclusive},
		"a pull request not collected whole is no verdict": {[]annexgate.Result{pass, {Policy: high, Subject: &annexgate.Subject{Kind: annexgate.PullRequest}}}, annexgate.High, nil, annexgate.Inconclusive},
		"nothing judged is not clear":                      {nil, annexgate.High, nil, annexgate.Inconclusive},
		"an unread input is not clear":                     {[]annexgate.Result{pass}, annexgate.High, []annexgate.Problem{{}}, annexgate.Inconclusive},
		"a failure blocks beside an unread input":          {[]annexgate.Result{fail}, annexgate.High, []annexgate.Problem{{}}, annexgate.Blocked},
		"a module that is not installed is no verdict":     {[]annexgate.Result{pass}, annexgate.High, []annexgate.Problem{{Loss: annexgate.Partial}}, annexgate.Clear},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Verdict(decide(t, c.results, config.Gate{FailOn: c.failOn}), c.problems); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestControls(t *testing.T) {
	policy := &annexgate.Policy{ID: "terraform.a", Kind: annexgate.Terraform, Controls: []string{"A.8.24"}}
	other := &annexgate.Policy{ID: "terraform.b", Kind: annexgate.Terraform, Controls: []string{"A.8.24"}}
	one, two := &annexgate.Subject{Address: "one"}, &annexgate.Subject{Address: "two"}
	result := func(p *annexgate.Policy, s *annexgate.Subject, o annexgate.Outcome) annexgate.Result {
		return annexgate.Result{Policy: p, Subject: s, Outcome: o}
	}

	covered := func(r annexgate.Result) annexgate.Result {
		r.Findings = []annexgate.Finding{{Accepted: &annexgate.Acceptance{Waiver: &annexgate.Waiver{}}}}
		return r
	}
	old := func(r annexgate.Result) annexgate.Result {
		r.Findings = []annexgate.Finding{{Accepted: &annexgate.Acceptance{Baseline: &annexgate.BaselineEntry{}}}}
		return r
	}
	for name, c := range map[string]struct {
		results  []annexgate.Result
		problems []annexgate.Problem
		excluded map[string]string
		want     annexgate.Status
		counts   annexgate.Population
	}{
		"all pass": {
			results: []annexgate.Result{result(policy, one, annexgate.Pass), result(policy, two, annexgate.Pass)},
			want:    annexgate.Satisfied, counts: annexgate.Population{Total: 2, Passed: 2},
		},
		"a subject counts once, with its worst outcome": {
			results: []annexgate.Result{result(policy, one, annexgate.Fail), result(other, one, annexgate.Pass)},
			want:    annexgate.Failed, counts: annexgate.Population{Total: 1, Failed: 1},
		},
		"an unknown outcome is not satisfied": {
			results: []annexgate.Result{result(policy, one, annexgate.Pass), result(policy, two, annexgate.Unknown)},
			want:    annexgate.Undetermined, counts: annexgate.Population{Total: 2, Passed: 1, Unknown: 1},
		},
		"a subject whose failures waivers cover is waived": {
			results: []annexgate.Result{covered(result(policy, one, annexgate.Fail)), result(policy, two, annexgate.Pass)},
			want:    annexgate.Waived, counts: annexgate.Population{Total: 2, Passed: 1, Waived: 1},
		},
		"an open failure beside a waived one counts": {
			results: []annexgate.Result{covered(result(policy, one, annexgate.Fail)), result(other, one, annexgate.Fail)},
			want:    annexgate.Failed, counts: annexgate.Population{Total: 1, Failed: 1},
		},
		"what cannot be judged counts for more than what is waived": {
			results: []annexgate.Result{covered(result(policy, one, annexgate.Fail)), result(other, one, annexgate.Unknown)},
			want:    annexgate.Undetermined, counts: annexgate.Population{Total: 1, Unknown: 1},
		},
		"the baseline excuses no control": {
			results: []annexgate.Result{old(result(policy, one, annexgate.Fail))},
			want:    annexgate.Failed, counts: annexgate.Population{Total: 1, Failed: 1},
		},
		"an excluded control is not applicable": {
			results:  []annexgate.Result{result(policy, one, annexgate.Fail)},
			excluded: map[string]string{"A.8.24": "we keep no secrets"},
			want:     annexgate.NotApplicable, counts: annexgate.Population{Total: 1, Failed: 1},
		},
		"an empty scope is never green": {want: annexgate.NotTested},
		"an unread file hides subjects": {
			results:  []annexgate.Result{result(policy, one, annexgate.Pass)},
			problems: []annexgate.Problem{{Kind: annexgate.Terraform}},
			want:     annexgate.Undetermined, counts: annexgate.Population{Total: 1, Passed: 1},
		},
		"an unread file of another kind hides none": {
			results:  []annexgate.Result{result(policy, one, annexgate.Pass)},
			problems: []annexgate.Problem{{Kind: annexgate.Kubernetes}},
			want:     annexgate.Satisfied, counts: annexgate.Population{Total: 1, Passed: 1},
		},
		"a notice hides none": {
			results:  []annexgate.Result{result(policy, one, annexgate.Pass)},
			problems: []annexgate.Problem{{Loss: annexgate.Notice}},
			want:     annexgate.Satisfied, counts: annexgate.Population{Total: 1, Passed: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			catalogue := []annexgate.Control{{ID: "A.8.24"}, {ID: "A.6.3", Manual: true}}
			got := Controls(catalogue, []*annexgate.Policy{policy, other}, decide(t, c.results, config.Gate{FailOn: annexgate.High}), c.problems, c.excluded)
			if got[0].Status != c.want || got[0].Population != c.counts {
				t.Errorf("got %s %+v, want %s %+v", got[0].Status, got[0].Population, c.want, c.counts)
			}
			if got[1].Status != annexgate.NotTested {
				t.Errorf("a control without a policy is %s", got[1].Status)
			}
		})
	}
}
