package eval

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A leaf is one unknown value of one subject.
type leaf struct {
	subject *annexgate.Subject
	path    string // from the subject's block down: values.ingress[0].cidr_blocks
	steps   annexgate.Path
	unknown annexgate.UnknownValue
}

func (l *leaf) compare(m *leaf) int {
	if c := l.subject.Compare(m.subject); c != 0 {
		return c
	}
	return strings.Compare(l.path, m.path)
}

// reads records which leaves an evaluation looked at. Building an input hashes
// what goes into it, so what was noted until reset says nothing.
type reads struct {
	leaves  map[*leaf]bool
	hashing bool // hashing an object reads it; see policy.Profile.Hashing
}

func newReads() *reads { return &reads{leaves: map[*leaf]bool{}} }

func (r *reads) reset() { clear(r.leaves) }

func (r *reads) sorted() []*leaf {
	return slices.SortedFunc(maps.Keys(r.leaves), (*leaf).compare)
}

// note may be called on nil, with nothing to note.
func (r *reads) note(leaves []*leaf) {
	for _, l := range leaves {
		r.leaves[l] = true
	}
}

// tracked is an object with unknown values inside. It shows the known ones and
// notes every attempt to look at an unknown one, in whatever way Rego does so:
// by key, by iteration, by comparison, by a builtin that copies.
//
// Embedding the interface satisfies its unexported method. OPA treats the value
// as any object but for the places that assert its own concrete type. Most of
// these panic or fail, and worker.deny evaluates without tracking then. Three are
// silent: an object of OPA's own says that it does not equal a tracked one, and a
// list keeps the hash it was made with, as does a set what its members hash to.
// policy.Profile's Whole and Hashing say which policies may get there.
type tracked struct {
	ast.Object                    // the known part; values with unknowns inside are tracked in turn
	reads      *reads             // where to note
	at         map[string][]*leaf // unknowns that reading one key meets: its value, or elements of its list
	any        []*leaf            // unknowns that reading any key meets
	own        []*leaf            // keys that may or may not be there
	below      []*leaf            // every unknown inside, however deep
	probe      bool               // stands for an unknown itself; see newProbe
}

var errNotFound = errors.New("not found")

// newProbe returns an object that stands for l and notes in r when a policy
// looks into it. Showing it, or telling it from a text or a number, is not
// that.
func newProbe(l *leaf, r *reads) *tracked {
	self := []*leaf{l}
	return &tracked{Object: ast.NewObject(), reads: r, any: self, own: self, below: self, probe: true}
}

func (t *tracked) Get(key *ast.Term) *ast.Term {
	t.reads.note(t.any)
	if name, ok := key.Value.(ast.String); ok {
		t.reads.note(t.at[string(name)])
	}
	return t.Object.Get(key)
}

func (t *tracked) Find(path ast.Ref) (ast.Value, error) {
	if len(path) == 0 {
		return t, nil
	}
	value := t.Get(path[0])
	if value == nil {
		return nil, errNotFound
	}
	return value.Value.Find(path[1:])
}

// Iteration and counting depend on which keys there are, and hand out the
// values: lists with unknown elements are read with them.

func (t *tracked) iterated() {
	t.reads.note(t.own)
	for _, leaves := range t.at {
		t.reads.note(leaves)
	}
}

func (t *tracked) Len() int {
	t.reads.note(t.own)
	return t.Object.Len()
}

func (t *tracked) Iter(f func(*ast.Term, *ast.Term) error) error {
	t.iterated()
	return t.Object.Iter(f)
}

func (t *tracked) Until(f func(*ast.Term, *ast.Term) bool) bool {
	t.iterated()
	return t.Object.Until(f)
}

func (t *tracked) Foreach(f func(*ast.Term, *ast.Term)) {
	t.iterated()
	t.Object.Foreach(f)
}

func (t *tracked) Map(f func(*ast.Term, *ast.Term) (*ast.Term, *ast.Term, error)) (ast.Object, error) {
	t.iterated()
	return t.Object.Map(f)
}

func (t *tracked) Keys() []*ast.Term {
	t.iterated()
	return t.Object.Keys()
}

func (t *tracked) KeysIterator() ast.ObjectKeysIterator {
	t.iterated()
	return t.Object.KeysIterator()
}

// The rest looks at the whole of the value.

func (t *tracked) whole() ast.Object {
	t.reads.note(t.below)
	return t.Object
}

func (t *tracked) Compare(other ast.Value) int {
	if _, object := other.(ast.Object); t.probe && !object {
		return t.Object.Compare(other)
	}
	return t.whole().Compare(untracked(other))
}

func (t *tracked) Equal(other ast.Value) bool { return t.Compare(other) == 0 }

// Hash is asked of every member of a set and of every argument of a function,
// whose results OPA keeps. Only where it matters which of them are the same does
// it count as a look.
func (t *tracked) Hash() int {
	if t.reads != nil && t.reads.hashing {
		t.reads.note(t.below)
	}
	return t.Object.Hash()
}

func (t *tracked) String() string {
	if t.probe {
		return "${unknown}"
	}
	return t.whole().String()
}

func (t *tracked) MarshalJSON() ([]byte, error) { return json.Marshal(t.whole()) }

func (t *tracked) Copy() ast.Object { return t.whole().Copy() }

func (t *tracked) Diff(other ast.Object) ast.Object { return t.whole().Diff(untrackedObject(other)) }

func (t *tracked) Intersect(other ast.Object) [][3]*ast.Term {
	return t.whole().Intersect(untrackedObject(other))
}

func (t *tracked) Merge(other ast.Object) (ast.Object, bool) {
	return t.whole().Merge(untrackedObject(other))
}

func (t *tracked) MergeWith(other ast.Object, conflict func(v1, v2 *ast.Term) (*ast.Term, bool)) (ast.Object, bool) {
	return t.whole().MergeWith(untrackedObject(other), conflict)
}

func (t *tracked) Filter(filter ast.Object) (ast.Object, error) {
	return t.whole().Filter(untrackedObject(filter))
}

func untracked(value ast.Value) ast.Value {
	if t, ok := value.(*tracked); ok {
		return t.whole()
	}
	return value
}

func untrackedObject(object ast.Object) ast.Object {
	if t, ok := object.(*tracked); ok {
		return t.whole()
	}
	return object
}
