package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// New makes the statement of a run. The id is one of NewID. It is an error
// when the id or an object name of the commit is not one.
func New(run *annexgate.Run, id string) (*Statement, error) {
	if parsed, err := uuid.Parse(id); err != nil || parsed.Version() != 7 || parsed.String() != id {
		return nil, fmt.Errorf("make a record: ID %q is not a UUIDv7", id)
	}
	commit := run.Commit
	if commit.Commit != "" && (!isObject(commit.Commit) || !isObject(commit.Tree)) {
		return nil, fmt.Errorf("make a record: commit %q with tree %q are not git object names", commit.Commit, commit.Tree)
	}
	settings, err := json.Marshal(orEmpty(run.Settings))
	if err != nil {
		return nil, fmt.Errorf("make a record: encode the settings: %w", err)
	}
	b := &builder{
		run:      run,
		id:       id,
		settings: digest(settings),
		subjects: subjects(run),
		inputs:   inputs(run),
		rules:    ruleResults(run.Decisions),
		findings: findings(run.Decisions),
	}
	return fit(b.build)
}

// A builder makes one record. It may take several attempts to make a small
// one; what costs time is worked out once, before.
type builder struct {
	run      *annexgate.Run
	id       string
	settings string // their digest
	subjects []Subject
	inputs   []Input
	rules    map[string]*Rule
	findings []candidate

	limits  limits
	omitted Omitted // by the limits
}

// build makes a statement whose lists are as long as l allows.
func (b *builder) build(l limits) *Statement {
	b.limits, b.omitted = l, Omitted{}
	run := b.run
	s := &Statement{
		Type:          StatementType,
		Subject:       b.subjects,
		PredicateType: PredicateType,
		Predicate: Record{
			SchemaVersion: SchemaVersion,
			RecordID:      b.id,
			RecordType:    "local_evaluation",
			Evaluator:     evaluator(run.Tool),
			Execution:     Execution{Mode: "local", StartedAt: instant(run.Started), FinishedAt: instant(run.Finished)},
			Trust:         trust(run),
			Signature:     "none",
			Inputs:        b.shortInputs(),
			Policy:        b.policy(),
			Controls:      b.controls(),
			Decision:      decision(run),
			Measures:      measures(run.Measures),
			Degraded:      b.degraded(),
		},
	}
	if c := run.Commit; c.Commit != "" {
		s.Predicate.Change = &Change{Head: Head{SHA: c.Commit, Tree: c.Tree}, Dirty: c.Dirty}
	}
	b.addFindings(&s.Predicate)
	s.Predicate.Exceptions = b.exceptions()
	if omitted := b.omitted; omitted != (Omitted{}) {
		s.Predicate.Omitted = &omitted
	}
	return s
}

// maxListed is how many exceptions and changed rules a record lists. There are
// few, or something else is wrong.
const maxListed = 50

func trust(run *annexgate.Run) Trust {
	t := Trust{Level: "local_unsigned", PolicyOrigin: "head", RuleChanges: slices.Clone(run.RuleChanges[:min(maxListed, len(run.RuleChanges))])}
	if run.RuleBase != "" {
		t.PolicyOrigin, t.PolicyBase = "base", run.RuleBase
	}
	for i := range t.RuleChanges {
		t.RuleChanges[i].File = clip(t.RuleChanges[i].File)
	}
	return t
}

func measures(m annexgate.Measures) Measures {
	r := Measures{
		Applicable: m.Applicable, Automated: m.Automated, Open: len(m.Exceptions), Overdue: m.Overdue,
		Exceptions: slices.Clone(m.Exceptions[:min(maxListed, len(m.Exceptions))]), Baseline: m.Baseline, BaselineOldest: m.Oldest,
	}
	for i := range r.Exceptions {
		r.Exceptions[i].ID, r.Exceptions[i].Owner = clip(r.Exceptions[i].ID), clip(r.Exceptions[i].Owner)
	}
	return r
}

func evaluator(t annexgate.Tool) Evaluator {
	return Evaluator{
		Tool: "annexgate", Version: t.Version, Commit: t.Revision,
		OPAVersion: t.OPA, GoVersion: t.Go, Platform: t.Platform,
	}
}

func subjects(run *annexgate.Run) []Subject {
	var all []Subject
	if c := run.Commit; c.Commit != "" {
		all = append(all, Subject{Name: clip(cmp.Or(c.Repository, "commit")), Digest: Digest{GitCommit: c.Commit}})
		if !c.Dirty {
			all = append(all, Subject{Name: "tree", Digest: Digest{GitTree: c.Tree}})
		}
	}
	return append(all, Subject{Name: "inputs-manifest", Digest: Digest{SHA256: digest(manifest(run.Inputs))}})
}

// policy describes the library, and the modules that examined something.
func (b *builder) policy() Policy {
	p := Policy{SHA256: b.run.PolicyDigest, DataSHA256: b.settings, Count: len(b.run.Policies)}
	for _, policy := range b.run.Policies {
		if b.rules[policy.ID] != nil {
			p.Modules = append(p.Modules, Module{ID: policy.ID, Path: policy.File, SHA256: policy.SHA256})
		}
	}
	slices.SortFunc(p.Modules, func(m, n Module) int { return cmp.Compare(m.ID, n.ID) })
	p.Modules = cut(p.Modules, b.limits.modules, &b.omitted.Modules)
	return p
}

// outcomes are the words of a record for verdicts. A verdict that nobody
// reached is an error.
var outcomes = map[annexgate.Verdict]string{annexgate.Clear: "pass", annexgate.Blocked: "fail"}

func decision(run *annexgate.Run) Decision {
	d := Decision{Outcome: cmp.Or(outcomes[run.Verdict], "error"), Mode: "enforce", FailOn: run.FailOn.String(), Blocking: []string{}}
	if run.FailOn == 0 || run.Advisory {
		d.Mode = "advisory"
	}
	return d
}

// degraded lists why the record says less than it should: first what concerns
// all of it.
func (b *builder) degraded() []Degraded {
	list := []Degraded{}
	switch c := b.run.Commit; {
	case c.Commit == "":
		list = append(list, Degraded{Code: "NO_COMMIT", Explanation: "what was examined belongs to no commit"})
	case c.Dirty:
		list = append(list, Degraded{Code: "DIRTY_TREE", Explanation: "the work tree differs from the commit: the inputs are those of the manifest"})
	}
	if b.run.PolicyDigest == "" {
		list = append(list, Degraded{Code: "POLICY_DIGEST_UNAVAILABLE", Explanation: "which rules were applied cannot be told from the record"})
	}
	if n := len(b.run.LeftOut); n > 0 {
		list = append(list, Degraded{Code: "POLICIES_LEFT_OUT", Explanation: clip(fmt.Sprintf("%d turned off by the caller: %s", n, strings.Join(b.run.LeftOut, ", ")))})
	}
	if len(b.run.Excluded) > 0 {
		list = append(list, Degraded{Code: "FILES_LEFT_OUT", Explanation: clip("by the caller: " + strings.Join(b.run.Excluded, ", "))})
	}
	for _, p := range b.run.Problems {
		code := "INPUT_UNREAD"
		switch p.Loss {
		case annexgate.Notice:
			continue
		case annexgate.Partial:
			code = "INPUT_PARTIAL"
		}
		list = append(list, Degraded{Code: code, Explanation: clip(p.Message), Location: place(p.At)})
	}
	return cut(list, b.limits.degraded, &b.omitted.Degraded)
}

func place(at annexgate.Location) *Place {
	if at.File == "" {
		return nil
	}
	return &Place{Path: clip(at.File), StartLine: at.Line, StartColumn: at.Column, EndLine: at.EndLine}
}

// instant drops what a record does not keep of a time.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// isObject reports whether name is the name of a git object, in full.
func isObject(name string) bool {
	if len(name) != 40 && len(name) != 64 {
		return false
	}
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func orEmpty(settings map[string]any) map[string]any {
	if settings == nil {
		return map[string]any{}
	}
	return settings
}
