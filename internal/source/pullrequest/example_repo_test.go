package pullrequest

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The example repository has three green approvals, of which one counts.
func TestExampleRepository(t *testing.T) {
	repo := os.DirFS("../../../testdata/repos/payments")
	inventory, err := Loader{}.Load(context.Background(), repo, []string{"pull-request.json"})
	if err != nil {
		t.Fatal(err)
	}
	if len(inventory.Problems) > 0 {
		t.Errorf("problems: %v", inventory.Problems)
	}
	s := inventory.Subjects[0]

	codeowners, err := os.ReadFile("../../../testdata/repos/payments/.github/CODEOWNERS")
	if err != nil {
		t.Fatal(err)
	}
	if s.Values["codeowners"] != string(codeowners) {
		t.Error("the snapshot's codeowners are not those of the repository")
	}
	if got, want := verdicts(s), "erik-l STALE_SHA, nora-sec COMMENTED, jonas-dba CONTRIBUTOR, nora-sec counts"; got != want {
		t.Errorf("reviews:\ngot  %s\nwant %s", got, want)
	}
	want := strings.Join([]string{
		"deploy/api.yaml:4 [@acme/payments] by []",
		"deploy/rbac.yaml:5 [@acme/security] by [nora-sec]",
		"deploy/worker.yaml:4 [@acme/payments] by []",
		"deploy/exporter.yaml:4 [@acme/payments] by []",
		"infra/main.tf:3 [@acme/platform] by []",
		"infra/modules/database/main.tf:3 [@acme/platform] by []",
		"infra/network.tf:3 [@acme/platform] by []",
		"infra/storage.tf:3 [@acme/platform] by []",
	}, ", ")
	if got := covered(s); got != want {
		t.Errorf("ownership:\ngot  %s\nwant %s", got, want)
	}
	body := s.Values["pull_request"].(object)["body"].(string)
	if got, want := answersIn(body), "api-surface na (the service's interface stays as it is), auth no, "+
		"dependencies no, logging yes (object-level events go to the audit trail), untrusted-input unanswered"; got != want {
		t.Errorf("checklist:\ngot  %s\nwant %s", got, want)
	}
	if u := annexgate.Unknowns(s.Facts); len(u) > 0 {
		t.Errorf("unknown facts: %v", u)
	}
}

// The questions of the template are those that the policy asks for.
func TestPolicyAsksTheDefaultQuestions(t *testing.T) {
	rule, err := os.ReadFile("../../../policies/pullrequest/checklist/answered/answered.rego")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range DefaultQuestions() {
		if line := "#         " + q.ID + ": " + q.Text + "\n"; !strings.Contains(string(rule), line) {
			t.Errorf("the default of checklist_questions has no line %q", line)
		}
	}
}
