package evidence

import (
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// What the fields of the same names hold.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://github.com/annexgate/annexgate/attestations/control-evaluation/v1"
	SchemaVersion = "1.0"
	Framework     = "ISO/IEC 27001:2022"
)

// A Statement is an in-toto Statement v1 about one run of the gate.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Record    `json:"predicate"`
}

// Commit returns the commit that the statement is about, or "".
func (s *Statement) Commit() string {
	for _, subject := range s.Subject {
		if subject.Digest.GitCommit != "" {
			return subject.Digest.GitCommit
		}
	}
	return ""
}

// A Subject is something the statement is about. It is identified by its
// digest alone; the name is for people.
type Subject struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// A Digest holds digests in hexadecimal, lower case.
type Digest struct {
	GitCommit string `json:"gitCommit,omitempty"`
	GitTree   string `json:"gitTree,omitempty"`
	SHA256    string `json:"sha256,omitempty"`
}

// A Record is the predicate: what one run examined, and what came of it.
// Times are UTC.
type Record struct {
	SchemaVersion string      `json:"schema_version"`
	RecordID      string      `json:"record_id"` // UUIDv7
	RecordType    string      `json:"record_type"`
	Evaluator     Evaluator   `json:"evaluator"`
	Execution     Execution   `json:"execution"`
	Trust         Trust       `json:"trust"`
	Signature     string      `json:"signature"` // none
	Change        *Change     `json:"change,omitempty"`
	Inputs        []Input     `json:"inputs"`
	Policy        Policy      `json:"policy"`
	Controls      []Control   `json:"controls"`
	Findings      []Finding   `json:"findings"`
	Exceptions    []Exception `json:"exceptions,omitempty"`
	Decision      Decision    `json:"decision"`
	Measures      Measures    `json:"measures"`
	Degraded      []Degraded  `json:"degraded"`
	Omitted       *Omitted    `json:"omitted,omitempty"`
}

// An Evaluator is the program that ran.
type Evaluator struct {
	Tool       string `json:"tool"` // annexgate
	Version    string `json:"version"`
	Commit     string `json:"commit,omitempty"` // it was built from
	OPAVersion string `json:"opa_version"`
	GoVersion  string `json:"go_version"`
	Platform   string `json:"platform"` // linux/amd64
}

// An Execution is where and when it ran.
type Execution struct {
	Mode       string    `json:"mode"` // local
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
}

// Trust says how far the record can be relied on.
type Trust struct {
	Level        string                 `json:"level"`                  // local_unsigned
	PolicyOrigin string                 `json:"policy_origin"`          // head: whoever made the change chose the rules; base: the commit before it did
	PolicyBase   string                 `json:"policy_base,omitempty"`  // that commit
	RuleChanges  []annexgate.RuleChange `json:"rule_changes,omitempty"` // what the change alters of the rules
}

// Measures are the numbers that an organisation watches over time. Ages are in
// days.
type Measures struct {
	Applicable     int                      `json:"controls_applicable"`
	Automated      int                      `json:"controls_automated"` // of these, with at least one subject examined
	Open           int                      `json:"exceptions_open"`
	Overdue        int                      `json:"exceptions_overdue"`
	Exceptions     []annexgate.ExceptionAge `json:"exceptions,omitempty"` // the oldest first, as far as they are listed
	Baseline       int                      `json:"baseline"`
	BaselineOldest int                      `json:"baseline_oldest_days"`
}

// A Change is what was held against the policies.
type Change struct {
	Head  Head `json:"head"`
	Dirty bool `json:"dirty"` // the work tree was not that of the commit
}

// A Head is a commit and its tree.
type Head struct {
	SHA  string `json:"sha"`
	Tree string `json:"tree"`
}

// An Input is all files of one kind.
type Input struct {
	ID           string      `json:"id"`
	Kind         string      `json:"kind"`   // terraform_hcl, k8s, pr_metadata
	Method       string      `json:"method"` // TEST or EXAMINE
	SHA256       string      `json:"sha256"` // of the manifest of these files
	Bytes        int         `json:"bytes"`
	ItemCount    int         `json:"item_count"`
	Completeness string      `json:"completeness"` // complete, or partial: a problem may hide some
	Files        []InputFile `json:"files,omitempty"`
}

// An InputFile is one file that was examined.
type InputFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// A Policy is the library of rules and its settings.
type Policy struct {
	SHA256     string   `json:"sha256,omitempty"` // of the text of all rules and helpers
	DataSHA256 string   `json:"data_sha256"`      // of the settings, as JSON with sorted keys
	Count      int      `json:"count"`            // of all policies
	Modules    []Module `json:"modules,omitempty"`
}

// A Module is one policy that examined something.
type Module struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256,omitempty"`
}

// A Control is what the run says about one control of Annex A.
type Control struct {
	Framework      string               `json:"framework"`
	ID             string               `json:"id"`
	Title          string               `json:"title"`
	Former         []string             `json:"iso27001_2013,omitempty"`
	Status         annexgate.Status     `json:"status"`
	Reason         string               `json:"reason"`
	Enforced       bool                 `json:"enforced"`   // a failure of one of its rules can block
	Assurance      string               `json:"assurance"`  // automated, or none: no rule examined anything
	Population     annexgate.Population `json:"population"` // of subjects
	Rules          []Rule               `json:"rules,omitempty"`
	RulesNotTested int                  `json:"rules_not_tested,omitempty"` // rules that had nothing to examine
}

// A Rule is what one policy said. It counts subjects.
type Rule struct {
	ID         string `json:"id"`
	Severity   string `json:"severity"`
	Result     string `json:"result"` // pass, fail or unknown
	Subjects   int    `json:"subjects"`
	Violations int    `json:"violations"`       // subjects that fail
	Unknown    int    `json:"unknown"`          // subjects that could not be judged
	Waived     int    `json:"waived,omitempty"` // of the violations, those that waivers cover
}

// A Finding is one reason for a result other than pass. With the outcome
// unknown it is only possible.
type Finding struct {
	ID         string   `json:"id"` // the fingerprint: stable across runs
	RuleID     string   `json:"rule_id"`
	ControlIDs []string `json:"control_ids"`
	Severity   string   `json:"severity"`
	Outcome    string   `json:"outcome"` // fail or unknown
	Message    string   `json:"message"`
	Resource   string   `json:"resource"`
	Location   *Place   `json:"location,omitempty"`
	Status     string   `json:"status"`                 // open, waived, baseline, or excluded: of controls that do not apply
	Exception  string   `json:"exception_id,omitempty"` // of a waived one
	Novelty    string   `json:"novelty,omitempty"`      // introduced or existing, where there was a base to compare with
	Why        string   `json:"why,omitempty"`          // it blocks, or would if the gate were not advisory
}

// An Exception is a waiver: who accepts what, why and until when.
type Exception struct {
	ID         string         `json:"id"`
	State      string         `json:"state"` // active, not_yet, expired or invalid: only an active one accepts
	Scope      ExceptionScope `json:"scope"`
	Reason     string         `json:"reason,omitempty"`
	Ticket     string         `json:"ticket,omitempty"`
	Owner      string         `json:"owner,omitempty"` // who answers for it
	ApprovedBy string         `json:"approved_by,omitempty"`
	CreatedAt  *time.Time     `json:"created_at,omitempty"`
	NotBefore  *time.Time     `json:"not_before,omitempty"`
	ExpiresAt  *time.Time     `json:"expires_at,omitempty"` // the first moment at which it accepts nothing
	Source     *Place         `json:"source,omitempty"`
	Tool       string         `json:"tool,omitempty"`   // whose inline ignore it is
	Faults     []string       `json:"faults,omitempty"` // why it is invalid
	Findings   int            `json:"findings"`         // of the run in its scope
}

// An ExceptionScope is what a waiver may accept: what matches all that is set.
type ExceptionScope struct {
	Rule     string `json:"rule,omitempty"` // or a control, or the beginning of a rule
	Resource string `json:"resource,omitempty"`
	Path     string `json:"path,omitempty"`
	Key      string `json:"key,omitempty"`
	Finding  string `json:"finding,omitempty"`
}

// A Place is a range of lines in a file.
type Place struct {
	Path        string `json:"path"`
	StartLine   int    `json:"start_line,omitempty"`
	StartColumn int    `json:"start_column,omitempty"` // in UTF-16 code units
	EndLine     int    `json:"end_line,omitempty"`
}

// A Decision is the verdict.
type Decision struct {
	Outcome       string   `json:"outcome"`           // pass, fail, or error: the gate could not judge all
	Mode          string   `json:"mode"`              // enforce, or advisory: nothing blocks
	FailOn        string   `json:"fail_on,omitempty"` // the least severity that blocks
	BlockingCount int      `json:"blocking_count"`    // of findings
	Blocking      []string `json:"blocking"`          // IDs of those findings, as far as they are listed
}

// Degraded is a reason why the record says less than it should.
type Degraded struct {
	Code        string `json:"code"`
	Explanation string `json:"explanation"`
	Location    *Place `json:"location,omitempty"`
}

// Omitted counts what was left out to keep the record small.
type Omitted struct {
	Files      int `json:"files,omitempty"`
	Modules    int `json:"modules,omitempty"`
	Findings   int `json:"findings,omitempty"`
	Exceptions int `json:"exceptions,omitempty"`
	Degraded   int `json:"degraded,omitempty"`
	Rules      int `json:"rules,omitempty"` // counted once for each control they support
}
