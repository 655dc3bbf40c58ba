package pullrequest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The reasons why a review does not count as an approval, apart from the ways
// of contributing (see part). They are recorded in evidence: do not rename.
const (
	reasonPending          = "PENDING"           // not submitted yet
	reasonGhost            = "GHOST"             // the account is deleted
	reasonBot              = "BOT"               // not a person's account
	reasonCommented        = "COMMENTED"         // no opinion
	reasonSuperseded       = "SUPERSEDED"        // the same person reviewed again
	reasonDismissed        = "DISMISSED"         // and nothing earlier counts in its place
	reasonChangesRequested = "CHANGES_REQUESTED" // the opposite of an approval
	reasonUnknownState     = "UNKNOWN_STATE"     // a state that GitHub does not document
	reasonStaleSHA         = "STALE_SHA"         // of a commit that is not the head
	reasonStaleTime        = "STALE_TIME"        // older than what it would approve
	reasonEdited           = "EDITED"            // the review was changed afterwards
	reasonNoWrite          = "NO_WRITE"          // the role does not allow approving
	reasonUndecided        = "UNDECIDED"         // what decides it is not in the snapshot
)

// A verdict says whether one review counts as an approval.
type verdict struct {
	review
	reason string // empty when it counts
	why    string // in words, about the reviewer: is not a person
	doubt  *annexgate.UnknownValue
}

// counted reports whether the review is an approval for certain.
func (v verdict) counted() bool { return v.reason == "" }

// A judgement is what came of all reviews.
type judgement struct {
	verdicts     []verdict // in order of submission
	contributors *contributors
}

// judge decides about every review.
func judge(s *snapshot) judgement {
	j := judgement{contributors: contributorsOf(s)}
	reviews := slices.Clone(s.reviews)
	slices.SortStableFunc(reviews, func(a, b review) int {
		return cmp.Or(a.submitted.Compare(b.submitted), cmp.Compare(a.id, b.id))
	})
	last := map[int64]int{} // the last review with an opinion, by account
	for i, r := range reviews {
		if r.user != nil && opinionated(r.state) {
			last[r.user.id] = i
		}
	}
	for i, r := range reviews {
		v := verdict{review: r}
		superseded := r.user != nil && last[r.user.id] != i
		if v.reason, v.why = standing(s, r, superseded); v.counted() {
			v.reason, v.why, v.doubt = weigh(s, r, j.contributors)
		}
		j.verdicts = append(j.verdicts, v)
	}
	return j
}

// opinionated reports whether a review replaces what its author said before.
// A state that nobody has heard of does: it must not leave an approval
// standing that it may revoke.
func opinionated(state string) bool { return state != "PENDING" && state != "COMMENTED" }

// standing returns why r is not the approval that its author holds to, or "".
func standing(s *snapshot, r review, superseded bool) (reason, why string) {
	switch {
	case r.state == "PENDING":
		return reasonPending, "has not submitted the review"
	case r.user == nil || r.user.id == ghost:
		return reasonGhost, "is a deleted account"
	case r.user.kind != "User" || strings.HasSuffix(r.user.login, "[bot]"):
		return reasonBot, "is not a person (" + shorten(r.user.kind, 40) + ")"
	case r.state == "COMMENTED":
		return reasonCommented, "only commented"
	case r.state == "DISMISSED":
		return reasonDismissed, dismissedBy(s.dismissal(r))
	case superseded:
		return reasonSuperseded, "reviewed again later"
	case r.state == "CHANGES_REQUESTED":
		return reasonChangesRequested, "requested changes"
	case r.state != "APPROVED":
		return reasonUnknownState, "gave a review in the unknown state " + quote(r.state)
	}
	return "", ""
}

// dismissal returns the event that dismissed r, or nil.
func (s *snapshot) dismissal(r review) *event {
	for i := range s.events {
		if e := &s.events[i]; e.kind == "review_dismissed" && e.dismissed == r.id {
			return e
		}
	}
	return nil
}

func dismissedBy(e *event) string {
	if e == nil || e.actor == nil {
		return "had the review dismissed"
	}
	return "had the review dismissed by " + e.actor.login
}

// weigh returns why r, an approval that stands, does not count; or what leaves
// that open. What is certain outweighs what is open.
func weigh(s *snapshot, r review, people *contributors) (reason, why string, doubt *annexgate.UnknownValue) {
	if parts := people.of(r.user); len(parts) > 0 {
		return parts[0].reason, parts[0].why, nil
	}
	if r.commit != s.head {
		return reasonStaleSHA, fmt.Sprintf("approved %s, which is not the head %s", short(r.commit), short(s.head)), nil
	}
	if what, at := lastMove(s); r.submitted.Before(at) {
		return reasonStaleTime, fmt.Sprintf("approved at %s, before %s at %s", stamp(r.submitted), what, stamp(at)), nil
	}
	if r.edited.After(r.submitted) {
		return reasonEdited, "edited the review at " + stamp(r.edited) + ", after submitting it", nil
	}
	role, may, doubt := mayApprove(s, r.user)
	if !may && doubt == nil {
		return reasonNoWrite, "has the role " + shorten(role, 40) + ", which cannot approve", nil
	}
	for _, open := range []*annexgate.UnknownValue{s.gap("commits"), s.gap("timeline"), doubt} {
		if open != nil {
			return reasonUndecided, "may count: " + open.Reason, open
		}
	}
	return "", "", nil
}

// lastMove returns the last change of what there is to approve, and its time.
func lastMove(s *snapshot) (what string, at time.Time) {
	for _, c := range s.commits {
		if c.sha == s.head {
			what, at = "the head was committed", c.committed
		}
	}
	for _, e := range s.events {
		if !e.at.After(at) {
			continue // not the last
		}
		switch e.kind {
		case "head_ref_force_pushed":
			what, at = "the branch was force-pushed", e.at
		case "head_ref_restored":
			what, at = "the branch was restored", e.at
		case "base_ref_changed", "automatic_base_change_succeeded", "base_ref_force_pushed":
			what, at = "the base branch was changed", e.at
		}
	}
	return what, at
}

// mayApprove reports whether who may write to the repository now. GitHub's
// permission field hides the roles between (maintain reads as write, triage as
// read), so the role's name comes first; custom roles have only the former.
func mayApprove(s *snapshot, who *account) (role string, may bool, doubt *annexgate.UnknownValue) {
	if gap := s.gap("permissions"); gap != nil {
		return "", false, gap
	}
	for _, p := range s.permissions {
		if p.id != who.id && (p.id != 0 || !strings.EqualFold(p.login, who.login)) {
			continue
		}
		for _, role := range []string{p.role, p.base} {
			switch role {
			case "admin", "maintain", "write":
				return role, true, nil
			case "triage", "read", "none":
				return role, false, nil
			}
		}
	}
	return "", false, &annexgate.UnknownValue{
		Reason: "the snapshot's permissions do not tell the role of " + shorten(who.login, 60),
		From:   s.source.Find(annexgate.Path{"permissions"}),
	}
}
