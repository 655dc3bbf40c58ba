package terraform

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The functions of the provider that Terraform itself has. They depend on
// their arguments alone.

// encodeExprFunc writes a value as an expression.
var encodeExprFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.String).RefineNotNull(), nil
		}
		return cty.StringVal(string(hclwrite.TokensForValue(args[0]).Bytes())), nil
	},
})

// encodeTFVarsFunc writes an object as a variable file.
var encodeTFVarsFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v := args[0]
		switch {
		case !v.IsWhollyKnown():
			return cty.UnknownVal(cty.String).RefineNotNull(), nil
		case v.IsNull():
			return cty.NilVal, function.NewArgErrorf(0, "cannot encode a null value in tfvars syntax")
		case !v.Type().IsObjectType() && !v.Type().IsMapType():
			return cty.NilVal, function.NewArgErrorf(0, "invalid value to encode: must be an object whose attribute names will become the encoded variable names")
		}
		f := hclwrite.NewEmptyFile()
		for it := v.ElementIterator(); it.Next(); {
			key, part := it.Element()
			name := key.AsString()
			if !hclsyntax.ValidIdentifier(name) {
				return cty.NilVal, function.NewArgErrorf(0, "invalid variable name %q", clip(name))
			}
			f.Body().SetAttributeValue(name, part)
		}
		return cty.StringVal(string(f.Bytes())), nil
	},
})

// decodeTFVarsFunc reads a variable file.
var decodeTFVarsFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "src", Type: cty.String}},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		text := []byte(args[0].AsString())
		if len(text) > maxDocument {
			return cty.NilVal, errTooMuch
		}
		if err := (limits{}).orDefaults().nesting(text, false); err != nil {
			return cty.NilVal, err
		}
		parsed, diags := hclsyntax.ParseConfig(text, "", hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, errors.New("invalid tfvars syntax: " + plainMessage(diags[0]))
		}
		attrs, diags := parsed.Body.JustAttributes()
		if diags.HasErrors() {
			return cty.NilVal, errors.New("invalid tfvars syntax: " + plainMessage(diags[0]))
		}
		values := map[string]cty.Value{}
		for _, name := range sortedKeys(attrs) {
			v, diags := attrs[name].Expr.Value(nil)
			if diags.HasErrors() {
				return cty.NilVal, errors.New("invalid expression for variable " + name)
			}
			values[name] = v
		}
		return cty.ObjectVal(values), nil
	},
})
