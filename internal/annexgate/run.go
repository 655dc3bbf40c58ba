package annexgate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// An Outcome is what one policy found in one subject.
type Outcome int

const (
	// Unknown means the subject does not yet show whether it complies. It is
	// the zero value: a result nobody decided must not read as a pass.
	Unknown Outcome = iota
	Fail
	Pass
)

var outcomeNames = map[Outcome]string{Unknown: "unknown", Fail: "fail", Pass: "pass"}

func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// A Result is the outcome of one policy on one subject.
type Result struct {
	Policy   *Policy
	Subject  *Subject
	Outcome  Outcome
	Findings []Finding // why it is not Pass, in the order of their locations
}

// A Finding is one reason for an outcome other than Pass. With the outcome
// unknown it is only possible: it holds if the values it depends on turn out
// so.
type Finding struct {
	Message     string
	Key         string   // tells the sub-rules of one policy apart; may be empty
	Address     string   // the subject it points into, often a neighbour of the examined one
	Path        Path     // the value it points at; empty means the subject as a whole
	At          Location // the place of Path
	Fingerprint string   // identifies the finding across runs; see Fingerprint
	Unknowns    []Doubt  // what the outcome hangs on, when it is unknown
	Excerpt     []string // the lines of source at At; filled in for reports

	Accepted *Acceptance // why it does not block although it stands; nil when nothing accepts it
	Novelty  Novelty     // empty when there was no base to compare with
	Why      string      // why it holds the change back, or would if the gate were not advisory; empty when it does not
}

// A Doubt is an unknown value that a policy looked at.
type Doubt struct {
	Address string
	Path    Path
	UnknownValue
}

// Fingerprint identifies what a finding is about, whatever line it moves to:
// the policy, the address, the path and the key.
func Fingerprint(policy, address string, path Path, key string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{policy, address, path.String(), key}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// A Decision is a result and whether it holds the change back.
type Decision struct {
	Result
	Blocks bool // one of its findings does
}

// Holds reports whether f, a finding of d, holds the change back.
func (d Decision) Holds(f Finding) bool { return d.Blocks && f.Why != "" }

// Compare orders decisions by place, policy and subject. It is the one
// definition of output order.
func (d Decision) Compare(e Decision) int {
	return cmp.Or(
		d.place().Compare(e.place()),
		strings.Compare(d.Policy.ID, e.Policy.ID),
		d.Subject.Compare(e.Subject),
	)
}

func (d Decision) place() Location {
	if len(d.Findings) > 0 {
		return d.Findings[0].At
	}
	return d.Subject.At
}

// A Status is what a run can say about one control.
type Status string

// The statuses of a control. Nothing but Satisfied is green.
const (
	Satisfied     Status = "satisfied"      // at least one subject in scope, and all pass
	Failed        Status = "failed"         // at least one subject fails
	Waived        Status = "waived"         // a subject would have failed; a waiver in force covers it
	Undetermined  Status = "undetermined"   // unknown outcomes, or incomplete input
	NotTested     Status = "not_tested"     // no subject in scope, or no policy
	NotApplicable Status = "not_applicable" // excluded by the Statement of Applicability
)

// A Population counts the subjects that the policies of one control examined.
// A subject counts once, with its worst outcome.
type Population struct {
	Total   int `json:"total"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
	Waived  int `json:"waived"`
}

// A ControlResult is what a run says about one control.
type ControlResult struct {
	Control    Control
	Status     Status
	Reason     string   // why, in words
	Policies   []string // IDs of the policies that support the control, sorted
	Population Population
}

// A Commit is the state of the repository that was examined.
type Commit struct {
	Repository string `json:"repository,omitempty"` // git+https://github.com/acme/payments; empty when there is no remote
	Commit     string `json:"commit,omitempty"`     // hexadecimal; empty outside a git repository
	Tree       string `json:"tree,omitempty"`
	Dirty      bool   `json:"dirty,omitempty"` // the work tree differs from Commit
}

// A Tool is the program that ran.
type Tool struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // commit it was built from
	OPA      string `json:"opa_version"`
	Go       string `json:"go_version"`
	Platform string `json:"platform"` // linux/amd64
}

// A Run is one execution of the gate, whole: what a report shows and what the
// evidence records.
type Run struct {
	Tool         Tool
	Commit       Commit
	Started      time.Time
	Finished     time.Time
	FailOn       Severity       // the least severity that blocks, where nothing else is configured; 0 means none does
	Advisory     bool           // nothing blocks; findings say why they would
	DiffBase     string         // the commit that the change is compared with; empty when there was none
	Settings     map[string]any // what policies saw as data.settings
	Inputs       []Input
	Policies     []*Policy // every policy loaded, by ID
	Excluded     []string  // globs of files that the caller left out, in the caller's order
	LeftOut      []string  // IDs of policies that the caller turned off for this run, sorted
	PolicyDigest string    // of the rules and their helpers: SHA-256 in hexadecimal
	Subjects     []*Subject
	Decisions    []Decision      // in the order of Compare
	Controls     []ControlResult // every control of Annex A, in its order
	Problems     []Problem
	Waivers      []Waiver        // every waiver there is, with its state, in the order of their places
	Baseline     []BaselineEntry // every entry of the baseline, in the order of the file
	Fixed        []Finding       // failures of the base that the change mends, when there was a base
	RuleBase     string          // the commit whose rules judged; empty: those of the work tree
	RuleChanges  []RuleChange    // what the change under test alters of the rules, in the order of files, when there was a base
	Measures     Measures
	Verdict      Verdict
}

// A RuleChange is a file that says how to judge and that the change under test
// alters. It takes effect once it is merged.
type RuleChange struct {
	File   string `json:"file"`
	Part   string `json:"part"`   // configuration, policy, statement of applicability, waivers or baseline
	Change string `json:"change"` // added, changed or removed
}

// Measures are the numbers of a run that an organisation watches over time.
// Ages are in whole days on the day of the run.
type Measures struct {
	Applicable int            `json:"applicable"` // controls that are not excluded
	Automated  int            `json:"automated"`  // of these, controls with at least one subject examined
	Exceptions []ExceptionAge `json:"exceptions"` // open waivers, the oldest first
	Overdue    int            `json:"overdue"`    // waivers that have expired and still match a failure
	Baseline   int            `json:"baseline"`   // failures accepted as there before
	Oldest     int            `json:"oldest"`     // age in days of the oldest of these
}

// An ExceptionAge is an open waiver. DaysLeft is below zero once it is overdue.
type ExceptionAge struct {
	ID       string `json:"id"`
	Owner    string `json:"owner"`
	Days     int    `json:"days"`
	DaysLeft int    `json:"days_left"`
	Overdue  bool   `json:"overdue,omitempty"`
}

// A Verdict is the outcome of a run.
type Verdict string

// The verdicts.
const (
	Clear        Verdict = "clear"        // everything was judged, and nothing blocks
	Blocked      Verdict = "blocked"      // something blocks
	Inconclusive Verdict = "inconclusive" // nothing blocks, but the gate could not judge all it was given
)

// SortProblems puts problems into output order.
func SortProblems(problems []Problem) {
	slices.SortFunc(problems, func(p, q Problem) int {
		return cmp.Or(p.At.Compare(q.At), strings.Compare(p.Message, q.Message))
	})
}
