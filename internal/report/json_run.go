package report

import (
	"github.com/annexgate/annexgate/internal/annexgate"
)

// lossNames names what a problem costs, for programs.
var lossNames = map[annexgate.Loss]string{
	annexgate.Unread:  "unread",
	annexgate.Partial: "partial",
	annexgate.Notice:  "notice",
}

// never is the value of fail_on when no severity blocks.
const never = "never"

func newDocument(run *annexgate.Run) document {
	doc := document{
		Version:  jsonVersion,
		Tool:     run.Tool,
		Commit:   run.Commit,
		Started:  run.Started.UTC(),
		Finished: run.Finished.UTC(),
		FailOn:   never,
		Advisory: run.Advisory,
		DiffBase: run.DiffBase,
		RuleBase: run.RuleBase,

		RuleChanges: run.RuleChanges,
		Measures:    run.Measures,
		Verdict:     run.Verdict,
		Settings:    run.Settings,
		Inputs:      run.Inputs,

		PolicyDigest: run.PolicyDigest,
		LeftOut:      append([]string{}, run.LeftOut...),
		Excluded:     append([]string{}, run.Excluded...),
	}
	doc.Commit.Repository = public(run.Commit.Repository)
	if run.FailOn != 0 {
		doc.FailOn = run.FailOn.String()
	}
	for _, p := range run.Policies {
		doc.Policies = append(doc.Policies, newPolicyDocument(p))
	}
	for _, s := range run.Subjects {
		doc.Subjects = append(doc.Subjects, subjectDocument{keyOf(s), s.Kind, s.Type, s.Name, s.Module, s.At})
	}
	entries := map[*annexgate.BaselineEntry]int{}
	for i := range run.Baseline {
		entries[&run.Baseline[i]] = i
		doc.Baseline = append(doc.Baseline, newEntryDocument(run.Baseline[i]))
	}
	for _, w := range run.Waivers {
		doc.Waivers = append(doc.Waivers, newWaiverDocument(w))
	}
	for _, f := range run.Fixed {
		doc.Fixed = append(doc.Fixed, newFindingDocument(f, entries))
	}
	doc.Decisions, doc.Passes = newDecisions(run.Decisions, entries)
	for _, c := range run.Controls {
		doc.Controls = append(doc.Controls, controlDocument{
			ID: c.Control.ID, Title: c.Control.Title, Theme: c.Control.Theme, Former: c.Control.Former, Manual: c.Control.Manual,
			Status: c.Status, Reason: c.Reason, Policies: c.Policies, Population: c.Population,
		})
	}
	for _, p := range run.Problems {
		doc.Problems = append(doc.Problems, problemDocument{p.Kind, p.Message, p.At, lossNames[p.Loss]})
	}
	return doc
}

func keyOf(s *annexgate.Subject) subjectKey { return subjectKey{s.Scope, s.Address} }

func newPolicyDocument(p *annexgate.Policy) policyDocument {
	doc := policyDocument{
		ID: p.ID, Title: p.Title, Description: p.Description, Severity: p.Severity.String(), Kind: p.Kind, Types: p.Types,
		Controls: p.Controls, Remediation: p.Remediation, Aliases: p.Aliases, File: p.File,
	}
	for _, l := range p.Links {
		doc.Links = append(doc.Links, linkDocument(l))
	}
	for _, s := range p.Settings {
		doc.Settings = append(doc.Settings, settingDocument(s))
	}
	return doc
}

// newDecisions tells plain passes, which are many and say little, from the
// rest. The passes of a policy in a scope are together, in the order in which
// the first of each came.
func newDecisions(decisions []annexgate.Decision, entries map[*annexgate.BaselineEntry]int) (told []decisionDocument, passes []passDocument) {
	type group struct{ policy, scope string }
	groups := map[group]int{}
	for _, d := range decisions {
		if d.Outcome != annexgate.Pass || d.Blocks || len(d.Findings) > 0 {
			told = append(told, newDecisionDocument(d, entries))
			continue
		}
		g := group{d.Policy.ID, d.Subject.Scope}
		i, ok := groups[g]
		if !ok {
			i = len(passes)
			groups[g] = i
			passes = append(passes, passDocument{Policy: g.policy, Scope: g.scope})
		}
		passes[i].Addresses = append(passes[i].Addresses, d.Subject.Address)
	}
	return told, passes
}

func newDecisionDocument(d annexgate.Decision, entries map[*annexgate.BaselineEntry]int) decisionDocument {
	doc := decisionDocument{Policy: d.Policy.ID, Subject: keyOf(d.Subject), Outcome: d.Outcome.String(), Blocks: d.Blocks}
	for _, f := range d.Findings {
		doc.Findings = append(doc.Findings, newFindingDocument(f, entries))
	}
	return doc
}

func newFindingDocument(f annexgate.Finding, entries map[*annexgate.BaselineEntry]int) findingDocument {
	doc := findingDocument{
		Message: f.Message, Key: f.Key, Address: f.Address, Path: f.Path, At: f.At,
		Fingerprint: f.Fingerprint, Excerpt: clip(f.Excerpt), Why: f.Why, Novelty: f.Novelty,
		Accepted: newAcceptedDocument(f.Accepted, entries),
	}
	for _, u := range f.Unknowns {
		doc.Unknowns = append(doc.Unknowns, doubtDocument{u.Address, u.Path, u.Reason, u.From})
	}
	return doc
}
