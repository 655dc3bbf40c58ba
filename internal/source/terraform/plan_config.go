package terraform

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Where the source of a module is not there, its place takes what the plan
// says of its configuration: constants, and the names of what an expression
// refers to. The evaluator takes it as any other module, so that references
// find their way through modules and instances.

// A planner makes modules of the configuration in a plan.
type planner struct {
	plan *plan
	file *file // where everything in it is said to be
}

// module makes the module at a path of calls.
func (p *planner) module(of planModule, calls []string) *module {
	m := &module{
		dir: plannedDir(calls), files: []string{p.plan.name},
		variables: map[string]*variable{}, locals: map[string]*attribute{}, names: p.file.names,
	}
	for _, r := range of.Resources {
		m.resources = append(m.resources, p.resource(r))
	}
	for _, name := range sortedKeys(of.Calls) {
		m.calls = append(m.calls, p.call(name, of.Calls[name], calls))
	}
	for _, name := range sortedKeys(of.Outputs) {
		b := p.block("output", name)
		b.body.attrs = []*attribute{p.attribute("value", of.Outputs[name].Expression)}
		if of.Outputs[name].Sensitive {
			b.body.attrs = append(b.body.attrs, p.literal("sensitive", true))
		}
		m.outputs = append(m.outputs, b)
	}
	for _, name := range sortedKeys(of.Variables) {
		v := &variable{block: p.block("variable", name), constraint: cty.DynamicPseudoType, nullable: true, sensitive: of.Variables[name].Sensitive}
		if text := of.Variables[name].Default; len(text) > 0 {
			var value any
			if decodeNumbers(text, &value) == nil {
				v.fallback = p.literal("default", value)
			}
		}
		m.variables[name] = v
	}
	for _, key := range sortedKeys(p.plan.providers) {
		if c := p.plan.providers[key]; c.Module == modulePath(calls) && len(c.Expressions) > 0 {
			m.providers = append(m.providers, p.provider(c))
		}
	}
	return m
}

// plannedDir names the module of a plan where a directory is asked for.
func plannedDir(calls []string) string { return "plan:" + strings.Join(calls, ".") }

func modulePath(calls []string) string {
	if len(calls) == 0 {
		return ""
	}
	return "module." + strings.Join(calls, ".module.")
}

func (p *planner) block(kind string, labels ...string) *block {
	return &block{kind: kind, labels: labels, body: &body{}, file: p.file}
}

func (p *planner) resource(r planResource) *declaration {
	kind, address := "resource", r.Type+"."+r.Name
	if r.Mode == "data" {
		kind, address = "data", "data."+address
	}
	d := &declaration{block: p.block(kind, r.Type, r.Name), address: address, provider: r.Provider}
	d.body = p.body(r.Expressions, 0)
	p.repeat(d.body, r.Count, r.ForEach, r.DependsOn)
	for _, provisioner := range r.Provisioners {
		b := p.block("provisioner", provisioner.Type)
		b.body = p.body(provisioner.Expressions, 0)
		d.body.blocks = append(d.body.blocks, b)
	}
	return d
}

func (p *planner) call(name string, c planCall, calls []string) *declaration {
	d := &declaration{block: p.block("module", name), address: "module." + name}
	d.body = p.body(c.Expressions, 0)
	d.body.attrs = append(d.body.attrs, p.literal("source", c.Source))
	if c.Version != "" {
		d.body.attrs = append(d.body.attrs, p.literal("version", c.Version))
	}
	p.repeat(d.body, c.Count, c.ForEach, c.DependsOn)
	d.inline = p.module(c.Module, append(slices.Clone(calls), name))
	return d
}

func (p *planner) provider(c planProvider) *block {
	b := p.block("provider", c.Name)
	b.body = p.body(c.Expressions, 0)
	if c.Alias != "" {
		b.body.attrs = append(b.body.attrs, p.literal("alias", c.Alias))
	}
	return b
}

func (p *planner) repeat(b *body, count, forEach any, dependsOn []string) {
	if count != nil {
		b.attrs = append(b.attrs, p.attribute("count", count))
	}
	if forEach != nil {
		b.attrs = append(b.attrs, p.attribute("for_each", forEach))
	}
	if len(dependsOn) > 0 {
		list := &hclsyntax.TupleConsExpr{}
		for _, text := range dependsOn {
			if t, ok := parseReference(text); ok {
				list.Exprs = append(list.Exprs, &hclsyntax.ScopeTraversalExpr{Traversal: t})
			}
		}
		b.attrs = append(b.attrs, &attribute{name: "depends_on", expr: list, file: p.file})
	}
}

// body makes the body of a block. Expressions are objects that say so; other
// objects, and lists of objects, are nested blocks.
func (p *planner) body(expressions map[string]any, depth int) *body {
	out := &body{}
	for _, name := range sortedKeys(expressions) {
		v := expressions[name]
		list, isList := v.([]any)
		object, isObject := v.(map[string]any)
		switch {
		case depth > maxNesting:
		case isList:
			for _, item := range list {
				if inner, ok := item.(map[string]any); ok {
					b := p.block(name)
					b.body = p.body(inner, depth+1)
					out.blocks = append(out.blocks, b)
				}
			}
		case isObject && !isExpression(object):
			b := p.block(name)
			b.body = p.body(object, depth+1)
			out.blocks = append(out.blocks, b)
		default:
			out.attrs = append(out.attrs, p.attribute(name, v))
		}
	}
	return out
}

func isExpression(object map[string]any) bool {
	_, constant := object["constant_value"]
	_, references := object["references"]
	return constant || references || len(object) == 0
}

func (p *planner) literal(name string, v any) *attribute {
	return &attribute{name: name, file: p.file, expr: &hclsyntax.LiteralValueExpr{Val: fromJSON(v, 0)}}
}

// attribute makes an attribute of an expression: {"constant_value": ...} or
// {"references": [...]}.
func (p *planner) attribute(name string, v any) *attribute {
	object, _ := v.(map[string]any)
	if constant, ok := object["constant_value"]; ok {
		return p.literal(name, constant)
	}
	e := &planExpr{Expression: &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal}, file: p.file}
	texts, _ := object["references"].([]any)
	last := ""
	for _, text := range texts {
		text, _ := text.(string)
		if strings.HasPrefix(last, text) && text != "" {
			continue // the whole of what stands before it
		}
		if t, ok := parseReference(text); ok {
			last = text
			e.references = append(e.references, p.file.rewrite(&hclsyntax.ScopeTraversalExpr{Traversal: t}))
		}
	}
	return &attribute{name: name, file: p.file, expr: e}
}

func parseReference(text string) (hcl.Traversal, bool) {
	if len(text) > maxAddress || (limits{}).orDefaults().nesting([]byte(text), false) != nil {
		return nil, false
	}
	t, diags := hclsyntax.ParseTraversalAbs([]byte(text), "", hcl.InitialPos)
	return t, !diags.HasErrors()
}

// A planExpr is an expression of which only the references are known. Its
// value is never known. It counts as settled at apply when all that it refers
// to, and does not know either, is: what an unknown in a plan waits for.
type planExpr struct {
	hclsyntax.Expression
	file       *file
	references []hclsyntax.Expression
}

func (e *planExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	marks := cty.ValueMarks{}
	text := ""
	for _, reference := range e.references {
		if s, _ := scopeOf(ctx, ""); s != nil && !s.ev.spend(1) {
			return s.ev.exhausted(cty.DynamicPseudoType), nil
		}
		v, diags := reference.Value(ctx)
		if diags.HasErrors() {
			continue // the plan was made without this fault
		}
		bare, own := v.UnmarkDeep()
		if !bare.IsKnown() {
			if s, ok := referenceText(own); ok {
				text += s
			}
		}
		delete(own, sensitiveMark{}) // the plan says to the leaf what is sensitive
		addMarks(marks, own)
	}
	v := cty.DynamicVal.WithMarks(marks)
	if len(origins(marks)) == 0 {
		why := &origin{reason: "the plan does not say what the value depends on", from: e.file.location(hcl.Range{})}
		return v.Mark(why), nil
	}
	return derive(v, text), nil
}

// fromJSON makes a value of a plan's JSON.
func fromJSON(v any, depth int) cty.Value {
	if depth > maxNesting {
		return cty.DynamicVal
	}
	switch v := v.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType)
	case bool:
		return cty.BoolVal(v)
	case string:
		return cty.StringVal(v)
	case json.Number:
		if len(v) > 1000 || hugeExponent(string(v)) {
			return cty.UnknownVal(cty.Number)
		}
		if n, err := cty.ParseNumberVal(string(v)); err == nil {
			return n
		}
	case []any:
		list := make([]cty.Value, len(v))
		for i, item := range v {
			list[i] = fromJSON(item, depth+1)
		}
		return cty.TupleVal(list)
	case map[string]any:
		object := make(map[string]cty.Value, len(v))
		for key, item := range v {
			object[key] = fromJSON(item, depth+1)
		}
		return cty.ObjectVal(object)
	}
	return cty.DynamicVal
}

// fixedFile is a file that everything in a plan is said to be in, at one
// place.
func fixedFile(at annexgate.Location) *file {
	return &file{name: at.File, fixed: &at, names: map[string]bool{}}
}
