package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestSARIFRules(t *testing.T) {
	long := strings.Repeat("é", 3000)
	wordy := &annexgate.Policy{ID: "terraform.wordy", Title: long, Description: long, Severity: annexgate.Medium, Links: []annexgate.Link{{URL: "https://a.example/(x)"}}}
	for i := range 30 {
		wordy.Controls = append(wordy.Controls, fmt.Sprintf("A.8.%d", i+1))
	}
	source := fixture()
	source.Decisions = append(source.Decisions, passing(wordy, source.Subjects[4]))
	run := readSARIF(t, source)

	levels := map[string][2]string{}
	for _, r := range run.Tool.Driver.Rules {
		if r.Name == "" || r.ShortDescription.Text == "" || r.FullDescription.Text == "" || r.Help.Text == "" || r.Help.Markdown == "" || r.Properties.Precision == "" {
			t.Errorf("%s lacks a member that GitHub asks for: %+v", r.ID, r)
		}
		if n := max(utf8.RuneCountInString(r.ShortDescription.Text), utf8.RuneCountInString(r.FullDescription.Text)); n > 1024 {
			t.Errorf("%s has a description of %d characters", r.ID, n)
		}
		if n := len(r.Properties.Tags); n == 0 || n > 10 {
			t.Errorf("%s has %d tags", r.ID, n)
		}
		if u, err := url.Parse(r.HelpURI); err != nil || u.Scheme != "https" {
			t.Errorf("%s has the help page %q", r.ID, r.HelpURI)
		}
		if strings.Contains(r.Help.Markdown, "javascript:") {
			t.Errorf("%s links to a script", r.ID)
		}
		levels[r.ID] = [2]string{r.DefaultConfiguration.Level, r.Properties.Severity}
	}
	want := map[string][2]string{
		publicAccess.ID:              {"error", "9.5"},
		openPort.ID:                  {"error", "8.0"},
		approval.ID:                  {"error", "8.0"},
		encryption.ID:                {"error", "8.0"},
		encryption.ID + "-undecided": {"note", ""},
		pinnedImage.ID:               {"warning", "5.5"},
		wordy.ID:                     {"warning", "5.5"},
		ownerTag.ID:                  {"note", "3.0"},
	}
	if diff := cmp.Diff(want, levels); diff != "" {
		t.Errorf("levels and scores of the rules (-want +got):\n%s", diff)
	}
}

func TestSARIFHelpTellsWhatToDo(t *testing.T) {
	run := readSARIF(t, fixture())
	i := slices.IndexFunc(run.Tool.Driver.Rules, func(r readRule) bool { return r.ID == publicAccess.ID })
	for _, want := range []string{
		"### What to do\n\nAdd an `aws_s3_bucket_public_access_block`",
		"- A.8.3 Information access restriction (2013: A.9.4.1)\n- A.5.15 Access control (2013: A.9.1.1, A.9.1.2)",
		`- [Blocking public access \[S3\]](https://docs.aws.amazon.com/`,
		"severity critical. Also known as AWS-S3-001, trivy:AWS-0086.",
	} {
		if got := run.Tool.Driver.Rules[i].Help.Markdown; !strings.Contains(got, want) {
			t.Errorf("the help lacks %q:\n%s", want, got)
		}
	}
}

func TestSARIFTaxonomy(t *testing.T) {
	source := fixture()
	stray := &annexgate.Policy{ID: "terraform.stray", Title: "T", Severity: annexgate.Low, Controls: []string{"A.9.99", "A.5.1"}}
	source.Decisions = append(source.Decisions, passing(stray, source.Subjects[4]))
	run := readSARIF(t, source)
	taxonomy := run.Taxonomies[0]
	var ids []string
	for _, taxon := range taxonomy.Taxa {
		ids = append(ids, taxon.ID)
	}
	want := []string{"A.5.1", "A.5.3", "A.5.15", "A.8.3", "A.8.9", "A.8.15", "A.8.19", "A.8.20", "A.8.22", "A.8.24", "A.8.32", "A.9.99"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("the controls in use, in the order of Annex A (-want +got):\n%s", diff)
	}
	crypto := taxonomy.Taxa[slices.Index(ids, "A.8.24")]
	if diff := cmp.Diff([]any{"A.10.1.1", "A.10.1.2"}, crypto.Properties["iso27001-2013"]); diff != "" {
		t.Errorf("2013 controls of A.8.24 (-want +got):\n%s", diff)
	}
	for _, r := range run.Tool.Driver.Rules {
		if len(r.Relationships) == 0 {
			t.Errorf("%s is related to no control", r.ID)
		}
		for _, rel := range r.Relationships {
			if ids[rel.Target.Index] != rel.Target.ID || rel.Target.ToolComponent.GUID != taxonomy.GUID || len(rel.Kinds) == 0 {
				t.Errorf("%s is related to %+v", r.ID, rel)
			}
		}
	}
}
