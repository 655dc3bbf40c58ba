package eval

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A converter turns values into Rego terms.
type converter struct {
	reads  *reads
	filled filling
	leaves map[string]*leaf // of the subject under conversion, by path

	// mark has every object tracked, those that are known throughout too: OPA
	// asks the one on the left whether two are equal, and its own kind does not
	// ask the other.
	mark bool
}

// value converts v, which stands at path. Unknown parts that are not filled
// in are left out; the objects around them are tracked.
func (c converter) value(v any, path annexgate.Path) ast.Value {
	switch v := v.(type) {
	case nil:
		return ast.NullValue
	case bool:
		return ast.InternedTerm(v).Value
	case string:
		return ast.String(v)
	case annexgate.Reference:
		return ast.String(v)
	case json.Number:
		return ast.Number(v)
	case int:
		return ast.Number(fmt.Sprint(v))
	case map[string]any:
		return c.object(v, path)
	case []any:
		terms, _ := c.items(v, path)
		return ast.NewArray(terms...)
	}
	return ast.String(fmt.Sprintf("<%T>", v)) // no loader makes another type; a test of theirs says so
}

func (c converter) object(v map[string]any, path annexgate.Path) ast.Value {
	if !c.mark && len(c.leaves) == 0 {
		items := make([][2]*ast.Term, 0, len(v))
		for key, item := range v { // OPA sorts
			items = append(items, ast.Item(ast.StringTerm(key), ast.NewTerm(c.value(item, nil))))
		}
		return ast.NewObject(items...)
	}
	object := ast.NewObjectWithCapacity(len(v))
	t := &tracked{Object: object, reads: c.reads}
	note := func(key string, leaves []*leaf) {
		if t.at == nil {
			t.at = map[string][]*leaf{}
		}
		t.at[key] = leaves
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		at := append(path, key)
		switch item := v[key].(type) {
		case annexgate.UnknownValue:
			l := c.leaves[at.String()]
			if value, ok := c.filled[l]; !ok {
				note(key, []*leaf{l})
				t.own = append(t.own, l)
				t.below = append(t.below, l)
			} else if value != nil {
				object.Insert(ast.StringTerm(key), ast.NewTerm(value))
			}
		case []any:
			terms, missing := c.items(item, at)
			below := c.open(item, at)
			if c.reads != nil && c.reads.hashing {
				missing = below // a list keeps its hash, so nobody is asked for it later
			}
			if len(missing) > 0 {
				note(key, missing)
			}
			t.below = append(t.below, below...)
			object.Insert(ast.StringTerm(key), ast.ArrayTerm(terms...))
		default:
			t.below = append(t.below, c.open(item, at)...)
			object.Insert(ast.StringTerm(key), ast.NewTerm(c.value(item, at)))
		}
	}
	if len(t.below) == 0 && !c.mark {
		return object
	}
	return t
}

// items converts the elements of a list, and returns which are left out.
func (c converter) items(v []any, path annexgate.Path) (terms []*ast.Term, missing []*leaf) {
	terms = make([]*ast.Term, 0, len(v))
	for i, item := range v {
		at := append(path, i)
		switch item := item.(type) {
		case annexgate.UnknownValue:
			l := c.leaves[at.String()]
			if value, ok := c.filled[l]; !ok {
				missing = append(missing, l)
			} else if value != nil {
				terms = append(terms, ast.NewTerm(value))
			}
		case []any:
			inner, innerMissing := c.items(item, at)
			missing = append(missing, innerMissing...)
			terms = append(terms, ast.ArrayTerm(inner...))
		default:
			terms = append(terms, ast.NewTerm(c.value(item, at)))
		}
	}
	return terms, missing
}

// open returns the leaves inside v that are not filled in.
func (c converter) open(v any, path annexgate.Path) []*leaf {
	if len(c.leaves) == 0 {
		return nil
	}
	var found []*leaf
	for _, u := range annexgate.Unknowns(v) {
		l := c.leaves[append(slices.Clone(path), u.Path...).String()]
		if _, ok := c.filled[l]; !ok {
			found = append(found, l)
		}
	}
	return found
}
