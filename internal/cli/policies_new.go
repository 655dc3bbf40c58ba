package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policytest"
	"github.com/annexgate/annexgate/policies"
)

var policiesNewCommand = command{
	name:    "policies new",
	args:    "ID",
	summary: "Write the folder of a new policy: rule, test, examples",
	help: `
Writes an example policy that works as it is, for you to change: the rule with
its metadata, a Rego test, and examples that fail and pass. ID says where: its
first word is the kind of subject (terraform, kubernetes or pullrequest), the
others are yours. Nothing is overwritten.

Examples:
  annexgate policies new terraform.acme.bucket_owner
  annexgate policies new --dir governance/policies pullrequest.acme.ticket`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		dir := defaultPolicies
		flags.Var((*fileFlag)(&dir), "dir", "write below this `dir`")
		return func(_ context.Context, env Env, args []string) (int, error) {
			return newPolicy(env, dir, args)
		}
	},
}

func newPolicy(env Env, dir string, args []string) (int, error) {
	if len(args) != 1 {
		return 0, usagef("policies new takes one ID, not %d\nhint: annexgate policies new terraform.acme.bucket_owner", len(args))
	}
	files, err := policytest.Scaffold(args[0], policies.FS)
	if err != nil {
		return 0, annexgate.Usage(err)
	}
	full := dir
	if !filepath.IsAbs(full) {
		current, err := env.Getwd()
		if err != nil {
			return 0, fmt.Errorf("find the current directory: %w", err)
		}
		full = filepath.Join(current, full)
	}
	if err := os.MkdirAll(full, 0o755); err != nil {
		return 0, usagef("create %s: %w", dir, pathReason(err))
	}
	root, err := os.OpenRoot(full)
	if err != nil {
		return 0, usagef("open %s: %w", dir, pathReason(err))
	}
	defer root.Close()
	written, err := writeScaffold(root, dir, files)
	for _, name := range written {
		fmt.Fprintf(env.Stdout, "wrote %s\n", name)
	}
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(env.Stdout, "next: change the rule and its examples; annexgate policies test %s; annexgate check --policies %s\n", dir, dir)
	return ExitClear, nil
}

// writeScaffold writes files below root and returns their names as people see
// them. It looks first whether something is in the way.
func writeScaffold(root *os.Root, dir string, files []policytest.ScaffoldFile) (written []string, err error) {
	label := func(name string) string { return filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(name))) }
	var inTheWay []string
	var missing []policytest.ScaffoldFile
	for _, f := range files {
		_, err := root.Lstat(f.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, f)
		case f.Shared && err == nil:
		case err == nil:
			inTheWay = append(inTheWay, label(f.Name))
		default:
			return nil, usagef("write %s: %w", label(f.Name), pathReason(err))
		}
	}
	if len(inTheWay) > 0 {
		return nil, usagef("already there: %s\nhint: choose another ID, or remove the folder first", strings.Join(inTheWay, ", "))
	}
	for _, f := range missing {
		if err := writePolicyFile(root, f); err != nil {
			return written, usagef("write %s: %w", label(f.Name), pathReason(err))
		}
		written = append(written, label(f.Name))
	}
	return written, nil
}

// writePolicyFile writes a file that must not be there yet.
func writePolicyFile(root *os.Root, f policytest.ScaffoldFile) error {
	if err := root.MkdirAll(path.Dir(f.Name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(f.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(f.Text)
	return errors.Join(err, file.Close())
}
