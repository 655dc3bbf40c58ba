package pullrequest

import (
	"fmt"
	"maps"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A snapshot is what the facts are worked out from: the parts of GitHub's
// answers that we use, in our types.
type snapshot struct {
	file     string
	values   map[string]any
	source   *annexgate.Source
	numberAt annexgate.Location

	number  int64
	author  account
	head    string // commit ID, in lower case
	body    string
	reviews []review
	commits []commit
	files   []changedFile
	events  []event

	permissions []permission
	teams       map[string][]string // logins by org/slug, both in lower case
	codeowners  string

	// gaps tells, by section, why what is there of it is not all: it is
	// missing, or shorter than the pull request says.
	gaps       map[string]annexgate.UnknownValue
	shortfalls []annexgate.UnknownValue // the gaps of sections that are there, in order
}

// gap returns why section is incomplete, or nil.
func (s *snapshot) gap(section string) *annexgate.UnknownValue {
	if u, ok := s.gaps[section]; ok {
		return &u
	}
	return nil
}

// An account is a GitHub user, bot or organisation.
type account struct {
	id    int64
	login string
	kind  string // User, Bot, Organization, Mannequin
}

type review struct {
	id        int64
	user      *account // nil once the account is deleted
	state     string   // in capitals, as REST spells it
	commit    string   // in lower case; empty once the commit is gone
	submitted time.Time
	edited    time.Time // zero when it was not
	path      annexgate.Path
}

type commit struct {
	sha               string
	author, committer *account // nil when no account has the e-mail address
	email             string   // of the author
	authorName        string
	committed         time.Time
	message           string
	verified          bool // GitHub checked the signature
	path              annexgate.Path
}

type changedFile struct {
	name, previous string // previous only when it was renamed
	index          int
}

// An event is an entry of the timeline that bears on approvals.
type event struct {
	kind      string // head_ref_force_pushed, base_ref_changed, review_dismissed, ...
	actor     *account
	at        time.Time
	dismissed int64 // ID of the review
	message   string
}

type permission struct {
	login string // in lower case
	id    int64  // 0 when the answer has no user
	role  string
	base  string // the role without its refinements: admin, write, read, none
}

// count compares the lists with what the pull request says of them.
func (s *snapshot) count(root cursor) {
	shas, files := map[string]bool{}, map[string]bool{}
	for _, c := range s.commits {
		shas[c.sha] = true
	}
	for _, f := range s.files {
		files[f.name] = true
	}
	s.compare(root, "commits", "commits", len(shas))
	s.compare(root, "files", "changed_files", len(files))
	if s.gap("commits") == nil && !shas[s.head] {
		s.fallShort(root.field("commits"), "the head %s is not among the commits: the branch moved while the snapshot was taken", short(s.head))
	}
}

func (s *snapshot) compare(root cursor, section, field string, listed int) {
	said := root.field("pull_request").field(field)
	switch {
	case s.gap(section) != nil:
	case said.absent():
		s.fallShort(root.field(section), "nobody can tell whether all %s are listed: pull_request has no %s", section, field)
	case said.integer() != int64(listed):
		s.fallShort(root.field(section), "the snapshot lists %d of %s %s", listed, said.value, section)
	}
}

func (s *snapshot) fallShort(section cursor, format string, args ...any) {
	u := annexgate.UnknownValue{Reason: fmt.Sprintf(format, args...), From: section.source.At}
	s.gaps[section.path[0].(string)] = u
	s.shortfalls = append(s.shortfalls, u)
}

// withGaps returns the values that policies see: values with unknown ones in
// the place of what is missing.
func (s *snapshot) withGaps(values map[string]any) map[string]any {
	values = maps.Clone(values)
	for name := range sections {
		if values[name] == nil {
			values[name] = s.gaps[name]
		}
	}
	pr := maps.Clone(values["pull_request"].(map[string]any))
	for _, field := range always {
		if _, ok := pr[field]; !ok {
			pr[field] = annexgate.UnknownValue{Reason: "the snapshot's pull_request has no " + field, From: s.numberAt}
		}
	}
	values["pull_request"] = pr
	return values
}

// short abbreviates a commit ID as GitHub does.
func short(sha string) string {
	if sha == "" {
		return "a commit that is gone"
	}
	return sha[:min(7, len(sha))]
}
