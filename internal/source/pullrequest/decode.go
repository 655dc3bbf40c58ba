package pullrequest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// sections are the top-level keys of a snapshot beside pull_request and what
// must stand there.
var sections = map[string]func(cursor){
	"reviews":             func(c cursor) { c.items() },
	"commits":             func(c cursor) { c.items() },
	"files":               func(c cursor) { c.items() },
	"requested_reviewers": func(c cursor) { c.object() },
	"timeline":            func(c cursor) { c.items() },
	"check_runs":          func(c cursor) { c.items() },
	"permissions":         func(c cursor) { c.object() },
	"teams":               func(c cursor) { c.object() },
	"codeowners":          func(c cursor) { c.text() },
	"rules":               func(c cursor) { c.items() },
	"body_edits":          func(c cursor) { c.items() },
	"collected_at":        func(c cursor) { c.time() },
}

// always are the fields that GET pulls/{n} always has and other payloads with
// a pull_request leave out. Left out, they are unknown.
var always = []string{
	"additions", "assignees", "auto_merge", "body", "changed_files", "comments", "commits", "created_at",
	"deletions", "draft", "labels", "locked", "maintainer_can_modify", "mergeable", "mergeable_state", "merged",
	"merged_by", "milestone", "requested_reviewers", "requested_teams", "review_comments", "state", "title", "updated_at",
}

// decode reads the snapshot in doc. The error is its first fault.
func decode(doc *document) (*snapshot, error) {
	r := &reader{}
	root := doc.cursor(r)
	if _, ok := doc.value.(map[string]any); !ok {
		root.want("an object with pull_request")
		return nil, r.err
	}
	s := &snapshot{file: doc.name, source: doc.source, gaps: map[string]annexgate.UnknownValue{}}
	root.checkKeys()
	s.decodePullRequest(root.field("pull_request"))
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		if section := root.field(name); section.absent() {
			s.gaps[name] = annexgate.UnknownValue{Reason: "the snapshot has no " + name, From: s.numberAt}
		} else {
			sections[name](section)
		}
	}
	s.decodeSections(root)
	s.count(root)
	if r.err != nil {
		return nil, r.err
	}
	s.values = s.withGaps(doc.value.(map[string]any))
	return s, nil
}

// checkKeys refuses top-level keys that are not of the format: a misspelt
// section would else count as missing.
func (c cursor) checkKeys() {
	known := append(slices.Sorted(maps.Keys(sections)), "pull_request")
	for _, key := range slices.Sorted(maps.Keys(c.value.(map[string]any))) {
		if slices.Contains(known, key) {
			continue
		}
		text := "unknown key " + quote(key)
		best := slices.MinFunc(known, func(a, b string) int { return distance(a, key) - distance(b, key) })
		if distance(best, key) <= 3 {
			text += fmt.Sprintf(": did you mean %q?", best)
		} else {
			text += ": want one of " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
		}
		c.field(key).fault(text)
	}
}

func distance(known, key string) int {
	return levenshtein.Distance(known, strings.ToLower(shorten(key, 40)), nil)
}

func (s *snapshot) decodePullRequest(c cursor) {
	c.object()
	number := c.field("number")
	s.number, s.numberAt = number.integer(), number.source.At
	s.head = c.field("head").object().field("sha").commit()
	c.field("base").object().field("sha").commit()
	if user := c.field("user").account(); user != nil {
		s.author = *user
	} else {
		c.field("user").want("an account")
	}
	s.body = c.field("body").optionalText()
	if body := c.field("body"); !body.there {
		s.gaps["body"] = annexgate.UnknownValue{Reason: "the snapshot's pull_request has no body", From: s.numberAt}
	}
}

// decodeSections reads the lists. A section that is not there has no items.
func (s *snapshot) decodeSections(root cursor) {
	each := func(section string, read func(cursor)) {
		if c := root.field(section); !c.absent() {
			for _, item := range c.items() {
				read(item.object())
			}
		}
	}
	each("reviews", func(c cursor) { s.reviews = append(s.reviews, c.review()) })
	each("commits", func(c cursor) { s.commits = append(s.commits, c.commitEntry()) })
	each("files", func(c cursor) { s.files = append(s.files, c.changedFile(len(s.files))) })
	each("timeline", func(c cursor) { s.events = append(s.events, c.event()) })

	permissions := root.field("permissions")
	for _, login := range permissions.keys() {
		s.permissions = append(s.permissions, permissions.field(login).object().permission(login))
	}
	teams := root.field("teams")
	s.teams = map[string][]string{}
	for _, team := range teams.keys() {
		logins := []string{}
		for _, member := range teams.field(team).items() {
			logins = append(logins, strings.ToLower(member.text()))
		}
		s.teams[strings.ToLower(team)] = logins
	}
	s.codeowners = root.field("codeowners").optionalText()
}

// keys returns the keys of the object here, sorted.
func (c cursor) keys() []string {
	object, _ := c.value.(map[string]any)
	return slices.Sorted(maps.Keys(object))
}

// account reads a user; nil stands for null and for the empty object, which
// GitHub sends for commits without an account.
func (c cursor) account() *account {
	if object, ok := c.value.(map[string]any); c.absent() || ok && len(object) == 0 {
		return nil
	}
	c.object()
	return &account{
		id:    c.field("id").integer(),
		login: shorten(c.field("login").text(), 100), // GitHub allows 39 characters
		kind:  c.field("type").text(),
	}
}

func (c cursor) review() review {
	r := review{
		id:    c.field("id").integer(),
		user:  c.field("user").account(),
		state: strings.ToUpper(c.field("state").text()), // webhooks spell it in lower case
		path:  c.path,
	}
	if at := c.field("commit_id"); !at.absent() {
		r.commit = at.commit()
	}
	if at := c.field("submitted_at"); !at.absent() || r.state != "PENDING" {
		r.submitted = at.time()
	}
	if at := c.field("last_edited_at"); !at.absent() {
		r.edited = at.time()
	}
	return r
}

func (c cursor) commitEntry() commit {
	inner := c.field("commit").object()
	entry := commit{
		sha:        c.field("sha").commit(),
		author:     c.field("author").account(),
		committer:  c.field("committer").account(),
		message:    inner.field("message").text(),
		email:      inner.field("author").field("email").optionalText(),
		authorName: inner.field("author").field("name").optionalText(),
		path:       c.path,
	}
	if date := inner.field("committer").field("date"); !date.absent() {
		entry.committed = date.time()
	}
	if verified := inner.field("verification").field("verified"); !verified.absent() {
		entry.verified = verified.flag()
	}
	return entry
}

func (c cursor) changedFile(index int) changedFile {
	file := changedFile{name: c.field("filename").text(), index: index}
	// A copy leaves the file it was made from as it was.
	if previous := c.field("previous_filename"); c.field("status").text() == "renamed" {
		file.previous = previous.text()
	}
	return file
}

func (c cursor) event() event {
	e := event{kind: c.field("event").text(), actor: c.field("actor").account()}
	if at := c.field("created_at"); !at.absent() {
		e.at = at.time()
	}
	if dismissed := c.field("dismissed_review"); !dismissed.absent() {
		e.dismissed = dismissed.object().field("review_id").integer()
		e.message = dismissed.field("dismissal_message").optionalText()
	}
	return e
}

func (c cursor) permission(login string) permission {
	p := permission{
		login: strings.ToLower(login),
		role:  c.field("role_name").optionalText(),
		base:  c.field("permission").optionalText(),
	}
	if user := c.field("user"); !user.absent() {
		p.id = user.object().field("id").integer()
	}
	return p
}
