package terraform

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Functions that look at marks, or at whether a value is known.

// same makes a function of one value that returns it changed in its marks.
func same(impl func(v cty.Value) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anything("value")},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return impl(args[0]) },
	})
}

// ephemeralAsNullFunc replaces what is ephemeral by null, at every depth.
var ephemeralAsNullFunc = same(func(v cty.Value) (cty.Value, error) {
	return cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.HasMark(ephemeralMark{}) {
			return cty.NullVal(v.Type()), nil
		}
		return v, nil
	})
})

var sensitiveFunc = same(func(v cty.Value) (cty.Value, error) { return v.Mark(sensitiveMark{}), nil })

var nonsensitiveFunc = same(func(v cty.Value) (cty.Value, error) {
	bare, marks := v.Unmark()
	kept := cty.ValueMarks{}
	for m := range marks {
		if _, ok := m.(sensitiveMark); !ok {
			kept[m] = struct{}{}
		}
	}
	return bare.WithMarks(kept), nil
})

var isSensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{anything("value")},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.BoolVal(args[0].HasMark(sensitiveMark{})), nil
	},
})

// tryFunc returns the first expression that can be evaluated. That of the
// library forgets where an unknown comes from.
var tryFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
	Type: func([]cty.Value) (cty.Type, error) {
		// Deciding the type would evaluate all twice, and nested calls
		// exponentially often.
		return cty.DynamicPseudoType, nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var first hcl.Diagnostics
		for _, arg := range args {
			v, diags := customdecode.ExpressionClosureFromVal(arg).Value()
			if diags.HasErrors() {
				if first == nil {
					first = diags
				}
				continue
			}
			if bare, marks := v.Unmark(); !bare.IsKnown() {
				return cty.DynamicVal.WithMarks(marks), nil
			}
			return v, nil
		}
		if first == nil {
			return cty.NilVal, errors.New("at least one argument is required")
		}
		return cty.NilVal, errors.New("no expression succeeded: " + plainMessage(first[0]))
	},
})

// canFunc reports whether an expression can be evaluated.
var canFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "expression", Type: customdecode.ExpressionClosureType}},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, diags := customdecode.ExpressionClosureFromVal(args[0]).Value()
		if diags.HasErrors() {
			return cty.False, nil
		}
		if bare, marks := v.UnmarkDeep(); !bare.IsWhollyKnown() {
			return cty.UnknownVal(cty.Bool).WithMarks(marks), nil
		}
		return cty.True, nil
	},
})

// jsonEncodeFunc encodes a value. Where only attributes of other blocks are
// missing, the unknown result remembers the document around them.
var jsonEncodeFunc = function.New(&function.Spec{
	Params:       []function.Parameter{anything("val")},
	Type:         function.StaticReturnType(cty.String),
	RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		bare, paths := args[0].UnmarkDeepWithPaths()
		if bare.IsWhollyKnown() {
			v, err := stdlib.JSONEncode(bare)
			if err != nil {
				return v, err
			}
			for _, p := range paths {
				v = v.WithMarks(edgesOnly(p.Marks))
			}
			return v, nil
		}
		v := cty.UnknownVal(cty.String)
		for _, p := range paths {
			v = v.WithMarks(p.Marks)
		}
		return withShape(derive(v, partialJSON(args[0])), encodedShape(args[0])), nil
	},
})

// partialJSON writes a value that has references in it, each as a text. It
// returns nothing when other things are unknown.
func partialJSON(v cty.Value) string {
	x := &exporter{}
	value, _ := x.value(v, nil, nil)
	plain, ok := writeReferences(value)
	if !ok {
		return ""
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	if encoder.Encode(plain) != nil || b.Len() > maxText {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
