package cli

import (
	"context"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/accept"
	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/inert"
)

var baselineWriteCommand = command{
	name:    "baseline write",
	summary: "Write down what fails now, so that it does not block",
	help: `
Judges the whole repository and writes every failure that no waiver accepts to
the baseline (baseline.yaml, or what baseline.file in the configuration names).
From then on only what comes new blocks. Commit the file.

With a baseline there already, --replace takes in what came since and keeps the
dates of the others.`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f repositoryFlags
		f.add(flags)
		replace := flags.Bool("replace", false, "take in what came since the baseline was written")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("baseline write takes no arguments: it is about the whole repository")
			}
			return writeBaseline(ctx, env, &f, *replace)
		}
	},
}

var baselinePruneCommand = command{
	name:    "baseline prune",
	summary: "Take out of the baseline what is fixed, so that it blocks when it comes back",
	help: `
Judges the whole repository. An entry stays when its finding is still there, and
when nobody can tell: its policy is turned off, or a file could not be read.`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f repositoryFlags
		f.add(flags)
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("baseline prune takes no arguments: it is about the whole repository")
			}
			return pruneBaseline(ctx, env, &f)
		}
	},
}

// repositoryFlags are the flags of commands that judge the whole repository by
// the rules of the work tree.
type repositoryFlags struct {
	rules  ruleFlags
	inputs inputFlags
}

func (f *repositoryFlags) add(flags *pflag.FlagSet) {
	f.rules.add(flags)
	flags.Var(&variableFlag{to: &f.inputs.variables}, "var", "give a Terraform input variable its value, as `name=value`; repeatable")
	flags.Var(&variableFlag{to: &f.inputs.variables, file: true}, "var-file", "give input variables the values in a .tfvars `file`; repeatable, mixes with --var, the later wins")
	f.inputs.addHelm(flags)
	flags.BoolVar(&f.inputs.env, "env-vars", false, "let TF_VAR_name and TF_WORKSPACE in the environment have their say")
}

// repository returns what to judge with, where, and by which rules.
func (f *repositoryFlags) repository(ctx context.Context, env Env) (check.Options, *discover.Place, *check.Rules, error) {
	options, err := f.rules.options(env)
	if err != nil {
		return options, nil, nil, err
	}
	place, err := discover.Locate(ctx, options.Dir, nil)
	if err != nil {
		return options, nil, nil, err
	}
	f.inputs.apply(&options, env, []string{place.Root})
	options.Tool, options.Now = tool(), env.Now
	rules, err := check.LoadRules(options, place)
	return options, place, rules, err
}

func writeBaseline(ctx context.Context, env Env, f *repositoryFlags, replace bool) (int, error) {
	options, place, rules, err := f.repository(ctx, env)
	if err != nil {
		return 0, err
	}
	name := rules.Config.Baseline
	if text, err := rules.ReadFile(name); err != nil {
		return 0, err
	} else if text != nil && !replace {
		return 0, usagef("%s is there already\nhint: annexgate baseline prune takes out what is fixed; --replace takes in what came since", name)
	}
	run, _, err := check.Run(ctx, options)
	if err != nil {
		return 0, err
	}
	entries := accept.Present(run)
	if err := writeInRepository(place.Root, name, accept.WriteBaseline(entries)); err != nil {
		return 0, err
	}
	fmt.Fprintf(env.Stdout, "wrote %s: %s\n", inert.Text(name), counted(len(entries), "finding"))
	unread := 0
	for _, p := range run.Problems {
		if p.Loss != annexgate.Notice {
			unread++
		}
	}
	if unread > 0 {
		fmt.Fprintf(env.Stderr, "annexgate: not everything could be judged (%s): what is hidden is not in the baseline\nhint: annexgate check tells what\n", counted(unread, "problem"))
	}
	return ExitClear, nil
}

func pruneBaseline(ctx context.Context, env Env, f *repositoryFlags) (int, error) {
	options, place, rules, err := f.repository(ctx, env)
	if err != nil {
		return 0, err
	}
	name := rules.Config.Baseline
	before, err := rules.ReadFile(name)
	if err != nil {
		return 0, err
	}
	if before == nil {
		return 0, usagef("there is no %s\nhint: annexgate baseline write makes one", name)
	}
	run, _, err := check.Run(ctx, options)
	if err != nil {
		return 0, err
	}
	kept, fixed := accept.Prune(run)
	for _, e := range fixed {
		fmt.Fprintf(env.Stdout, "fixed: %s (%s), in the baseline since %s\n", inert.Log(inert.Text(e.Address)), inert.Text(e.Policy), e.Since.Format(time.DateOnly))
	}
	after := accept.WriteBaseline(kept)
	if string(after) != string(before) {
		if err := writeInRepository(place.Root, name, after); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(env.Stdout, "%s: %s taken out, %s left\n", inert.Text(name), counted(len(fixed), "finding"), counted(len(kept), "finding"))
	return ExitClear, nil
}

// writeInRepository writes a file below root, and nowhere else. It is there
// whole or not at all.
func writeInRepository(root, name string, text []byte) error {
	r, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("open the repository: %w", err)
	}
	defer r.Close()
	if err := r.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	temporary := name + ".annexgate-new"
	if err := r.WriteFile(temporary, text, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := r.Rename(temporary, name); err != nil {
		_ = r.Remove(temporary)
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
