package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// stepName returns the name that a step of a reference asks for: .name or
// ["name"].
func stepName(step hcl.Traverser) (string, bool) {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if key := step.Key; key.IsKnown() && !key.IsNull() && key.Type() == cty.String {
			return key.AsString(), true
		}
	}
	return "", false
}

func stepIsNumber(step hcl.Traverser) bool {
	_, ok := stepNumber(step)
	return ok
}

func stepNumber(step hcl.Traverser) (int, bool) {
	index, ok := step.(hcl.TraverseIndex)
	if !ok || !index.Key.IsKnown() || index.Key.IsNull() || index.Key.Type() != cty.Number {
		return 0, false
	}
	f := index.Key.AsBigFloat()
	if !f.IsInt() || f.MantExp(nil) > 31 {
		return 0, false
	}
	n, _ := f.Int64()
	return int(n), true
}

// traversalText writes a reference, or the rest of one, as in a configuration.
func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			if n, ok := stepNumber(step); ok {
				b.WriteString("[" + itoa(n) + "]")
			} else if name, ok := stepName(step); ok {
				b.WriteString("[" + hclQuote(name) + "]")
			}
		}
	}
	return b.String()
}
