package accept

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/glob"
)

// day is how long a term of one day is. Dates are in UTC, which has no days of
// another length.
const day = 24 * time.Hour

// Rules are what waivers are held to.
type Rules struct {
	Now      time.Time
	MaxDays  map[annexgate.Severity]int // the longest term of a waiver
	Policies []*annexgate.Policy        // every policy there is, also those left out of the run
	Named    func(*annexgate.Policy, string) bool
	Authors  func(annexgate.Waiver) []Author // who wrote it; none when nobody knows; may be nil
}

// Validate settles the state of each waiver. It returns the IDs of those whose
// approver could not be compared with whoever added them.
func Validate(waivers []annexgate.Waiver, rules Rules) (unverified []string) {
	for i := range waivers {
		w := &waivers[i]
		if w.Peer != "" { // the configuration answers for it
			w.State = state(w, rules.Now)
			continue
		}
		w.Faults = append(w.Faults, faults(w, rules)...)
		switch compareAuthors(w, rules.Authors) {
		case same:
			w.Faults = append(w.Faults, fmt.Sprintf("%s approved it and wrote it: want the approval of another", w.ApprovedBy))
		case unknown:
			if w.ApprovedBy != "" {
				unverified = append(unverified, w.ID)
			}
		}
		w.State = state(w, rules.Now)
	}
	return unverified
}

func state(w *annexgate.Waiver, now time.Time) annexgate.WaiverState {
	switch {
	case len(w.Faults) > 0:
		return annexgate.WaiverInvalid
	case !w.Expires.IsZero() && !now.Before(w.Expires):
		return annexgate.WaiverExpired
	case now.Before(w.NotBefore):
		return annexgate.WaiverNotYet
	}
	return annexgate.WaiverActive
}

// faults returns what is missing or wrong, in the order of the fields.
func faults(w *annexgate.Waiver, rules Rules) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	named := policyFaults(w, rules, say)
	scopeFaults(w, say)
	for _, f := range []struct{ name, value, want string }{
		{"reason", w.Reason, "why the failure is accepted"},
		{"owner", w.Owner, "who answers for it"},
		{"approved_by", w.ApprovedBy, "who approved it"},
		{"ticket", w.Ticket, "where its removal is followed up"},
	} {
		if f.value == "" {
			say("%s is missing: want %s", f.name, f.want)
		}
	}
	if w.Owner != "" && plain(w.Owner) == plain(w.ApprovedBy) {
		say("%s is owner and approver: want the approval of another", w.ApprovedBy)
	}
	termFaults(w, rules, named, say)
	return list
}

// policyFaults returns the policies that w names.
func policyFaults(w *annexgate.Waiver, rules Rules, say func(string, ...any)) []*annexgate.Policy {
	if w.Policy == "" {
		say("policy is missing: want an ID or its beginning, an alias or a control")
		return nil
	}
	if _, err := annexgate.ParseSeverity(w.Policy); err == nil {
		say("policy %s is a severity: want an ID or its beginning, an alias or a control", w.Policy)
		return nil
	}
	var named []*annexgate.Policy
	for _, p := range rules.Policies {
		if rules.Named(p, w.Policy) {
			named = append(named, p)
		}
	}
	if len(named) == 0 {
		say("no policy is called %q: annexgate policies list shows them", w.Policy)
	}
	return named
}

func scopeFaults(w *annexgate.Waiver, say func(string, ...any)) {
	if w.Address == "" && w.Path == "" && w.Fingerprint == "" && !w.Inline {
		say(`scope is missing: want address, path or fingerprint; address: "*" accepts it everywhere`)
	}
	if w.Path != "" {
		if _, err := glob.Compile(w.Path); err != nil {
			say("path %q: %v", w.Path, err)
		}
	}
	if w.Fingerprint != "" {
		if b, err := hex.DecodeString(w.Fingerprint); err != nil || len(b) != 16 {
			say("fingerprint %q: want 32 hexadecimal digits, as -o json has them", w.Fingerprint)
		}
	}
}

func termFaults(w *annexgate.Waiver, rules Rules, named []*annexgate.Policy, say func(string, ...any)) {
	if w.Created.IsZero() {
		say("created is missing: want a date like 2026-11-21")
	}
	if w.Expires.IsZero() {
		say("expires is missing: want a date like 2027-01-31")
	}
	if w.Created.IsZero() || w.Expires.IsZero() {
		return
	}
	if w.Created.After(rules.Now.Add(day)) { // it may be tomorrow already where it was written
		say("created %s lies ahead", date(w.Created))
	}
	if !w.Expires.After(w.Created) {
		say("expires %s is not after created %s", date(w.Expires), date(w.Created))
		return
	}
	if !w.NotBefore.IsZero() && !w.NotBefore.Before(w.Expires) {
		say("not_before %s is not before expires %s", date(w.NotBefore), date(w.Expires))
	}
	severity := worst(named)
	longest, limited := rules.MaxDays[severity]
	if term := days(w.Expires.Sub(w.Created)); limited && term > longest {
		say("it runs for %d days: want at most %d for severity %s", term, longest, severity)
	}
}

// worst returns the highest severity of policies, 0 when there are none.
func worst(policies []*annexgate.Policy) annexgate.Severity {
	var severity annexgate.Severity
	for _, p := range policies {
		severity = max(severity, p.Severity)
	}
	return severity
}

// LongestTerm returns the latest day until which a waiver of p that is made on
// created may run.
func LongestTerm(p *annexgate.Policy, created time.Time, maxDays map[annexgate.Severity]int) (time.Time, bool) {
	n, limited := maxDays[p.Severity]
	return created.Add(time.Duration(n) * day), limited
}

// days rounds up: a term of one day and an hour is two days long.
func days(d time.Duration) int { return int((d + day - 1) / day) }

func date(t time.Time) string { return t.Format(time.DateOnly) }

// An Author is whoever wrote a line, as far as known.
type Author struct {
	Name, Email string // of the commit
	Login       string // on the forge
}

// What comparing an approver with an author can say.
type likeness int

const (
	unknown likeness = iota
	different
	same
)

func compareAuthors(w *annexgate.Waiver, authors func(annexgate.Waiver) []Author) likeness {
	if authors == nil || w.ApprovedBy == "" {
		return unknown
	}
	found := map[likeness]bool{}
	for _, a := range authors(*w) {
		found[compare(w.ApprovedBy, a)] = true
	}
	switch {
	case found[same]:
		return same
	case found[unknown] || len(found) == 0:
		return unknown
	}
	return different
}

// compare tells whether a person, as a waiver names one, is a.
func compare(person string, a Author) likeness {
	known := map[string]bool{plain(a.Name): true, plain(a.Email): true, plain(a.Login): true, plain(loginOf(a.Email)): true}
	delete(known, "")
	if slices.ContainsFunc(slices.Collect(maps.Keys(known)), func(name string) bool { return name == plain(person) }) {
		return same
	}
	comparable := a.Name
	switch at := strings.IndexByte(person, '@'); {
	case at == 0: // @login
		comparable = a.Login + loginOf(a.Email)
	case at > 0: // an address
		comparable = a.Email
	}
	if comparable == "" {
		return unknown
	}
	return different
}

// plain is a name without what does not tell people apart.
func plain(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.TrimPrefix(strings.TrimSpace(name), "@")), " "))
}

// loginOf returns the login in an address of the form that GitHub gives people
// who keep theirs private: 4100201+mia@users.noreply.github.com.
func loginOf(email string) string {
	local, ok := strings.CutSuffix(strings.ToLower(email), "@users.noreply.github.com")
	if !ok {
		return ""
	}
	if _, login, numbered := strings.Cut(local, "+"); numbered {
		return login
	}
	return local
}
