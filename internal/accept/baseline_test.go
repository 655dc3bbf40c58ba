package accept

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const hostile = "a\"b\\c: #x\n- {y}\t\u2028\u0085\ufeff\x7f\U0001f511é\xff'*&!"

func TestBaselineReadsBackAsItWasWritten(t *testing.T) {
	want := []annexgate.BaselineEntry{
		{Policy: "a", Fingerprint: "1", Address: `module.m["x"].b[0]`, Scope: "live", Since: on("2026-01-31")},
		{Policy: "a", Fingerprint: "2", Address: "c", Since: on("2026-02-28")},
		{Policy: "yes", Fingerprint: "123", Address: "~", Scope: "0x10", Since: on("2026-02-28")},
	}
	shuffled := []annexgate.BaselineEntry{want[2], want[0], want[1], want[0]}
	text := WriteBaseline(shuffled)
	got, err := ReadBaseline("baseline.yaml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for i := range got {
		if got[i].At.Line != 5+i { // a line to each
			t.Errorf("entry %d is at %s", i, got[i].At)
		}
		got[i].At = annexgate.Location{}
	}
	if diff := cmp.Diff([]annexgate.BaselineEntry{want[1], want[0], want[2]}, got); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
}

func TestBaselineTakesAnyText(t *testing.T) {
	text := WriteBaseline([]annexgate.BaselineEntry{{Policy: hostile, Fingerprint: hostile, Address: hostile, Scope: hostile, Since: on("2026-01-31")}})
	got, err := ReadBaseline("b.yaml", text)
	if err != nil || len(got) != 1 {
		t.Fatalf("%v\n%q", err, text)
	}
	if valid := string([]rune(hostile)); got[0].Address != valid || got[0].Scope != valid {
		t.Errorf("got %q, want %q", got[0].Address, valid)
	}
}

func TestAnEmptyBaselineIsOne(t *testing.T) {
	got, err := ReadBaseline("b.yaml", WriteBaseline(nil))
	if err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadBaselineRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"findings: []\n":                                "b.yaml:1:1: the version is missing: want version: 1",
		"version: 1\nfinding: []\n":                     `b.yaml:2:1: unknown key "finding": did you mean findings?`,
		"version: 1\nfindings: [{fingerprint: f}]\n":    "b.yaml:2:12: fingerprint, policy or since is missing: annexgate baseline write makes the file",
		"version: 1\nfindings: [{since: 1, x: 2}]\n":    "b.yaml:2:20: want a date like 2027-01-31 here\nb.yaml:2:23: unknown key \"x\": want one of address, fingerprint, policy, scope, since\nb.yaml:2:12: fingerprint, policy or since is missing: annexgate baseline write makes the file",
		"version: 3\n":                                  `b.yaml:1:10: version "3": this annexgate reads version 1`,
		"version: 1\nfindings:\n  - {a: &x b, c: *x}\n": "b.yaml:3:6: unknown key \"a\": want one of address, fingerprint, policy, scope, since\nb.yaml:3:15: unknown key \"c\": want one of address, fingerprint, policy, scope, since\nb.yaml:3:5: fingerprint, policy or since is missing: annexgate baseline write makes the file",
	} {
		_, err := ReadBaseline("b.yaml", []byte(text))
		if err == nil || err.Error() != want || !errors.Is(err, annexgate.ErrUsage) {
			t.Errorf("%q: got %v\nwant %s", text, err, want)
		}
	}
}

func TestPresentAndPrune(t *testing.T) {
	waiver := &annexgate.Waiver{}
	run := &annexgate.Run{Started: now, Baseline: []annexgate.BaselineEntry{
		{Fingerprint: "kept", Policy: "p", Scope: "before", Since: on("2026-01-01")},
		{Fingerprint: "fixed", Policy: "p", Scope: "live", Since: on("2026-01-01"), Fixed: true},
		{Fingerprint: "unknown", Policy: "p", Scope: "live", Since: on("2026-01-01")},
	}}
	decision := func(kind annexgate.Kind, outcome annexgate.Outcome, fingerprint string, accepted *annexgate.Acceptance) annexgate.Decision {
		return annexgate.Decision{Result: annexgate.Result{
			Policy: &annexgate.Policy{ID: "p"}, Subject: &annexgate.Subject{Kind: kind, Scope: "live", Address: "a"}, Outcome: outcome,
			Findings: []annexgate.Finding{{Fingerprint: fingerprint, Address: "a", Accepted: accepted}},
		}}
	}
	run.Decisions = []annexgate.Decision{
		decision(annexgate.Terraform, annexgate.Fail, "kept", &annexgate.Acceptance{Baseline: &run.Baseline[0]}),
		decision(annexgate.Terraform, annexgate.Fail, "new", nil),
		decision(annexgate.Terraform, annexgate.Fail, "waived", &annexgate.Acceptance{Waiver: waiver}),
		decision(annexgate.Terraform, annexgate.Unknown, "possible", nil),
		decision(annexgate.Governance, annexgate.Fail, "governance", nil),
		decision(annexgate.PullRequest, annexgate.Fail, "pr", nil),
	}
	list := func(entries []annexgate.BaselineEntry) (got []string) {
		for _, e := range entries {
			got = append(got, fmt.Sprintf("%s %s %s", e.Fingerprint, e.Scope, date(e.Since)))
		}
		return got
	}
	kept, fixed := Prune(run)
	if diff := cmp.Diff([]string{"kept live 2026-01-01", "unknown live 2026-01-01"}, list(kept)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"fixed live 2026-01-01"}, list(fixed)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"kept live 2026-01-01", "unknown live 2026-01-01", "new live 2026-11-21"}, list(Present(run))); diff != "" {
		t.Error(diff)
	}
}

func FuzzBaseline(f *testing.F) {
	f.Add(hostile, "f")
	f.Fuzz(func(t *testing.T, one, two string) {
		text := WriteBaseline([]annexgate.BaselineEntry{{Policy: "p" + one, Fingerprint: "f" + two, Address: one, Scope: two, Since: on("2026-01-31")}})
		got, err := ReadBaseline("b.yaml", text)
		if err != nil || len(got) != 1 {
			// A text of nothing but spaces is none to the reader.
			if len(got) == 1 {
				return
			}
			t.Fatalf("%v\n%q", err, text)
		}
	})
}
