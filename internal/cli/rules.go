package cli

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/policies"
)

// ruleFlags say which policies a command works with.
type ruleFlags struct {
	dirs      []string
	noBuiltin bool
	only      []string
	skip      []string
	config    string
}

func (f *ruleFlags) add(flags *pflag.FlagSet) {
	f.addSources(flags)
	flags.StringArrayVar(&f.only, "only", nil, "use only policies of this `name`: an ID or its beginning, an alias, a control or a severity; repeatable")
	flags.StringArrayVar(&f.skip, "skip", nil, "leave out policies of this `name`; repeatable")
}

// addSources declares the flags that say where policies come from.
func (f *ruleFlags) addSources(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.dirs, "policies", nil, "add the policies in `dir`; repeatable")
	flags.BoolVar(&f.noBuiltin, "no-builtin", false, "leave out the policies that annexgate brings along")
	flags.Var((*fileFlag)(&f.config), "config", "configuration `file` (default .annexgate.yaml at the root of the repository)")
}

// options returns what the flags say, with the current directory.
func (f *ruleFlags) options(env Env) (check.Options, error) {
	dir, err := env.Getwd()
	if err != nil {
		return check.Options{}, fmt.Errorf("find the current directory: %w", err)
	}
	builtin := policy.Source{FS: policies.FS, Index: policies.Index, Digest: policies.Digest}
	if f.noBuiltin { // their helpers are still there to import
		builtin.Index = builtin.Index[:0]
	}
	return check.Options{
		Dir: dir, Policies: []policy.Source{builtin}, PolicyDirs: f.dirs, Only: f.only, Skip: f.skip, Config: f.config,
	}, nil
}
