package eval

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/redact"
)

// A termCache holds the Rego form of every subject that is known throughout.
// Subjects with unknown values are converted by the worker that looks at them,
// since their form notes that worker's reads.
type termCache struct {
	entries   map[*annexgate.Subject]*entry
	converted atomic.Int64 // conversions so far; a test counts them
}

type entry struct {
	once   sync.Once
	term   *ast.Term // nil when there are unknowns inside
	leaves []*leaf

	marking sync.Once
	marked  *ast.Term // for scenes with unknowns elsewhere; see converter.mark
}

func newTermCache(subjects []*annexgate.Subject) *termCache {
	c := &termCache{entries: make(map[*annexgate.Subject]*entry, len(subjects))}
	for _, s := range subjects {
		c.entries[s] = &entry{}
		for n := range neighbours(s) {
			c.entries[n] = &entry{}
		}
	}
	return c
}

// neighbours yields what s refers to and what refers to it.
func neighbours(s *annexgate.Subject) iter.Seq[*annexgate.Subject] {
	return func(yield func(*annexgate.Subject) bool) {
		for _, n := range s.References {
			if !yield(n) {
				return
			}
		}
		for _, n := range s.Referrers {
			if !yield(n) {
				return
			}
		}
	}
}

func (c *termCache) of(s *annexgate.Subject) *entry {
	e := c.entries[s]
	e.once.Do(func() {
		values := s.Block()
		if !open(values) {
			c.converted.Add(1)
			e.term = ast.NewTerm(converter{}.value(values, nil))
			return
		}
		for _, u := range annexgate.Unknowns(values) {
			e.leaves = append(e.leaves, &leaf{subject: s, path: u.Path.String(), steps: u.Path, unknown: u.UnknownValue})
		}
	})
	return e
}

// open reports whether something in value is unknown.
func open(value any) bool {
	switch value := value.(type) {
	case annexgate.UnknownValue:
		return true
	case map[string]any:
		for _, item := range value {
			if open(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, open)
	}
	return false
}

// markedTerm returns the form of s, which is known throughout, for scenes in
// which something else is not.
func (c *termCache) markedTerm(s *annexgate.Subject) *ast.Term {
	e := c.of(s)
	e.marking.Do(func() {
		c.converted.Add(1)
		e.marked = ast.NewTerm(converter{mark: true}.value(s.Block(), nil))
	})
	return e.marked
}

// A scene is one subject and its neighbours, as its policies see them.
type scene struct {
	subject *annexgate.Subject
	terms   *termCache
	leaves  []*leaf   // every unknown value
	plain   ast.Value // the input, if nothing in it is unknown

	// tracking are the forms of subjects with unknown values while none of these
	// is filled in. They do not differ from one evaluation to the next.
	tracking map[tracking]*ast.Term
}

type tracking struct {
	subject *annexgate.Subject
	hashing bool
}

func (w *worker) newScene(of *annexgate.Subject) *scene {
	s := &scene{subject: of, terms: w.terms, tracking: map[tracking]*ast.Term{}}
	s.leaves = slices.Clone(s.terms.of(of).leaves)
	for n := range neighbours(of) {
		s.leaves = append(s.leaves, s.terms.of(n).leaves...)
	}
	slices.SortFunc(s.leaves, (*leaf).compare)
	s.leaves = slices.Compact(s.leaves)
	if len(s.leaves) == 0 {
		s.plain = s.build(converter{})
	}
	return s
}

// tracked builds the policies' input. Leaves in filled have the value given
// there; the others are left out, and reads of them are noted in r.
func (s *scene) tracked(r *reads, filled filling) ast.Value {
	return s.build(converter{reads: r, filled: filled, mark: true})
}

// filled builds the policies' input with the leaves as filled says, and those it
// does not mention left out.
func (s *scene) filled(filled filling) ast.Value {
	all := make(filling, len(s.leaves))
	for _, l := range s.leaves {
		all[l] = filled[l]
	}
	return s.build(converter{filled: all})
}

func (s *scene) build(c converter) ast.Value {
	return ast.NewObject(
		ast.Item(ast.InternedTerm("subject"), s.term(s.subject, c)),
		ast.Item(ast.InternedTerm("references"), s.byType(s.subject.References, c)),
		ast.Item(ast.InternedTerm("referrers"), s.byType(s.subject.Referrers, c)),
	)
}

func (s *scene) byType(neighbours []*annexgate.Subject, c converter) *ast.Term {
	if len(neighbours) == 0 {
		return ast.InternedEmptyObject
	}
	grouped := map[string][]*ast.Term{}
	for _, n := range neighbours {
		grouped[n.Type] = append(grouped[n.Type], s.term(n, c))
	}
	object := ast.NewObject()
	for _, name := range slices.Sorted(maps.Keys(grouped)) {
		object.Insert(ast.StringTerm(name), ast.ArrayTerm(grouped[name]...))
	}
	return ast.NewTerm(object)
}

func (s *scene) term(of *annexgate.Subject, c converter) *ast.Term {
	e := s.terms.of(of)
	switch {
	case e.term != nil && c.mark:
		return s.terms.markedTerm(of)
	case e.term != nil:
		return e.term
	}
	key := tracking{of, c.mark && c.reads.hashing}
	untouched := c.mark && !slices.ContainsFunc(e.leaves, func(l *leaf) bool { _, ok := c.filled[l]; return ok })
	if term := s.tracking[key]; untouched && term != nil {
		return term
	}
	c.leaves = make(map[string]*leaf, len(e.leaves))
	for _, l := range e.leaves {
		c.leaves[l.path] = l
	}
	s.terms.converted.Add(1)
	term := ast.NewTerm(c.value(of.Block(), nil))
	if untouched {
		s.tracking[key] = term
	}
	return term
}

// findings turns what policy denied into findings with their places.
func (s *scene) findings(p *annexgate.Policy, denied []policy.Denial) ([]annexgate.Finding, error) {
	found := make([]annexgate.Finding, 0, len(denied))
	for _, d := range denied {
		at, err := s.find(d.Address)
		if err != nil {
			return nil, err
		}
		f := annexgate.Finding{
			Message:     redact.Message(d.Message, s.secrets()),
			Key:         d.Key,
			Address:     at.Address,
			Path:        d.Path,
			At:          at.Source.Find(d.Path),
			Fingerprint: annexgate.Fingerprint(p.ID, at.Address, d.Path, d.Key),
		}
		if f.At.File == "" {
			f.At = at.At
		}
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b annexgate.Finding) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Key, b.Key), strings.Compare(a.Message, b.Message))
	})
	return found, nil
}

// secrets returns the sensitive texts that a policy may have put into a
// message.
func (s *scene) secrets() []string {
	return redact.Texts(append(slices.Collect(neighbours(s.subject)), s.subject)...)
}

// find returns the subject or neighbour at address; empty means the subject.
func (s *scene) find(address string) (*annexgate.Subject, error) {
	if address == "" || address == s.subject.Address {
		return s.subject, nil
	}
	for n := range neighbours(s.subject) {
		if n.Address == address {
			return n, nil
		}
	}
	return nil, fmt.Errorf("a finding is at %q, which is neither the subject nor one it refers to or is referred by", address)
}
