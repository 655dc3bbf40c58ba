package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/discover"
)

// ruleChanged is the policy that a change of the rules is held to. It is no
// Rego: it is about what Rego is judged by. Nothing turns it off, and neither
// waivers nor the baseline accept its findings; an approver does.
var ruleChanged = &annexgate.Policy{
	ID:    "governance.rules.changed",
	Title: "Changes of the rules are approved by those who answer for them",
	Description: "The configuration, the policies, the Statement of Applicability, the waivers and\n" +
		"the baseline decide what a change is held to. A change that alters them is judged\n" +
		"by the rules before it, so that nobody sets the rules for their own change.",
	Severity: annexgate.Critical,
	Kind:     annexgate.Governance,
	Types:    []string{"rules"},
	Controls: []string{"A.8.32", "A.5.3", "A.5.36"},
	Remediation: "Have one of trust.approvers in .annexgate.yaml approve the pull request (--pr). Where there is none, " +
		"make the change of the rules a pull request of its own, and let whoever may merge it run it with --allow-rule-change.",
	Aliases: []string{"GOV-RULES-001"},
}

// judgeRuleChanges decides about what the change under test alters of the
// rules. Without a base there is nothing to decide.
func judgeRuleChanges(ctx context.Context, o Options, place *discover.Place, rules *Rules, run *annexgate.Run) error {
	if rules.files.base == nil {
		return nil
	}
	run.RuleBase = rules.files.base.Commit()
	run.Policies = append(slices.Clone(run.Policies), ruleChanged)
	slices.SortFunc(run.Policies, func(p, q *annexgate.Policy) int { return strings.Compare(p.ID, q.ID) })
	changes, err := rules.files.changes(rules.Config)
	if err != nil {
		return err
	}
	subject := &annexgate.Subject{Kind: annexgate.Governance, Type: "rules", Name: "rules", Address: "rules"}
	run.Subjects = append(run.Subjects, subject)
	slices.SortFunc(run.Subjects, (*annexgate.Subject).Compare)
	d := annexgate.Decision{Result: annexgate.Result{Policy: ruleChanged, Subject: subject, Outcome: annexgate.Pass}}
	for _, c := range changes {
		run.RuleChanges = append(run.RuleChanges, c.RuleChange)
	}
	if len(changes) > 0 {
		subject.At = annexgate.Location{File: changes[0].File, Line: 1, Column: 1}
	}
	approved := false
	if len(changes) > 0 {
		if approved, err = rulesApproved(ctx, o, place, rules, run); err != nil {
			return err
		}
	}
	if len(changes) > 0 && !approved {
		d.Outcome = annexgate.Fail
		blocks := rules.Config.Trust.BlockRuleChanges && !o.AllowRuleChange && rules.Config.Gate.FailOn != 0
		for _, c := range changes {
			d.Findings = append(d.Findings, ruleFinding(c, blocks))
		}
		d.Blocks = blocks && !rules.Config.Gate.Advisory
	}
	run.Decisions = append(run.Decisions, d)
	slices.SortFunc(run.Decisions, annexgate.Decision.Compare)
	return nil
}

func ruleFinding(c ruleChange, blocks bool) annexgate.Finding {
	f := annexgate.Finding{
		Message: fmt.Sprintf("the change under test has %s the %s %s; it takes effect once it is merged", c.Change, c.Part, c.File),
		Key:     c.Change,
		Address: "rules",
		Path:    annexgate.Path{c.File},
		At:      annexgate.Location{File: c.File, Line: 1, Column: 1},
		Novelty: annexgate.Introduced,
		// The content is part of it: another change of the same file is another finding.
		Fingerprint: annexgate.Fingerprint(ruleChanged.ID, "rules", annexgate.Path{c.File}, c.digest),
	}
	if blocks {
		f.Why = "nobody in trust.approvers has approved a change of the rules"
	}
	return f
}

// rulesApproved reports whether one of the approvers approved exactly what is
// judged, going by the snapshot of the pull request. A snapshot that the commit
// brings along proves nothing.
func rulesApproved(ctx context.Context, o Options, place *discover.Place, rules *Rules, run *annexgate.Run) (bool, error) {
	approvers := rules.Config.Trust.Approvers
	i := slices.IndexFunc(run.Subjects, func(s *annexgate.Subject) bool { return s.Kind == annexgate.PullRequest })
	if i < 0 || len(approvers) == 0 || run.Commit.Dirty || !sameHead(ctx, place, run.Subjects[i], run.Commit.Commit) {
		return false, nil
	}
	if name, inside := rules.files.inside(o, o.PullRequest); inside {
		tracked, err := place.Repo.Tracked(ctx, name)
		if tracked || err != nil {
			return false, err
		}
	}
	review, _ := run.Subjects[i].Facts["review"].(map[string]any)
	approvals, _ := review["approvals"].([]any) // those that count: by others, on the head, not dismissed
	teams, _ := run.Subjects[i].Values["teams"].(map[string]any)
	for _, approval := range approvals {
		entry, _ := approval.(map[string]any)
		login, _ := entry["reviewer"].(string)
		if login != "" && slices.ContainsFunc(approvers, func(name string) bool { return stands(name, login, teams) }) {
			return true, nil
		}
	}
	return false, nil
}

// stands reports whether name, of a person or a team, stands for login.
func stands(name, login string, teams map[string]any) bool {
	name = strings.TrimPrefix(name, "@")
	if !strings.Contains(name, "/") {
		return strings.EqualFold(name, login)
	}
	for team, members := range teams {
		list, _ := members.([]any)
		if strings.EqualFold(team, name) && slices.ContainsFunc(list, func(m any) bool {
			member, _ := m.(string)
			return strings.EqualFold(member, login)
		}) {
			return true
		}
	}
	return false
}

// sameHead reports whether the pull request is about the commit that is
// judged: its head, or the merge of it that a forge makes for tests.
func sameHead(ctx context.Context, place *discover.Place, pr *annexgate.Subject, commit string) bool {
	values, _ := pr.Values["pull_request"].(map[string]any)
	head, _ := values["head"].(map[string]any)
	sha, _ := head["sha"].(string)
	if sha == "" || commit == "" {
		return false
	}
	merged, err := place.Repo.Resolve(ctx, commit+"^2")
	return sha == commit || err == nil && sha == merged
}
