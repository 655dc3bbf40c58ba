package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// jsonVersion is the version of the JSON format. Members may be added within
// a version; a reader ignores those it does not know. A change of meaning is a
// new version.
const jsonVersion = "1"

// A document is a run in JSON, whole but for the values of its subjects: they
// may hold secrets, and no report needs them. Read makes a run of it again.
//
// Members are in snake_case. Times are RFC 3339 in UTC. In the elements of a
// list, what would be empty is left out. The document has, in this order,
//
//	version        "1"
//	tool           version, revision, opa_version, go_version, platform
//	commit         repository (without credentials), commit, tree, dirty
//	started        when the run began
//	finished       when it ended
//	fail_on        the least severity that blocks: low, medium, high, critical; or never
//	advisory       true when nothing blocks and findings say why they would
//	diff_base      the commit that the change is compared with
//	rule_base      the commit whose rules judged; empty: those of the work tree
//	rule_changes   what the change alters of the rules: file, part, change
//	measures       controls that apply and that are shown, exceptions, size of the baseline
//	verdict        clear, blocked or inconclusive
//	settings       what policies saw as data.settings
//	inputs         the files examined: kind, file, sha256, bytes
//	policy_digest  of the rules and their helpers: SHA-256 in hexadecimal
//	left_out       IDs of the policies that the caller turned off
//	excluded       globs of the files that the caller left out
//	policies       every policy loaded, once, with all its metadata
//	subjects       everything examined, once; scope and address identify it
//	decisions      every outcome but a plain pass, in the order of output
//	passes         what passed: a policy, a scope, and the addresses in it
//	controls       all controls of Annex A: status, reason, policies, population
//	problems       faults in what was examined: kind, message, at, loss
//	waivers        every waiver there is, with its state and its matches
//	baseline       every entry of the baseline, and whether it is fixed
//	fixed          failures of the base that the change mends
//
// A decision names its policy by ID and its subject by scope and address. A
// location counts lines from 1 and columns from 1 in UTF-16 code units; its
// end_column is the one behind the last character. A path is a list of object
// keys (strings) and list indexes (numbers). A finding of an unknown decision
// is only possible; its unknowns say what it hangs on. An excerpt has the
// first lines of source at the finding's place, long ones cut. Why says why a
// finding holds the change back; accepted, what keeps it from doing so: a
// waiver by its ID, an entry of the baseline by its number from 0, or the
// justification of an excluded control. Novelty is introduced or existing.
//
// # Decisions
//
// The text is not indented: each element of a list has a line to itself, which
// diffs and greps well and costs no bytes. Passes, which are most of a run, are
// grouped by policy and scope: 95,000 of them take 5 MB instead of 16.
type document struct {
	Version      string                 `json:"version"`
	Tool         annexgate.Tool         `json:"tool"`
	Commit       annexgate.Commit       `json:"commit"`
	Started      time.Time              `json:"started"`
	Finished     time.Time              `json:"finished"`
	FailOn       string                 `json:"fail_on"`
	Advisory     bool                   `json:"advisory"`
	DiffBase     string                 `json:"diff_base"`
	RuleBase     string                 `json:"rule_base"`
	RuleChanges  []annexgate.RuleChange `json:"rule_changes"`
	Measures     annexgate.Measures     `json:"measures"`
	Verdict      annexgate.Verdict      `json:"verdict"`
	Settings     map[string]any         `json:"settings"`
	Inputs       []annexgate.Input      `json:"inputs"`
	PolicyDigest string                 `json:"policy_digest"`
	LeftOut      []string               `json:"left_out"`
	Excluded     []string               `json:"excluded"`
	Policies     []policyDocument       `json:"policies"`
	Subjects     []subjectDocument      `json:"subjects"`
	Decisions    []decisionDocument     `json:"decisions"`
	Passes       []passDocument         `json:"passes"`
	Controls     []controlDocument      `json:"controls"`
	Problems     []problemDocument      `json:"problems"`
	Waivers      []waiverDocument       `json:"waivers"`
	Baseline     []entryDocument        `json:"baseline"`
	Fixed        []findingDocument      `json:"fixed"`
}

type policyDocument struct {
	ID          string            `json:"id"`
	Title       string            `json:"title"`
	Description string            `json:"description,omitempty"`
	Severity    string            `json:"severity"`
	Kind        annexgate.Kind    `json:"kind"`
	Types       []string          `json:"types,omitempty"`
	Controls    []string          `json:"controls,omitempty"`
	Remediation string            `json:"remediation,omitempty"`
	Aliases     []string          `json:"aliases,omitempty"`
	Links       []linkDocument    `json:"links,omitempty"`
	Settings    []settingDocument `json:"settings,omitempty"`
	File        string            `json:"file,omitempty"`
}

type linkDocument struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
}

type settingDocument struct {
	Name        string `json:"name"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
	Default     any    `json:"default"`
}

// A subjectKey identifies a subject among those of its kind.
type subjectKey struct {
	Scope   string `json:"scope,omitempty"`
	Address string `json:"address"`
}

type subjectDocument struct {
	subjectKey
	Kind   annexgate.Kind     `json:"kind"`
	Type   string             `json:"type"`
	Name   string             `json:"name,omitempty"`
	Module string             `json:"module,omitempty"`
	At     annexgate.Location `json:"at,omitzero"`
}

type decisionDocument struct {
	Policy   string            `json:"policy"`
	Subject  subjectKey        `json:"subject"`
	Outcome  string            `json:"outcome"`
	Blocks   bool              `json:"blocks"`
	Findings []findingDocument `json:"findings,omitempty"`
}

type findingDocument struct {
	Message     string             `json:"message"`
	Key         string             `json:"key,omitempty"`
	Address     string             `json:"address,omitempty"`
	Path        []any              `json:"path,omitempty"`
	At          annexgate.Location `json:"at,omitzero"`
	Fingerprint string             `json:"fingerprint"`
	Unknowns    []doubtDocument    `json:"unknowns,omitempty"`
	Excerpt     []string           `json:"excerpt,omitempty"`
	Why         string             `json:"why,omitempty"`
	Novelty     annexgate.Novelty  `json:"novelty,omitempty"`
	Accepted    *acceptedDocument  `json:"accepted,omitempty"`
}

type doubtDocument struct {
	Address string             `json:"address,omitempty"`
	Path    []any              `json:"path,omitempty"`
	Reason  string             `json:"reason,omitempty"`
	From    annexgate.Location `json:"from,omitzero"`
}

type passDocument struct {
	Policy    string   `json:"policy"`
	Scope     string   `json:"scope,omitempty"`
	Addresses []string `json:"addresses"`
}

type controlDocument struct {
	ID         string               `json:"id"`
	Title      string               `json:"title"`
	Theme      string               `json:"theme,omitempty"`
	Former     []string             `json:"iso27001_2013,omitempty"`
	Manual     bool                 `json:"manual,omitempty"`
	Status     annexgate.Status     `json:"status"`
	Reason     string               `json:"reason,omitempty"`
	Policies   []string             `json:"policies,omitempty"`
	Population annexgate.Population `json:"population,omitzero"`
}

type problemDocument struct {
	Kind    annexgate.Kind     `json:"kind,omitempty"`
	Message string             `json:"message"`
	At      annexgate.Location `json:"at,omitzero"`
	Loss    string             `json:"loss"` // unread, partial or notice
}

// writeJSON writes a run as a document.
func writeJSON(w io.Writer, run *annexgate.Run, _ Options) error {
	doc := newDocument(run)
	p := &printer{out: bufio.NewWriterSize(w, 64<<10)}
	p.member("{\n", "version", doc.Version)
	p.member(",\n", "tool", doc.Tool)
	p.member(",\n", "commit", doc.Commit)
	p.member(",\n", "started", doc.Started)
	p.member(",\n", "finished", doc.Finished)
	p.member(",\n", "fail_on", doc.FailOn)
	p.member(",\n", "advisory", doc.Advisory)
	p.member(",\n", "diff_base", doc.DiffBase)
	p.member(",\n", "rule_base", doc.RuleBase)
	list(p, "rule_changes", doc.RuleChanges)
	p.member(",\n", "measures", doc.Measures)
	p.member(",\n", "verdict", doc.Verdict)
	p.member(",\n", "settings", doc.Settings)
	list(p, "inputs", doc.Inputs)
	p.member(",\n", "policy_digest", doc.PolicyDigest)
	p.member(",\n", "left_out", doc.LeftOut)
	p.member(",\n", "excluded", doc.Excluded)
	list(p, "policies", doc.Policies)
	list(p, "subjects", doc.Subjects)
	list(p, "decisions", doc.Decisions)
	list(p, "passes", doc.Passes)
	list(p, "controls", doc.Controls)
	list(p, "problems", doc.Problems)
	list(p, "waivers", doc.Waivers)
	list(p, "baseline", doc.Baseline)
	list(p, "fixed", doc.Fixed)
	p.print("\n}\n")
	if p.err != nil {
		return p.err
	}
	return p.out.Flush()
}

// A printer writes JSON piece by piece. Its first error sticks.
type printer struct {
	out *bufio.Writer
	err error
}

func (p *printer) print(s string) {
	if p.err == nil {
		_, p.err = p.out.WriteString(s)
	}
}

func (p *printer) value(v any) {
	if p.err != nil {
		return
	}
	var text []byte
	if text, p.err = encode(v, ""); p.err == nil {
		_, p.err = p.out.Write(text)
	}
}

func (p *printer) member(before, name string, v any) {
	p.print(before + `"` + name + `":`)
	p.value(v)
}

// list writes a member that is a list, an element to a line.
func list[T any](p *printer, name string, elements []T) {
	p.print(",\n\"" + name + "\":[")
	for i, element := range elements {
		if i > 0 {
			p.print(",")
		}
		p.print("\n")
		p.value(element)
	}
	p.print("]")
}

// encode returns v in JSON, with every character that is not inert as an
// escape: a terminal shows what another program reads unchanged. So is the
// bracket of "##[", which starts a workflow command.
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return inert.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
