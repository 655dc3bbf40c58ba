package pullrequest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// facts is what policies see as review.
func (j judgement) facts(s *snapshot) map[string]any {
	facts := map[string]any{"disqualified": j.disqualified(s), "unattributed": j.unattributed(s)}
	if gap := s.gap("reviews"); gap != nil {
		for _, name := range []string{"approvals", "reviews", "changes_requested", "undecided"} {
			facts[name] = *gap
		}
		return facts
	}
	approvals, all, against := []any{}, []any{}, []any{}
	var doubts []*annexgate.UnknownValue
	for _, v := range j.verdicts {
		entry := v.facts(s)
		all = append(all, entry)
		switch v.reason {
		case "":
			approvals = append(approvals, entry)
		case reasonUndecided:
			doubts = append(doubts, v.doubt)
		case reasonChangesRequested:
			against = append(against, v.objection(s))
		}
	}
	facts["approvals"], facts["reviews"], facts["changes_requested"] = approvals, all, against
	facts["undecided"] = undecided(doubts)
	return facts
}

func (v verdict) facts(s *snapshot) map[string]any {
	entry := map[string]any{
		"review_id": integer(v.id),
		"state":     v.state,
		"counted":   v.counted(),
		"path":      steps(v.path),
		"reviewer":  nameOf(v.user),
	}
	if v.user != nil {
		entry["reviewer_id"] = integer(v.user.id)
	}
	if v.commit != "" {
		entry["commit_id"] = v.commit
	}
	if !v.submitted.IsZero() {
		entry["submitted_at"] = stamp(v.submitted)
	}
	if !v.counted() {
		entry["reason"], entry["why"] = v.reason, v.why
	}
	if e := s.dismissal(v.review); e != nil && v.state == "DISMISSED" {
		entry["dismissal"] = map[string]any{"by": nameOf(e.actor), "at": stamp(e.at), "message": shorten(e.message, 500)}
	}
	return entry
}

// objection is a request for changes. It holds the change back when its author
// may write, as on GitHub.
func (v verdict) objection(s *snapshot) map[string]any {
	entry := v.facts(s)
	if _, may, doubt := mayApprove(s, v.user); doubt != nil {
		entry["blocks"] = *doubt
	} else {
		entry["blocks"] = may
	}
	return entry
}

func (j judgement) disqualified(s *snapshot) any {
	if gap := cmp.Or(s.gap("commits"), s.gap("timeline")); gap != nil {
		return *gap
	}
	list := []any{}
	for _, p := range j.contributors.parts {
		entry := map[string]any{"login": p.account.login, "reason": p.reason, "why": p.why}
		if p.account.id != 0 {
			entry["id"] = integer(p.account.id)
		}
		list = append(list, entry)
	}
	return list
}

func (j judgement) unattributed(s *snapshot) any {
	if gap := s.gap("commits"); gap != nil {
		return *gap
	}
	list := []any{}
	for _, a := range j.contributors.unnamed {
		list = append(list, map[string]any{
			"commit": a.commit.sha,
			"role":   a.role,
			"name":   shorten(a.name, 100),
			"path":   steps(a.commit.path),
		})
	}
	return list
}

// undecided is false, or unknown for every different one of doubts.
func undecided(doubts []*annexgate.UnknownValue) any {
	if len(doubts) == 0 {
		return false
	}
	all := *doubts[0]
	reasons := []string{}
	for _, d := range doubts {
		if !slices.Contains(reasons, d.Reason) && len(reasons) < 10 {
			reasons = append(reasons, d.Reason)
		}
	}
	all.Reason = strings.Join(reasons, "; ")
	return all
}

func integer(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// nameOf returns a login; deleted accounts go by the one GitHub shows.
func nameOf(who *account) string {
	if who == nil {
		return "ghost"
	}
	return who.login
}

// steps returns a path in JSON types.
func steps(path annexgate.Path) []any {
	list := make([]any, len(path))
	for i, step := range path {
		if n, ok := step.(int); ok {
			step = integer(int64(n))
		}
		list[i] = step
	}
	return list
}
