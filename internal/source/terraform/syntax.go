package terraform

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// An objectItem is one pair of an object literal.
type objectItem struct{ key, value hclsyntax.Expression }

// objectItems returns the pairs of an object literal as they are written.
func objectItems(e hclsyntax.Expression) []objectItem {
	object, ok := unwrap(e).(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	var items []objectItem
	for _, item := range object.Items {
		key := item.KeyExpr
		if wrapped, ok := key.(*hclsyntax.ObjectConsKeyExpr); ok {
			key = wrapped.Wrapped
		}
		items = append(items, objectItem{key, item.ValueExpr})
	}
	return items
}

// textAttribute makes an attribute of the label of a block.
func textAttribute(b *block, name, value string) *attribute {
	return &attribute{
		name: name, file: b.file, rng: b.header,
		expr: &hclsyntax.LiteralValueExpr{Val: cty.StringVal(value), SrcRange: b.header},
	}
}

// withoutAliases returns an entry of required_providers without its
// configuration_aliases, which name providers and have no value.
func withoutAliases(a *attribute) *attribute {
	var object *hclsyntax.ObjectConsExpr
	var ok bool
	if object, ok = unwrap(a.expr).(*hclsyntax.ObjectConsExpr); !ok {
		return a
	}
	kept := *object
	kept.Items = nil
	for _, item := range object.Items {
		if name, _ := keyName(item.KeyExpr); name != "configuration_aliases" {
			kept.Items = append(kept.Items, item)
		}
	}
	out := *a
	out.expr = &kept
	return &out
}
