package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/policytest"
	"github.com/annexgate/annexgate/policies"
)

// defaultPolicies is the folder of policies when none is named.
const defaultPolicies = "policies"

var policiesTestCommand = command{
	name:    "policies test",
	args:    "[dir ...]",
	summary: "Hold policies to the rules: metadata, format, types, Rego tests, examples",
	help: `
Checks every policy below each folder (policies when none is given) as the
policies that annexgate brings along are checked. Helpers of annexgate are there
to import, as data.policies.lib.tf and data.policies.lib.k8s. Exits with 1 when
something is at fault, with 3 when a folder cannot be read or has no policies.

Examples:
  annexgate policies test
  annexgate policies test -v policies ../shared-policies`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		verbose := flags.BoolP("verbose", "v", false, "name each check")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			return testPolicies(ctx, env, *verbose, args)
		}
	},
}

func testPolicies(ctx context.Context, env Env, verbose bool, names []string) (int, error) {
	if len(names) == 0 {
		names = []string{defaultPolicies}
	}
	dir, err := env.Getwd()
	if err != nil {
		return 0, fmt.Errorf("find the current directory: %w", err)
	}
	var sources []policy.Source
	for _, name := range names {
		source, err := policySource(dir, name)
		if err != nil {
			return 0, err
		}
		sources = append(sources, source)
	}
	cases, err := policytest.Run(ctx, sources, policy.Source{Name: "annexgate", FS: policies.FS})
	if err != nil {
		return 0, err
	}
	code, err := writeCases(env.Stdout, cases, names, verbose)
	if err == nil && policytest.Stopped(cases) {
		fmt.Fprintln(env.Stderr, "hint: Rego tests and examples run once these faults are mended")
	}
	return code, err
}

// policySource opens a folder of policies. Nothing outside it is read, wherever
// its links lead.
func policySource(dir, name string) (policy.Source, error) {
	full := name
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, full)
	}
	root, err := os.OpenRoot(full)
	if errors.Is(err, fs.ErrNotExist) {
		return policy.Source{}, usagef("open policies in %s: no such directory\nhint: annexgate policies new ID writes a first policy", name)
	}
	if err != nil {
		return policy.Source{}, usagef("open policies in %s: %w", name, pathReason(err))
	}
	return policy.Source{Name: filepath.ToSlash(filepath.Clean(name)), FS: root.FS()}, nil
}

// pathReason returns err without the path, which the caller has named.
func pathReason(err error) error {
	if fault := (*fs.PathError)(nil); errors.As(err, &fault) {
		return fault.Err
	}
	return err
}

// writeCases writes the cases that are at fault, all when verbose, by policy,
// and a summary.
func writeCases(w io.Writer, cases []policytest.Case, names []string, verbose bool) (int, error) {
	slices.SortStableFunc(cases, func(a, b policytest.Case) int { return strings.Compare(a.Subject, b.Subject) })
	var b strings.Builder
	subjects, faults, heading := 0, 0, ""
	for i, c := range cases {
		if (i == 0 || cases[i-1].Subject != c.Subject) && !strings.HasSuffix(c.Subject, ".rego") {
			subjects++
		}
		if c.Fault != "" {
			faults++
		}
		if c.Fault == "" && !verbose {
			continue
		}
		if heading != c.Subject {
			heading = c.Subject
			b.WriteString(inert.Log(inert.Text(heading)) + "\n")
		}
		writeCase(&b, c, verbose)
	}
	if subjects == 0 {
		return 0, fmt.Errorf("no policies in %s\nhint: annexgate policies new ID writes a first one", strings.Join(names, ", "))
	}
	fmt.Fprintf(&b, "%s, %s, %s\n", count(subjects, "policy", "policies"), count(len(cases), "check", "checks"), count(faults, "fault", "faults"))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return 0, err
	}
	if faults > 0 {
		return ExitBlocked, nil
	}
	return ExitClear, nil
}

func writeCase(b *strings.Builder, c policytest.Case, verbose bool) {
	if verbose {
		state := "ok  "
		if c.Fault != "" {
			state = "FAIL"
		}
		b.WriteString("  " + state + " " + inert.Text(c.Name) + "\n")
	}
	for _, line := range strings.Split(c.Fault, "\n") {
		if line = strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), " \r"); line != "" {
			b.WriteString(inert.Log("  "+inert.Text(line)) + "\n")
		}
	}
}
