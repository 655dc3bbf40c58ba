package terraform

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// index notes which instances of each block there are.
func (p *plan) index() {
	slices.SortStableFunc(p.changes, func(a, b *planned) int { return strings.Compare(a.Address, b.Address) })
	keys := map[string]map[any]bool{}
	note := func(block string, key any) {
		if keys[block] == nil {
			keys[block] = map[any]bool{}
		}
		keys[block][key] = true
	}
	seen := map[string]bool{}
	for _, c := range p.changes {
		if c.gone() {
			continue
		}
		p.byAddress[c.Address] = c
		if !seen[c.Module] {
			seen[c.Module] = true
			for block, key := range moduleSteps(c.Module) {
				note(block, key)
			}
		}
		block := c.Type + "." + c.Name
		if c.Mode == "data" {
			block = "data." + block
		}
		note(join(c.Module, block), c.Index)
	}
	for block, found := range keys {
		for key := range found {
			p.keys[block] = append(p.keys[block], key)
		}
		slices.SortFunc(p.keys[block], compareKeys)
	}
}

// compareKeys orders instance keys: none, numbers, texts.
func compareKeys(a, b any) int {
	number := func(v any) (float64, bool) {
		n, ok := v.(json.Number)
		f, err := n.Float64()
		return f, ok && err == nil
	}
	x, isX := number(a)
	y, isY := number(b)
	textA, _ := a.(string)
	textB, _ := b.(string)
	rank := func(v any, isNumber bool) int {
		switch {
		case v == nil:
			return 0
		case isNumber:
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a, isX), rank(b, isY)), cmp.Compare(x, y), strings.Compare(textA, textB))
}

// moduleSteps yields each call on the way to a module, by its address without
// key, and its key: for module.a["x"].module.b, module.a with x and
// module.a["x"].module.b with none.
func moduleSteps(address string) map[string]any {
	steps := map[string]any{}
	if address == "" || len(address) > maxAddress || (limits{}).orDefaults().nesting([]byte(address), false) != nil {
		return steps
	}
	t, diags := hclsyntax.ParseTraversalAbs([]byte(address), "", hcl.InitialPos)
	if diags.HasErrors() {
		return steps
	}
	above := ""
	for i := 0; i+1 < len(t); i += 2 {
		name, ok := stepName(t[i+1])
		if !ok {
			return steps
		}
		block := join(above, "module."+name)
		above, steps[block] = block, nil
		if i+2 >= len(t) {
			break
		}
		index, ok := t[i+2].(hcl.TraverseIndex)
		if !ok {
			continue
		}
		above += traversalText(hcl.Traversal{index})
		if n, ok := stepNumber(index); ok {
			steps[block] = json.Number(itoa(n))
		} else if name, ok := stepName(index); ok {
			steps[block] = name
		}
		i++
	}
	return steps
}

// maxAddress bounds the addresses and references in a plan, in bytes.
const maxAddress = 4000

// plannedKeys replaces instances that are not known by those in the plan. It
// reports false when the plan does not say.
func (x *expansion) plannedKeys(v cty.Value) (repeat, bool) {
	p := x.in.ev.plan
	if p == nil || x.in.symbolic() {
		return symbolic, false
	}
	keys := p.keys[x.memo.label]
	if len(keys) == 1 && keys[0] == nil {
		return single, false
	}
	if len(keys) == 0 {
		x.items, x.byKey = nil, map[string]*item{}
		if x.body.attr("count") != nil {
			return counted, !p.partial
		}
		return keyed, !p.partial
	}
	if !x.room(int64(len(keys)), x.header) {
		return symbolic, false
	}
	x.items, x.byKey = nil, map[string]*item{}
	switch keys[0].(type) {
	case json.Number:
		for i, key := range keys {
			if key != json.Number(itoa(i)) {
				x.items = nil
				return symbolic, false // a part of them is in the plan
			}
			x.add(cty.NumberIntVal(int64(i)), cty.NilVal, itoa(i))
		}
		return counted, true
	case string:
		if v == cty.NilVal {
			v = cty.DynamicVal
		}
		marks := derivedMarks(v)
		for _, key := range keys {
			name, ok := key.(string)
			if !ok {
				x.items = nil
				return symbolic, false
			}
			value := cty.DynamicVal.WithMarks(marks)
			if bare, _ := v.Unmark(); bare.Type().IsSetType() {
				value = cty.StringVal(name)
			}
			x.byKey[name] = x.add(cty.StringVal(name), value, hclQuote(name))
		}
		return keyed, true
	}
	return symbolic, false
}

// symbolic reports whether the module, or one around it, stands for several.
func (in *instance) symbolic() bool {
	for ; in != nil && in.call != nil; in = in.parent {
		if in.call.set.mode == symbolic {
			return true
		}
	}
	return false
}
