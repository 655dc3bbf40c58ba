package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/eval"
)

// judgeFlags say what is judged and by what. They go before the configuration.
type judgeFlags struct {
	inputs          inputFlags
	rules           ruleFlags
	timeout         time.Duration
	failOn          string
	base            string
	allowRuleChange bool
	diffBase        string

	set *pflag.FlagSet
}

func (f *judgeFlags) add(flags *pflag.FlagSet) {
	f.set = flags
	f.inputs.add(flags)
	f.rules.add(flags)
	flags.DurationVar(&f.timeout, "policy-timeout", eval.DefaultTimeout, "how long one policy may examine one subject")
	flags.StringVar(&f.failOn, "fail-on", "high", "least `severity` that blocks: low, medium, high, critical or never")
	flags.StringVar(&f.base, "base", "", "judge by the rules of this `revision`: configuration, policies of the repository, Statement of Applicability, waivers, baseline")
	flags.StringVar(&f.diffBase, "diff-base", "", "tell what the change introduces and fixes since it left this `revision`")
	flags.BoolVar(&f.allowRuleChange, "allow-rule-change", false, "with --base: what the change alters of the rules does not block")
}

// options returns what the flags say. What is not given is left to the
// configuration.
func (f *judgeFlags) options(env Env, paths []string) (check.Options, error) {
	failOn, err := parseFailOn(f.failOn)
	if err != nil {
		return check.Options{}, err
	}
	if f.allowRuleChange && f.base == "" {
		return check.Options{}, usagef("--allow-rule-change: want --base too: without it the rules are those of the work tree")
	}
	if f.set.Changed("base") && f.base == "" { // a variable that is not set must not mean the change's own rules
		return check.Options{}, usagef("--base: want a revision")
	}
	options, err := f.rules.options(env)
	if err != nil {
		return check.Options{}, err
	}
	f.inputs.apply(&options, env, paths)
	options.Base, options.AllowRuleChange, options.DiffBase = f.base, f.allowRuleChange, f.diffBase
	if f.set.Changed("fail-on") {
		options.FailOn = &failOn
	}
	if f.set.Changed("policy-timeout") {
		if f.timeout <= 0 {
			return check.Options{}, usagef("--policy-timeout: want a duration like 5s")
		}
		options.Timeout = f.timeout
	}
	return options, nil
}

// given returns what the flags set, by the key of the configuration that each
// goes before.
func (f *judgeFlags) given() map[string]config.Entry {
	values := map[string]config.Entry{}
	for flag, entry := range map[string]config.Entry{
		"exclude":        {Key: "inputs.exclude", Value: f.inputs.exclude},
		"policies":       {Key: "policies.dirs", Value: f.rules.dirs},
		"only":           {Key: "policies.only", Value: f.rules.only},
		"skip":           {Key: "policies.skip", Value: f.rules.skip},
		"no-builtin":     {Key: "policies.builtin", Value: !f.rules.noBuiltin},
		"policy-timeout": {Key: "policies.timeout", Value: f.timeout.String()},
		"fail-on":        {Key: "gate.fail_on", Value: f.failOn},
	} {
		if f.set.Changed(flag) {
			entry.From = "--" + flag
			values[entry.Key] = entry
		}
	}
	return values
}

func parseFailOn(name string) (annexgate.Severity, error) {
	if name == "never" {
		return 0, nil
	}
	severity, err := annexgate.ParseSeverity(name)
	if err != nil {
		return 0, usagef("--fail-on: unknown severity %q: want low, medium, high, critical or never", name)
	}
	return severity, nil
}
