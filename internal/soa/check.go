package soa

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
)

// A Fault is what an auditor would ask about.
type Fault struct {
	At      annexgate.Location
	Control string // its ID
	Message string
}

func (f Fault) String() string { return fmt.Sprintf("%s: %s: %s", f.At, f.Control, f.Message) }

// Check finds what is missing from s, or wrong in it, on the day of today, in
// the order of Annex A. Policies are those that judge. Owners are those that
// CODEOWNERS knows; nil means that there is no CODEOWNERS to ask.
func (s *Statement) Check(policies []*annexgate.Policy, owners []string, today time.Time) []Fault {
	c := &checker{supported: Support(policies), owners: owners, today: today}
	for _, known := range control.All() {
		e := s.Find(known.ID)
		if e == nil {
			c.faults = append(c.faults, Fault{annexgate.Location{File: s.File}, known.ID, "the statement does not mention it"})
			continue
		}
		c.entry(e)
	}
	return c.faults
}

// Support returns the IDs of the policies that support each control, by the
// control's ID.
func Support(policies []*annexgate.Policy) map[string][]string {
	supported := map[string][]string{}
	for _, p := range policies {
		for _, id := range p.Controls {
			supported[id] = append(supported[id], p.ID)
		}
	}
	for _, ids := range supported {
		slices.Sort(ids)
	}
	return supported
}

type checker struct {
	supported map[string][]string
	owners    []string
	today     time.Time
	faults    []Fault
}

func (c *checker) fault(e *Entry, field, format string, args ...any) {
	c.faults = append(c.faults, Fault{e.at(field), e.Control.ID, fmt.Sprintf(format, args...)})
}

func (c *checker) entry(e *Entry) {
	switch {
	case e.Justification == "" && !e.Applicable:
		c.fault(e, "applicable", "it is excluded without a reason: write the justification; until then it is applicable")
	case e.Justification == "":
		c.fault(e, "justification", "the justification is missing")
	}
	if len(e.Derived) > 0 {
		c.fault(e, e.Derived[0], "%s: derived by annexgate and confirmed by nobody: correct it and remove derived", strings.Join(e.Derived, ", "))
	}
	c.owner(e)
	c.review(e)
	if e.Applicable {
		c.implementation(e)
	}
}

func (c *checker) owner(e *Entry) {
	switch {
	case e.Owner == "":
		c.fault(e, "owner", "the owner is missing")
	case c.owners != nil && !slices.ContainsFunc(c.owners, func(o string) bool { return strings.EqualFold(o, e.Owner) }):
		c.fault(e, "owner", "CODEOWNERS does not know the owner %s", e.Owner)
	}
}

func (c *checker) review(e *Entry) {
	switch {
	case e.Review.IsZero():
		c.fault(e, "review", "the date of the next review is missing")
	case c.today.After(e.Review.AddDate(0, 0, 1)):
		days := int(c.today.Sub(e.Review).Hours() / 24)
		c.fault(e, "review", "the review was due on %s, %d days ago", e.Review.Format(time.DateOnly), days)
	}
}

func (c *checker) implementation(e *Entry) {
	claimed := e.Implementation == Policy || e.Implementation == Both
	switch {
	case e.Implementation == "":
		c.fault(e, "implementation", "the implementation is missing: want policy, manual, both or planned")
	case claimed && len(c.supported[e.Control.ID]) == 0:
		c.fault(e, "implementation", "it is claimed to be covered by policies, and no policy supports it")
	}
	if (e.Implementation == Manual || e.Implementation == Both) && len(e.Evidence) == 0 {
		c.fault(e, "evidence", "people implement it, and nothing says where the evidence is")
	}
}

// Owners returns everybody whom the text of a CODEOWNERS file names, sorted.
// Lines that GitHub would skip are not told apart: to be named is enough here.
func Owners(codeowners string) []string {
	owners := []string{}
	for line := range strings.Lines(codeowners) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		for _, word := range words[min(1, len(words)):] {
			if strings.Contains(word, "@") {
				owners = append(owners, word)
			}
		}
	}
	slices.Sort(owners)
	return slices.Compact(owners)
}
