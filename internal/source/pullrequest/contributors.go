package pullrequest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Accounts on github.com that stand for nobody in particular.
const (
	ghost   = 10137    // every deleted account
	webFlow = 19864447 // the committer of what is committed on github.com
)

// A part is what somebody did that disqualifies their approval.
type part struct {
	account account
	reason  string // AUTHOR, CONTRIBUTOR, CO_AUTHOR or LAST_PUSHER
	why     string // opened the pull request
}

// An anonym is somebody who contributed under an e-mail address that belongs
// to no account known here. Their own approval would count.
type anonym struct {
	commit commit
	role   string // author, committer or co-author
	name   string
}

// contributors are the people whose approval cannot count.
type contributors struct {
	parts   []part // the first of a person and a reason only
	unnamed []anonym
	byEmail map[string]*account
	seen    map[string]bool // the persons and reasons in parts
}

// contributorsOf collects everyone who had a hand in the change. All commits
// are read, those of merged-in branches too: leaving out second parents lets
// people approve their own work.
func contributorsOf(s *snapshot) *contributors {
	c := &contributors{byEmail: map[string]*account{}, seen: map[string]bool{}}
	c.add(&s.author, "AUTHOR", "opened the pull request")
	for _, commit := range s.commits {
		if commit.author != nil && commit.email != "" {
			c.byEmail[strings.ToLower(commit.email)] = commit.author
		}
	}
	for _, commit := range s.commits {
		c.addCommit(commit)
	}
	for _, e := range s.events {
		if e.kind == "head_ref_force_pushed" {
			c.add(e.actor, "LAST_PUSHER", "force-pushed the branch at "+stamp(e.at))
		}
	}
	return c
}

func (c *contributors) addCommit(commit commit) {
	if !c.add(commit.author, "CONTRIBUTOR", "wrote commit "+short(commit.sha)) {
		c.unnamed = append(c.unnamed, anonym{commit, "author", commit.authorName})
	}
	if !c.addCommitter(commit) {
		c.unnamed = append(c.unnamed, anonym{commit, "committer", ""})
	}
	c.addCoAuthors(commit)
}

// addCommitter reports whether it is known who committed. Anyone can set the
// committer to GitHub's address; only its signature shows that GitHub made the
// commit for the author.
func (c *contributors) addCommitter(commit commit) bool {
	if commit.committer != nil && commit.committer.id == webFlow {
		return commit.verified
	}
	return c.add(commit.committer, "CONTRIBUTOR", "committed "+short(commit.sha))
}

// add reports whether there is a person to add.
func (c *contributors) add(who *account, reason, why string) bool {
	if who == nil || who.id == ghost {
		return false
	}
	if key := fmt.Sprint(who.id, strings.ToLower(who.login), reason); !c.seen[key] {
		c.seen[key] = true
		c.parts = append(c.parts, part{*who, reason, why})
	}
	return true
}

var (
	trailer = regexp.MustCompile(`(?im)^[ \t]*co-authored-by:[ \t]*([^<\n]{0,200})<([^<>\s]{1,320})>`)
	noreply = regexp.MustCompile(`(?i)^(?:([0-9]{1,18})\+)?([a-z0-9_.\[\]-]+)@users\.noreply\.github\.com$`)
)

// addCoAuthors reads the trailers of a commit's message. They are free text:
// one that is left out cannot be found, and one that is made up disqualifies
// the person it names, which the reason shows.
func (c *contributors) addCoAuthors(commit commit) {
	for _, m := range trailer.FindAllStringSubmatch(commit.message, 100) {
		who := c.byEmail[strings.ToLower(m[2])]
		if parts := noreply.FindStringSubmatch(m[2]); who == nil && parts != nil {
			id, _ := strconv.ParseInt(parts[1], 10, 64) // 0 for addresses of before 2017, which have none
			who = &account{id: id, login: parts[2]}
		}
		if !c.add(who, "CO_AUTHOR", "is named as co-author of commit "+short(commit.sha)) {
			c.unnamed = append(c.unnamed, anonym{commit, "co-author", strings.TrimSpace(m[1])})
		}
	}
}

// of returns what who had a hand in, the gravest first.
func (c *contributors) of(who *account) []part {
	var found []part
	for _, p := range c.parts {
		byLogin := p.account.id == 0 && strings.EqualFold(p.account.login, who.login)
		if p.account.id == who.id || byLogin {
			found = append(found, p)
		}
	}
	order := []string{"AUTHOR", "CONTRIBUTOR", "CO_AUTHOR", "LAST_PUSHER"}
	slices.SortStableFunc(found, func(a, b part) int {
		return slices.Index(order, a.reason) - slices.Index(order, b.reason)
	})
	return found
}
