package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// rewrite wraps the nodes of an expression that we evaluate ourselves, or
// whose results are counted against the budget. It changes e in place; what it
// returns stands for e.
//
// The nodes are shared by all roots that use the file, so a wrapper holds
// nothing that belongs to one evaluation.
func (f *file) rewrite(e hclsyntax.Expression) hclsyntax.Expression {
	f.depth++
	f.nesting = max(f.nesting, f.depth)
	defer func() { f.depth-- }()
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		f.asksFor(e.Traversal[1:])
		return &refExpr{Expression: e, traversal: e.Traversal}
	case *hclsyntax.RelativeTraversalExpr:
		f.asksFor(e.Traversal)
		e.Source = f.rewrite(e.Source)
		return &pathExpr{Expression: e}
	case *hclsyntax.IndexExpr:
		e.Collection, e.Key = f.rewrite(e.Collection), f.rewrite(e.Key)
		return &pathExpr{Expression: e}
	case *hclsyntax.SplatExpr:
		e.Source, e.Each = f.rewrite(e.Source), f.rewrite(e.Each)
		return &splatExpr{Expression: e}
	case *hclsyntax.FunctionCallExpr:
		f.rewriteAll(e.Args)
		metered(e.Name, e.Args)
		return &callExpr{Expression: e, call: e, file: f}
	case *hclsyntax.TemplateExpr:
		f.rewriteAll(e.Parts)
		return &templateExpr{Expression: e, template: e}
	case *hclsyntax.TemplateWrapExpr:
		e.Wrapped = f.rewrite(e.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		e.Tuple = f.rewrite(e.Tuple)
		return &sizedExpr{Expression: e}
	case *hclsyntax.ParenthesesExpr:
		e.Expression = f.rewrite(e.Expression)
	case *hclsyntax.ConditionalExpr:
		e.Condition, e.TrueResult, e.FalseResult = f.rewrite(e.Condition), f.rewrite(e.TrueResult), f.rewrite(e.FalseResult)
		return &conditionalExpr{Expression: e, conditional: e}
	case *hclsyntax.TupleConsExpr:
		f.rewriteAll(e.Exprs)
		return &sizedExpr{Expression: e}
	case *hclsyntax.ObjectConsExpr:
		for i, item := range e.Items {
			e.Items[i].KeyExpr, e.Items[i].ValueExpr = f.rewriteKey(item.KeyExpr), f.rewrite(item.ValueExpr)
		}
		return &sizedExpr{Expression: e}
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.Number {
			return &sizedExpr{Expression: e}
		}
	case *hclsyntax.ForExpr:
		f.rewriteFor(e)
		return &sizedExpr{Expression: e, derives: true}
	case *hclsyntax.BinaryOpExpr:
		e.LHS, e.RHS = f.rewrite(e.LHS), f.rewrite(e.RHS)
		if e.Op == hclsyntax.OpEqual || e.Op == hclsyntax.OpNotEqual {
			e.LHS, e.RHS = compared(e.LHS), compared(e.RHS)
		}
		return &sizedExpr{Expression: e, derives: true}
	case *hclsyntax.UnaryOpExpr:
		e.Val = f.rewrite(e.Val)
		return &sizedExpr{Expression: e, derives: true}
	}
	return e
}

// asksFor notes the attributes that a reference asks for by name.
func (f *file) asksFor(path hcl.Traversal) {
	if f.names == nil {
		return
	}
	for _, step := range path {
		if name, ok := stepName(step); ok {
			f.names[name] = true
		}
	}
}

func (f *file) rewriteAll(list []hclsyntax.Expression) {
	for i, e := range list {
		list[i] = f.rewrite(e)
	}
}

// rewriteKey leaves keys that are written as bare words alone: hcl looks at
// their node to tell a word from a reference.
func (f *file) rewriteKey(e hclsyntax.Expression) hclsyntax.Expression {
	key, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return f.rewrite(e)
	}
	if _, word := key.Wrapped.(*hclsyntax.ScopeTraversalExpr); !word || key.ForceNonLiteral {
		key.Wrapped = f.rewrite(key.Wrapped)
	}
	return key
}

func (f *file) rewriteFor(e *hclsyntax.ForExpr) {
	e.CollExpr = f.rewrite(e.CollExpr)
	e.ValExpr = &stepExpr{f.rewrite(e.ValExpr)}
	if e.KeyExpr != nil {
		e.KeyExpr = f.rewrite(e.KeyExpr)
	}
	if e.CondExpr != nil {
		e.CondExpr = &stepExpr{f.rewrite(e.CondExpr)}
	}
}

// unwrap returns the node that the parser made.
func unwrap(e hclsyntax.Expression) hclsyntax.Expression {
	for {
		switch w := e.(type) {
		case *refExpr:
			e = w.Expression
		case *pathExpr:
			e = w.Expression
		case *splatExpr:
			e = w.Expression
		case *callExpr:
			e = w.Expression
		case *templateExpr:
			e = w.Expression
		case *conditionalExpr:
			e = w.Expression
		case *sizedExpr:
			e = w.Expression
		case *stepExpr:
			e = w.Expression
		case *meteredExpr:
			e = w.Expression
		case *hclsyntax.ParenthesesExpr:
			e = w.Expression
		default:
			return e
		}
	}
}

// traversalOf returns the reference that an expression consists of, if it is
// nothing else. In JSON it is written as a text.
func traversalOf(e hclsyntax.Expression) (hcl.Traversal, bool) {
	switch e := unwrap(e).(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return e.Traversal, true
	case *hclsyntax.TemplateWrapExpr:
		return traversalOf(e.Wrapped)
	}
	text, ok := literalText(e)
	if !ok || len(text) > 500 {
		return nil, false
	}
	traversal, diags := hclsyntax.ParseTraversalAbs([]byte(text), "", hcl.InitialPos)
	return traversal, !diags.HasErrors()
}

// literalText returns the text that an expression spells out.
func literalText(e hclsyntax.Expression) (string, bool) {
	switch e := unwrap(e).(type) {
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 0 {
			return "", true
		}
		if len(e.Parts) == 1 {
			return literalText(e.Parts[0])
		}
	case *hclsyntax.LiteralValueExpr:
		if v := e.Val; !v.IsNull() && v.IsKnown() && v.Type().FriendlyName() == "string" {
			return v.AsString(), true
		}
	}
	return "", false
}
