package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// hostile is what an author of a change may put into any name or text: it
// clears the screen, reverses the line, starts workflow commands,
// links elsewhere and is not UTF-8.
const hostile = "::warning::x ##[add-mask]y\x1b[2J\u202e\r\n::error::owned\u2028\u009b31m[click](https://evil.example)<script>\xff|`\U000e0041"

// sources are the files that the findings of the fixture point into.
var sources = map[string]string{
	"infra/storage.tf": `resource "aws_s3_bucket" "logs" {
  for_each = toset(["eu", "us"])
  bucket   = "acme-logs-${each.key}"
}

resource "aws_s3_bucket" "site" {
  bucket = "acme-site"
  acl    = "public-read"
  tags = {
    Owner = "web"
    Cost  = "42"
  }
}
`,
	"infra/network.tf": "\ufeffresource \"aws_security_group_rule\" \"ssh\" {\r\n" +
		"\ttype = \"ingress\"\r\n" +
		"\tdescription = \"管理者用 🔑\"; cidr_blocks = [\"0.0.0.0/0\"]\r\n" +
		"}\r\n" +
		"locals { " + strings.Repeat("padding = \"0123456789\", ", 40) + "open = \"0.0.0.0/0\", " + strings.Repeat("more = \"abc\", ", 40) + "}\r\n",
	"infra/database.tf": `resource "aws_db_instance" "main" {
  storage_encrypted = var.encrypt
}
`,
	"k8s/api.yaml": `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: api
          image: api:latest
        - name: sidecar
          image: proxy:1.2
`,
	"pull-request.json": `{"pull_request":{"number":412,"head":{"sha":"bb00000000000000000000000000000000000002"},"user":{"login":"dana"}},"reviews":[]}`,
}

// place returns the location of the first text in file.
func place(file, text string) annexgate.Location {
	start := strings.Index(sources[file], text)
	if start < 0 {
		panic(fmt.Sprintf("%s has no %q", file, text))
	}
	return position.New(file, []byte(sources[file])).Location(start, start+len(text))
}

// excerpt returns the lines of source at a location, as a run has them.
func excerpt(at annexgate.Location) []string {
	source, ok := sources[at.File]
	if !ok || at.Line == 0 {
		return nil
	}
	lines := strings.Split(source, "\n")
	return lines[at.Line-1 : max(at.Line, min(at.EndLine, len(lines)))]
}

// failing returns a decision with one finding.
func failing(p *annexgate.Policy, s *annexgate.Subject, at annexgate.Location, message string, path ...any) annexgate.Decision {
	why := ""
	if p.Severity >= annexgate.High {
		why = "severity " + p.Severity.String() + ", and high and above block"
	}
	return annexgate.Decision{Blocks: why != "", Result: annexgate.Result{
		Policy: p, Subject: s, Outcome: annexgate.Fail,
		Findings: []annexgate.Finding{{
			Message: message, Address: s.Address, Path: path, At: at, Excerpt: excerpt(at), Why: why,
			Fingerprint: annexgate.Fingerprint(p.ID, s.Address, path, ""),
		}},
	}}
}

func passing(p *annexgate.Policy, s *annexgate.Subject) annexgate.Decision {
	return annexgate.Decision{Result: annexgate.Result{Policy: p, Subject: s, Outcome: annexgate.Pass}}
}

func bucket(address, file string) *annexgate.Subject {
	return &annexgate.Subject{
		Kind: annexgate.Terraform, Type: "aws_s3_bucket", Name: "b", Address: address, Scope: "infra",
		At: annexgate.Location{File: file, Line: 1, Column: 1, EndLine: 4, EndColumn: 2},
	}
}

// The policies of the fixture.
var (
	publicAccess = &annexgate.Policy{
		ID: "terraform.aws.s3.public_access", Title: "S3 buckets block public access", Severity: annexgate.Critical,
		Kind: annexgate.Terraform, Types: []string{"aws_s3_bucket"}, Controls: []string{"A.8.3", "A.5.15"},
		Description: "A public bucket is readable by everyone on the internet.\n\nIt stays so until somebody looks.",
		Remediation: "Add an `aws_s3_bucket_public_access_block` for the bucket, with all four settings on. They override every ACL and bucket policy:\n\n```hcl\nblock_public_acls = true\n```",
		Aliases:     []string{"AWS-S3-001", "trivy:AWS-0086"},
		Links:       []annexgate.Link{{URL: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html", Title: "Blocking public access [S3]"}, {URL: "javascript:alert(1)", Title: "not a page"}},
		File:        "policies/terraform/aws/s3/public_access/public_access.rego",
	}
	ownerTag = &annexgate.Policy{
		ID: "terraform.aws.s3.logging", Title: "S3 buckets log access", Severity: annexgate.Low,
		Kind: annexgate.Terraform, Types: []string{"aws_s3_bucket"}, Controls: []string{"A.8.15"},
		Remediation: "Add an `aws_s3_bucket_logging` that names the bucket.",
	}
	openPort = &annexgate.Policy{
		ID: "terraform.aws.ec2.open_admin_port", Title: "Administrative ports are closed to the internet", Severity: annexgate.High,
		Kind: annexgate.Terraform, Types: []string{"aws_security_group_rule"}, Controls: []string{"A.8.20", "A.8.22"},
		Remediation: "Name the networks that administer the host.",
		Settings:    []annexgate.Setting{{Name: "admin_ports", Type: "list", Description: "ports that only administrators use", Default: []any{22, 3389}}},
	}
	encryption = &annexgate.Policy{
		ID: "terraform.aws.rds.encryption", Title: "RDS instances are encrypted at rest", Severity: annexgate.High,
		Kind: annexgate.Terraform, Types: []string{"aws_db_instance"}, Controls: []string{"A.8.24"},
		Remediation: "Set `storage_encrypted = true`.",
	}
	pinnedImage = &annexgate.Policy{
		ID: "kubernetes.workload.image_tag", Title: "Containers name the version of their image", Severity: annexgate.Medium,
		Kind: annexgate.Kubernetes, Types: []string{"Deployment"}, Controls: []string{"A.8.9", "A.8.19"},
		Remediation: "Name a version or, better, a digest.",
	}
	approval = &annexgate.Policy{
		ID: "pullrequest.independent_approval", Title: "Someone other than the author approves the change", Severity: annexgate.High,
		Kind: annexgate.PullRequest, Types: []string{"pull_request"}, Controls: []string{"A.8.32", "A.5.3"},
		Remediation: "Ask someone who did not write the change for a review of the latest commit.",
	}
	unusedPolicy = &annexgate.Policy{ID: "kubernetes.workload.unused", Title: "Nothing here is examined by this", Severity: annexgate.Low, Kind: annexgate.Kubernetes, Controls: []string{"A.8.31"}}
)

// fixture returns a run such as a real repository gives, with a change that
// somebody means ill by.
func fixture() *annexgate.Run {
	eu, us := bucket(`aws_s3_bucket.logs["eu"]`, "infra/storage.tf"), bucket(`aws_s3_bucket.logs["us"]`, "infra/storage.tf")
	site := bucket("aws_s3_bucket.site", "infra/storage.tf")
	site.At = place("infra/storage.tf", "resource \"aws_s3_bucket\" \"site\" {\n  bucket = \"acme-site\"\n  acl    = \"public-read\"\n  tags = {\n    Owner = \"web\"\n    Cost  = \"42\"\n  }\n}")
	ssh := &annexgate.Subject{Kind: annexgate.Terraform, Type: "aws_security_group_rule", Name: "ssh", Address: "aws_security_group_rule.ssh", Scope: "infra", At: place("infra/network.tf", "resource")}
	db := &annexgate.Subject{Kind: annexgate.Terraform, Type: "aws_db_instance", Name: "main", Address: "module.db.aws_db_instance.main", Module: "module.db", Scope: "infra", At: place("infra/database.tf", "resource")}
	api := &annexgate.Subject{Kind: annexgate.Kubernetes, Type: "Deployment", Name: "api", Address: "Deployment/payments/api", Scope: "k8s/api.yaml", At: place("k8s/api.yaml", "kind: Deployment")}
	pr := &annexgate.Subject{Kind: annexgate.PullRequest, Type: "pull_request", Name: "412", Address: "pull_request/412", At: annexgate.Location{File: "pull-request.json"}}
	api2 := &annexgate.Subject{Kind: annexgate.PullRequest, Type: "pull_request", Name: "413", Address: "pull_request/413"}
	evil := bucket("aws_s3_bucket."+hostile, hostile+".tf")

	logBlock := place("infra/storage.tf", "resource \"aws_s3_bucket\" \"logs\" {\n  for_each = toset([\"eu\", \"us\"])\n  bucket   = \"acme-logs-${each.key}\"\n}")
	unknown := failing(encryption, db, place("infra/database.tf", "var.encrypt"), "module.db.aws_db_instance.main leaves its storage unencrypted", "storage_encrypted")
	unknown.Outcome, unknown.Blocks = annexgate.Unknown, false
	unknown.Findings[0].Why = ""
	doubt := annexgate.Doubt{Address: db.Address, Path: annexgate.Path{"storage_encrypted"}, UnknownValue: annexgate.UnknownValue{
		Reason: `variable "encrypt" has no value`, From: annexgate.Location{File: "infra/variables.tf", Line: 3, Column: 1, EndLine: 3, EndColumn: 19},
	}}
	unknown.Findings[0].Unknowns = []annexgate.Doubt{doubt, doubt, {Address: "data.aws_kms_key.k", UnknownValue: annexgate.UnknownValue{Reason: "a data source is read at apply"}}}

	port := failing(openPort, ssh, place("infra/network.tf", "0.0.0.0/0"), "aws_security_group_rule.ssh opens port 22 to 0.0.0.0/0", "cidr_blocks", 0)
	far := place("infra/network.tf", "open = \"0.0.0.0/0\"")
	port.Findings = append(port.Findings, annexgate.Finding{
		Message: "local.open is open to 0.0.0.0/0", Key: "local", Address: "local.open", At: far, Excerpt: excerpt(far),
		Fingerprint: annexgate.Fingerprint(openPort.ID, "local.open", nil, "local"),
	})
	port.Findings[0].Novelty, port.Findings[1].Novelty = annexgate.Introduced, annexgate.Existing
	port.Findings[1].Why = "severity high, and low and above block in infra/**"

	date := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	waivers := []annexgate.Waiver{
		{
			ID: "EX-2026-014", State: annexgate.WaiverActive, Policy: ownerTag.ID, Address: "aws_s3_bucket.si*", Path: "infra/*.tf", Key: "k",
			Fingerprint: annexgate.Fingerprint(ownerTag.ID, site.Address, nil, ""),
			Reason:      "The site moves to another account in January", Ticket: "SEC-12", Owner: "@web-team", ApprovedBy: "@security-lead",
			Created: date(2026, 11, 1), NotBefore: date(2026, 11, 2), Expires: date(2027, 1, 15), Matches: 1,
			At: annexgate.Location{File: "waivers.yaml", Line: 3, Column: 5, EndLine: 12, EndColumn: 30},
		},
		{
			ID: hostile, State: annexgate.WaiverInvalid, Policy: hostile, Reason: hostile, Faults: []string{hostile, "owner is missing"},
			At: annexgate.Location{File: "infra/storage.tf", Line: 1}, Inline: true, Span: annexgate.Location{File: "infra/storage.tf", Line: 2, EndLine: 4},
		},
		{ID: "W-0badcafe", State: annexgate.WaiverActive, Peer: "checkov", Reason: "skipped", Inline: true, At: annexgate.Location{File: "k8s/api.yaml", Line: 1}},
	}
	logged := failing(ownerTag, site, site.At, "aws_s3_bucket.site keeps no access log")
	logged.Findings[0].Accepted = &annexgate.Acceptance{Waiver: &waivers[0]}
	baseline := []annexgate.BaselineEntry{
		{Policy: pinnedImage.ID, Address: api.Address, Scope: api.Scope, Since: date(2026, 3, 1), At: annexgate.Location{File: "baseline.yaml", Line: 5, Column: 5}},
		{Policy: ownerTag.ID, Address: "aws_s3_bucket.gone", Since: date(2026, 2, 1), Fixed: true, Fingerprint: "f"},
	}
	image := failing(pinnedImage, api, place("k8s/api.yaml", "api:latest"), `container "api" uses the tag latest`, "spec", "template", "spec", "containers", 0, "image")
	baseline[0].Fingerprint = image.Findings[0].Fingerprint
	image.Findings[0].Accepted = &annexgate.Acceptance{Baseline: &baseline[0]}
	reviewed := failing(approval, api2, annexgate.Location{}, "pull request 413 has no approval")
	reviewed.Blocks, reviewed.Findings[0].Why = false, ""
	reviewed.Findings[0].Accepted = &annexgate.Acceptance{Excluded: "changes are reviewed elsewhere"}

	evilAt := annexgate.Location{File: hostile + ".tf", Line: 2, Column: 3, EndLine: 2, EndColumn: 9}
	owned := failing(publicAccess, evil, evilAt, hostile+" is readable by anyone", hostile)
	owned.Findings[0].Excerpt = []string{"a\x1b[31mb\u202ecdefg = \"\x00\""}

	run := &annexgate.Run{
		Tool:     annexgate.Tool{Version: "v0.1.0", Revision: "0f1e2d3c", OPA: "1.22.2", Go: "go1.26.0", Platform: "linux/amd64"},
		Commit:   annexgate.Commit{Repository: "git+https://ci:token@github.com/acme/payments", Commit: "6f1c0000000000000000000000000000000000aa", Tree: "91ab0000000000000000000000000000000000bb", Dirty: true},
		Started:  time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("CET", 3600)),
		Finished: time.Date(2026, 11, 21, 10, 0, 1, 5e8, time.FixedZone("CET", 3600)),
		FailOn:   annexgate.High,
		Settings: map[string]any{"admin_ports": []any{22, 3389}, "approvals": 1, "note": hostile},
		Inputs: []annexgate.Input{
			annexgate.NewInput(annexgate.Terraform, "infra/storage.tf", []byte(sources["infra/storage.tf"])),
			annexgate.NewInput(annexgate.Kubernetes, "k8s/api.yaml", []byte(sources["k8s/api.yaml"])),
		},
		LeftOut:      []string{"terraform.aws.kms.rotation"},
		Excluded:     []string{"legacy/**"},
		PolicyDigest: "9b74c9897bac770ffc029102a200c5de00000000000000000000000000000000",
		Policies:     []*annexgate.Policy{pinnedImage, unusedPolicy, approval, openPort, encryption, ownerTag, publicAccess},
		Subjects:     []*annexgate.Subject{api2, pr, eu, us, site, evil, ssh, db, api},
		Decisions: []annexgate.Decision{
			failing(publicAccess, site, place("infra/storage.tf", `"public-read"`), "aws_s3_bucket.site is readable by anyone", "acl"),
			failing(publicAccess, eu, logBlock, `aws_s3_bucket.logs["eu"] has no public access block`),
			failing(publicAccess, us, logBlock, `aws_s3_bucket.logs["us"] has no public access block`),
			logged,
			passing(ownerTag, eu), passing(ownerTag, us), passing(ownerTag, evil),
			owned, port, unknown,
			image,
			failing(approval, pr, place("pull-request.json", `"reviews":[]`), "nobody but dana approved bb00000"),
			reviewed,
		},
		Problems: []annexgate.Problem{
			{Kind: annexgate.Terraform, Message: "not valid HCL: expected a closing brace", At: annexgate.Location{File: "infra/broken.tf", Line: 7, Column: 1, EndLine: 7, EndColumn: 2}},
			{Kind: annexgate.Terraform, Message: `module "vpc" is not installed: run terraform init`, At: annexgate.Location{File: "infra/main.tf", Line: 3, Column: 3, EndLine: 3, EndColumn: 20}, Loss: annexgate.Partial},
			{Message: hostile, At: annexgate.Location{File: hostile}, Loss: annexgate.Notice},
			{Message: "the repository has no commits", Loss: annexgate.Notice},
		},
		Controls: controls(),
		Waivers:  waivers,
		Baseline: baseline,
		DiffBase: "5e2a9d7c4b1f8e3a6d0c9b2f7e4a1d8c5b3f6e90",
		Fixed:    []annexgate.Finding{{Message: "aws_kms_key.old is not rotated " + hostile, At: annexgate.Location{File: "infra/keys.tf", Line: 2, Column: 1}, Fingerprint: "f", Address: "aws_kms_key.old"}},
		Verdict:  annexgate.Blocked,
	}
	slices.SortFunc(run.Decisions, annexgate.Decision.Compare)
	annexgate.SortProblems(run.Problems)
	return run
}

// controls returns all controls of Annex A with the fixture's results.
func controls() []annexgate.ControlResult {
	known := map[string]annexgate.ControlResult{
		"A.5.3":  {Control: annexgate.Control{Title: "Segregation of duties", Former: []string{"A.6.1.2"}}, Status: annexgate.Failed, Policies: []string{approval.ID}, Population: annexgate.Population{Total: 2, Failed: 2}},
		"A.5.15": {Control: annexgate.Control{Title: "Access control", Former: []string{"A.9.1.1", "A.9.1.2"}}, Status: annexgate.Failed, Policies: []string{publicAccess.ID}, Population: annexgate.Population{Total: 4, Failed: 4}},
		"A.7.4":  {Control: annexgate.Control{Title: "Physical security monitoring", Manual: true}, Status: annexgate.NotApplicable, Reason: "no premises of our own"},
		"A.8.3":  {Control: annexgate.Control{Title: "Information access restriction", Former: []string{"A.9.4.1"}}, Status: annexgate.Failed, Policies: []string{publicAccess.ID}, Population: annexgate.Population{Total: 4, Failed: 4}},
		"A.8.9":  {Control: annexgate.Control{Title: "Configuration management"}, Status: annexgate.Failed, Policies: []string{pinnedImage.ID}, Population: annexgate.Population{Total: 1, Failed: 1}},
		"A.8.15": {Control: annexgate.Control{Title: "Logging", Former: []string{"A.12.4.1", "A.12.4.2", "A.12.4.3"}}, Status: annexgate.Waived, Policies: []string{ownerTag.ID}, Population: annexgate.Population{Total: 4, Passed: 3, Waived: 1}},
		"A.8.19": {Control: annexgate.Control{Title: "Installation of software on operational systems", Former: []string{"A.12.5.1", "A.12.6.2"}}, Status: annexgate.Failed, Policies: []string{pinnedImage.ID}, Population: annexgate.Population{Total: 1, Failed: 1}},
		"A.8.20": {Control: annexgate.Control{Title: "Networks security", Former: []string{"A.13.1.1"}}, Status: annexgate.Failed, Policies: []string{openPort.ID}, Population: annexgate.Population{Total: 1, Failed: 1}},
		"A.8.22": {Control: annexgate.Control{Title: "Segregation of networks", Former: []string{"A.13.1.3"}}, Status: annexgate.Failed, Policies: []string{openPort.ID}, Population: annexgate.Population{Total: 1, Failed: 1}},
		"A.8.24": {Control: annexgate.Control{Title: "Use of cryptography", Former: []string{"A.10.1.1", "A.10.1.2"}}, Status: annexgate.Undetermined, Reason: "1 subject could not be judged", Policies: []string{encryption.ID}, Population: annexgate.Population{Total: 1, Unknown: 1}},
		"A.8.31": {Control: annexgate.Control{Title: "Separation of development, test and production environments", Former: []string{"A.12.1.4", "A.14.2.6"}}, Status: annexgate.NotTested, Reason: "no subject in scope", Policies: []string{unusedPolicy.ID}},
		"A.8.32": {Control: annexgate.Control{Title: "Change management", Former: []string{"A.12.1.2", "A.14.2.2", "A.14.2.3", "A.14.2.4"}}, Status: annexgate.Failed, Policies: []string{approval.ID}, Population: annexgate.Population{Total: 2, Failed: 2}},
	}
	var all []annexgate.ControlResult
	for _, theme := range []struct {
		name   string
		number int
		count  int
	}{{"Organizational", 5, 37}, {"People", 6, 8}, {"Physical", 7, 14}, {"Technological", 8, 34}} {
		for i := range theme.count {
			id := fmt.Sprintf("A.%d.%d", theme.number, i+1)
			c, ok := known[id]
			if !ok {
				c = annexgate.ControlResult{Control: annexgate.Control{Title: "Title of " + id}, Status: annexgate.NotTested, Reason: "no policy"}
			}
			c.Control.ID, c.Control.Theme = id, theme.name
			all = append(all, c)
		}
	}
	return all
}
