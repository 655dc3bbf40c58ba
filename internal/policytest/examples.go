package policytest

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
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

// examples runs each policy on the examples in its folder.
func examples(ctx context.Context, fsys fs.FS, library *policy.Library) ([]Case, error) {
	settings, err := policy.Settings(library.Policies(), nil)
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, p := range library.Policies() {
		program, err := library.Compile(ctx, []*annexgate.Policy{p}, settings)
		if err != nil {
			return nil, err
		}
		found, err := exampleNames(fsys, path.Dir(p.File))
		if err != nil {
			return nil, err
		}
		for _, name := range []string{failing, passing} {
			if !slices.ContainsFunc(found, func(n string) bool { return strings.HasPrefix(n, name) }) {
				cases = append(cases, Case{Subject: p.ID, Name: name, Fault: p.File + ": no example starts with " + name})
			}
		}
		for _, name := range found {
			c := Case{Subject: p.ID, Name: name}
			if err := runExample(ctx, fsys, program, p, path.Join(path.Dir(p.File), name)); err != nil {
				c.Fault = err.Error()
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

func exampleNames(fsys fs.FS, folder string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil, fmt.Errorf("read examples: %w", err)
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if example := strings.HasPrefix(name, failing) || strings.HasPrefix(name, passing) || strings.HasPrefix(name, open); example &&
			!strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, ".want") {
			names = append(names, name)
		}
	}
	return names, nil
}

// runExample judges the example in file or folder name and compares.
func runExample(ctx context.Context, fsys fs.FS, program *policy.Program, p *annexgate.Policy, name string) error {
	files, err := exampleFiles(fsys, name)
	if err != nil {
		return err
	}
	inventory, err := source.Load(ctx, source.Batch{Kind: p.Kind, FS: fsys, Files: files})
	if err != nil {
		return err
	}
	for _, problem := range inventory.Problems {
		if problem.Loss == annexgate.Unread {
			return fmt.Errorf("%s", problem)
		}
	}
	results, problems, err := eval.Run(ctx, program, []*annexgate.Policy{p}, inventory.Subjects, eval.Options{})
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", problems[0])
	}
	if len(results) == 0 {
		return fmt.Errorf("%s: the policy examines nothing in it", name)
	}
	switch base := path.Base(name); {
	case strings.HasPrefix(base, failing):
		return compareMarks(fsys, files, results)
	case strings.HasPrefix(base, open):
		return wantOutcome(name, results, annexgate.Unknown)
	}
	return wantOutcome(name, results, annexgate.Pass)
}

// exampleFiles returns the input files of the example: itself, or all in it.
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
func wantOutcome(name string, results []annexgate.Result, want annexgate.Outcome) error {
	seen := false
	for _, r := range results {
		seen = seen || r.Outcome == want
		if r.Outcome == want || want == annexgate.Unknown && r.Outcome == annexgate.Pass {
			continue
		}
		why := ""
		for _, f := range r.Findings {
			why += fmt.Sprintf("\n\t%s: %s", f.At, f.Message)
		}
		return fmt.Errorf("%s: the outcome of %s is %s, want %s%s", name, r.Subject.Address, r.Outcome, want, why)
	}
	if !seen {
		return fmt.Errorf("%s: no outcome is %s", name, want)
	}
	return nil
}

// A mark is a finding that an example announces.
type mark struct {
	file    string
	line    int
	message *regexp.Regexp
}

// compareMarks checks that failures are where the marks are, and only there.
func compareMarks(fsys fs.FS, files []string, results []annexgate.Result) error {
	marks, err := readMarks(fsys, files)
	if err != nil {
		return err
	}
	if len(marks) == 0 {
		return fmt.Errorf("%s: no line is marked with: want \"...\"", files[0])
	}
	var faults []string
	for _, r := range results {
		for _, f := range r.Findings {
			if r.Outcome != annexgate.Fail {
				continue
			}
			i := slices.IndexFunc(marks, func(m mark) bool {
				return m.file == f.At.File && m.line == f.At.Line && m.message.MatchString(f.Message)
			})
			if i < 0 {
				faults = append(faults, fmt.Sprintf("%s: unexpected finding: %s", f.At, f.Message))
				continue
			}
			marks = slices.Delete(marks, i, i+1)
		}
	}
	for _, m := range marks {
		faults = append(faults, fmt.Sprintf("%s:%d: no finding matches %q", m.file, m.line, m.message))
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s", strings.Join(faults, "\n"))
	}
	return nil
}

var (
	wantComment = regexp.MustCompile(`(?:#|//) want ((?:"(?:[^"\\]|\\.)*"\s*)+)$`)
	quoted      = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	wantLine    = regexp.MustCompile(`^(\d+) (.+)$`)
)

func readMarks(fsys fs.FS, files []string) ([]mark, error) {
	var marks []mark
	for _, file := range files {
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if found := wantComment.FindStringSubmatch(strings.TrimRight(line, " \r")); found != nil {
				for _, q := range quoted.FindAllString(found[1], -1) {
					pattern, err := strconv.Unquote(q)
					if err != nil {
						return nil, fmt.Errorf("%s:%d: mark %s: %w", file, i+1, q, err)
					}
					if marks, err = addMark(marks, file, i+1, pattern); err != nil {
						return nil, err
					}
				}
			}
		}
		text, err = fs.ReadFile(fsys, strings.TrimSuffix(file, path.Ext(file))+".want")
		if err != nil {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			found := wantLine.FindStringSubmatch(line)
			if found == nil {
				return nil, fmt.Errorf("%s: mark %q: want a line number and a regular expression", file, line)
			}
			number, _ := strconv.Atoi(found[1])
			if marks, err = addMark(marks, file, number, found[2]); err != nil {
				return nil, err
			}
		}
	}
	return marks, nil
}

func addMark(marks []mark, file string, line int, pattern string) ([]mark, error) {
	message, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: mark: %w", file, line, err)
	}
	return append(marks, mark{file, line, message}), nil
}
