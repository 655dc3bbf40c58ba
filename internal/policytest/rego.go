package policytest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/annexgate/annexgate/internal/policy"
)

// formats checks that every file looks as opa fmt would leave it.
func formats(_ context.Context, fsys fs.FS, library *policy.Library) ([]Case, error) {
	files, err := regoFiles(fsys)
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, name := range slices.Sorted(maps.Keys(files)) {
		c := Case{Subject: owner(library, name), Name: "format " + name}
		formatted, err := format.SourceWithOpts(name, []byte(files[name]), format.Opts{RegoVersion: ast.RegoV1})
		switch {
		case err != nil:
			c.Fault = err.Error()
		case string(formatted) != files[name]:
			c.Fault = name + ": not formatted: run opa fmt --write on it"
		case strings.Contains(files[name], "sprintf("):
			c.Fault = name + `: uses sprintf, which loses the finding when an argument is undefined: use a template string, $"..."`
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// types compiles everything strictly and against the schemas of input.
func types(_ context.Context, fsys fs.FS, _ *policy.Library) ([]Case, error) {
	c := Case{Subject: "policies", Name: "types"}
	if _, err := compile(fsys); err != nil {
		c.Fault = err.Error()
	}
	return []Case{c}, nil
}

func compile(fsys fs.FS) (*ast.Compiler, error) {
	modules, err := parse(fsys)
	if err != nil {
		return nil, err
	}
	schemas, err := schemaSet(fsys)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithStrict(true).WithSchemas(schemas).WithUseTypeCheckAnnotations(true).WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

func parse(fsys fs.FS) (map[string]*ast.Module, error) {
	files, err := regoFiles(fsys)
	if err != nil {
		return nil, err
	}
	modules := map[string]*ast.Module{}
	for name, text := range files {
		module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{ProcessAnnotation: true})
		if err != nil {
			return nil, err
		}
		modules[name] = module
	}
	return modules, nil
}

// schemaSet reads the JSON Schemas that policies name as schema.<kind>.
func schemaSet(fsys fs.FS) (*ast.SchemaSet, error) {
	schemas := ast.NewSchemaSet()
	names, err := fs.Glob(fsys, "schema/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		var schema any
		if err := json.Unmarshal(text, &schema); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", name, err)
		}
		stem := strings.TrimSuffix(strings.TrimPrefix(name, "schema/"), ".json")
		schemas.Put(ast.MustParseRef("schema."+stem), schema)
	}
	return schemas, nil
}

// regoTests runs the test_ rules.
func regoTests(ctx context.Context, fsys fs.FS, library *policy.Library) ([]Case, error) {
	modules, err := parse(fsys)
	if err != nil {
		return nil, err
	}
	settings, err := policy.Settings(library.Policies(), nil)
	if err != nil {
		return nil, err
	}
	store := inmem.NewFromObject(map[string]any{"settings": settings})
	results, err := tester.NewRunner().SetStore(store).SetModules(modules).RaiseBuiltinErrors(true).RunTests(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("run Rego tests: %w", err)
	}
	tested := map[string]bool{}
	var cases []Case
	for result := range results {
		subject := owner(library, result.Location.File)
		tested[subject] = true
		cases = append(cases, testCases(subject, result)...)
	}
	for _, p := range library.Policies() {
		if !tested[p.ID] {
			cases = append(cases, Case{Subject: p.ID, Name: "tests", Fault: p.File + ": no Rego test examines it: write test_deny beside it"})
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
			c.Fault = place + ": the test fails" + printed(result)
		}
		return []Case{c}
	}
	var cases []Case
	for path, sub := range result.SubResults.Iter {
		c := Case{Subject: subject, Name: result.Name + "/" + strings.Join(path, "/")}
		if sub.Fail {
			c.Fault = place + ": the case fails" + printed(result)
		}
		cases = append(cases, c)
	}
	return cases
}

func printed(result *tester.Result) string {
	if len(result.Output) == 0 {
		return ""
	}
	return "; it printed:\n" + string(result.Output)
}
