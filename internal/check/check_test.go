package check

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/report"
	"github.com/annexgate/annexgate/policies"
)

const network = `resource "aws_security_group" "edge" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
`

const pullRequest = `{
  "pull_request": {
    "number": 7,
    "user": {"login": "mia-acme", "id": 4100201, "type": "User"},
    "body": "No checklist here.",
    "head": {"ref": "rotate", "sha": "9c1f0e5b7a2d4c6e8f0a1b2c3d4e5f6a7b8c9d0e"},
    "base": {"ref": "main", "sha": "5e2a9d7c4b1f8e3a6d0c9b2f7e4a1d8c5b3f6e90"}
  }
}
`

// repository writes files, name and text in turn, into a new directory.
func repository(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func options(dir string) Options {
	clock := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	return Options{
		Dir:      dir,
		Policies: []policy.Source{{FS: policies.FS, Index: policies.Index, Digest: policies.Digest}},
		FailOn:   new(annexgate.High),
		Tool:     annexgate.Tool{Version: "v0.1.0"},
		Now:      func() time.Time { clock = clock.Add(time.Second); return clock },
	}
}

func run(t *testing.T, o Options) *annexgate.Run {
	t.Helper()
	run, _, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// findings lists what a run found: policy, place and first line of source.
func findings(run *annexgate.Run) []string {
	var found []string
	for _, d := range run.Decisions {
		for _, f := range d.Findings {
			line := d.Policy.ID + " " + d.Outcome.String() + " " + f.At.String()
			if len(f.Excerpt) > 0 {
				line += " " + strings.TrimSpace(f.Excerpt[0])
			}
			found = append(found, line)
		}
	}
	return found
}

func TestRun(t *testing.T) {
	o := options(repository(t, "network.tf", network, "key.tf", `resource "aws_kms_key" "k" { enable_key_rotation = true }`))
	got := run(t, o)
	if got.Verdict != annexgate.Blocked {
		t.Errorf("the verdict is %s", got.Verdict)
	}
	if diff := cmp.Diff([]string{`terraform.aws.vpc.ssh_ingress fail network.tf:6:20 cidr_blocks = ["0.0.0.0/0"]`}, findings(got)); diff != "" {
		t.Error(diff)
	}
	var inputs []string
	for _, in := range got.Inputs {
		inputs = append(inputs, in.File)
	}
	if diff := cmp.Diff([]string{"key.tf", "network.tf"}, inputs); diff != "" {
		t.Error(diff)
	}
	if got.Tool.Version != "v0.1.0" || got.FailOn != annexgate.High || got.PolicyDigest == "" || len(got.Policies) != len(policies.Index) {
		t.Errorf("the run does not say what judged: %+v, %s, %q, %d policies", got.Tool, got.FailOn, got.PolicyDigest, len(got.Policies))
	}
	if got.Started.Location() != time.UTC || !got.Finished.After(got.Started) {
		t.Errorf("it ran from %v to %v", got.Started, got.Finished)
	}
	if len(got.Controls) != 93 {
		t.Errorf("it speaks of %d controls", len(got.Controls))
	}
	if got.Commit != (annexgate.Commit{}) {
		t.Errorf("outside a repository it has a commit: %+v", got.Commit)
	}
}

func TestVerdict(t *testing.T) {
	const clean = `resource "aws_kms_key" "k" { enable_key_rotation = true }`
	for name, c := range map[string]struct {
		files  []string
		failOn annexgate.Severity
		want   annexgate.Verdict
	}{
		"nothing found is clear":                       {[]string{"key.tf", clean}, annexgate.High, annexgate.Clear},
		"a finding below the level is clear":           {[]string{"key.tf", `resource "aws_kms_key" "k" {}`}, annexgate.High, annexgate.Clear},
		"a finding of the level blocks":                {[]string{"network.tf", network}, annexgate.High, annexgate.Blocked},
		"nothing blocks when nothing is to":            {[]string{"network.tf", network}, 0, annexgate.Clear},
		"nothing to judge is inconclusive":             {[]string{"README.md", "hello"}, annexgate.High, annexgate.Inconclusive},
		"a broken file is inconclusive":                {[]string{"key.tf", clean, "x.tf", "resource {{"}, annexgate.High, annexgate.Inconclusive},
		"a finding that blocks outweighs a broken one": {[]string{"network.tf", network, "x.tf", "resource {{"}, annexgate.High, annexgate.Blocked},
		"a module that is not installed is no reason": {
			[]string{"key.tf", clean, "m.tf", `module "m" { source = "a/b/c" }`}, annexgate.High, annexgate.Clear,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(repository(t, c.files...))
			o.FailOn = &c.failOn
			if got := run(t, o).Verdict; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	long := "resource \"aws_launch_template\" \"t\" {\n  metadata_options {\n" +
		strings.Repeat("    # why\n", 20) + "    http_endpoint = \"enabled\"\n  }\n}\n"
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"the lines of the place": {
			"a.tf", "resource \"aws_launch_template\" \"t\" {\n  metadata_options {\n    http_endpoint = \"enabled\"\n  }\n}\n",
			[]string{"  metadata_options {", `    http_endpoint = "enabled"`, "  }"},
		},
		"lines end without a carriage return": {
			"a.tf", "resource \"aws_launch_template\" \"t\" {\r\n  metadata_options {\r\n    http_endpoint = \"enabled\"\r\n  }\r\n}\r\n",
			[]string{"  metadata_options {", `    http_endpoint = "enabled"`, "  }"},
		},
		"the last line needs no line break": {
			"a.tf", `resource "aws_kms_key" "k" {}`,
			[]string{`resource "aws_kms_key" "k" {}`},
		},
		"no more lines than a report shows": {
			"a.tf", long,
			[]string{"  metadata_options {", "    # why", "    # why", "    # why", "    # why", "    # why"},
		},
		"a manifest": {
			"a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostPID: true\n  containers: []\n",
			[]string{"  hostPID: true"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, options(repository(t, c.file, c.text)))
			for _, d := range got.Decisions {
				if len(d.Findings) == 0 {
					continue
				}
				if diff := cmp.Diff(c.want, d.Findings[0].Excerpt); diff != "" {
					t.Errorf("%s\n%s", d.Findings[0].At, diff)
				}
				return
			}
			t.Fatalf("no findings: %+v", got.Problems)
		})
	}
}

func TestPullRequest(t *testing.T) {
	// Of the repository's own file with the snapshot's name nothing may show.
	dir := repository(t, "change.json", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"hostPID": true, "containers": []}}`)
	outside := filepath.Join(repository(t, "change.json", pullRequest), "change.json")
	inside := filepath.Join(repository(t, "reviews/change.json", pullRequest), "reviews")
	for name, c := range map[string]struct {
		dir, pr, file, excerpt string
	}{
		"a snapshot outside the root goes by its name": {dir, outside, "change.json", `"body": "No checklist here.",`},
		"one inside goes by its path":                  {inside, "change.json", "change.json", `"body": "No checklist here.",`},
		"relative to where the command runs":           {filepath.Dir(inside), "reviews/change.json", "reviews/change.json", `"body": "No checklist here.",`},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(c.dir)
			o.PullRequest = c.pr
			for _, d := range run(t, o).Decisions {
				if d.Policy.ID != "pullrequest.checklist.answered" {
					continue
				}
				f := d.Findings[0]
				if f.At.File != c.file || len(f.Excerpt) != 1 || strings.TrimSpace(f.Excerpt[0]) != c.excerpt {
					t.Errorf("%s says %q", f.At, f.Excerpt)
				}
				return
			}
			t.Error("the pull request is not judged")
		})
	}
}

func TestUsageErrors(t *testing.T) {
	dir := repository(t, "key.tf", "", "cut.json", "{")
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"a path that is not there": {func(o *Options) { o.Paths = []string{"missing"} }, "missing: no such file or directory"},
		"a snapshot that is not there": {
			func(o *Options) { o.PullRequest = "missing.json" },
			"read pull request missing.json: no such file\nhint: --pr takes the file of a snapshot",
		},
		"a snapshot that does not parse": {func(o *Options) { o.PullRequest = "cut.json" }, "cut.json:1:"},
		"a glob that is malformed":       {func(o *Options) { o.Exclude = []string{"{a"} }, `exclude "{a": a { is not closed`},
		"a policy that does not exist":   {func(o *Options) { o.Only = []string{"terraform.aws.s3.nonsense"} }, `no policy is called "terraform.aws.s3.nonsense"`},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(dir)
			c.change(&o)
			_, _, err := Run(context.Background(), o)
			if !errors.Is(err, annexgate.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a usage error with %q", err, c.want)
			}
		})
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Run(ctx, options(repository(t, "network.tf", network))); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was canceled returns %v", err)
	}
}

// TestDeterministic runs over the example repository with one worker and with
// several.
func TestDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	dir, err := filepath.Abs("../../testdata/repos/payments")
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for i, workers := range []int{1, 4, 2, 8, 1, 3} {
		runtime.GOMAXPROCS(workers)
		o := options(dir)
		o.PullRequest = "pull-request.json"
		r := run(t, o)
		r.Commit = annexgate.Commit{} // the work tree of our own repository
		var b strings.Builder
		for _, format := range report.Formats() {
			if err := report.Write(&b, format, r, report.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			first = b.String()
		}
		if diff := cmp.Diff(first, b.String()); diff != "" {
			t.Fatalf("with %d workers the reports differ:\n%s", workers, diff)
		}
	}
}
