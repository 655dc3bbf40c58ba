package terraform

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// plans reads the plans among the files, and finds the source of each.
func (s *store) plans(roots []string) []*job {
	var jobs []*job
	taken := map[string]bool{}
	for _, name := range s.planned {
		if s.stopped() != nil {
			break
		}
		p := s.readPlan(name)
		if p == nil {
			continue
		}
		j := &job{plan: p, scope: name}
		if dir, ok := s.sourceOf(p, roots); ok {
			j.module = s.module(dir)
			if !taken[dir] {
				j.scope = dir
			}
			taken[dir] = true
		} else {
			s.problem(annexgate.Notice, p.at, "no source beside plan %s matches it; findings are placed in the plan", name)
			j.module = (&planner{plan: p, file: fixedFile(p.at)}).module(p.root, nil)
		}
		jobs = append(jobs, j)
	}
	for _, dir := range roots {
		if !taken[dir] {
			jobs = append(jobs, &job{module: s.module(dir), scope: dir})
		}
	}
	slices.SortFunc(jobs, func(a, b *job) int { return strings.Compare(a.scope, b.scope) })
	return jobs
}

// sourceOf returns the directory that a plan was made in: the first, of the
// plan's own, those above it and all other roots, that declares what the
// plan's root module does.
func (s *store) sourceOf(p *plan, roots []string) (string, bool) {
	dir := path.Dir(p.name)
	candidates := []string{dir}
	for dir != "." && len(candidates) < maxNesting {
		dir = path.Dir(dir)
		candidates = append(candidates, dir)
	}
	for _, dir := range append(candidates, roots...) {
		if m := s.module(dir); m.judged() && p.madeFrom(m) {
			return dir, true
		}
	}
	return "", false
}

// madeFrom reports whether a module declares what the plan's root module does.
func (p *plan) madeFrom(m *module) bool {
	declared := map[string]bool{}
	for _, d := range slices.Concat(m.resources, m.calls) {
		declared[d.address] = true
	}
	for _, r := range p.root.Resources {
		address := r.Type + "." + r.Name
		if r.Mode == "data" {
			address = "data." + address
		}
		if !declared[address] {
			return false
		}
	}
	for name := range p.root.Calls {
		if !declared["module."+name] {
			return false
		}
	}
	return len(p.root.Resources)+len(p.root.Calls) > 0
}

// A job is one root module to judge, with a plan or without.
type job struct {
	module *module
	plan   *plan
	scope  string
}

// assigned returns the values of variables that the plan was made with.
func (p *plan) assigned() map[string]*attribute {
	f := fixedFile(p.at)
	values := map[string]*attribute{}
	for name, v := range p.variables {
		values[name] = &attribute{name: name, file: f, expr: &hclsyntax.LiteralValueExpr{Val: fromJSON(v, 0)}}
	}
	return values
}

// callConfiguration returns what the plan says of the module behind a call.
func (p *plan) callConfiguration(calls []string) (planModule, bool) {
	m := p.root
	for _, name := range calls {
		call, ok := m.Calls[name]
		if !ok {
			return planModule{}, false
		}
		m = call.Module
	}
	return m, true
}

// rest returns subjects for what is in the plan and nowhere in the source, and
// tells the root module what is destroyed.
func (p *plan) rest(ev *evaluator, root *annexgate.Subject) []*annexgate.Subject {
	var subjects []*annexgate.Subject
	destroyed := []any{}
	for _, c := range p.changes {
		if c.gone() {
			gone := c.facts()
			gone["address"], gone["type"], gone["name"] = c.Address, c.Type, c.Name
			destroyed = append(destroyed, gone)
			continue
		}
		if p.used[c.Address] || p.byAddress[c.Address] != c {
			continue
		}
		p.used[c.Address] = true
		subjects = append(subjects, p.subject(ev, c))
	}
	root.Facts["change"] = map[string]any{"destroyed": destroyed}
	return subjects
}

// subject makes the subject of an instance that no source tells of.
func (p *plan) subject(ev *evaluator, c *planned) *annexgate.Subject {
	s := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: c.Type, Name: c.Name, Address: c.Address, Module: c.Module, Scope: ev.scope,
		Values: map[string]any{}, Facts: map[string]any{}, At: p.at, Source: &annexgate.Source{At: p.at},
	}
	if c.Mode == "data" {
		s.Type = "data." + c.Type
	}
	c.describe(s, &merger{shapes: newShapes(), typ: c.Type})
	if tags, ok := s.Values["tags"]; ok {
		s.Facts["tags"] = tags
	}
	s.Sensitive = sortPaths(s.Sensitive)
	return s
}

// planOutputs replaces outputs by what the plan knows of them.
func (p *plan) planOutputs(outputs map[string]any) {
	for name, o := range p.outputs {
		if o.Value != nil && !o.Sensitive {
			if v, ok := (&exporter{}).value(fromJSON(o.Value, 0), nil, nil); ok {
				outputs[name] = v
			}
		}
	}
}

// settleByPlan replaces one instance that stands for all by those in the plan.
func (x *expansion) settleByPlan(v cty.Value) {
	mode, ok := x.plannedKeys(v)
	if !ok {
		return
	}
	x.mode, x.count = mode, cty.NilVal
	name := "for_each"
	if mode == counted {
		name, x.count = "count", cty.NumberIntVal(int64(len(x.items)))
	}
	if x.body.attr(name) == nil { // a plan leaves out an expression that refers to nothing
		p := &planner{plan: x.in.ev.plan, file: x.file}
		x.body.attrs = append(x.body.attrs, p.attribute(name, nil))
		x.body.byName = nil
	}
}

// plannedProvider returns the provider that the plan says serves a resource.
func (in *instance) plannedProvider(key string) provider {
	ev := in.ev
	c, ok := ev.plan.providers[key]
	if !ok {
		return provider{name: key}
	}
	for m := in; m != nil; m = m.parent {
		if modulePath(m.path) != c.Module {
			continue
		}
		for _, b := range m.mod.providers {
			if alias, _ := b.text("alias"); b.labels[0] == c.Name && alias == c.Alias {
				return provider{name: c.Name, alias: c.Alias, values: m.providerValues(b).Values}
			}
		}
	}
	return provider{name: c.Name, alias: c.Alias}
}
