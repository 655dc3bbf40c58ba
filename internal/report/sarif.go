package report

// What GitHub code scanning does with SARIF, learned from its documentation
// and from those who hit upon it:
//
//   - Every result is an alert, whatever its kind: also "pass", "review" and
//     "open" (PSRule#955, complyctl#868).
//   - The severity shown is the rule's security-severity; without one, the
//     result's level; without that, the default level of the rule. The check on
//     a pull request fails for a new alert of level error, or of security
//     severity high and above.
//   - A result must have a location with a file, else the upload is refused
//     (codeql-action#2459).
//   - Two results are the same alert if rule, file and
//     partialFingerprints.primaryLocationLineHash are. The upload action
//     computes the hash from the text of the line when it is not there.
//   - Markdown in a message is dropped except for links, which lead to related
//     locations; those are shown nowhere else. Notifications, taxonomies and
//     suppressions are not shown.
//   - Of 20 tags on a rule 10 are kept; more than 25,000 results are refused, and
//     the 5,000 worst are shown.

import (
	"cmp"
	"io"
	"net/url"
	"regexp"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const (
	homepage = "https://github.com/annexgate/annexgate"
	// category tells this tool's uploads for a commit apart from others. What
	// stands behind its slash may differ from run to run.
	category = "annexgate/"
	// sourceRoot is the name of the base that all paths are relative to. GitHub
	// knows it as the root of the repository.
	sourceRoot = "%SRCROOT%"
	schema     = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// The types below put back what go-sarif leaves out: rules have relationships,
// and what a suppression does not say is not null. Each hides the field of the
// embedded type with its own.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool sarifTool `json:"tool"`
		*sarif.Run
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		*sarif.ToolComponent
		Rules []sarifRule `json:"rules"`
	}
	sarifResult struct {
		*sarif.Result
		Suppressions *[]sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifRule struct {
		*sarif.ReportingDescriptor
		Relationships []sarifRelationship `json:"relationships,omitempty"`
	}
	sarifRelationship struct {
		Target *sarif.ReportingDescriptorReference `json:"target"`
		Kinds  []string                            `json:"kinds"`
	}
)

// writeSARIF writes a run as SARIF 2.1.0, for code scanning and editors.
//
// # Decisions
//
// What could not be judged is a result of kind "open", which is SARIF's word
// for too little information, under a rule of its own, "<policy>-undecided",
// that has no security-severity. Its level is left out: to SARIF that is
// "none", the only level an open result may have, and GitHub falls back on the
// rule's default, a note. So a reviewer sees it, and it neither looks like a
// failure nor fails the check of a pull request. Left out altogether, a file
// nobody could judge would look clean.
//
// Rules are the policies that examined something. A rule is a few kilobytes,
// and hundreds that have no subject here would only cost upload size.
//
// What a waiver, the baseline or the Statement of Applicability accepts is a
// result like any other, with a suppression that says who accepted it and why.
// SARIF wants suppressions on all results of a run or on none: an empty list
// says that nothing accepts a result.
//
// The executable's own verdict is in the invocation. executionSuccessful means
// that everything could be judged: it is true when findings block, false when
// the run is inconclusive.
func writeSARIF(w io.Writer, run *annexgate.Run, _ Options) error {
	rules := newRuleset(run)
	results, left := newResults(run, rules)
	body := sarif.NewRun(*sarif.NewTool(nil)).
		WithInvocations([]*sarif.Invocation{newInvocation(run, left)}).
		WithColumnKind("utf16CodeUnits").
		WithOriginalUriBaseIds(map[string]*sarif.ArtifactLocation{
			sourceRoot: sarif.NewArtifactLocation().WithDescription(sarif.NewTextMessage("The root of the examined repository.")),
		}).
		WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(category))
	body.Taxonomies = rules.taxonomies()
	body.VersionControlProvenance = provenance(run.Commit)

	log := sarifLog{Schema: schema, Version: string(sarif.Version210), Runs: []sarifRun{{
		Tool:    sarifTool{sarifDriver{newDriver(run.Tool, rules), rules.rules}},
		Run:     body,
		Results: results,
	}}}
	text, err := encode(log, " ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// semantic matches versions as semver.org defines them.
var semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

func newDriver(tool annexgate.Tool, rules *ruleset) *sarif.ToolComponent {
	version := line(cmp.Or(tool.Version, "unknown"))
	driver := sarif.NewDriver("annexgate").WithInformationURI(homepage)
	if bare := strings.TrimPrefix(version, "v"); semantic.MatchString(bare) {
		version = bare // Go's "v" would keep readers from comparing it
		driver.WithSemanticVersion(bare)
	}
	driver.WithVersion(version)
	for _, n := range notices {
		driver.Notifications = append(driver.Notifications, sarif.NewRule(n.id).
			WithName(n.name).
			WithDescription(n.text).
			WithFullDescription(sarif.NewMultiformatMessageString(n.text)).
			WithTextHelp(n.text))
	}
	if len(rules.taxa) > 0 {
		driver.SupportedTaxonomies = []*sarif.ToolComponentReference{taxonomyReference()}
	}
	return driver
}

// A notice is a kind of notification.
type notice struct{ id, name, text, level string }

// notices are what the tool says about the run itself: problems, by what they
// cost, and results left out.
var notices = []notice{
	{"input/unread", "InputUnread", "An input could not be examined.", "error"},
	{"input/partial", "InputPartial", "Something known to be there was not examined.", "warning"},
	{"input/notice", "InputNotice", "Everything was examined, with a remark.", "note"},
	{"report/cut", "ReportCut", "Results are left out, because code scanning refuses more.", "warning"},
}

var lossNotices = map[annexgate.Loss]int{annexgate.Unread: 0, annexgate.Partial: 1, annexgate.Notice: 2}

const cutNotice = 3

func newNotification(kind int, text string) *sarif.Notification {
	index := uint(kind)
	n := sarif.NewNotification().
		WithLevel(notices[kind].level).
		WithMessage(sarif.NewTextMessage(text))
	n.Descriptor = &sarif.ReportingDescriptorReference{Id: &notices[kind].id, Index: &index}
	return n
}

// newInvocation tells how the run went; left is the number of results that
// the report leaves out.
func newInvocation(run *annexgate.Run, left int) *sarif.Invocation {
	code, meaning := exit(run.Verdict)
	i := sarif.NewInvocation().
		WithExecutionSuccess(code != 3).
		WithExitCode(code).
		WithExitCodeDescription(meaning)
	for _, p := range run.Problems {
		n := newNotification(lossNotices[p.Loss], sentence(line(p.Message)))
		if p.At.File != "" {
			n.Locations = []*sarif.Location{sarif.NewLocation().WithPhysicalLocation(physical(p.At))}
		}
		i.ToolExecutionNotifications = append(i.ToolExecutionNotifications, n)
	}
	if left > 0 {
		text := count(left, "result") + " left out: code scanning refuses an upload with more than " + count(maxResults, "result") + ". The verdict counts all of them."
		i.ToolExecutionNotifications = append(i.ToolExecutionNotifications, newNotification(cutNotice, text))
	}
	return i
}

// exit returns the exit code that goes with a verdict, and what it means.
func exit(v annexgate.Verdict) (code int, meaning string) {
	switch v {
	case annexgate.Clear:
		return 0, "clear: everything was judged, and nothing blocks"
	case annexgate.Blocked:
		return 1, "blocked: something holds the change back"
	default:
		return 3, "inconclusive: not everything could be judged"
	}
}

// provenance names the examined commit, if its repository has an address.
func provenance(c annexgate.Commit) []*sarif.VersionControlDetails {
	u, err := url.Parse(strings.TrimPrefix(public(c.Repository), "git+"))
	if err != nil || u.Host == "" {
		return nil
	}
	details := sarif.NewVersionControlDetails().
		WithRepositoryURI(u.String()).
		WithMappedTo(sarif.NewArtifactLocation().WithUriBaseId(sourceRoot))
	if c.Commit != "" {
		details.WithRevisionID(c.Commit)
	}
	return []*sarif.VersionControlDetails{details}
}
