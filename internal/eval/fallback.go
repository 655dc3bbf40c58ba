package eval

import (
	"context"
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
)

// What the engine does where it cannot watch a policy read: OPA no longer asks
// tracked objects as it did, a policy compares objects in a way that does not
// ask them, or an evaluation broke off over one.

// untracked evaluates policy as deny does, but without watching. Every unknown
// that the policy names, and filled does not fill, counts as read.
func (w *worker) untracked(ctx context.Context, scene *scene, p *annexgate.Policy, filled filling) ([]policy.Denial, []*leaf, error) {
	profile := w.program.Profile(p)
	var read []*leaf
	for _, l := range scene.leaves {
		if _, ok := filled[l]; !ok && profile.Reads(l.steps) {
			read = append(read, l)
		}
	}
	found, err := w.guarded(ctx, p, scene.filled(filled))
	return found, read, err
}

// selfTest reports a way in which OPA reads a tracked object without asking it,
// as far as that shows without a compiler. It takes some microseconds and is
// part of every run; the tests go every way through compiled policies. An error
// or a panic of OPA's is no such way: deny takes them for a reason not to track.
func selfTest() error {
	seen := newReads()
	unknown := &leaf{subject: &annexgate.Subject{}, path: "a"}
	leaves := []*leaf{unknown}
	known := ast.NewObject(ast.Item(ast.InternedTerm("b"), ast.InternedTerm(1)))
	object := &tracked{Object: known, reads: seen, at: map[string][]*leaf{"a": leaves}, own: leaves, below: leaves}
	term, name, empty := ast.NewTerm(object), ast.InternedTerm("a"), ast.NewTerm(ast.NewObject())
	root := ast.NewObject(ast.Item(name, term))
	list := ast.NewArray(term)

	builtin := func(b *ast.Builtin, operands ...*ast.Term) func() error {
		return func() error {
			return topdown.GetBuiltin(b.Name)(topdown.BuiltinContext{}, operands, func(*ast.Term) error { return nil })
		}
	}
	for _, way := range []struct {
		name string
		read func() error
	}{
		{"a path", func() error { root.Find(ast.Ref{name, name}); return nil }},
		{"conversion", func() error { _, err := ast.JSON(object); return err }},
		{"comparison", func() error { ast.Compare(object, empty.Value); return nil }},
		{"equality", func() error { ast.ValueEqual(object, empty.Value); return nil }},
		{"equality of lists", func() error { list.Equal(ast.NewArray(empty)); return nil }},
		{"in", builtin(ast.Member, ast.InternedTerm(1), term)},
		{"count", builtin(ast.Count, term)},
		{"object.get", builtin(ast.ObjectGet, term, name, name)},
		{"object.remove", builtin(ast.ObjectRemove, term, ast.NewTerm(list))},
	} {
		seen.reset()
		if !refused(way.read) && !seen.leaves[unknown] {
			return errors.New("OPA reads objects by " + way.name + " without asking them")
		}
	}
	return nil
}

// refused reports whether read fails or panics.
func refused(read func() error) (is bool) {
	defer func() { is = recover() != nil || is }()
	return read() != nil
}
