package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// The taxonomy of controls. Its GUID is fixed, so that logs can be joined.
const (
	taxonomyName    = "ISO/IEC 27001"
	taxonomyVersion = "2022"
	taxonomyGUID    = "6f3c1f0e-7a53-5d0b-9f5c-2b9f0c6a27b1"
	taxonomyPage    = "https://www.iso.org/standard/27001"
)

const (
	maxDescription = 1024 // characters that GitHub shows of a description
	maxTags        = 10   // that GitHub keeps
)

// undecidedSuffix makes the rule for what a policy could not judge. No policy
// has a hyphen in its ID; a slash would make a sub-rule, which has no metadata
// of its own (SARIF 3.49.3).
const undecidedSuffix = "-undecided"

// A scale is how one severity reads in SARIF.
type scale struct {
	level string
	score string // security-severity, in the middle of GitHub's band for the name
}

var scales = map[annexgate.Severity]scale{
	annexgate.Low:      {"note", "3.0"},
	annexgate.Medium:   {"warning", "5.5"},
	annexgate.High:     {"error", "8.0"},
	annexgate.Critical: {"error", "9.5"},
}

// A ruleset holds the rules of a run and the controls that they refer to.
type ruleset struct {
	rules    []sarifRule
	index    map[string]int // of a rule, by its ID
	controls map[string]annexgate.Control
	taxa     []string // IDs of the controls in use, in the order of Annex A
}

// newRuleset makes a rule of each policy that examined something, in the order
// of their IDs, and one more of each that left something undecided.
func newRuleset(run *annexgate.Run) *ruleset {
	s := &ruleset{rules: []sarifRule{}, index: map[string]int{}, controls: map[string]annexgate.Control{}}
	used := map[string]*annexgate.Policy{}
	undecided := map[string]bool{}
	for _, d := range run.Decisions {
		used[d.Policy.ID] = d.Policy
		if d.Outcome == annexgate.Unknown {
			undecided[d.Policy.ID] = true
		}
	}
	ids := make([]string, 0, len(used))
	for id := range used {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, c := range run.Controls {
		s.controls[c.Control.ID] = c.Control
	}
	s.taxa = taxaOf(run, used)
	for _, id := range ids {
		s.add(s.newRule(used[id]))
		if undecided[id] {
			s.add(s.newUndecidedRule(used[id]))
		}
	}
	return s
}

func (s *ruleset) add(rule sarifRule) {
	s.index[rule.ID] = len(s.rules)
	s.rules = append(s.rules, rule)
}

// taxaOf returns the controls that policies support, in the order of the run's
// catalogue, and behind them those that it does not have.
func taxaOf(run *annexgate.Run, policies map[string]*annexgate.Policy) []string {
	wanted := map[string]bool{}
	for _, p := range policies {
		for _, id := range p.Controls {
			wanted[id] = true
		}
	}
	var taxa []string
	for _, c := range run.Controls {
		if wanted[c.Control.ID] {
			taxa = append(taxa, c.Control.ID)
			delete(wanted, c.Control.ID)
		}
	}
	known := len(taxa)
	for id := range wanted {
		taxa = append(taxa, id)
	}
	slices.Sort(taxa[known:])
	return taxa
}

func (s *ruleset) newRule(p *annexgate.Policy) sarifRule {
	rule := sarif.NewRule(p.ID).
		WithName(ruleName(p.ID)).
		WithDescription(cut(sentence(inert.Text(p.Title)), maxDescription)).
		WithFullDescription(sarif.NewMultiformatMessageString(description(p))).
		WithTextHelp(s.help(p, plainHelp)).
		WithMarkdownHelp(s.help(p, markdownHelp)).
		WithHelpURI(helpURI(p)).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(scales[p.Severity].level)).
		WithProperties(sarif.Properties{
			"security-severity": scales[p.Severity].score,
			"precision":         "very-high", // what is not certain is undecided
			"tags":              tags(p, "security"),
		})
	return sarifRule{rule, s.relationships(p)}
}

func (s *ruleset) newUndecidedRule(p *annexgate.Policy) sarifRule {
	note := "Whether this holds depends on values that are unknown before apply. Give the variables a value, or judge a plan."
	rule := sarif.NewRule(p.ID + undecidedSuffix).
		WithName(ruleName(p.ID) + "Undecided").
		WithDescription(cut("Undecided: "+sentence(inert.Text(p.Title)), maxDescription)).
		WithFullDescription(sarif.NewMultiformatMessageString(cut(note+" "+description(p), maxDescription))).
		WithTextHelp(note + "\n\n" + s.help(p, plainHelp)).
		WithMarkdownHelp(note + "\n\n" + s.help(p, markdownHelp)).
		WithHelpURI(helpURI(p)).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel("note")).
		WithProperties(sarif.Properties{
			"precision": "low",
			"tags":      tags(p, "undecided"),
		})
	return sarifRule{rule, s.relationships(p)}
}

// ruleName returns id as SARIF wants names: TerraformAwsS3PublicAccess.
func ruleName(id string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		letters := []rune(part)
		letters[0] = unicode.ToUpper(letters[0])
		b.WriteString(string(letters))
	}
	return b.String()
}

func description(p *annexgate.Policy) string {
	text := strings.Join(strings.Fields(p.Description), " ")
	if text == "" {
		text = p.Title
	}
	return cut(sentence(inert.Text(text)), maxDescription)
}

// sentence returns text with a full stop, as SARIF's messages end.
func sentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// tags puts the controls first: GitHub keeps only the first ten.
func tags(p *annexgate.Policy, kind string) []string {
	found := []string{kind}
	for _, id := range p.Controls {
		found = append(found, "iso27001-2022/"+inert.Text(id))
	}
	found = append(found, "iso27001", string(p.Kind))
	return found[:min(len(found), maxTags)]
}

// helpURI returns the first page that the policy refers to, or the project's.
func helpURI(p *annexgate.Policy) string {
	for _, l := range p.Links {
		if address := webAddress(l.URL); address != "" {
			return address
		}
	}
	return homepage
}

// webAddress returns address if it leads to a web page, else "".
func webAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	// String escapes all that could end a link in Markdown but parentheses.
	return strings.NewReplacer("(", "%28", ")", "%29").Replace(u.String())
}

// A markup is how help is written.
type markup struct {
	heading, end, code string
	link               func(title, address string) string
}

var (
	plainHelp = markup{"", ":", "", func(title, address string) string {
		return title + ": " + address
	}}
	markdownHelp = markup{"### ", "", "`", func(title, address string) string {
		return "[" + strings.NewReplacer("[", `\[`, "]", `\]`).Replace(title) + "](" + address + ")"
	}}
)

// help tells a developer what is wrong and what to do. GitHub renders the
// Markdown as it does comments, with every line break kept.
func (s *ruleset) help(p *annexgate.Policy, m markup) string {
	parts := []string{sentence(inert.Text(p.Title))}
	if p.Description != "" {
		parts = append(parts, block(p.Description))
	}
	section := func(title, body string) {
		if body != "" {
			parts = append(parts, m.heading+title+m.end, body)
		}
	}
	section("What to do", block(p.Remediation))
	var controls []string
	for _, id := range p.Controls {
		controls = append(controls, "- "+controlName(s.controls, id))
	}
	if len(controls) > 0 {
		section("Controls", strings.Join(append(controls, "", m.link("ISO/IEC 27001:2022, Annex A", taxonomyPage)), "\n"))
	}
	var links []string
	for _, l := range p.Links {
		address := webAddress(l.URL)
		if address == "" {
			continue
		}
		title := l.Title
		if title == "" {
			title = l.URL
		}
		links = append(links, "- "+m.link(line(title), address))
	}
	section("Further reading", strings.Join(links, "\n"))
	about := fmt.Sprintf("Policy %s%s%s, severity %s.", m.code, inert.Text(p.ID), m.code, p.Severity)
	if len(p.Aliases) > 0 {
		about += " Also known as " + line(strings.Join(p.Aliases, ", ")) + "."
	}
	return strings.Join(append(parts, about), "\n\n")
}

// relationships joins a rule with the controls that it supports.
func (s *ruleset) relationships(p *annexgate.Policy) []sarifRelationship {
	var related []sarifRelationship
	for _, id := range p.Controls {
		index := uint(slices.Index(s.taxa, id))
		target := &sarif.ReportingDescriptorReference{Id: &id, Index: &index, ToolComponent: taxonomyReference()}
		related = append(related, sarifRelationship{target, []string{"relevant"}})
	}
	return related
}

func taxonomyReference() *sarif.ToolComponentReference {
	return sarif.NewToolComponentReference().WithName(taxonomyName).WithIndex(0).WithGuid(taxonomyGUID)
}

// taxonomies describes the controls in use. The standard's text is licensed;
// IDs and short titles are all that is given.
func (s *ruleset) taxonomies() []*sarif.ToolComponent {
	if len(s.taxa) == 0 {
		return nil
	}
	about := sarif.NewMultiformatMessageString("Controls of ISO/IEC 27001:2022, Annex A, with the controls of the 2013 edition that they replace.")
	taxonomy := sarif.NewVersionedDriver(taxonomyName, taxonomyVersion).WithInformationURI(taxonomyPage)
	guid, organization, comprehensive := taxonomyGUID, "ISO/IEC", false
	taxonomy.GUID, taxonomy.Organization, taxonomy.IsComprehensive = &guid, &organization, &comprehensive
	taxonomy.ShortDescription, taxonomy.FullDescription = about, about
	for _, id := range s.taxa {
		c := s.controls[id]
		taxon := sarif.NewRule(id).WithDescription(line(id + " " + c.Title))
		taxon.Properties = sarif.Properties{"iso27001-2013": append([]string{}, c.Former...)}
		if c.Theme != "" {
			taxon.Properties["theme"] = c.Theme
		}
		taxonomy.Taxa = append(taxonomy.Taxa, taxon)
	}
	return []*sarif.ToolComponent{taxonomy}
}
