package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/inspect"
)

var inspectCommand = command{
	name:    "inspect",
	args:    "[path ...]",
	summary: "Print what policies will see: subjects, values, references, unknowns",
	help: `
Reads the same inputs as check and judges nothing. Use it to write policies and
to see why a value is unknown.

Examples:
  annexgate inspect infra
  annexgate inspect -o json infra | jq '.subjects[] | select(.type == "aws_s3_bucket")'`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var inputs inputFlags
		var format string
		inputs.add(flags)
		flags.StringVarP(&format, "output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			write, err := inspect.Format(format)
			if err != nil {
				return 0, usagef("--output: %v", err)
			}
			dir, err := env.Getwd()
			if err != nil {
				return 0, fmt.Errorf("find the current directory: %w", err)
			}
			options := check.Options{Dir: dir}
			inputs.apply(&options, env, args)
			loaded, err := check.Load(ctx, options)
			if err != nil {
				return 0, err
			}
			if err := write(env.Stdout, loaded.Inventory); err != nil {
				return 0, err
			}
			if len(loaded.Subjects) == 0 {
				fmt.Fprint(env.Stderr, "annexgate: nothing found: no Terraform, Kubernetes or pull-request input here\n")
				return ExitBroken, nil
			}
			return ExitClear, nil
		}
	},
}
