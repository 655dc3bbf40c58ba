package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The parts of SARIF that the tests look at, as another program reads them.
type (
	readLog struct {
		Version string
		Runs    []readRun
	}
	readRun struct {
		Tool struct {
			Driver struct {
				Name, Version, SemanticVersion, InformationURI string
				Rules, Notifications                           []readRule
				SupportedTaxonomies                            []struct{ Name, GUID string }
			}
		}
		ColumnKind               string
		AutomationDetails        struct{ ID string }
		OriginalURIBaseIDs       map[string]any
		Invocations              []readInvocation
		Results                  []readResult
		Taxonomies               []readTaxonomy
		VersionControlProvenance []struct{ RepositoryURI, RevisionID string }
	}
	readRule struct {
		ID, Name, HelpURI                 string
		ShortDescription, FullDescription struct{ Text string }
		Help                              struct{ Text, Markdown string }
		DefaultConfiguration              struct{ Level string }
		Properties                        struct {
			Tags      []string
			Precision string
			Severity  string `json:"security-severity"`
		}
		Relationships []struct {
			Target struct {
				ID            string
				Index         int
				ToolComponent struct{ GUID string }
			}
			Kinds []string
		}
	}
	readTaxonomy struct {
		Name, Version, GUID string
		Taxa                []struct {
			ID         string
			Properties map[string]any
		}
	}
	readInvocation struct {
		ExecutionSuccessful        bool
		ExitCode                   int
		ToolExecutionNotifications []readNotification
	}
	readNotification struct {
		Level      string
		Message    struct{ Text string }
		Descriptor struct {
			ID    string
			Index int
		}
		Locations []readLocation
	}
	readLocation struct {
		ID               int
		PhysicalLocation struct {
			ArtifactLocation struct{ URI, URIBaseID string }
			Region           readRegion
		}
		LogicalLocations []struct{ FullyQualifiedName, Kind string }
	}
	readRegion struct{ StartLine, StartColumn, EndLine, EndColumn int }
	readResult struct {
		RuleID              string
		RuleIndex           int
		Kind, Level         string
		Message             struct{ Text string }
		Locations           []readLocation
		RelatedLocations    []readLocation
		PartialFingerprints map[string]string
		OccurrenceCount     int
		Properties          struct {
			Blocks   bool
			Subjects []string
		}
	}
)

func readSARIF(t *testing.T, run *annexgate.Run) readRun {
	t.Helper()
	var log readLog
	if err := json.Unmarshal([]byte(write(t, "sarif", run, Options{})), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %q with %d runs", log.Version, len(log.Runs))
	}
	return log.Runs[0]
}

func TestSARIFRun(t *testing.T) {
	run := readSARIF(t, fixture())
	driver := run.Tool.Driver
	for what, got := range map[string][2]string{
		"name":             {driver.Name, "annexgate"},
		"version":          {driver.Version, "0.1.0"},
		"semantic version": {driver.SemanticVersion, "0.1.0"},
		"home page":        {driver.InformationURI, "https://github.com/annexgate/annexgate"},
		"category":         {run.AutomationDetails.ID, "annexgate/"},
		"column kind":      {run.ColumnKind, "utf16CodeUnits"},
		"taxonomy":         {driver.SupportedTaxonomies[0].GUID, run.Taxonomies[0].GUID},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %q, want %q", what, got[0], got[1])
		}
	}
	if _, ok := run.OriginalURIBaseIDs["%SRCROOT%"]; !ok {
		t.Error("%SRCROOT% is not defined")
	}
	want := []struct{ RepositoryURI, RevisionID string }{{"https://github.com/acme/payments", "6f1c0000000000000000000000000000000000aa"}}
	if diff := cmp.Diff(want, run.VersionControlProvenance); diff != "" {
		t.Errorf("provenance (-want +got):\n%s", diff)
	}
}

func TestSARIFOfAnEmptyRunHasItsLists(t *testing.T) {
	got := write(t, "sarif", &annexgate.Run{}, Options{})
	for _, want := range []string{`"rules": []`, `"results": []`} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %s, which SARIF asks for:\n%s", want, got)
		}
	}
	if strings.Contains(got, "null") {
		t.Errorf("it has a null, which SARIF knows nowhere:\n%s", got)
	}
}

func TestSARIFProvenance(t *testing.T) {
	for repository, want := range map[string]string{
		"git+https://github.com/acme/payments":           "https://github.com/acme/payments",
		"git+https://ci:secret@github.com/acme/payments": "https://github.com/acme/payments",
		"git+ssh://git@github.com/acme/payments":         "ssh://github.com/acme/payments",
		"git@github.com:acme/payments":                   "",
		"/srv/git/payments":                              "",
		"":                                               "",
		"git+https://%zz":                                "",
	} {
		got := ""
		if p := provenance(annexgate.Commit{Repository: repository}); p != nil {
			got = *p[0].RepositoryURI
		}
		if got != want {
			t.Errorf("%q becomes %q, want %q", repository, got, want)
		}
	}
}

func TestSARIFProblems(t *testing.T) {
	run := readSARIF(t, fixture())
	notes := run.Invocations[0].ToolExecutionNotifications
	levels := map[string]string{}
	for _, n := range notes {
		if d := run.Tool.Driver.Notifications[n.Descriptor.Index]; d.ID != n.Descriptor.ID {
			t.Errorf("%s has the index of %s", n.Descriptor.ID, d.ID)
		}
		levels[n.Descriptor.ID] = n.Level
	}
	if diff := cmp.Diff(map[string]string{"input/unread": "error", "input/partial": "warning", "input/notice": "note"}, levels); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	i := slices.IndexFunc(notes, func(n readNotification) bool { return n.Level == "error" })
	if p := notes[i].Locations[0].PhysicalLocation; p.ArtifactLocation.URI != "infra/broken.tf" || p.Region != (readRegion{7, 1, 7, 2}) {
		t.Errorf("place %+v", p)
	}
}

func TestSARIFInvocation(t *testing.T) {
	for verdict, want := range map[annexgate.Verdict]readInvocation{
		annexgate.Clear:        {ExecutionSuccessful: true, ExitCode: 0},
		annexgate.Blocked:      {ExecutionSuccessful: true, ExitCode: 1},
		annexgate.Inconclusive: {ExecutionSuccessful: false, ExitCode: 3},
		"":                     {ExecutionSuccessful: false, ExitCode: 3},
	} {
		if diff := cmp.Diff(want, readSARIF(t, &annexgate.Run{Verdict: verdict}).Invocations[0]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", verdict, diff)
		}
	}
}
