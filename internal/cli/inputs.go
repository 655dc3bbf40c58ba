package cli

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/source/terraform"
)

// inputFlags say what check and inspect examine.
type inputFlags struct {
	exclude   []string
	pr        string
	variables []terraform.Assignment // of --var and --var-file, in the order given
	env       bool

	helmValues, helmSet []string
}

func (f *inputFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.exclude, "exclude", nil, "leave out files that match the `glob`; repeatable")
	flags.Var((*fileFlag)(&f.pr), "pr", "examine the pull request in the snapshot `file`")
	flags.Var(&variableFlag{to: &f.variables}, "var", "give a Terraform input variable its value, as `name=value`; repeatable")
	flags.Var(&variableFlag{to: &f.variables, file: true}, "var-file", "give input variables the values in a .tfvars `file`; repeatable, mixes with --var, the later wins")
	f.addHelm(flags)
	flags.BoolVar(&f.env, "env-vars", false, "let TF_VAR_name and TF_WORKSPACE in the environment have their say")
}

// addHelm declares the flags for Helm charts.
func (f *inputFlags) addHelm(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.helmValues, "helm-values", nil, "render Helm charts with the values in the YAML `file` over their own; repeatable, the later wins")
	flags.StringArrayVar(&f.helmSet, "helm-set", nil, "render Helm charts with a value over all files, as helm's --set takes it: `key=value`; repeatable")
}

// apply sets what the flags and the arguments say.
func (f *inputFlags) apply(o *check.Options, env Env, paths []string) {
	o.Paths, o.Exclude, o.PullRequest, o.Variables = paths, f.exclude, f.pr, f.variables
	o.HelmValues, o.HelmSet = f.helmValues, f.helmSet
	if f.env {
		o.Getenv = env.Getenv
	}
}

// A fileFlag names a file. An empty name, as an unset shell variable leaves it,
// must not read as a flag that was not given.
type fileFlag string

func (f *fileFlag) Set(name string) error {
	if name == "" {
		return errors.New("want a file")
	}
	*f = fileFlag(name)
	return nil
}

func (f *fileFlag) String() string { return string(*f) }

func (f *fileFlag) Type() string { return "file" }

// A variableFlag is --var or --var-file. They share one list, since their
// order among each other counts.
type variableFlag struct {
	to   *[]terraform.Assignment
	file bool
}

func (v *variableFlag) Set(text string) error {
	if v.file {
		if text == "" {
			return errors.New("want a file")
		}
		*v.to = append(*v.to, terraform.Assignment{File: text})
		return nil
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want name=value") // the text may be a secret
	}
	*v.to = append(*v.to, terraform.Assignment{Name: name, Value: value})
	return nil
}

func (v *variableFlag) String() string { return "" }

func (v *variableFlag) Type() string { return "" }
