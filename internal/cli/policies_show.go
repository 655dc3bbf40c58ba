package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/policytest"
)

var policiesShowCommand = command{
	name:    "policies show",
	args:    "ID",
	summary: "Print what a policy asks for, why, its settings, examples and rule",
	help: `
ID is the ID of a policy, an alias of it, or a beginning of the ID that no other
policy has. Settings are shown as the configuration sets them.

Examples:
  annexgate policies show terraform.aws.s3.public_access
  annexgate policies show CKV_AWS_16
  annexgate policies show -o json AWS-S3-001 | jq -r .rego`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.addSources(flags)
		format := flags.StringP("output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			return showPolicy(ctx, env, &f, *format, args)
		}
	},
}

// A policySheet is all there is to show of a policy.
type policySheet struct {
	policy   *annexgate.Policy
	rules    *check.Rules
	rego     string
	examples []policytest.Example
}

func showPolicy(ctx context.Context, env Env, f *ruleFlags, format string, args []string) (int, error) {
	write, ok := map[string]func(Env, *policySheet) error{"json": showJSON, "text": showText}[format]
	if !ok {
		return 0, usagef("--output: unknown format %q: want json or text", format)
	}
	if len(args) != 1 {
		return 0, usagef("policies show takes one policy, not %d\nhint: annexgate policies list shows them", len(args))
	}
	options, err := f.options(env)
	if err != nil {
		return 0, err
	}
	sheet := &policySheet{}
	if sheet.rules, err = check.ReadRules(ctx, options); err != nil {
		return 0, err
	}
	if sheet.policy, err = policy.Find(sheet.rules.Library.Policies(), args[0]); err != nil {
		return 0, err
	}
	rego, folder, err := sheet.rules.Library.Read(sheet.policy)
	if err != nil {
		return 0, err
	}
	sheet.rego = rego
	if sheet.examples, err = policytest.Examples(folder); err != nil {
		return 0, fmt.Errorf("read policy %s: %w", sheet.policy.ID, err)
	}
	return ExitClear, write(env, sheet)
}

func showJSON(env Env, s *policySheet) error {
	out := policySheetJSON{
		policyJSON: newPolicyJSON(s.policy, s.rules.LeftOut),
		Values:     map[string]any{}, Rego: s.rego, Examples: []exampleJSON{},
	}
	for _, setting := range s.policy.Settings {
		out.Values[setting.Name] = s.rules.Settings[setting.Name]
	}
	for _, e := range s.examples {
		out.Examples = append(out.Examples, exampleJSON(e))
	}
	return writeJSON(env, out)
}
