package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/soa"
)

var soaInitCommand = command{
	name:    "soa init",
	summary: "Write a Statement of Applicability with all 93 controls",
	help: `
Writes soa.yaml at the root of the repository (or what soa.file in the
configuration names). How a control may be implemented is filled in from the
policies that support it, and labelled as derived until somebody confirms it. A
file that is there already is never overwritten.`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.add(flags)
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("soa init takes no arguments")
			}
			return initSoA(ctx, env, &f)
		}
	},
}

var soaCheckCommand = command{
	name:    "soa check",
	summary: "Find what an auditor would miss in the Statement of Applicability",
	help: `
Finds controls that are not mentioned, missing justifications, exclusions without
a reason, missing and overdue reviews, owners that CODEOWNERS does not know,
controls that are claimed to be covered by policies and are not, and what was
derived and never confirmed. Exits 1 when there is any.`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.add(flags)
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("soa check takes no arguments")
			}
			return checkSoA(ctx, env, &f)
		}
	},
}

var soaShowCommand = command{
	name:    "soa show",
	summary: "Print the Statement of Applicability for an auditor",
	help: `
Examples:
  annexgate soa show
  annexgate soa show -o markdown > statement-of-applicability.md
  annexgate soa show -o csv > soa.csv`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.add(flags)
		format := flags.StringP("output", "o", "text", "`format`: text, markdown, csv or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("soa show takes no arguments")
			}
			return showSoA(ctx, env, &f, *format)
		}
	},
}

// readRules reads the rules of the repository around here.
func readRules(ctx context.Context, env Env, f *ruleFlags) (*check.Rules, error) {
	options, err := f.options(env)
	if err != nil {
		return nil, err
	}
	return check.ReadRules(ctx, options)
}

func initSoA(ctx context.Context, env Env, f *ruleFlags) (int, error) {
	options, err := f.options(env)
	if err != nil {
		return 0, err
	}
	options.NoStatement = true
	rules, err := check.ReadRules(ctx, options)
	if err != nil {
		return 0, err
	}
	place, err := discover.Locate(ctx, options.Dir, nil)
	if err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(place.Root)
	if err != nil {
		return 0, fmt.Errorf("open the repository: %w", err)
	}
	defer root.Close()
	var text bytes.Buffer
	if err := soa.Draft(&text, rules.Policies); err != nil {
		return 0, err
	}
	if err := createIn(root, rules.Config.SoA, text.Bytes()); err != nil {
		return 0, err
	}
	fmt.Fprintf(env.Stdout, "wrote %s\nnext: fill it in; annexgate soa check tells what is missing\n", inert.Text(rules.Config.SoA))
	return ExitClear, nil
}

func checkSoA(ctx context.Context, env Env, f *ruleFlags) (int, error) {
	rules, err := readRules(ctx, env, f)
	if err != nil {
		return 0, err
	}
	if rules.SoA == nil {
		return noSoA(env, rules)
	}
	text, err := codeowners(rules.ReadFile)
	if err != nil {
		return 0, err
	}
	var owners []string
	if text == "" {
		fmt.Fprint(env.Stderr, "annexgate: there is no CODEOWNERS: owners are not checked\n")
	} else {
		owners = soa.Owners(text)
	}
	faults := rules.SoA.Check(rules.Policies, owners, env.Now())
	for _, fault := range faults {
		fmt.Fprintln(env.Stdout, inert.Log(inert.Text(fault.String())))
	}
	if len(faults) > 0 {
		fmt.Fprintf(env.Stdout, "%s: %s\n", inert.Text(rules.SoA.File), plural(len(faults), "finding"))
		return ExitBlocked, nil
	}
	fmt.Fprintf(env.Stdout, "%s: nothing is missing\n", inert.Text(rules.SoA.File))
	return ExitClear, nil
}

func noSoA(env Env, rules *check.Rules) (int, error) {
	fmt.Fprintf(env.Stderr, "annexgate: there is no %s\nhint: annexgate soa init writes one\n", inert.Text(rules.Config.SoA))
	return ExitBlocked, nil
}

func showSoA(ctx context.Context, env Env, f *ruleFlags, format string) (int, error) {
	if err := soa.Known(format); err != nil {
		return 0, usagef("--output: %v", err)
	}
	rules, err := readRules(ctx, env, f)
	if err != nil {
		return 0, err
	}
	if rules.SoA == nil {
		return noSoA(env, rules)
	}
	return ExitClear, soa.Write(env.Stdout, format, rules.SoA.Rows(rules.Policies))
}
