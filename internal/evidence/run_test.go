package evidence

import (
	"fmt"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
)

const (
	testID     = "01930b7e-4c1d-7b2a-9a51-0d9f6a2c7e10"
	testCommit = "6f1c0000000000000000000000000000000000aa"
	testTree   = "91ab0000000000000000000000000000000000bb"
)

var (
	encryption = &annexgate.Policy{
		ID: "terraform.aws.s3.encryption", Severity: annexgate.High, Kind: annexgate.Terraform,
		Controls: []string{"A.8.24"}, File: "terraform/aws/s3/encryption/encryption.rego", SHA256: strings.Repeat("e", 64),
	}
	logging = &annexgate.Policy{
		ID: "terraform.aws.s3.logging", Severity: annexgate.Low, Kind: annexgate.Terraform,
		Controls: []string{"A.8.15", "A.8.24"}, File: "terraform/aws/s3/logging/logging.rego",
	}
	tagging  = &annexgate.Policy{ID: "terraform.aws.s3.tagging", Severity: annexgate.Low, Kind: annexgate.Terraform, File: "terraform/aws/s3/tagging/tagging.rego"}
	approval = &annexgate.Policy{
		ID: "pullrequest.approval", Severity: annexgate.Critical, Kind: annexgate.PullRequest,
		Controls: []string{"A.8.32"}, File: "pullrequest/approval/approval.rego",
	}
)

// run is a run that found something: a bucket without encryption, one that
// nobody can tell, a file that does not parse.
func run() *annexgate.Run {
	logs := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: "aws_s3_bucket", Address: "aws_s3_bucket.logs",
		Values: map[string]any{"bucket": "SUBJECT-VALUE"},
	}
	data := &annexgate.Subject{Kind: annexgate.Terraform, Type: "aws_s3_bucket", Address: "aws_s3_bucket.data"}
	r := &annexgate.Run{
		Tool:     annexgate.Tool{Version: "v0.1.0", Revision: "abc", OPA: "1.22.2", Go: "go1.26.0", Platform: "linux/amd64"},
		Commit:   annexgate.Commit{Repository: "git+https://github.com/acme/payments", Commit: testCommit, Tree: testTree},
		Started:  time.Date(2026, 11, 21, 9, 0, 0, 123_456_789, time.FixedZone("", 3600)),
		Finished: time.Date(2026, 11, 21, 8, 0, 1, 500_000_000, time.UTC),
		FailOn:   annexgate.High,
		Settings: map[string]any{"retention_days": 90, "a": []any{"b"}},
		Inputs: []annexgate.Input{
			{Kind: annexgate.Terraform, File: "storage.tf", SHA256: strings.Repeat("2", 64), Bytes: 20},
			{Kind: annexgate.Terraform, File: "main.tf", SHA256: strings.Repeat("1", 64), Bytes: 10},
			{Kind: annexgate.Terraform, File: "main.tf", SHA256: strings.Repeat("1", 64), Bytes: 10},
			{Kind: annexgate.PullRequest, File: "pull-request.json", SHA256: strings.Repeat("3", 64), Bytes: 30},
		},
		Policies:     []*annexgate.Policy{approval, encryption, logging},
		PolicyDigest: strings.Repeat("d", 64),
		Decisions: []annexgate.Decision{
			{Blocks: true, Result: annexgate.Result{
				Policy: encryption, Subject: logs, Outcome: annexgate.Fail,
				Findings: []annexgate.Finding{{
					Message: "aws_s3_bucket.logs is not encrypted", Fingerprint: "f-fail", Why: "severity high, and high and above block", Excerpt: []string{"SOURCE-EXCERPT"},
					At: annexgate.Location{File: "storage.tf", Line: 3, Column: 1, EndLine: 5, EndColumn: 2},
				}},
			}},
			{Result: annexgate.Result{
				Policy: encryption, Subject: data,
				Findings: []annexgate.Finding{{Message: "aws_s3_bucket.data is not encrypted", Fingerprint: "f-unknown"}},
			}},
			{Result: annexgate.Result{Policy: logging, Subject: logs, Outcome: annexgate.Pass}},
		},
		Problems: []annexgate.Problem{
			{Kind: annexgate.Kubernetes, Message: "expected a mapping", At: annexgate.Location{File: "pod.yaml", Line: 2, Column: 4}},
			{Kind: annexgate.Terraform, Message: "module vpc is not installed", Loss: annexgate.Partial},
			{Message: "vendored code is not examined", Loss: annexgate.Notice},
		},
		Verdict: annexgate.Blocked,
	}
	r.Waivers = []annexgate.Waiver{
		{
			ID: "EX-2026-014", State: annexgate.WaiverActive, Policy: logging.ID, Address: "aws_s3_bucket.*", Reason: "the logs move in January",
			Ticket: "SEC-12", Owner: "@web-team", ApprovedBy: "@security-lead", Matches: 1,
			Created: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Expires: time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC),
			At: annexgate.Location{File: "waivers.yaml", Line: 3, Column: 5, EndLine: 12},
		},
		{
			ID: "W-0badcafe", Policy: "terraform", Faults: []string{"owner is missing"}, Inline: true,
			At: annexgate.Location{File: "main.tf", Line: 1, Column: 1}, Span: annexgate.Location{File: "main.tf", Line: 2, EndLine: 4},
		},
	}
	accepted := func(message string, a *annexgate.Acceptance) annexgate.Finding {
		return annexgate.Finding{Message: message, Fingerprint: "f-" + message, Accepted: a, Novelty: annexgate.Existing}
	}
	r.Decisions = append(r.Decisions, annexgate.Decision{Result: annexgate.Result{Policy: tagging, Subject: data, Outcome: annexgate.Fail, Findings: []annexgate.Finding{
		accepted("waived", &annexgate.Acceptance{Waiver: &r.Waivers[0]}),
		accepted("baseline", &annexgate.Acceptance{Baseline: &annexgate.BaselineEntry{}}),
		accepted("excluded", &annexgate.Acceptance{Excluded: "no logs"}),
	}}})
	for _, c := range control.All() {
		result := annexgate.ControlResult{Control: c, Status: annexgate.NotTested, Reason: "no policy supports it"}
		switch c.ID {
		case "A.8.24":
			result.Status, result.Reason = annexgate.Failed, "1 of 2 subjects fail"
			result.Policies = []string{encryption.ID, logging.ID}
			result.Population = annexgate.Population{Total: 2, Failed: 1, Unknown: 1}
		case "A.8.15":
			result.Status, result.Reason = annexgate.Satisfied, "all 1 subjects pass"
			result.Policies = []string{logging.ID}
			result.Population = annexgate.Population{Total: 1, Passed: 1}
		case "A.8.32":
			result.Reason = "nothing in scope"
			result.Policies = []string{approval.ID}
		}
		r.Controls = append(r.Controls, result)
	}
	return r
}

// large is a run of a big repository that failed all over.
func large() *annexgate.Run {
	r := run()
	policies := map[string][]string{}
	for i := range 600 {
		id := control.All()[i%93].ID
		p := &annexgate.Policy{
			ID: fmt.Sprintf("terraform.aws.service%03d.some_longer_requirement", i), Severity: annexgate.Severity(1 + i%4),
			Controls: []string{id}, File: fmt.Sprintf("terraform/aws/service%03d/some_longer_requirement.rego", i), SHA256: strings.Repeat("a", 64),
		}
		r.Policies = append(r.Policies, p)
		policies[id] = append(policies[id], p.ID)
		for j := range 5 {
			address := fmt.Sprintf(`module.network["eu-west-%d"].aws_service%03d.resource`, j, i)
			r.Decisions = append(r.Decisions, annexgate.Decision{Blocks: p.Severity >= annexgate.High, Result: annexgate.Result{
				Policy: p, Subject: &annexgate.Subject{Address: address}, Outcome: annexgate.Fail,
				Findings: []annexgate.Finding{{
					Message: address + strings.Repeat(" ü", 1000), Fingerprint: annexgate.Fingerprint(p.ID, address, nil, ""), Why: "severity high, and high and above block",
					At: annexgate.Location{File: "modules/network/main.tf", Line: i + 1},
				}},
			}})
		}
	}
	for i := range 500 {
		r.Waivers = append(r.Waivers, annexgate.Waiver{ID: fmt.Sprintf("EX-%d", i), Reason: strings.Repeat("because ", 200), State: annexgate.WaiverActive, Matches: i % 2})
	}
	for i := range 5000 {
		r.Inputs = append(r.Inputs, annexgate.NewInput(annexgate.Terraform, fmt.Sprintf("env/%d/main.tf", i), nil))
		r.Problems = append(r.Problems, annexgate.Problem{Message: strings.Repeat("x", 1000), At: annexgate.Location{File: fmt.Sprint(i)}})
	}
	for i, c := range r.Controls {
		r.Controls[i].Status, r.Controls[i].Reason = annexgate.Failed, "35 of 35 subjects fail"
		r.Controls[i].Policies = policies[c.Control.ID]
		r.Controls[i].Population = annexgate.Population{Total: 35, Failed: 35}
	}
	return r
}
