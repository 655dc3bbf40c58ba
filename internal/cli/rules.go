package cli

import (
	"fmt"
	"os"
	"path/filepath"

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
	flags.StringArrayVar(&f.dirs, "policies", nil, "add the policies in `dir`; repeatable")
	flags.BoolVar(&f.noBuiltin, "no-builtin", false, "leave out the policies that annexgate brings along")
	flags.StringArrayVar(&f.only, "only", nil, "use only policies of this `name`: an ID or its beginning, an alias, a control or a severity; repeatable")
	flags.StringArrayVar(&f.skip, "skip", nil, "leave out policies of this `name`; repeatable")
	flags.StringVar(&f.config, "config", "", "configuration `file` (default .annexgate.yaml at the root of the repository)")
}

// options returns what the flags say, with the current directory.
func (f *ruleFlags) options(env Env) (check.Options, error) {
	dir, err := env.Getwd()
	if err != nil {
		return check.Options{}, fmt.Errorf("find the current directory: %w", err)
	}
	sources, err := f.sources(dir)
	if err != nil {
		return check.Options{}, err
	}
	return check.Options{Dir: dir, Policies: sources, Only: f.only, Skip: f.skip, Config: f.config}, nil
}

// sources returns the folders of policies. Without the policies that annexgate
// brings along their helpers are still there to import.
func (f *ruleFlags) sources(dir string) ([]policy.Source, error) {
	builtin := policy.Source{FS: policies.FS, Index: policies.Index, Digest: policies.Digest}
	if f.noBuiltin {
		builtin.Index = builtin.Index[:0]
	}
	sources := []policy.Source{builtin}
	for _, name := range f.dirs {
		source, err := policyDir(dir, name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// policyDir opens a user's folder of policies. Nothing outside it is read,
// wherever its links lead.
func policyDir(dir, name string) (policy.Source, error) {
	full := name
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, full)
	}
	root, err := os.OpenRoot(full)
	if err != nil {
		return policy.Source{}, usagef("open policies: %v", err)
	}
	return policy.Source{Name: filepath.ToSlash(name), FS: root.FS()}, nil
}
