package annexgate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSafeZeroes holds the zero values to what they must not claim.
func TestSafeZeroes(t *testing.T) {
	var result Result
	if result.Outcome != Unknown {
		t.Errorf("a result that nobody decided is %s", result.Outcome)
	}
	var problem Problem
	if problem.Loss != Unread {
		t.Error("a problem that says nothing of its cost reads as harmless")
	}
	var decision Decision
	if decision.Blocks {
		t.Error("a decision that nobody made blocks")
	}
}

func TestNames(t *testing.T) {
	for outcome, want := range map[Outcome]string{Unknown: "unknown", Fail: "fail", Pass: "pass"} {
		if text, err := outcome.MarshalText(); err != nil || string(text) != want || outcome.String() != want {
			t.Errorf("outcome %d is %q, want %q", outcome, text, want)
		}
	}
	for severity, want := range map[Severity]string{Low: "low", Medium: "medium", High: "high", Critical: "critical"} {
		text, err := severity.MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("severity %d is %q, want %q", severity, text, want)
		}
		if got, err := ParseSeverity(want); err != nil || got != severity {
			t.Errorf("%s reads as %d (%v)", want, got, err)
		}
	}
	if got, err := ParseSeverity("HIGH"); err != nil || got != High {
		t.Errorf("HIGH reads as %v (%v)", got, err)
	}
	for _, name := range []string{"", "none", "severe", "never"} {
		if got, err := ParseSeverity(name); err == nil {
			t.Errorf("%q reads as %s", name, got)
		}
	}
	if !(Low < Medium && Medium < High && High < Critical) {
		t.Error("severities are not in order")
	}
}

func TestFingerprint(t *testing.T) {
	const policy, address = "terraform.aws.s3.public_access", "aws_s3_bucket.logs"
	path := Path{"rule", 0, "acl"}

	// A change of these loses every waiver and the history of every finding.
	pinned := map[string]string{
		Fingerprint(policy, address, path, "acl"): "c326a6f6ad23d3ce0849a4362fa2b3f2",
		Fingerprint(policy, address, nil, ""):     "4bda266976768d7813ded611a153779a",
	}
	for got, want := range pinned {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}

	different := []string{
		Fingerprint(policy, address, path, "acl"),
		Fingerprint(policy, address, path, ""),
		Fingerprint(policy, address, nil, "acl"),
		Fingerprint(policy, address+"[0]", path, "acl"),
		Fingerprint(policy+"x", address, path, "acl"),
		Fingerprint(policy, address, Path{"rule", 1, "acl"}, "acl"),
		Fingerprint(policy, address, Path{"rule[0].acl"}, "acl"),
		Fingerprint(policy+address, "", path, "acl"),
	}
	slices.Sort(different)
	if len(slices.Compact(different)) != 8 {
		t.Errorf("two findings have one fingerprint: %q", different)
	}
}

func TestDecisionCompare(t *testing.T) {
	early, late := &Policy{ID: "a"}, &Policy{ID: "b"}
	found := func(file string, line int, p *Policy, address string) Decision {
		return Decision{Result: Result{
			Policy: p, Subject: &Subject{Address: address, At: Location{File: "z.tf"}}, Outcome: Fail,
			Findings: []Finding{{At: Location{File: file, Line: line}}, {At: Location{File: "0.tf"}}},
		}}
	}
	passed := func(file string, p *Policy, address string) Decision {
		return Decision{Result: Result{Policy: p, Subject: &Subject{Address: address, At: Location{File: file, Line: 5}}, Outcome: Pass}}
	}
	sorted := []Decision{
		found("a.tf", 1, early, "y"),
		found("a.tf", 1, late, "x"),
		found("a.tf", 2, early, "x"),
		found("a.tf", 2, early, "y"),
		passed("a.tf", early, "x"), // by the place of its subject
		found("a.tf", 10, early, "x"),
		passed("b.tf", early, "x"),
	}
	shuffled := slices.Clone(sorted)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	slices.SortFunc(shuffled, Decision.Compare)
	if diff := cmp.Diff(sorted, shuffled); diff != "" {
		t.Error(diff)
	}
}

func TestSortProblems(t *testing.T) {
	problems := []Problem{
		{Message: "b", At: Location{File: "a.tf", Line: 2}},
		{Message: "a", At: Location{File: "b.tf"}},
		{Message: "z"},
		{Message: "a", At: Location{File: "a.tf", Line: 2}},
		{Message: "c", At: Location{File: "a.tf", Line: 1}},
	}
	SortProblems(problems)
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"z", "a.tf:1:0: c", "a.tf:2:0: a", "a.tf:2:0: b", "b.tf: a"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUsage(t *testing.T) {
	cause := errors.New("no such file")
	err := fmt.Errorf("check: %w", Usage(cause))
	if !errors.Is(err, ErrUsage) {
		t.Error("a usage error does not read as one behind another error")
	}
	if !errors.Is(err, cause) {
		t.Error("a usage error loses its cause")
	}
	if err.Error() != "check: no such file" {
		t.Errorf("it says %q", err)
	}
	if errors.Is(cause, ErrUsage) {
		t.Error("every error is a usage error")
	}
}
