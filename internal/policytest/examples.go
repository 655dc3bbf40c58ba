package policytest

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/eval"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/source"
)

// The beginnings of the names of examples.
const (
	failing = "fail"
	passing = "pass"
	open    = "unknown"
)

// extensions are those of the files that hold examples.
var extensions = map[annexgate.Kind]string{
	annexgate.Terraform: ".tf", annexgate.Kubernetes: ".yaml", annexgate.PullRequest: ".json",
}

// examples runs each policy on the examples in its folder.
func (s *suite) examples(ctx context.Context) ([]Case, error) {
	settings, err := policy.Settings(s.library.Policies(), nil)
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, p := range s.library.Policies() {
		program, err := s.library.Compile(ctx, []*annexgate.Policy{p}, settings)
		if err != nil {
			return nil, err
		}
		_, folder, err := s.library.Read(p)
		if err != nil {
			return nil, err
		}
		names, err := exampleNames(folder)
		if err != nil {
			return nil, err
		}
		for _, name := range []string{failing, passing} {
			if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name) }) {
				cases = append(cases, Case{Subject: p.ID, Name: name, Fault: fmt.Sprintf(
					"%s:1: no example starts with %s: write %s%s beside it", p.File, name, name, extensions[p.Kind])})
			}
		}
		for _, name := range names {
			e := &example{fsys: folder, place: path.Dir(p.File), name: name, policy: p}
			c := Case{Subject: p.ID, Name: name}
			if err := e.run(ctx, program); err != nil {
				c.Fault = err.Error()
			}
			cases = append(cases, c)
		}
	}
	return cases, ctx.Err()
}

// exampleNames returns the names of the examples in folder.
func exampleNames(folder fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("read examples: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); about(name) != "" && !strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, ".want") {
			names = append(names, name)
		}
	}
	return names, nil
}

// An Example is one file of the examples of a policy.
type Example struct {
	Name string // in the folder of the policy, slash-separated: fail.tf, pass_module/main.tf
	Want string // what the example shows: fail, pass or unknown
	Text string
}

// Examples returns the examples in folder, the folder of a policy, by name.
func Examples(folder fs.FS) ([]Example, error) {
	names, err := exampleNames(folder)
	if err != nil {
		return nil, err
	}
	var all []Example
	for _, name := range names {
		files, err := exampleFiles(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read example %s: %w", name, err)
		}
		for _, file := range files {
			text, err := readFile(folder, file)
			if err != nil {
				return nil, fmt.Errorf("read example %s: %w", name, err)
			}
			all = append(all, Example{Name: file, Want: about(name), Text: text})
		}
	}
	return all, nil
}

// about returns what the example called name shows: fail, pass or unknown. It
// returns "" for the name of something else.
func about(name string) string {
	for _, outcome := range []string{failing, passing, open} {
		if strings.HasPrefix(name, outcome) {
			return outcome
		}
	}
	return ""
}

// An example is a file or folder beside a rule.
type example struct {
	fsys   fs.FS  // the folder of the policy
	place  string // that folder's name, as people see it
	name   string // in the folder
	policy *annexgate.Policy
}

// label returns the name of a file in the folder as people see it.
func (e *example) label(file string) string { return path.Join(e.place, file) }

// at returns a place in the folder as people see it.
func (e *example) at(at annexgate.Location) annexgate.Location {
	if at.File != "" {
		at.File = e.label(at.File)
	}
	return at
}

// run judges the example and compares.
func (e *example) run(ctx context.Context, program *policy.Program) error {
	files, err := exampleFiles(e.fsys, e.name)
	if err != nil {
		return fmt.Errorf("%s:1: read the example: %w", e.label(e.name), err)
	}
	inventory, err := source.Load(ctx, batches(e.policy.Kind, e.fsys, files)...)
	if err != nil {
		return fmt.Errorf("%s:1: %w", e.label(e.name), err)
	}
	for _, problem := range inventory.Problems {
		if problem.Loss == annexgate.Unread {
			problem.At = e.at(problem.At)
			return fmt.Errorf("%s", problem)
		}
	}
	results, problems, err := eval.Run(ctx, program, []*annexgate.Policy{e.policy}, inventory.Subjects, eval.Options{})
	if err != nil {
		return err
	}
	for _, problem := range problems {
		problem.At = e.at(problem.At)
		return fmt.Errorf("%s", problem)
	}
	if len(results) == 0 {
		return fmt.Errorf("%s:1: the policy examines nothing in it: want one of its subjects, %s", e.label(e.name), strings.Join(e.policy.Types, ", "))
	}
	switch about(e.name) {
	case failing:
		return e.compareMarks(files, results)
	case open:
		return e.wantOutcome(results, annexgate.Unknown)
	}
	return e.wantOutcome(results, annexgate.Pass)
}

// exampleFiles returns the input files of the example called name: itself, or
// all in it.
func exampleFiles(fsys fs.FS, name string) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, name, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(file, ".want") {
			files = append(files, file)
		}
		return err
	})
	return files, err
}

// wantOutcome checks that nothing fails and that the outcome occurs. For Pass,
// every outcome must be it.
func (e *example) wantOutcome(results []annexgate.Result, want annexgate.Outcome) error {
	seen := false
	for _, r := range results {
		seen = seen || r.Outcome == want
		if r.Outcome == want || want == annexgate.Unknown && r.Outcome == annexgate.Pass {
			continue
		}
		why := ""
		for _, f := range r.Findings {
			why += fmt.Sprintf("\n\t%s: %s", e.at(f.At), f.Message)
		}
		return fmt.Errorf("%s: the outcome of %s is %s, want %s%s", e.at(r.Subject.At), r.Subject.Address, r.Outcome, want, why)
	}
	if !seen {
		return fmt.Errorf("%s:1: no outcome is %s", e.label(e.name), want)
	}
	return nil
}
