package policytest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/annexgate/annexgate/internal/policy"
)

// formats checks that every file can be read and looks as opa fmt would leave
// it.
func (s *suite) formats() []Case {
	var cases []Case
	for _, f := range s.files {
		if f.lent {
			continue
		}
		if _, err := f.parse(); err != nil {
			if f.isTest() { // a rule that cannot be read has no metadata, and that is said already
				cases = append(cases, Case{Subject: f.subject(), Name: caseSyntax + path.Base(f.name), Fault: err.Error()})
			}
			continue
		}
		c := Case{Subject: f.subject(), Name: "format " + path.Base(f.name)}
		formatted, err := format.SourceWithOpts(f.label, []byte(f.text), format.Opts{RegoVersion: ast.RegoV1})
		switch {
		case err != nil:
			c.Fault = policy.Explain(err).Error()
		case string(formatted) != f.text:
			c.Fault = fmt.Sprintf("%s:%d: not formatted: run opa fmt --write on it", f.label, firstDifference(f.text, string(formatted)))
		default:
			c.Fault = sprintfs(f)
		}
		cases = append(cases, c)
	}
	return cases
}

// firstDifference returns the number of the first line in which a and b differ.
func firstDifference(a, b string) int {
	other := strings.Split(b, "\n")
	for i, line := range strings.Split(a, "\n") {
		if i >= len(other) || line != other[i] {
			return i + 1
		}
	}
	return 1 + strings.Count(a, "\n")
}

// sprintfs finds uses of sprintf.
func sprintfs(f file) string {
	for i, line := range strings.Split(f.text, "\n") {
		if strings.Contains(line, "sprintf(") {
			return fmt.Sprintf(`%s:%d: sprintf loses the finding when an argument is undefined: use a template string, $"..."`, f.label, i+1)
		}
	}
	return ""
}

// types compiles everything strictly and against the schemas of input.
func (s *suite) types(ctx context.Context) ([]Case, error) {
	schemas, err := s.schemas()
	if err != nil {
		return []Case{{Subject: "policies", Name: caseTypes, Fault: err.Error()}}, nil
	}
	compiler := newCompiler().WithStrict(true).WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	return s.grouped(caseTypes, flatten(policy.Build(ctx, compiler, s.modules()))), nil
}

func newCompiler() *ast.Compiler {
	return ast.NewCompiler().WithCapabilities(policy.Capabilities()).WithEnablePrintStatements(true)
}

// modules returns the files that can be parsed, tests included, by label.
func (s *suite) modules() map[string]*ast.Module {
	modules := map[string]*ast.Module{}
	for _, f := range s.files {
		if module, err := f.parse(); err == nil {
			modules[f.label] = module
		}
	}
	return modules
}

func (f file) parse() (*ast.Module, error) {
	module, err := ast.ParseModuleWithOpts(f.label, f.text, ast.ParserOptions{
		ProcessAnnotation: true, Capabilities: policy.Capabilities(),
	})
	switch {
	case err != nil:
		return nil, policy.Explain(err)
	case module == nil:
		return nil, fmt.Errorf("%s:1: the file is empty", f.label)
	}
	return module, nil
}

// schemas reads the JSON Schemas that policies name as schema.<kind>. Those of
// tested sources come before those that are lent.
func (s *suite) schemas() (*ast.SchemaSet, error) {
	schemas := ast.NewSchemaSet()
	for _, source := range slices.Concat(s.helpers, s.tested) {
		names, err := fs.Glob(source.FS, "schema/*.json")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			label := path.Join(source.Name, name)
			text, err := readFile(source.FS, name)
			if err != nil {
				return nil, fmt.Errorf("%s:1: read schema: %w", label, err)
			}
			var schema any
			if err := json.Unmarshal([]byte(text), &schema); err != nil {
				return nil, fmt.Errorf("%s:1: read schema: %w", label, err)
			}
			stem := strings.TrimSuffix(path.Base(name), ".json")
			schemas.Put(ast.SchemaRootRef.Append(ast.StringTerm(stem)), schema)
		}
	}
	return schemas, nil
}

// regoTests runs the test_ rules.
func (s *suite) regoTests(ctx context.Context) ([]Case, error) {
	settings, err := policy.Settings(s.library.Policies(), nil)
	if err != nil {
		return nil, err
	}
	store := inmem.NewFromObject(map[string]any{"settings": settings})
	results, err := tester.NewRunner().SetCompiler(newCompiler()).SetStore(store).SetModules(s.modules()).RaiseBuiltinErrors(true).RunTests(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("run Rego tests: %w", policy.Explain(err))
	}
	subjects := map[string]string{}
	for _, f := range s.files {
		subjects[f.label] = f.subject()
	}
	tested := map[string]bool{}
	var cases []Case
	for result := range results {
		subject := subjects[result.Location.File]
		tested[subject] = true
		cases = append(cases, testCases(subject, result)...)
	}
	for _, p := range s.library.Policies() {
		if !tested[p.ID] {
			cases = append(cases, Case{Subject: p.ID, Name: "tests", Fault: p.File + ":1: no Rego test examines it: write test_deny beside it, in " +
				strings.TrimSuffix(path.Base(p.File), ".rego") + "_test.rego"})
		}
	}
	slices.SortStableFunc(cases, func(a, b Case) int { return strings.Compare(a.Subject+"\x00"+a.Name, b.Subject+"\x00"+b.Name) })
	return cases, nil
}

// testCases turns one test rule into a case for each of its named cases.
func testCases(subject string, result *tester.Result) []Case {
	place := fmt.Sprintf("%s:%d", result.Location.File, result.Location.Row)
	if result.Error != nil {
		return []Case{{Subject: subject, Name: result.Name, Fault: place + ": " + result.Error.Error()}}
	}
	if len(result.SubResults) == 0 {
		c := Case{Subject: subject, Name: result.Name}
		if result.Fail || result.Skip {
			c.Fault = fmt.Sprintf("%s: %s fails%s", place, result.Name, printed(result))
		}
		return []Case{c}
	}
	var cases []Case
	for steps, sub := range result.SubResults.Iter {
		c := Case{Subject: subject, Name: result.Name + "/" + strings.Join(steps, "/")}
		if sub.Fail {
			c.Fault = fmt.Sprintf("%s: %s: the case %q fails%s", place, result.Name, strings.Join(steps, "/"), printed(result))
		}
		cases = append(cases, c)
	}
	return cases
}

// printed returns what a test printed, or how to make it say more.
func printed(result *tester.Result) string {
	if len(result.Output) == 0 {
		return ": print(...) in the test shows what came out"
	}
	return "; it printed: " + strings.TrimSpace(string(result.Output))
}
