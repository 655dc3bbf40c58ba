package report

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestSARIFResults(t *testing.T) {
	run := readSARIF(t, fixture())
	if len(run.Results) != 11 {
		t.Errorf("%d results, want 11: one for each finding", len(run.Results))
	}
	seen := map[string]bool{}
	for _, r := range run.Results {
		if rule := run.Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID {
			t.Errorf("rule %s has the index of %s", r.RuleID, rule.ID)
		}
		if r.Message.Text == "" || len(r.Locations) != 1 || r.Properties.Subjects == nil {
			t.Errorf("%+v lacks a member", r)
		}
		place := r.Locations[0].PhysicalLocation
		u, err := url.Parse(place.ArtifactLocation.URI)
		if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "/") || place.ArtifactLocation.URIBaseID != "%SRCROOT%" {
			t.Errorf("%q is not relative to the root", place.ArtifactLocation.URI)
		}
		g := place.Region
		if g.StartLine < 1 || g.StartColumn < 1 || g.EndLine < g.StartLine || g.EndColumn < 1 || g.EndLine == g.StartLine && g.EndColumn <= g.StartColumn {
			t.Errorf("region %+v", g)
		}
		print := r.RuleID + place.ArtifactLocation.URI + r.PartialFingerprints["primaryLocationLineHash"]
		if r.PartialFingerprints["primaryLocationLineHash"] == "" || seen[print] {
			t.Errorf("fingerprint %q is missing or there twice", print)
		}
		seen[print] = true
	}
}

func TestSARIFOutcomes(t *testing.T) {
	for _, r := range readSARIF(t, fixture()).Results {
		switch r.Kind {
		case "fail":
			if r.Level == "" || strings.HasSuffix(r.RuleID, "-undecided") {
				t.Errorf("a failure of %s has level %q", r.RuleID, r.Level)
			}
		case "open":
			if r.Level != "" || r.RuleID != encryption.ID+"-undecided" {
				t.Errorf("what is undecided of %s has level %q", r.RuleID, r.Level)
			}
			want := `Possible, not certain: module.db.aws_db_instance.main leaves its storage unencrypted. It depends on: [variable "encrypt" has no value](1); a data source is read at apply.`
			if r.Message.Text != want {
				t.Errorf("message\n%s\nwant\n%s", r.Message.Text, want)
			}
			if len(r.RelatedLocations) != 1 || r.RelatedLocations[0].ID != 1 || r.RelatedLocations[0].PhysicalLocation.ArtifactLocation.URI != "infra/variables.tf" {
				t.Errorf("related locations %+v", r.RelatedLocations)
			}
		default:
			t.Errorf("kind %q", r.Kind)
		}
	}
}

func TestSARIFNeighbourNamesWhatWasExamined(t *testing.T) {
	i := slices.IndexFunc(readSARIF(t, fixture()).Results, func(r readResult) bool { return strings.HasPrefix(r.Message.Text, "local.open") })
	r := readSARIF(t, fixture()).Results[i]
	if want := "local.open is open to 0.0.0.0/0. Examined: [aws_security_group_rule.ssh](1)."; r.Message.Text != want {
		t.Errorf("message %q, want %q", r.Message.Text, want)
	}
	if got := r.Locations[0].LogicalLocations[0].FullyQualifiedName; got != "local.open" {
		t.Errorf("logical location %q", got)
	}
}

func TestSARIFWithoutAFile(t *testing.T) {
	for _, r := range readSARIF(t, fixture()).Results {
		if r.Message.Text != "pull request 413 has no approval." {
			continue
		}
		l := r.Locations[0]
		if l.PhysicalLocation.ArtifactLocation.URI != ".github/CODEOWNERS" || l.PhysicalLocation.Region != (readRegion{1, 1, 1, 2}) {
			t.Errorf("place %+v", l.PhysicalLocation)
		}
		if l.LogicalLocations[0].FullyQualifiedName != "pull_request/413" || l.LogicalLocations[0].Kind != "pullRequest" {
			t.Errorf("logical location %+v", l.LogicalLocations)
		}
		return
	}
	t.Error("the finding is not there")
}

func TestSARIFDuplicates(t *testing.T) {
	one := at(publicAccess, "a.tf", 1)
	other := at(publicAccess, "a.tf", 1)
	other.Subject = bucket("aws_s3_bucket.other", "a.tf")
	other.Blocks = false
	moved := at(publicAccess, "a.tf", 1)
	moved.Findings[0].At.Line, moved.Findings[0].At.EndLine = 7, 7
	elsewhere := at(publicAccess, "b.tf", 1)
	run := readSARIF(t, &annexgate.Run{Decisions: []annexgate.Decision{one, other, moved, elsewhere}})

	type brief struct {
		File     string
		Line     int
		Ordinal  string
		Count    int
		Subjects []string
	}
	var got []brief
	for _, r := range run.Results {
		p := r.Locations[0].PhysicalLocation
		_, ordinal, _ := strings.Cut(r.PartialFingerprints["primaryLocationLineHash"], ":")
		got = append(got, brief{p.ArtifactLocation.URI, p.Region.StartLine, ordinal, r.OccurrenceCount, r.Properties.Subjects})
	}
	want := []brief{
		{"a.tf", 1, "1", 2, []string{"aws_s3_bucket.b1", "aws_s3_bucket.other"}},
		{"a.tf", 7, "2", 0, []string{"aws_s3_bucket.b1"}},
		{"b.tf", 1, "1", 0, []string{"aws_s3_bucket.b1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !run.Results[0].Properties.Blocks {
		t.Error("one of two blocks, and the result does not")
	}
}

func TestSARIFFingerprintOutlivesAMove(t *testing.T) {
	before, after := at(publicAccess, "a.tf", 1), at(publicAccess, "a.tf", 1)
	after.Findings[0].At.Line, after.Findings[0].At.EndLine = 40, 40
	print := func(d annexgate.Decision) string {
		return readSARIF(t, &annexgate.Run{Decisions: []annexgate.Decision{d}}).Results[0].PartialFingerprints["primaryLocationLineHash"]
	}
	if print(before) != print(after) {
		t.Errorf("%s becomes %s", print(before), print(after))
	}
}

func TestSARIFLeavesOutTheLeastWhenThereAreTooMany(t *testing.T) {
	run := &annexgate.Run{Verdict: annexgate.Blocked}
	unknown := at(publicAccess, "a.tf", 1)
	unknown.Outcome = annexgate.Unknown
	run.Decisions = append(run.Decisions, unknown)
	for i := range maxResults {
		p := ownerTag
		if i%1000 == 999 {
			p = openPort
		}
		run.Decisions = append(run.Decisions, at(p, "b.tf", i+1))
	}
	critical := at(publicAccess, "z.tf", 1)
	run.Decisions = append(run.Decisions, critical)

	got := readSARIF(t, run)
	if len(got.Results) != maxResults {
		t.Fatalf("%d results, want %d", len(got.Results), maxResults)
	}
	counts := map[string]int{}
	last := 0
	for _, r := range got.Results {
		counts[r.RuleID]++
		if n := r.Locations[0].PhysicalLocation.Region.StartLine; r.RuleID != publicAccess.ID {
			if n <= last {
				t.Fatalf("line %d comes behind line %d", n, last)
			}
			last = n
		}
	}
	if diff := cmp.Diff(map[string]int{publicAccess.ID: 1, openPort.ID: 25, ownerTag.ID: maxResults - 26}, counts); diff != "" {
		t.Errorf("results kept (-want +got):\n%s", diff)
	}
	notes := got.Invocations[0].ToolExecutionNotifications
	if len(notes) != 1 || !strings.HasPrefix(notes[0].Message.Text, "2 results left out") || notes[0].Descriptor.ID != "report/cut" {
		t.Errorf("it is not said: %+v", notes)
	}
}

func TestRelativeURI(t *testing.T) {
	for file, want := range map[string]string{
		"infra/main.tf":        "infra/main.tf",
		"a b/ü.tf":             "a%20b/%C3%BC.tf",
		"100%.tf":              "100%25.tf",
		"a?b#c.tf":             "a%3Fb%23c.tf",
		"https://evil/x.tf":    "https%3A/evil/x.tf",
		"../../etc/passwd":     "etc/passwd",
		"/etc/passwd":          "etc/passwd",
		"//host/share":         "host/share",
		`C:\x`:                 "C%3A%5Cx",
		"./x":                  "x",
		"a\nb":                 "a%0Ab",
		"%SRCROOT%/../../x.tf": "x.tf",
	} {
		if got := relativeURI(file); got != want {
			t.Errorf("%q becomes %q, want %q", file, got, want)
		}
	}
}
