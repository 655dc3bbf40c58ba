package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// An Untouchable is a value of the input that takes note of who looks at it.
// Results of functions are not remembered by such an argument: the look-up
// hashes the whole of it, which is no look of the policy's.
type Untouchable interface {
	ast.Value
	Untouchable()
}

// A cache remembers results within one evaluation, but for those of functions
// that were called with an Untouchable.
type cache struct{ topdown.VirtualCache }

func newCache() cache { return cache{topdown.NewVirtualCache()} }

func (c cache) Get(ref ast.Ref) (*ast.Term, bool) {
	if touches(ref) {
		return nil, false
	}
	return c.VirtualCache.Get(ref)
}

func (c cache) Put(ref ast.Ref, value *ast.Term) {
	if !touches(ref) {
		c.VirtualCache.Put(ref, value)
	}
}

func touches(ref ast.Ref) bool {
	for _, term := range ref {
		if _, ok := term.Value.(Untouchable); ok {
			return true
		}
	}
	return false
}
