package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// The nodes that rewrite puts around those of the parser. All find the
// evaluation they belong to through the context (scopeOf).

// A refExpr is a reference: var.name, aws_s3_bucket.b.id, each.value.
type refExpr struct {
	hclsyntax.Expression
	traversal hcl.Traversal
}

func (e *refExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	s, own := scopeOf(ctx, e.traversal.RootName())
	if own || s == nil || s.mod == nil {
		return e.traversal.TraverseAbs(ctx) // a name that for, dynamic or a template defines
	}
	return s.resolve(e.traversal)
}

// A pathExpr is an index or an attribute of some expression. Where it picks a
// part of a block, only that part is evaluated.
type pathExpr struct{ hclsyntax.Expression }

func (e *pathExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if p, ok := placeOf(ctx, e); ok {
		return p.value()
	}
	return e.Expression.Value(ctx)
}

// A splatExpr is list[*].name. Over the instances of a block, only that
// attribute of each is evaluated.
type splatExpr struct{ hclsyntax.Expression }

func (e *splatExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	splat, ok := e.Expression.(*hclsyntax.SplatExpr)
	if !ok {
		return e.Expression.Value(ctx)
	}
	p, ok := placeOf(ctx, splat.Source)
	if !ok || p.item != nil || len(p.rest) > 0 || p.set.repeat() != counted {
		return e.Expression.Value(ctx)
	}
	rest, ok := p.splatPath(splat)
	if !ok {
		return e.Expression.Value(ctx)
	}
	if !p.scope.ev.spend(4 * len(p.set.items)) {
		return p.scope.ev.exhausted(cty.DynamicPseudoType), nil
	}
	var values []cty.Value
	var diags hcl.Diagnostics
	for _, it := range p.set.items {
		v, more := place{scope: p.scope, set: p.set, item: it, rest: rest}.value()
		values, diags = append(values, v), append(diags, more...)
	}
	if diags.HasErrors() {
		return cty.TupleVal(values), diags
	}
	return p.scope.ev.sized(cty.TupleVal(values), e.Range())
}

// splatPath returns what a splat takes of each item, if that is a plain path.
func (p place) splatPath(splat *hclsyntax.SplatExpr) (hcl.Traversal, bool) {
	each, ok := splat.Each.(*pathExpr)
	if !ok {
		return nil, false
	}
	relative, ok := each.Expression.(*hclsyntax.RelativeTraversalExpr)
	if !ok || relative.Source != hclsyntax.Expression(splat.Item) {
		return nil, false
	}
	return relative.Traversal, true
}

// A conditionalExpr is c ? a : b. hcl gives the result the marks of both arms;
// we give it those of the arm that is taken, so that the other does not look
// like a dependency.
type conditionalExpr struct {
	hclsyntax.Expression
	conditional *hclsyntax.ConditionalExpr
}

func (e *conditionalExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	c := e.conditional
	condition, diags := c.Condition.Value(ctx)
	yes, yesDiags := c.TrueResult.Value(ctx)
	no, noDiags := c.FalseResult.Value(ctx)
	if s, _ := scopeOf(ctx, ""); s != nil {
		arms := &meteredExpr{perStep: 1024, element: 8}
		if cost := s.ev.cost(yes, arms) + s.ev.cost(no, arms); cost > 1000 && !s.ev.spend(cost) {
			s.ev.exhausted(cty.DynamicPseudoType)
			return cty.DynamicVal, hcl.Diagnostics{spent(e.Range())}
		}
	}
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	plain := *c
	plain.Condition = &hclsyntax.LiteralValueExpr{Val: condition, SrcRange: c.Condition.Range()}
	plain.TrueResult = &hclsyntax.LiteralValueExpr{Val: yes, SrcRange: c.TrueResult.Range()}
	plain.FalseResult = &hclsyntax.LiteralValueExpr{Val: no, SrcRange: c.FalseResult.Range()}
	bare, _ := condition.Unmark()
	if !bare.IsKnown() || bare.IsNull() {
		v, more := plain.Value(ctx)
		return derive(v, ""), append(diags, more...)
	}
	decided, err := convert.Convert(bare, cty.Bool)
	if err != nil {
		v, more := plain.Value(ctx)
		return v, append(diags, more...)
	}
	taken, takenDiags := yes, yesDiags
	if decided.False() {
		taken, takenDiags = no, noDiags
	}
	if takenDiags.HasErrors() {
		return cty.DynamicVal, append(diags, takenDiags...)
	}
	yes, _ = yes.Unmark()
	no, _ = no.Unmark()
	plain.Condition = &hclsyntax.LiteralValueExpr{Val: bare, SrcRange: c.Condition.Range()}
	plain.TrueResult = &hclsyntax.LiteralValueExpr{Val: yes, SrcRange: c.TrueResult.Range()}
	plain.FalseResult = &hclsyntax.LiteralValueExpr{Val: no, SrcRange: c.FalseResult.Range()}
	v, more := plain.Value(ctx)
	_, marks := taken.Unmark()
	return keepSensitive(v.WithMarks(marks), condition), append(diags, more...)
}

// A templateExpr is a text with interpolations. When all that is not known of
// it are attributes of other blocks, the result remembers the text around them.
type templateExpr struct {
	hclsyntax.Expression
	template *hclsyntax.TemplateExpr
}

func (e *templateExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	var text, prefix strings.Builder // prefix is what is known before the first unknown part
	var diags hcl.Diagnostics
	known, symbolic := true, true
	marks := cty.ValueMarks{}
	limit := stringLimit(ctx)
	var outline outline
	for _, part := range e.template.Parts {
		v, more := part.Value(ctx)
		diags = append(diags, more...)
		if more.HasErrors() {
			continue
		}
		bare, partMarks := v.Unmark()
		s, diag := partText(bare, part.Range(), e.Range())
		if diag != nil {
			diags = append(diags, diag)
			continue
		}
		if !bare.IsKnown() {
			known = false
			outline.gap(bare, partMarks)
			s, more := referenceText(partMarks)
			symbolic = symbolic && more
			text.WriteString(s)
			addMarks(marks, partMarks)
			continue
		}
		addMarks(marks, edgesOnly(partMarks))
		text.WriteString(s)
		outline.write(s)
		if known {
			prefix.WriteString(s)
		}
		if text.Len() > limit {
			return cty.DynamicVal, append(diags, tooLarge(e.Range()))
		}
	}
	if diags.HasErrors() {
		return cty.UnknownVal(cty.String).RefineNotNull().WithMarks(marks), diags
	}
	if s, _ := scopeOf(ctx, ""); s != nil && !s.ev.spendText(text.Len()) {
		return s.ev.exhausted(cty.String), diags
	}
	if known {
		return cty.StringVal(text.String()).WithMarks(marks), diags
	}
	result := cty.UnknownVal(cty.String).RefineNotNull()
	if p := prefix.String(); p != "" {
		result = result.Refine().StringPrefix(strings.ToValidUTF8(p[:min(len(p), 128)], "")).NewValue()
	}
	result = result.WithMarks(marks)
	if symbolic {
		result = derive(result, text.String())
	}
	return withShape(result, outline.shape()), diags
}

// partText converts a known part of a template to text.
func partText(v cty.Value, part, whole hcl.Range) (string, *hcl.Diagnostic) {
	detail := ""
	switch {
	case v.IsNull():
		detail = "The expression result is null. Cannot include a null value in a string template."
	case !v.IsKnown():
		return "", nil
	default:
		s, err := convert.Convert(v, cty.String)
		if err == nil {
			return s.AsString(), nil
		}
		detail = "Cannot include the given value in a string template: " + err.Error() + "."
	}
	return "", &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Invalid template interpolation value", Detail: detail,
		Subject: &part, Context: &whole,
	}
}

// A callExpr is a function call.
type callExpr struct {
	hclsyntax.Expression
	call *hclsyntax.FunctionCallExpr
	file *file
}

func (e *callExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	s, _ := scopeOf(ctx, "")
	if s == nil {
		return e.call.Value(ctx)
	}
	if !s.ev.knows(e.call.Name) {
		return s.unknownFunction(e), nil
	}
	if !s.ev.spend(1) {
		return s.ev.exhausted(cty.DynamicPseudoType), nil
	}
	v, diags := e.call.Value(ctx)
	if diags.HasErrors() {
		return v, diags
	}
	v = settle(v)
	switch {
	case v.IsKnown() || passes[e.call.Name]:
	case builds[e.call.Name]:
		v = derive(v, "${"+e.file.text(e.call.Range())+"}")
	default:
		v = derive(v, "")
	}
	return s.ev.sized(v, e.Range())
}

// passes are the functions that return one of their arguments, or a part or a
// collection of them, as it is: what is unknown keeps its origin.
var passes = set("try", "one", "element", "lookup", "coalesce", "coalescelist", "concat", "flatten", "merge", "slice",
	"values", "tolist", "toset", "tomap", "tostring", "compact", "distinct", "reverse", "zipmap", "sensitive",
	"nonsensitive", "ephemeralasnull", "chunklist", "setunion", "sort", "jsonencode", "transpose", "matchkeys",
	"file", "filebase64", "templatefile", "fileexists", "fileset", "filemd5", "filesha1", "filesha256", "filesha512",
	"filebase64sha256", "filebase64sha512", "templatestring", "timestamp", "plantimestamp", "uuid", "bcrypt", "pathexpand", "abspath")

// builds are the functions that make a text of their arguments: the result is
// set, whatever the arguments turn out to be.
var builds = set("format", "join", "replace", "trim", "trimprefix", "trimsuffix", "trimspace", "lower", "upper", "title",
	"substr", "base64encode", "urlencode", "yamlencode", "chomp", "indent", "strrev", "sha1", "sha256", "sha512", "md5",
	"base64sha256", "base64sha512", "base64gzip", "uuidv5")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, 2*len(names))
	for _, name := range names {
		m[name], m["core::"+name] = true, true
	}
	return m
}

// A sizedExpr is an operator or a literal whose result is counted. derives
// tells that an unknown result is no longer what it was made of.
type sizedExpr struct {
	hclsyntax.Expression
	derives bool
}

func (e *sizedExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Expression.Value(ctx)
	if diags.HasErrors() {
		return v, diags
	}
	if e.derives {
		v = settle(v)
		if !v.IsKnown() {
			v = derive(v, "")
		}
	}
	if s, _ := scopeOf(ctx, ""); s != nil {
		return s.ev.sized(v, e.Range())
	}
	return v, diags
}

// A stepExpr is evaluated once for each element of a for expression.
type stepExpr struct{ hclsyntax.Expression }

func (e *stepExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	s, _ := scopeOf(ctx, "")
	if s != nil && !s.ev.spend(1) {
		s.ev.exhausted(cty.DynamicPseudoType)
		return cty.DynamicVal, hcl.Diagnostics{spent(e.Range())}
	}
	return e.Expression.Value(ctx)
}

func tooLarge(r hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Subject: &r, Summary: "Value too large",
		Detail: "The result is larger than annexgate evaluates.",
	}
}

func spent(r hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Subject: &r, Summary: "Evaluation budget spent",
		Detail: "This module takes more work to evaluate than annexgate allows.",
	}
}
