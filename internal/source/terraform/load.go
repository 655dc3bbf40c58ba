// Package terraform reads Terraform configurations into subjects: it evaluates
// them as Terraform would before anything exists, and resolves which block
// refers to which.
//
// A directory of .tf files is a module. A directory that no module call points
// to is a root and is evaluated with its own tfvars; every other one is
// evaluated in the context of each of its calls.
//
// What the facts of a subject hold, beside its values:
//
//   - provider: {type, alias, region}, the configuration that serves a resource
//     or data source. region is the resource's own argument or the provider's.
//   - meta: what directs Terraform and not the provider: count and index, key
//     (of for_each), for_each (only when it is unknown), depends_on, lifecycle,
//     provisioner (a list of {type, ...}), connection.
//   - tags: the tags or labels in effect. For AWS the provider's default_tags
//     under the resource's tags, also where a resource writes none (without a
//     schema one cannot tell which types take none); for Google the same with
//     default_labels and labels; for others tags as they are. Left out when
//     there are none.
//   - documents: the IAM policies among the values, whatever their spelling, in
//     one shape, by the path of the argument: {"policy": {version, id,
//     statements: [{sid, effect, actions, not_actions, resources, not_resources,
//     principals: [{type, id}], not_principals, conditions: [{operator, key,
//     values}], address, path}]}}. Every list is there, empty if nothing is
//     written. address and path say where the statement is written: in the
//     argument, in what jsonencode is given, or in a data source
//     aws_iam_policy_document, which is then among the references. What is not
//     known is so at its own place. A data source has its result as json.
//   - rules: of a security group all its rules, those in it and those of
//     aws_security_group_rule and aws_vpc_security_group_*_rule that are for it,
//     in one shape: {direction, protocol, from_port, to_port, cidrs, cidr_paths,
//     groups, prefix_lists, self, description, address, path}. A resource that is
//     a rule has the same fact with its own rule alone. So a policy that judges
//     rules one by one looks at those whose address is the subject's, and finds
//     each once, also when the group is not in the configuration; a policy about
//     groups looks at all rules of a group.
//
// The shapes are in policies/schema/terraform.json.
//
// A resource of the Kubernetes provider is also a subject of kind kubernetes:
// the object that it makes, with the values of a manifest, the address of the
// resource and the places of its arguments. It refers to the objects of the
// resources that the resource refers to.
//
// What a sensitive variable or function marks is listed in Subject.Sensitive.
// The values hold the real text, for judging. Outputs that are sensitive are
// unknown values in the inventory.
//
// # Decisions
//
// Expressions are parsed once and their nodes wrapped (rewrite.go), so that a
// reference resolves itself when it is evaluated. Nothing that no expression
// asks for is computed, each thing is computed once, and dependencies are as
// fine as Terraform's own: an attribute, not a block. The alternative, a graph
// sorted beforehand, needs the schema of each provider to be as fine.
//
// Without provider schemas an attribute that is not configured is an unknown
// value which its resource settles. Its origin travels as a cty mark.
//
// JSON syntax is translated into the native syntax tree, so that one evaluator
// serves both.
//
// A module call is a subject whether or not its source is there.
//
// The data source aws_iam_policy_document is computed here, because it reads
// nothing and because many policies are written with it. A text of JSON
// of which a part is not known, by jsonencode, in a template or by that data
// source, is unknown as a value; its origin keeps the shape, so that the facts
// have all that is known.
package terraform

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Loader reads Terraform configurations. The zero value works.
type Loader struct {
	// Workspace is the value of terraform.workspace; empty means "default".
	Workspace string

	// Variables are given to every root module, in the order of the command
	// line. Where two speak of one variable, the later wins.
	Variables []Assignment

	// Getenv looks up TF_VAR_ variables; nil means that the environment has no
	// say. An empty variable counts as one that is not set.
	Getenv func(name string) string

	limits limits // zero fields mean the defaults; tests set them
}

// Load evaluates the modules that files make up: *.tf, *.tf.json, *.tfvars and
// *.tfvars.json, slash-separated inside fsys. Modules they call, and the
// manifest .terraform/modules/modules.json, are read through fsys as well.
//
// A fault in a file is a problem in the inventory. The only error is that of
// ctx.
func (l *Loader) Load(ctx context.Context, fsys fs.FS, files []string) (*annexgate.Inventory, error) {
	s := newStore(ctx, fsys, files, l.limits.orDefaults())
	s.admit(l.Variables)
	if err := s.parseAll(ctx); err != nil {
		return nil, err
	}
	roots := s.roots()
	l.unused(s, roots)
	jobs := s.plans(roots)
	results := make([]*result, len(jobs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, j := range jobs {
		group.Go(func() error {
			results[i] = l.evaluate(groupCtx, s, j)
			return groupCtx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("load terraform: %w", err)
	}
	return s.inventory(results), nil
}

// A result is what the evaluation of one root module gave.
type result struct {
	dir      string // or the plan, where it stands for itself
	subjects []*annexgate.Subject
	outputs  map[string]any
}

// evaluate judges one root module. A defect of ours costs that root, not the
// run.
func (l *Loader) evaluate(ctx context.Context, s *store, j *job) (r *result) {
	r = &result{dir: j.scope}
	defer func() {
		if fault := recover(); fault != nil {
			*r = result{dir: j.scope}
			s.problem(annexgate.Unread, annexgate.Location{File: j.module.first()},
				"evaluate the module in %s: %v", j.module.dir, fault)
		}
	}()
	ev := newEvaluator(ctx, s, j, l)
	r.subjects, r.outputs = ev.run()
	return r
}

// roots returns the directories to evaluate on their own: those that no local
// call points to, and one of each circle of calls that nothing else reaches.
func (s *store) roots() []string {
	calls := map[string][]string{}
	called := map[string]bool{}
	for _, dir := range s.listed {
		calls[dir] = s.module(dir).localCalls()
		for _, target := range calls[dir] {
			called[target] = called[target] || target != dir
		}
	}
	var roots []string
	reached := map[string]bool{}
	var reach func(dir string)
	reach = func(dir string) {
		if reached[dir] {
			return
		}
		reached[dir] = true
		for _, target := range calls[dir] {
			reach(target)
		}
	}
	for _, pass := range []bool{false, true} {
		for _, dir := range s.listed {
			if reached[dir] || called[dir] != pass || !s.module(dir).judged() {
				continue
			}
			roots = append(roots, dir)
			reach(dir)
		}
	}
	slices.Sort(roots)
	return roots
}

// inventory puts the roots together.
func (s *store) inventory(results []*result) *annexgate.Inventory {
	inv := &annexgate.Inventory{Inputs: s.sortedInputs(), Problems: s.sortedProblems()}
	for _, r := range results {
		inv.Subjects = append(inv.Subjects, r.subjects...)
		for name, value := range r.outputs {
			if len(results) > 1 && r.dir != "." {
				name = r.dir + ":" + name
			}
			if inv.Outputs == nil {
				inv.Outputs = map[string]any{}
			}
			inv.Outputs[name] = value
		}
	}
	slices.SortFunc(inv.Subjects, (*annexgate.Subject).Compare)
	return inv
}

// local reports whether source names a directory of the same repository, and
// which, seen from dir.
func local(dir, source string) (string, bool) {
	if source != "." && source != ".." && !strings.HasPrefix(source, "./") && !strings.HasPrefix(source, "../") {
		return "", false
	}
	return path.Join(dir, source), true
}
