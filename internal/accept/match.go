package accept

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/glob"
)

// A Set finds the waivers of findings.
type Set struct {
	named    func(*annexgate.Policy, string) bool
	all      []scope
	byPolicy map[*annexgate.Policy][]scope
}

// A scope is a waiver ready to be compared.
type scope struct {
	*annexgate.Waiver
	path *regexp.Regexp // nil matches any
}

// NewSet prepares waivers, to which it keeps pointers. It counts their matches
// from zero.
func NewSet(waivers []annexgate.Waiver, named func(*annexgate.Policy, string) bool) *Set {
	s := &Set{named: named, byPolicy: map[*annexgate.Policy][]scope{}}
	for i := range waivers {
		w := &waivers[i]
		w.Matches = 0
		compiled := scope{Waiver: w}
		if w.Path != "" {
			var err error
			if compiled.path, err = glob.Compile(w.Path); err != nil {
				continue // it is invalid for that
			}
		}
		s.all = append(s.all, compiled)
	}
	return s
}

// Find returns the active waiver that covers a finding of p on subject, the
// one that runs longest, or nil. It counts the finding into every waiver whose
// scope it is in.
func (s *Set) Find(p *annexgate.Policy, subject *annexgate.Subject, f *annexgate.Finding) *annexgate.Waiver {
	named, known := s.byPolicy[p]
	if !known {
		for _, w := range s.all {
			if w.Policy == "" && w.Peer != "" || w.Policy != "" && s.named(p, w.Policy) {
				named = append(named, w)
			}
		}
		s.byPolicy[p] = named
	}
	var best *annexgate.Waiver
	for _, w := range named {
		if !w.holds(subject, f) {
			continue
		}
		w.Matches++
		if w.State == annexgate.WaiverActive && (best == nil || later(w.Waiver, best)) {
			best = w.Waiver
		}
	}
	return best
}

// later reports whether w ends after v.
func later(w, v *annexgate.Waiver) bool {
	if w.Expires.IsZero() || v.Expires.IsZero() {
		return w.Expires.IsZero() && !v.Expires.IsZero()
	}
	return w.Expires.After(v.Expires)
}

// holds reports whether a finding is in the scope of w.
func (w scope) holds(subject *annexgate.Subject, f *annexgate.Finding) bool {
	switch {
	case w.Fingerprint != "" && w.Fingerprint != f.Fingerprint,
		w.Key != "" && w.Key != f.Key,
		w.Address != "" && !matchAddress(w.Address, cmp.Or(f.Address, subject.Address)),
		w.path != nil && !w.path.MatchString(f.At.File):
		return false
	}
	if w.Inline {
		return f.At.File == w.Span.File && f.At.Line >= w.Span.Line && f.At.Line <= w.Span.EndLine
	}
	return true
}

// matchAddress reports whether pattern stands for the address. In it, * stands
// for any characters; all others, the brackets of addresses too, for
// themselves.
func matchAddress(pattern, address string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == address
	}
	if len(address) < len(first)+len(last) || !strings.HasPrefix(address, first) || !strings.HasSuffix(address, last) {
		return false
	}
	rest := address[len(first) : len(address)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}

// A Mark identifies a finding across runs.
type Mark struct{ Fingerprint, Scope, Address string }

// MarkOf returns the mark of a finding on subject.
func MarkOf(subject *annexgate.Subject, f *annexgate.Finding) Mark {
	return Mark{f.Fingerprint, subject.Scope, cmp.Or(f.Address, subject.Address)}
}

// Pair tells which findings of two runs are the same: it returns, for marks in
// now, the one in before. Marks of one scope pair first. What is left pairs
// across scopes, since files and directories are renamed, but only if there,
// which knows the subjects of now, knows none at the old place any more: what
// is still there has not moved.
func Pair(before, now []Mark, there func(scope, address string) bool) map[Mark]Mark {
	pairs := map[Mark]Mark{}
	left := map[string][]Mark{} // by fingerprint
	current := map[Mark]bool{}
	for _, m := range now {
		current[m] = true
	}
	seen := map[Mark]bool{}
	for _, m := range before {
		switch {
		case seen[m]:
		case current[m]:
			pairs[m] = m
		case !there(m.Scope, m.Address):
			left[m.Fingerprint] = append(left[m.Fingerprint], m)
		}
		seen[m] = true
	}
	byScope := func(a, b Mark) int { return strings.Compare(a.Scope, b.Scope) }
	for _, marks := range left {
		slices.SortFunc(marks, byScope)
	}
	rest := slices.DeleteFunc(slices.Clone(now), func(m Mark) bool { _, paired := pairs[m]; return paired })
	slices.SortFunc(rest, byScope)
	for _, m := range rest {
		moved := left[m.Fingerprint]
		if _, paired := pairs[m]; paired || len(moved) == 0 {
			continue
		}
		pairs[m], left[m.Fingerprint] = moved[0], moved[1:]
	}
	return pairs
}
