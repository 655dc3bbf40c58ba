package gate

import (
	"errors"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
)

func TestWhy(t *testing.T) {
	level := func(s annexgate.Severity) config.Level { return config.Level{FailOn: &s} }
	control := func(id string, s annexgate.Severity) config.ControlGate {
		return config.ControlGate{Control: id, Level: level(s)}
	}
	path := func(glob string, s annexgate.Severity) config.PathGate {
		return config.PathGate{Glob: glob, Level: level(s)}
	}
	yes, no := true, false
	high := annexgate.High
	for name, c := range map[string]struct {
		gate    config.Gate
		outcome annexgate.Outcome
		finding annexgate.Finding
		want    string
	}{
		"a failure at the threshold": {
			gate: config.Gate{FailOn: annexgate.Medium}, outcome: annexgate.Fail,
			want: "severity medium, and medium and above block",
		},
		"a failure below the threshold": {gate: config.Gate{FailOn: high}, outcome: annexgate.Fail},
		"a control has a threshold of its own": {
			gate:    config.Gate{FailOn: high, Controls: []config.ControlGate{control("A.8.24", annexgate.Medium)}},
			outcome: annexgate.Fail, want: "severity medium, and medium and above block for A.8.24",
		},
		"another control's threshold is not its": {
			gate:    config.Gate{FailOn: high, Controls: []config.ControlGate{control("A.8.9", annexgate.Low)}},
			outcome: annexgate.Fail,
		},
		"of two controls the stricter counts": {
			gate:    config.Gate{FailOn: high, Controls: []config.ControlGate{control("A.8.24", annexgate.Low), control("A.5.14", 0)}},
			outcome: annexgate.Fail, want: "severity medium, and low and above block for A.8.24",
		},
		"a control may be let off": {
			gate:    config.Gate{FailOn: annexgate.Low, Controls: []config.ControlGate{control("A.8.24", 0)}},
			outcome: annexgate.Fail,
		},
		"a path goes before a control": {
			gate: config.Gate{
				FailOn: high, Controls: []config.ControlGate{control("A.8.24", annexgate.Low)},
				Paths: []config.PathGate{path("sandbox/**", 0)},
			},
			outcome: annexgate.Fail, finding: annexgate.Finding{At: annexgate.Location{File: "sandbox/a.tf"}},
		},
		"of two paths the last counts": {
			gate: config.Gate{
				FailOn: high,
				Paths:  []config.PathGate{path("**", 0), path("prod/**", annexgate.Medium)},
			},
			outcome: annexgate.Fail, finding: annexgate.Finding{At: annexgate.Location{File: "prod/a.tf"}},
			want: "severity medium, and medium and above block in prod/**",
		},
		"what cannot be judged does not block": {gate: config.Gate{FailOn: annexgate.Low}},
		"unless it is told to": {
			gate: config.Gate{FailOn: annexgate.Low, BlockUnknown: true},
			want: "severity medium, and low and above block; what cannot be judged blocks (gate.unknown)",
		},
		"for a control": {
			gate: config.Gate{FailOn: annexgate.Low, Controls: []config.ControlGate{{Control: "A.8.24", Level: config.Level{BlockUnknown: &yes}}}},
			want: "severity medium, and low and above block; what cannot be judged blocks (gate.controls: A.8.24)",
		},
		"or but for a path": {
			gate:    config.Gate{FailOn: annexgate.Low, BlockUnknown: true, Paths: []config.PathGate{{Glob: "dev/*", Level: config.Level{BlockUnknown: &no}}}},
			finding: annexgate.Finding{At: annexgate.Location{File: "dev/a.tf"}},
		},
		"what was there before blocks": {
			gate: config.Gate{FailOn: annexgate.Low}, outcome: annexgate.Fail, finding: annexgate.Finding{Novelty: annexgate.Existing},
			want: "severity medium, and low and above block",
		},
		"unless only what is introduced blocks": {
			gate: config.Gate{FailOn: annexgate.Low, Introduced: true}, outcome: annexgate.Fail, finding: annexgate.Finding{Novelty: annexgate.Existing},
		},
		"which this is": {
			gate: config.Gate{FailOn: annexgate.Low, Introduced: true}, outcome: annexgate.Fail, finding: annexgate.Finding{Novelty: annexgate.Introduced},
			want: "severity medium, and low and above block; the change introduces it",
		},
		"and so is what nobody compared": {
			gate: config.Gate{FailOn: annexgate.Low, Introduced: true}, outcome: annexgate.Fail,
			want: "severity medium, and low and above block",
		},
		"what is accepted does not block": {
			gate: config.Gate{FailOn: annexgate.Low}, outcome: annexgate.Fail, finding: annexgate.Finding{Accepted: &annexgate.Acceptance{Excluded: "no premises"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.finding.At.Line = 1
			for _, advisory := range []bool{false, true} {
				c.gate.Advisory = advisory
				p := &annexgate.Policy{ID: "terraform.a", Severity: annexgate.Medium, Controls: []string{"A.8.24", "A.5.14"}}
				d := decide(t, []annexgate.Result{{
					Policy: p, Subject: &annexgate.Subject{}, Outcome: c.outcome, Findings: []annexgate.Finding{c.finding},
				}}, c.gate)[0]
				if got := d.Findings[0].Why; got != c.want {
					t.Errorf("advisory %t: got %q\nwant %q", advisory, got, c.want)
				}
				if want := c.want != "" && !advisory; d.Blocks != want || d.Holds(d.Findings[0]) != want {
					t.Errorf("advisory %t: blocks %t, want %t", advisory, d.Blocks, want)
				}
			}
		})
	}
}

func TestOneOfTwoFindingsBlocks(t *testing.T) {
	p := &annexgate.Policy{ID: "terraform.a", Severity: annexgate.High}
	d := decide(t, []annexgate.Result{{Policy: p, Subject: &annexgate.Subject{}, Outcome: annexgate.Fail, Findings: []annexgate.Finding{
		{Accepted: &annexgate.Acceptance{Waiver: &annexgate.Waiver{}}}, {},
	}}}, config.Gate{FailOn: annexgate.High})[0]
	if !d.Blocks || d.Holds(d.Findings[0]) || !d.Holds(d.Findings[1]) {
		t.Errorf("got %+v", d)
	}
}

func TestAMalformedGlobIsAUsageError(t *testing.T) {
	_, err := NewRules(config.Gate{Paths: []config.PathGate{{Glob: "[", Level: config.Level{At: annexgate.Location{File: "c.yaml", Line: 3, Column: 5}}}}})
	if !errors.Is(err, annexgate.ErrUsage) || err.Error() != `c.yaml:3:5: glob "[": a [ is not closed, or nothing is in it` {
		t.Errorf("got %v", err)
	}
}

func TestOnlyGovernanceIsNoJudgement(t *testing.T) {
	p := &annexgate.Policy{ID: "governance.a", Severity: annexgate.Low}
	decisions := decide(t, []annexgate.Result{{Policy: p, Subject: &annexgate.Subject{Kind: annexgate.Governance}, Outcome: annexgate.Fail}}, config.Gate{FailOn: annexgate.High})
	if got := Verdict(decisions, nil); got != annexgate.Inconclusive {
		t.Errorf("got %s", got)
	}
}
