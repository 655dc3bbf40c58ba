package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// maxDocument is the size in bytes of the largest saved run that Read takes.
const maxDocument = 1 << 30

// Read reads a run that was written in the json format. Every format writes
// the same of it as of the run that was saved. Its subjects have no values and
// no references.
func Read(r io.Reader) (*annexgate.Run, error) {
	doc, err := decode(r, maxDocument)
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	run, err := doc.run()
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	return run, nil
}

// decode reads a document of at most limit bytes.
func decode(r io.Reader, limit int64) (*document, error) {
	limited := &io.LimitedReader{R: r, N: limit + 1}
	d := json.NewDecoder(limited)
	d.UseNumber() // settings keep their precision
	var doc document
	err := d.Decode(&doc)
	switch {
	case limited.N == 0:
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	case doc.Version != "" && doc.Version != jsonVersion:
		// Checked before err: another version may well have other types.
		return nil, fmt.Errorf("it has version %q of the format: this annexgate reads version %q", cut(doc.Version, 20), jsonVersion)
	case err != nil:
		return nil, err
	case doc.Version == "":
		return nil, errors.New("it has no version: want a file that annexgate wrote with -o json")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is text behind the end of it")
	}
	return &doc, nil
}

// run returns the run that doc describes.
func (doc *document) run() (*annexgate.Run, error) {
	run := &annexgate.Run{
		Tool:     doc.Tool,
		Commit:   doc.Commit,
		Started:  doc.Started,
		Finished: doc.Finished,
		Settings: doc.Settings,
		Inputs:   doc.Inputs,
		Verdict:  doc.Verdict,
		Advisory: doc.Advisory,
		DiffBase: doc.DiffBase,
		RuleBase: doc.RuleBase,

		RuleChanges: doc.RuleChanges,
		Measures:    doc.Measures,

		PolicyDigest: doc.PolicyDigest,
		LeftOut:      doc.LeftOut,
		Excluded:     doc.Excluded,
	}
	steps := []func(*annexgate.Run) error{doc.readGate, doc.readPolicies, doc.readSubjects, doc.readAcceptances, doc.readDecisions, doc.readFixed, doc.readControls, doc.readProblems}
	for _, step := range steps {
		if err := step(run); err != nil {
			return nil, err
		}
	}
	return run, nil
}

func (doc *document) readGate(run *annexgate.Run) error {
	if !slices.Contains([]annexgate.Verdict{annexgate.Clear, annexgate.Blocked, annexgate.Inconclusive}, doc.Verdict) {
		return fmt.Errorf("unknown verdict %q", doc.Verdict)
	}
	if doc.FailOn == never {
		return nil
	}
	var err error
	run.FailOn, err = annexgate.ParseSeverity(doc.FailOn)
	return err
}

func (doc *document) readPolicies(run *annexgate.Run) error {
	for _, p := range doc.Policies {
		severity, err := annexgate.ParseSeverity(p.Severity)
		if err != nil {
			return fmt.Errorf("policy %s: %w", strconv.Quote(p.ID), err)
		}
		policy := &annexgate.Policy{
			ID: p.ID, Title: p.Title, Description: p.Description, Severity: severity, Kind: p.Kind, Types: p.Types,
			Controls: p.Controls, Remediation: p.Remediation, Aliases: p.Aliases, File: p.File,
		}
		for _, l := range p.Links {
			policy.Links = append(policy.Links, annexgate.Link(l))
		}
		for _, s := range p.Settings {
			policy.Settings = append(policy.Settings, annexgate.Setting(s))
		}
		run.Policies = append(run.Policies, policy)
	}
	return nil
}

func (doc *document) readSubjects(run *annexgate.Run) error {
	for _, s := range doc.Subjects {
		run.Subjects = append(run.Subjects, &annexgate.Subject{
			Kind: s.Kind, Type: s.Type, Name: s.Name, Address: s.Address, Module: s.Module, Scope: s.Scope, At: s.At,
		})
	}
	return nil
}

// readDecisions joins decisions and passes with their policies and subjects,
// and puts all into the order they had.
func (doc *document) readDecisions(run *annexgate.Run) error {
	index, err := newIndex(run)
	if err != nil {
		return err
	}
	for i, d := range doc.Decisions {
		decision, err := index.decision(d)
		if err != nil {
			return fmt.Errorf("decision %d: %w", i, err)
		}
		run.Decisions = append(run.Decisions, decision)
	}
	for i, p := range doc.Passes {
		for _, address := range p.Addresses {
			result, err := index.result(p.Policy, subjectKey{p.Scope, address})
			if err != nil {
				return fmt.Errorf("pass %d: %w", i, err)
			}
			result.Outcome = annexgate.Pass
			run.Decisions = append(run.Decisions, annexgate.Decision{Result: result})
		}
	}
	slices.SortStableFunc(run.Decisions, annexgate.Decision.Compare)
	return nil
}

// An index finds what decisions refer to.
type index struct {
	policies map[string]*annexgate.Policy
	subjects map[identity]*annexgate.Subject
	accept   acceptors
}

// An identity tells the subjects of a run apart. A policy says the kind of what
// it examines, so that decisions need not.
type identity struct {
	kind annexgate.Kind
	subjectKey
}

func newIndex(run *annexgate.Run) (*index, error) {
	x := &index{map[string]*annexgate.Policy{}, map[identity]*annexgate.Subject{}, newAcceptors(run)}
	for _, p := range run.Policies {
		if x.policies[p.ID] != nil {
			return nil, fmt.Errorf("policy %q is there twice", p.ID)
		}
		x.policies[p.ID] = p
	}
	for _, s := range run.Subjects {
		id := identity{s.Kind, keyOf(s)}
		if x.subjects[id] != nil {
			return nil, fmt.Errorf("subject %q in scope %q is there twice", s.Address, s.Scope)
		}
		x.subjects[id] = s
	}
	return x, nil
}

func (x *index) result(policy string, key subjectKey) (annexgate.Result, error) {
	r := annexgate.Result{Policy: x.policies[policy]}
	if r.Policy == nil {
		return r, fmt.Errorf("policy %q is not among the policies", policy)
	}
	r.Subject = x.subjects[identity{r.Policy.Kind, key}]
	if r.Subject == nil {
		return r, fmt.Errorf("subject %q in scope %q is not among the subjects", key.Address, key.Scope)
	}
	return r, nil
}

func (x *index) decision(doc decisionDocument) (annexgate.Decision, error) {
	d := annexgate.Decision{Blocks: doc.Blocks}
	var err error
	if d.Result, err = x.result(doc.Policy, doc.Subject); err != nil {
		return d, err
	}
	outcomes := map[string]annexgate.Outcome{"unknown": annexgate.Unknown, "fail": annexgate.Fail, "pass": annexgate.Pass}
	outcome, ok := outcomes[doc.Outcome]
	if !ok {
		return d, fmt.Errorf("unknown outcome %q", doc.Outcome)
	}
	d.Outcome = outcome
	for i, f := range doc.Findings {
		finding, err := f.finding(x.accept)
		if err != nil {
			return d, fmt.Errorf("finding %d: %w", i, err)
		}
		d.Findings = append(d.Findings, finding)
	}
	return d, nil
}

func (doc findingDocument) finding(known acceptors) (annexgate.Finding, error) {
	f := annexgate.Finding{
		Message: doc.Message, Key: doc.Key, Address: doc.Address, At: doc.At, Fingerprint: doc.Fingerprint, Excerpt: doc.Excerpt,
		Why: doc.Why, Novelty: doc.Novelty,
	}
	var err error
	if f.Accepted, err = known.acceptance(doc.Accepted); err != nil {
		return f, err
	}
	if novelties := []annexgate.Novelty{"", annexgate.Introduced, annexgate.Existing}; !slices.Contains(novelties, f.Novelty) {
		return f, fmt.Errorf("unknown novelty %q", f.Novelty)
	}
	if f.Path, err = readPath(doc.Path); err != nil {
		return f, err
	}
	for _, u := range doc.Unknowns {
		path, err := readPath(u.Path)
		if err != nil {
			return f, err
		}
		f.Unknowns = append(f.Unknowns, annexgate.Doubt{
			Address: u.Address, Path: path, UnknownValue: annexgate.UnknownValue{Reason: u.Reason, From: u.From},
		})
	}
	return f, nil
}

// readPath returns steps with their numbers as ints.
func readPath(steps []any) (annexgate.Path, error) {
	var path annexgate.Path
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			path = append(path, step)
		case json.Number:
			i, err := strconv.Atoi(step.String())
			if err != nil || i < 0 {
				return nil, fmt.Errorf("path: %s is not an index", step)
			}
			path = append(path, i)
		default:
			return nil, fmt.Errorf("path: want strings and numbers, not %T", step)
		}
	}
	return path, nil
}

func (doc *document) readControls(run *annexgate.Run) error {
	known := []annexgate.Status{
		annexgate.Satisfied, annexgate.Failed, annexgate.Waived,
		annexgate.Undetermined, annexgate.NotTested, annexgate.NotApplicable,
	}
	for _, c := range doc.Controls {
		if !slices.Contains(known, c.Status) {
			return fmt.Errorf("control %q: unknown status %q", c.ID, c.Status)
		}
		run.Controls = append(run.Controls, annexgate.ControlResult{
			Control: annexgate.Control{ID: c.ID, Title: c.Title, Theme: c.Theme, Former: c.Former, Manual: c.Manual},
			Status:  c.Status, Reason: c.Reason, Policies: c.Policies, Population: c.Population,
		})
	}
	return nil
}

func (doc *document) readProblems(run *annexgate.Run) error {
	losses := map[string]annexgate.Loss{}
	for loss, name := range lossNames {
		losses[name] = loss
	}
	for i, p := range doc.Problems {
		loss, ok := losses[p.Loss]
		if !ok {
			return fmt.Errorf("problem %d: unknown loss %q", i, p.Loss)
		}
		run.Problems = append(run.Problems, annexgate.Problem{Kind: p.Kind, Message: p.Message, At: p.At, Loss: loss})
	}
	return nil
}
