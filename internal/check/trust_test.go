package check

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// git runs git as somebody and returns what it prints.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Dana", "-c", "user.email=dana@example.com"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func commit(t *testing.T, dir, name, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "-m", name)
	return git(t, dir, "rev-parse", "HEAD")
}

// snapshotHead is the head of the pull request in the example repository, which
// nora-sec of acme/security has approved.
const snapshotHead = "884e5b174a517983acd66fec7cba054ee72a418c"

// snapshotOf writes the snapshot of that pull request with another head.
func snapshotOf(t *testing.T, head string) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/repos/payments/pull-request.json")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "pull-request.json")
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(text), snapshotHead, head)), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRuleChangesAreApproved(t *testing.T) {
	other := strings.Repeat("ab", 20)
	for name, c := range map[string]struct {
		approvers string
		head      string // of the pull request; empty means what is judged
		merge     bool   // judge a merge of it into the base
		dirty     bool
		brought   bool // the snapshot is in the commit
		want      annexgate.Outcome
	}{
		"by a person":                              {approvers: `["@nora-sec"]`, want: annexgate.Pass},
		"by a person, in other letters":            {approvers: `["@Nora-Sec"]`, want: annexgate.Pass},
		"by one of a team":                         {approvers: `["@acme/platform", "@acme/security"]`, want: annexgate.Pass},
		"of the merge that the forge makes":        {approvers: `["@nora-sec"]`, merge: true, want: annexgate.Pass},
		"not by a team that has not approved":      {approvers: `["@acme/payments"]`, want: annexgate.Fail},
		"not by the author":                        {approvers: `["@mia-acme"]`, want: annexgate.Fail},
		"not by somebody whose approval is stale":  {approvers: `["@erik-l"]`, want: annexgate.Fail},
		"not where nobody may":                     {approvers: `[]`, want: annexgate.Fail},
		"not of another commit":                    {approvers: `["@nora-sec"]`, head: other, want: annexgate.Fail},
		"not by a snapshot that the change brings": {approvers: `["@nora-sec"]`, brought: true, want: annexgate.Fail},
		"not of what is changed since":             {approvers: `["@nora-sec"]`, dirty: true, want: annexgate.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			git(t, dir, "init", "--quiet", "-b", "main")
			base := commit(t, dir, ".annexgate.yaml", "version: 1\ntrust: {approvers: "+c.approvers+"}\n")
			git(t, dir, "checkout", "--quiet", "-b", "feature")
			// The change names its own approver, which is no use to it.
			head := commit(t, dir, ".annexgate.yaml", "version: 1\ntrust: {approvers: [\"@nora-sec\", \"@mia-acme\"]}\n")
			if c.merge {
				git(t, dir, "checkout", "--quiet", "main")
				git(t, dir, "merge", "--quiet", "--no-ff", "-m", "merge", "feature")
			}
			if c.dirty {
				if err := os.WriteFile(filepath.Join(dir, "late.tf"), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if c.head != "" {
				head = c.head
			}
			o := options(dir)
			o.Base, o.PullRequest = base, snapshotOf(t, head)
			if c.brought { // its head is a parent of the commit that brings it, by way of a merge
				text, err := os.ReadFile(o.PullRequest)
				if err != nil {
					t.Fatal(err)
				}
				git(t, dir, "checkout", "--quiet", "-b", "forged", "main")
				git(t, dir, "merge", "--quiet", "--no-ff", "--no-commit", "feature")
				commit(t, dir, "forged.json", string(text))
				o.PullRequest = "forged.json"
			}
			got := run(t, o)
			if len(got.RuleChanges) != 1 || got.RuleBase != base {
				t.Errorf("changes %v since %s", got.RuleChanges, got.RuleBase)
			}
			for _, d := range got.Decisions {
				if d.Policy == ruleChanged && (d.Outcome != c.want || d.Blocks != (c.want == annexgate.Fail)) {
					t.Errorf("got %s, blocks %t, want %s", d.Outcome, d.Blocks, c.want)
				}
			}
		})
	}
}

// A link of the change must not lead a file that the caller names, and means to
// be of the repository, out of it.
func TestLinksAreNoWayAroundTheBase(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	git(t, dir, "init", "--quiet", "-b", "main")
	if err := os.Mkdir(filepath.Join(dir, "gate"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit(t, dir, "key.tf", `resource "aws_kms_key" "k" {}`)
	base := commit(t, dir, "gate/config.yaml", "version: 1\ngate: {fail_on: medium}\n")
	if err := os.WriteFile(filepath.Join(outside, "config.yaml"), []byte("version: 1\ngate: {fail_on: never}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "gate")), os.Symlink(outside, filepath.Join(dir, "gate"))); err != nil {
		t.Skip("no symbolic links here")
	}
	o := options(dir)
	o.FailOn, o.Base, o.Config = nil, base, "gate/config.yaml"
	if _, _, err := Run(t.Context(), o); !errors.Is(err, annexgate.ErrUsage) || !strings.Contains(err.Error(), "gate/config.yaml") {
		t.Errorf("got %v, want an error about the file", err)
	}
}
