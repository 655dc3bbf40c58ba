package report

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const (
	maxResults = 25000 // in an upload that GitHub takes
	maxRelated = 10    // related locations of a result
)

// anchor is the file that carries findings about what is not in a file, such
// as a pull request that was read from the API: GitHub refuses a result without
// one. It is where the rules of review are, and its path never changes.
const anchor = ".github/CODEOWNERS"

// A resultKey tells results apart. Findings that agree in it are one result.
type resultKey struct {
	rule, fingerprint string
	at                annexgate.Location
}

// A ranked result can be told apart from one that matters less.
type ranked struct {
	sarifResult
	severity annexgate.Severity
	open     bool
}

// newResults makes results of all that fails or is undecided, in output order,
// and returns how many it left out to stay below GitHub's limit.
func newResults(run *annexgate.Run, rules *ruleset) (results []sarifResult, left int) {
	failed := entries(run.Decisions, annexgate.Fail)
	found := append(failed, entries(run.Decisions, annexgate.Unknown)...)
	seen := map[resultKey]*sarif.Result{}
	open := map[*sarif.Result]bool{} // something in them is not accepted
	ordinals := map[[3]string]int{}
	var all []ranked
	for i, e := range found {
		undecided := i >= len(failed)
		key := resultKey{e.Policy.ID, fingerprint(e), e.finding.At}
		if undecided {
			key.rule += undecidedSuffix
		}
		if first := seen[key]; first != nil {
			repeat(first, e)
			open[first] = open[first] || e.finding.Accepted == nil
			continue
		}
		place := [3]string{key.rule, key.fingerprint, e.finding.At.File}
		ordinals[place]++
		result := newResult(e, key, undecided, ordinals[place]).WithRuleIndex(rules.index[key.rule])
		seen[key] = result
		open[result] = e.finding.Accepted == nil
		all = append(all, ranked{sarifResult{result, suppressions(e.finding.Accepted)}, e.Policy.Severity, undecided})
	}
	settleSuppressions(all, open)
	return worst(all, maxResults)
}

// worst returns the limit worst results, in the order they came, and how many
// others there are.
func worst(all []ranked, limit int) (results []sarifResult, left int) {
	left = max(0, len(all)-limit)
	if left > 0 {
		order := make([]int, len(all))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int {
			a, b := all[i], all[j]
			if a.open != b.open {
				return map[bool]int{false: -1, true: 1}[a.open]
			}
			return cmp.Compare(b.severity, a.severity)
		})
		kept := order[:limit]
		slices.Sort(kept)
		for i, j := range kept {
			all[i] = all[j] // i <= j, because kept is sorted
		}
		all = all[:limit]
	}
	results = make([]sarifResult, 0, len(all))
	for _, r := range all {
		results = append(results, r.sarifResult)
	}
	return results, left
}

func fingerprint(e entry) string {
	if e.finding.Fingerprint != "" {
		return e.finding.Fingerprint
	}
	return annexgate.Fingerprint(e.Policy.ID, cmp.Or(e.finding.Address, e.Subject.Address), e.finding.Path, e.finding.Key)
}

// newResult makes a result of a finding. The ordinal tells findings of one
// fingerprint in one file apart, as the upload action does with equal lines.
func newResult(e entry, key resultKey, open bool, ordinal int) *sarif.Result {
	text, related := message(e, open)
	result := sarif.NewRuleResult(key.rule).
		WithMessage(sarif.NewTextMessage(text)).
		WithLocations([]*sarif.Location{location(e)}).
		WithPartialFingerPrints(map[string]interface{}{
			"primaryLocationLineHash": fmt.Sprintf("%s:%d", key.fingerprint, ordinal),
		})
	result.RelatedLocations = related
	if open {
		result.WithKind("open")
	} else {
		result.WithKind("fail").WithLevel(scales[e.Policy.Severity].level)
	}
	result.Properties = sarif.Properties{
		"blocks":   e.Holds(e.finding),
		"subjects": []string{line(e.Subject.Address)},
	}
	if e.finding.Why != "" {
		result.Properties["why"] = line(e.finding.Why)
	}
	if state := baselineStates[e.finding.Novelty]; state != "" {
		result.WithBaselineState(state)
	}
	if len(e.finding.Path) > 0 {
		result.Properties["path"] = pathText(e.finding.Path)
	}
	return result
}

// repeat counts a further finding into the result that already tells it.
func repeat(result *sarif.Result, e entry) {
	count := uint(2)
	if result.OccurrenceCount != nil {
		count = *result.OccurrenceCount + 1
	}
	result.OccurrenceCount = &count
	subjects := result.Properties["subjects"].([]string)
	if address := line(e.Subject.Address); !slices.Contains(subjects, address) {
		result.Properties["subjects"] = append(subjects, address)
	}
	if e.Holds(e.finding) {
		result.Properties["blocks"] = true
	}
}

// message returns the text of a result, and the locations that links in it
// lead to.
func message(e entry, open bool) (string, []*sarif.Location) {
	text := sentence(unlinked(line(e.finding.Message)))
	var related []*sarif.Location
	link := func(label string, at annexgate.Location) string {
		if at.File == "" || len(related) == maxRelated {
			return label
		}
		id := len(related) + 1
		related = append(related, sarif.NewLocation().
			WithId(id).
			WithPhysicalLocation(physical(at)).
			WithMessage(sarif.NewTextMessage(label)))
		return fmt.Sprintf("[%s](%d)", strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(label), id)
	}
	if open {
		text = "Possible, not certain: " + text
		text += because(e.finding.Unknowns, link)
	}
	if about := e.finding.Address; about != "" && about != e.Subject.Address {
		text += " Examined: " + link(unlinked(line(e.Subject.Address)), e.Subject.At) + "."
	}
	return text, related
}

// because lists the unknown values that a possible finding hangs on, each
// reason once.
func because(unknowns []annexgate.Doubt, link func(string, annexgate.Location) string) string {
	var reasons []string
	told := map[annexgate.UnknownValue]bool{}
	for _, u := range unknowns {
		why := annexgate.UnknownValue{Reason: cmp.Or(u.Reason, u.Address), From: u.From}
		if told[why] {
			continue
		}
		if len(told) == maxDoubts {
			reasons = append(reasons, "others")
			break
		}
		told[why] = true
		reasons = append(reasons, link(unlinked(line(why.Reason)), why.From))
	}
	if len(reasons) == 0 {
		return ""
	}
	return " It depends on: " + strings.Join(reasons, "; ") + "."
}

// unlinked returns text without Markdown links. GitHub drops all other Markdown
// from messages.
func unlinked(text string) string { return strings.ReplaceAll(text, "](", "] (") }

func location(e entry) *sarif.Location {
	address := cmp.Or(e.finding.Address, e.Subject.Address)
	logical := sarif.NewLogicalLocation().
		WithFullyQualifiedName(line(address)).
		WithKind("resource")
	if e.Subject.Kind == annexgate.PullRequest {
		logical.WithKind("pullRequest")
	}
	return sarif.NewLocation().
		WithPhysicalLocation(physical(e.finding.At)).
		WithLogicalLocations([]*sarif.LogicalLocation{logical})
}

func physical(at annexgate.Location) *sarif.PhysicalLocation {
	if at.File == "" {
		at = annexgate.Location{File: anchor}
	}
	return sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation(relativeURI(at.File)).WithUriBaseId(sourceRoot)).
		WithRegion(region(at))
}

// region returns all four numbers, because GitHub wants them. A file as a
// whole is its first character.
func region(at annexgate.Location) *sarif.Region {
	startLine, startColumn := max(1, at.Line), max(1, at.Column)
	endLine, endColumn := max(startLine, at.EndLine), max(1, at.EndColumn)
	if endLine == startLine {
		endColumn = max(endColumn, startColumn+1)
	}
	return sarif.NewRegion().
		WithStartLine(startLine).WithStartColumn(startColumn).
		WithEndLine(endLine).WithEndColumn(endColumn)
}

// relativeURI returns a file's path as a URI relative to the root of the
// repository: it never leads out of it and has no scheme.
func relativeURI(file string) string {
	file = path.Clean("/" + valid(file))[1:]
	const unreserved = "-._~/"
	var b strings.Builder
	for i := range len(file) {
		c := file[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
