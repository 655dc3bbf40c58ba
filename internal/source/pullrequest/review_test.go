package pullrequest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// verdicts tells, for each review, the reviewer and whether it counts, and
// then what is undecided.
func verdicts(s *annexgate.Subject) string {
	facts := s.Facts["review"].(object)
	var got []string
	if reviews, ok := facts["reviews"].([]any); ok {
		for _, r := range reviews {
			r := r.(object)
			reason, ok := r["reason"]
			if !ok {
				reason = "counts"
			}
			got = append(got, fmt.Sprintf("%s %s", r["reviewer"], reason))
		}
	}
	if u, ok := facts["undecided"].(annexgate.UnknownValue); ok {
		got = append(got, "undecided: "+u.Reason)
	}
	return strings.Join(got, ", ")
}

func reviews(list ...any) func(object) { return with("reviews", append([]any{}, list...)) }

func commits(list ...any) func(object) {
	return func(snap object) {
		snap["commits"] = list
		snap["pull_request"].(object)["commits"] = len(list)
	}
}

// merge returns a commit with changes at its top level and inside "commit".
func merge(commit, top, inner object) object {
	for key, value := range top {
		commit[key] = value
	}
	for key, value := range inner {
		commit["commit"].(object)[key] = value
	}
	return commit
}

func at(hour int) object {
	return object{"submitted_at": fmt.Sprintf("2026-11-20T%02d:00:00Z", hour)}
}

func TestReviews(t *testing.T) {
	message := func(text string) object { return object{"message": text} }
	viaGitHub := func(verified bool) object {
		return merge(commitBy("mia", headSHA), object{"committer": user("web-flow")}, object{"verification": object{"verified": verified}})
	}
	timeline := func(events ...any) func(object) { return with("timeline", events) }
	event := func(kind, actor string, hour int) object {
		return object{"event": kind, "actor": user(actor), "created_at": at(hour)["submitted_at"]}
	}

	for name, test := range map[string]struct {
		edits []func(object)
		want  string
	}{
		"a colleague approves the head": {nil, "erik counts"},

		// One person, several reviews.
		"approve, then request changes":            {[]func(object){reviews(approval(1, "erik", at(10)), approval(2, "erik", at(11), object{"state": "CHANGES_REQUESTED"}))}, "erik SUPERSEDED, erik CHANGES_REQUESTED"},
		"request changes, then approve":            {[]func(object){reviews(approval(1, "erik", at(10), object{"state": "CHANGES_REQUESTED"}), approval(2, "erik", at(11)))}, "erik SUPERSEDED, erik counts"},
		"a comment leaves the approval standing":   {[]func(object){reviews(approval(1, "erik", at(10)), approval(2, "erik", at(11), object{"state": "COMMENTED"}))}, "erik counts, erik COMMENTED"},
		"a draft review leaves it standing":        {[]func(object){reviews(approval(1, "erik", at(10)), object{"id": 2, "user": user("erik"), "state": "PENDING"})}, "erik PENDING, erik counts"},
		"a dismissal does not revive what was":     {[]func(object){reviews(approval(1, "erik", at(10)), approval(2, "erik", at(11), object{"state": "DISMISSED"}))}, "erik SUPERSEDED, erik DISMISSED"},
		"two approvals by one person count once":   {[]func(object){reviews(approval(1, "erik", at(10)), approval(2, "erik", at(11)))}, "erik SUPERSEDED, erik counts"},
		"a renamed account is the same person":     {[]func(object){reviews(approval(1, "erik", at(10), object{"user": object{"id": 102, "login": "erik-old", "type": "User"}}), approval(2, "erik", at(11)))}, "erik-old SUPERSEDED, erik counts"},
		"order is by time, not by place":           {[]func(object){reviews(approval(2, "erik", at(12), object{"state": "CHANGES_REQUESTED"}), approval(1, "erik", at(11)))}, "erik SUPERSEDED, erik CHANGES_REQUESTED"},
		"a webhook's lower case state":             {[]func(object){reviews(approval(1, "erik", object{"state": "approved"}))}, "erik counts"},
		"a state nobody knows ends an approval":    {[]func(object){reviews(approval(1, "erik", at(10)), approval(2, "erik", at(11), object{"state": "REVOKED"}))}, "erik SUPERSEDED, erik UNKNOWN_STATE"},
		"a state nobody knows is no approval":      {[]func(object){reviews(approval(1, "erik", object{"state": "APPROVED_WITH_NITS"}))}, "erik UNKNOWN_STATE"},
		"two people are two approvals":             {[]func(object){reviews(approval(1, "erik"), approval(2, "nora"))}, "erik counts, nora counts"},
		"another person's request does not cancel": {[]func(object){reviews(approval(1, "erik", at(10)), approval(2, "nora", at(11), object{"state": "CHANGES_REQUESTED"}))}, "erik counts, nora CHANGES_REQUESTED"},
		"no review at all":                         {[]func(object){reviews()}, ""},
		"a dismissal stands without its event":     {[]func(object){reviews(approval(1, "erik", object{"state": "DISMISSED"})), timeline()}, "erik DISMISSED"},
		"the same review twice counts once":        {[]func(object){reviews(approval(1, "erik"), approval(1, "erik"))}, "erik SUPERSEDED, erik counts"},

		// People who cannot approve.
		"the author":                             {[]func(object){reviews(approval(1, "mia"))}, "mia AUTHOR"},
		"the author under another login":         {[]func(object){reviews(approval(1, "mia", object{"user": object{"id": 101, "login": "Mia-Work", "type": "User"}}))}, "Mia-Work AUTHOR"},
		"the author of a commit":                 {[]func(object){commits(commitBy("erik", oldSHA), commitBy("mia", headSHA))}, "erik CONTRIBUTOR"},
		"the committer of a commit":              {[]func(object){commits(merge(commitBy("mia", headSHA), object{"committer": user("erik")}, nil))}, "erik CONTRIBUTOR"},
		"the author behind a bot's pull request": {[]func(object){func(snap object) { snap["pull_request"].(object)["user"] = user("renovate[bot]") }, commits(commitBy("erik", headSHA))}, "erik CONTRIBUTOR"},
		"an author of a merged-in commit":        {[]func(object){commits(commitBy("erik", oldSHA), merge(commitBy("mia", headSHA), object{"parents": []any{object{"sha": strings.Repeat("c", 40)}, object{"sha": oldSHA}}}, nil))}, "erik CONTRIBUTOR"},
		"a co-author by noreply address":         {[]func(object){commits(merge(commitBy("mia", headSHA), nil, message("x\n\nCo-Authored-By: Erik <102+erik@users.noreply.github.com>\n")))}, "erik CO_AUTHOR"},
		"a co-author by old noreply address":     {[]func(object){commits(merge(commitBy("mia", headSHA), nil, message("x\n\nco-authored-by: E <Erik@users.noreply.github.com>")))}, "erik CO_AUTHOR"},
		"a co-author with CRLF":                  {[]func(object){commits(merge(commitBy("mia", headSHA), nil, message("x\r\n\r\nCo-authored-by: E <102+erik@users.noreply.github.com>\r\n")))}, "erik CO_AUTHOR"},
		"a co-author with a stranger's address":  {[]func(object){commits(merge(commitBy("mia", headSHA), nil, message("x\n\nCo-authored-by: Claude <noreply@example.com>")))}, "erik counts"},
		"who force-pushed":                       {[]func(object){timeline(event("head_ref_force_pushed", "erik", 8))}, "erik LAST_PUSHER"},
		"GitHub's web editor is not a person":    {[]func(object){commits(viaGitHub(true))}, "erik counts"},
		"a bot":                                  {[]func(object){reviews(approval(1, "renovate[bot]"))}, "renovate[bot] BOT"},
		"a bot that says it is a user":           {[]func(object){reviews(approval(1, "erik", object{"user": object{"id": 104, "login": "helper[bot]", "type": "User"}}))}, "helper[bot] BOT"},
		"a deleted account":                      {[]func(object){reviews(approval(1, "erik", object{"user": nil}))}, "ghost GHOST"},
		"the account deleted ones are shown as":  {[]func(object){reviews(approval(1, "ghost"))}, "ghost GHOST"},
		"a reader":                               {[]func(object){with("permissions", object{"erik": object{"permission": "read", "role_name": "triage"}})}, "erik NO_WRITE"},
		"a maintainer shown as writer":           {[]func(object){with("permissions", object{"ERIK": object{"permission": "write", "role_name": "maintain"}})}, "erik counts"},
		"a custom role that may write":           {[]func(object){with("permissions", object{"erik": object{"permission": "write", "role_name": "release-crew"}})}, "erik counts"},
		"a custom role that may not":             {[]func(object){with("permissions", object{"erik": object{"permission": "read", "role_name": "auditor"}})}, "erik NO_WRITE"},
		"somebody who left":                      {[]func(object){with("permissions", object{"erik": object{"permission": "none", "role_name": ""}})}, "erik NO_WRITE"},
		"a namesake's permission":                {[]func(object){with("permissions", object{"erik": object{"permission": "admin", "role_name": "admin", "user": object{"id": 999, "login": "erik"}}})}, "erik UNDECIDED, undecided: the snapshot's permissions do not tell the role of erik"},
		"membership is not a permission":         {[]func(object){with("permissions", object{}), reviews(approval(1, "erik", object{"author_association": "OWNER"}))}, "erik UNDECIDED, undecided: the snapshot's permissions do not tell the role of erik"},

		// What was approved.
		"an older commit":                     {[]func(object){reviews(approval(1, "erik", object{"commit_id": oldSHA}))}, "erik STALE_SHA"},
		"a commit that is gone":               {[]func(object){reviews(approval(1, "erik", object{"commit_id": nil}))}, "erik STALE_SHA"},
		"the head in capitals":                {[]func(object){reviews(approval(1, "erik", object{"commit_id": strings.ToUpper(headSHA)}))}, "erik counts"},
		"before the head was committed":       {[]func(object){reviews(approval(1, "erik", at(8)))}, "erik STALE_TIME"},
		"before a force push":                 {[]func(object){timeline(event("head_ref_force_pushed", "mia", 13))}, "erik STALE_TIME"},
		"after a force push":                  {[]func(object){timeline(event("head_ref_force_pushed", "mia", 11))}, "erik counts"},
		"before the base branch changed":      {[]func(object){timeline(event("base_ref_changed", "mia", 13))}, "erik STALE_TIME"},
		"a forged old commit date":            {[]func(object){reviews(approval(1, "erik", object{"commit_id": oldSHA})), commits(merge(commitBy("mia", headSHA), nil, object{"committer": object{"date": "1999-01-01T00:00:00Z"}}))}, "erik STALE_SHA"},
		"edited after it was given":           {[]func(object){reviews(approval(1, "erik", object{"last_edited_at": "2026-11-20T13:00:00Z"}))}, "erik EDITED"},
		"who gave it outweighs what it is of": {[]func(object){reviews(approval(1, "mia", object{"commit_id": oldSHA}))}, "mia AUTHOR"},

		// What is not in the snapshot.
		"no commits":                    {[]func(object){without("commits")}, "erik UNDECIDED, undecided: the snapshot has no commits"},
		"no timeline":                   {[]func(object){without("timeline")}, "erik UNDECIDED, undecided: the snapshot has no timeline"},
		"no permissions":                {[]func(object){without("permissions")}, "erik UNDECIDED, undecided: the snapshot has no permissions"},
		"no reviews":                    {[]func(object){without("reviews")}, "undecided: the snapshot has no reviews"},
		"null reviews":                  {[]func(object){with("reviews", nil)}, "undecided: the snapshot has no reviews"},
		"too few commits":               {[]func(object){func(snap object) { snap["pull_request"].(object)["commits"] = 2 }}, "erik UNDECIDED, undecided: the snapshot lists 1 of 2 commits"},
		"a commit twice is one":         {[]func(object){commits(commitBy("mia", headSHA), commitBy("mia", headSHA))}, "erik UNDECIDED, undecided: the snapshot lists 1 of 2 commits"},
		"no count of commits":           {[]func(object){func(snap object) { delete(snap["pull_request"].(object), "commits") }}, "erik UNDECIDED, undecided: nobody can tell whether all commits are listed: pull_request has no commits"},
		"a head that moved meanwhile":   {[]func(object){commits(commitBy("mia", oldSHA))}, "erik UNDECIDED, undecided: the head 9c1f0e5 is not among the commits: the branch moved while the snapshot was taken"},
		"what is certain stays certain": {[]func(object){without("commits", "timeline", "permissions"), reviews(approval(1, "mia"), approval(2, "erik", object{"commit_id": oldSHA}))}, "mia AUTHOR, erik STALE_SHA"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdicts(load(t, test.edits...)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestUnattributedCommitsAreListed(t *testing.T) {
	unverified := merge(commitBy("mia", oldSHA), object{"committer": user("web-flow")}, object{"verification": object{"verified": false}})
	s := load(t, commits(
		unverified,
		merge(commitBy("mia", strings.Repeat("d", 40)), object{"author": nil, "committer": object{}}, nil),
		merge(commitBy("mia", headSHA), nil, object{"message": "x\n\nCo-authored-by: Jo <jo@example.com>\nCo-authored-by: Mia <mia@acme.example>"}),
	))
	var got []string
	for _, entry := range s.Facts["review"].(object)["unattributed"].([]any) {
		entry := entry.(object)
		got = append(got, fmt.Sprint(short(entry["commit"].(string)), " ", entry["role"], " ", entry["path"]))
	}
	want := []string{
		"1b7d2f4 committer [commits 0]",
		"ddddddd author [commits 1]",
		"ddddddd committer [commits 1]",
		"9c1f0e5 co-author [commits 2]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDisqualifiedSayWhy(t *testing.T) {
	s := load(t, commits(merge(commitBy("nora", headSHA), nil, object{"message": "x\n\nCo-authored-by: M <101+mia@users.noreply.github.com>"})))
	var got []string
	for _, entry := range s.Facts["review"].(object)["disqualified"].([]any) {
		entry := entry.(object)
		got = append(got, fmt.Sprint(entry["login"], " ", entry["why"]))
	}
	want := []string{"mia opened the pull request", "nora wrote commit 9c1f0e5", "mia is named as co-author of commit 9c1f0e5"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDismissalIsRecorded(t *testing.T) {
	s := load(t,
		reviews(approval(1, "erik", object{"state": "DISMISSED"})),
		with("timeline", []any{object{
			"event": "review_dismissed", "actor": user("nora"), "created_at": "2026-11-20T14:00:00Z",
			"dismissed_review": object{"state": "approved", "review_id": 1, "dismissal_message": "superseded by ACME-12"},
		}}))
	entry := s.Facts["review"].(object)["reviews"].([]any)[0].(object)
	got := fmt.Sprint(entry["why"], " ", entry["dismissal"])
	if want := "had the review dismissed by nora map[at:2026-11-20T14:00:00Z by:nora message:superseded by ACME-12]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRequestsForChangesBlockByRole(t *testing.T) {
	s := load(t,
		reviews(approval(1, "erik", object{"state": "CHANGES_REQUESTED"}), approval(2, "nora", object{"state": "CHANGES_REQUESTED"})),
		with("permissions", object{"erik": object{"permission": "read", "role_name": "read"}}))
	list := s.Facts["review"].(object)["changes_requested"].([]any)
	if got := list[0].(object)["blocks"]; got != false {
		t.Errorf("a reader's request: blocks is %v, want false", got)
	}
	if _, ok := list[1].(object)["blocks"].(annexgate.UnknownValue); !ok {
		t.Errorf("a request of somebody of unknown role: blocks is %v, want unknown", list[1].(object)["blocks"])
	}
}
