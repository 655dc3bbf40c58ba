package pullrequest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// maxMatching bounds the work of finding owners, in characters of paths times
// rules. A second is enough for about 50 million.
const maxMatching = 200_000_000

// A changedPath is a path that the change touches. A rename touches two.
type changedPath struct {
	name string
	at   annexgate.Path
}

func changedPaths(files []changedFile) []changedPath {
	var paths []changedPath
	seen := map[string]bool{}
	add := func(name, field string, index int) {
		if name != "" && !seen[name] {
			seen[name] = true
			paths = append(paths, changedPath{name, annexgate.Path{"files", index, field}})
		}
	}
	for _, f := range files {
		add(f.name, "filename", f.index)
		add(f.previous, "previous_filename", f.index)
	}
	return paths
}

// own works out who owns each changed path and which counted approvals cover
// it: what policies see as ownership.
func own(ctx context.Context, s *snapshot, j judgement) (map[string]any, []annexgate.Problem, error) {
	at := s.source.Find(annexgate.Path{"codeowners"})
	if gap := s.gap("codeowners"); gap != nil {
		return unowned(*gap), nil, nil
	}
	set, err := parseCodeowners(s.codeowners)
	if err != nil {
		return unowned(annexgate.UnknownValue{Reason: err.Error(), From: at}), nil, nil
	}
	skipped, problems := []any{}, []annexgate.Problem(nil)
	for _, line := range set.skipped {
		skipped = append(skipped, map[string]any{"line": integer(int64(line.line)), "why": line.why})
		problems = append(problems, annexgate.Problem{
			Kind: annexgate.PullRequest, At: at, Loss: annexgate.Notice,
			Message: fmt.Sprintf("CODEOWNERS line %d is skipped: %s", line.line, line.why),
		})
	}
	changed := changedPaths(s.files)
	if work := matching(set, changed); work > maxMatching {
		return unowned(annexgate.UnknownValue{Reason: "CODEOWNERS has too many rules to match with so many paths", From: at}), problems, nil
	}

	paths := []any{}
	doubts := []*annexgate.UnknownValue{}
	if gap := s.gap("files"); gap != nil {
		doubts = append(doubts, gap)
	}
	for _, p := range changed {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		entry, doubt := s.cover(p, set.match(p.name), j)
		paths = append(paths, entry)
		if doubt != nil {
			doubts = append(doubts, doubt)
		}
	}
	return map[string]any{
		"rules":     integer(int64(len(set.rules))),
		"skipped":   skipped,
		"paths":     paths,
		"undecided": undecided(doubts),
	}, problems, nil
}

// unowned is what policies see as ownership when there is nothing to go by.
func unowned(why annexgate.UnknownValue) map[string]any {
	return map[string]any{"rules": why, "skipped": why, "paths": why, "undecided": why}
}

func matching(set *ruleset, paths []changedPath) int {
	total := 0
	for _, p := range paths {
		total += len(p.name) + 32
	}
	return total * len(set.rules)
}

// cover describes the owners of p and the approvals that cover it. The doubt
// is what leaves open whether one does.
func (s *snapshot) cover(p changedPath, r *rule, j judgement) (entry map[string]any, doubt *annexgate.UnknownValue) {
	owners, line := []any{}, 0
	if r != nil {
		line = r.line
		for _, owner := range r.owners {
			owners = append(owners, owner)
		}
	}
	approved, open := []any{}, []*annexgate.UnknownValue(nil)
	if r != nil && len(r.owners) > 0 {
		approved, open = s.approvers(r.owners, j)
	}
	entry = map[string]any{
		"path":            shorten(p.name, 4096),
		"owners":          owners,
		"codeowners_line": integer(int64(line)), // 0 when no rule matches
		"approved_by":     approved,
		"undecided":       len(approved) == 0 && len(open) > 0,
		"at":              steps(p.at),
	}
	if len(approved) == 0 && len(open) > 0 {
		return entry, undecidedOf(open)
	}
	return entry, nil
}

// approvers returns the logins of the counted approvals that owners gave, and
// what leaves open whether there are more.
func (s *snapshot) approvers(owners []string, j judgement) (approved []any, open []*annexgate.UnknownValue) {
	approved = []any{}
	if gap := s.gap("reviews"); gap != nil {
		return approved, []*annexgate.UnknownValue{gap}
	}
	for _, v := range j.verdicts {
		if !v.counted() && v.doubt == nil {
			continue
		}
		owns, doubt := s.owns(owners, v.user)
		switch {
		case owns && v.counted():
			approved = append(approved, v.user.login)
		case owns:
			open = append(open, v.doubt)
		case doubt != nil:
			open = append(open, doubt)
		}
	}
	return approved, open
}

// owns reports whether who is one of owners, or what leaves that open.
func (s *snapshot) owns(owners []string, who *account) (bool, *annexgate.UnknownValue) {
	var doubt *annexgate.UnknownValue
	for _, owner := range owners {
		name, isAccount := strings.CutPrefix(strings.ToLower(owner), "@")
		switch {
		case !isAccount:
			doubt = &annexgate.UnknownValue{
				Reason: "the owner " + shorten(owner, 100) + " is an e-mail address: nobody can tell whose account it is",
				From:   s.source.Find(annexgate.Path{"codeowners"}),
			}
		case !strings.Contains(name, "/"):
			if strings.EqualFold(name, who.login) {
				return true, nil
			}
		default:
			members, known := s.teams[name]
			if slices.Contains(members, strings.ToLower(who.login)) {
				return true, nil
			}
			if !known {
				doubt = s.unknownTeam(owner)
			}
		}
	}
	return false, doubt
}

func (s *snapshot) unknownTeam(owner string) *annexgate.UnknownValue {
	if gap := s.gap("teams"); gap != nil {
		return gap
	}
	return &annexgate.UnknownValue{
		Reason: "the snapshot's teams do not list the members of " + shorten(owner, 100),
		From:   s.source.Find(annexgate.Path{"teams"}),
	}
}

// undecidedOf joins doubts, of which there is at least one, into one.
func undecidedOf(doubts []*annexgate.UnknownValue) *annexgate.UnknownValue {
	all := undecided(doubts).(annexgate.UnknownValue)
	return &all
}
