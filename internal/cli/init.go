package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/soa"
)

var initCommand = command{
	name:    "init",
	summary: "Write a commented .annexgate.yaml for the repository around here",
	help: `
Looks at what there is to judge, which CI runs the checks and whom CODEOWNERS
names for .github, and writes .annexgate.yaml at the root of the repository. A
file that is there already is never overwritten.`,
	setup: func(*pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("init takes no arguments")
			}
			return runInit(ctx, env)
		}
	},
}

func runInit(ctx context.Context, env Env) (int, error) {
	dir, err := env.Getwd()
	if err != nil {
		return 0, fmt.Errorf("find the current directory: %w", err)
	}
	place, err := discover.Locate(ctx, dir, nil)
	if err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(place.Root)
	if err != nil {
		return 0, fmt.Errorf("open the repository: %w", err)
	}
	defer root.Close()
	draft, err := survey(ctx, place, root.FS())
	if err != nil {
		return 0, err
	}
	var text bytes.Buffer
	if err := draft.Write(&text); err != nil {
		return 0, err
	}
	if err := createIn(root, config.FileName, text.Bytes()); err != nil {
		return 0, err
	}
	fmt.Fprintf(env.Stdout, "wrote %s\nnext: annexgate config show; annexgate check\n", config.FileName)
	return ExitClear, nil
}

// createIn writes a file of the repository that is not there yet. No link
// leads it out of the repository.
func createIn(root *os.Root, name string, text []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already, and is not overwritten", name)
	}
	if err != nil {
		return usagef("write %s: %v", name, err)
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// survey looks at a repository without a configuration.
func survey(ctx context.Context, place *discover.Place, fsys fs.FS) (config.Draft, error) {
	var d config.Draft
	found, err := discover.Find(ctx, discover.Options{Root: place.Root, Dir: place.Root, Repo: place.Repo})
	if err != nil {
		return d, err
	}
	loaded, err := check.Load(ctx, check.Options{Dir: place.Root})
	if err != nil {
		return d, err
	}
	files := map[annexgate.Kind]int{}
	for _, in := range loaded.Inputs {
		files[in.Kind]++
	}
	for _, kind := range []struct {
		annexgate.Kind
		name string
	}{{annexgate.Terraform, "Terraform file"}, {annexgate.Kubernetes, "file of Kubernetes manifests"}} {
		if n := files[kind.Kind]; n > 0 {
			d.Inputs = append(d.Inputs, plural(n, kind.name))
		}
	}
	for _, file := range found.Files[annexgate.Terraform] {
		base := path.Base(file)
		automatic := base == "terraform.tfvars" || strings.HasSuffix(base, ".auto.tfvars")
		if strings.HasSuffix(base, ".tfvars") && !automatic && inert.Text(file) == file {
			d.VarFiles = append(d.VarFiles, file)
		}
	}
	for _, system := range config.Systems {
		if _, err := fs.Stat(fsys, system.Path); err == nil {
			d.CI = append(d.CI, system.CI)
		}
	}
	text, err := codeowners(func(name string) ([]byte, error) { return fs.ReadFile(fsys, name) })
	if err != nil {
		return d, err
	}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 1 && strings.Trim(words[0], "/") == ".github" {
			d.Approvers = slices.DeleteFunc(soa.Owners(line), func(name string) bool { return !config.Approver(name) })
		}
	}
	return d, nil
}

// codeowners returns the text of CODEOWNERS, from where GitHub looks for it;
// empty when there is none.
func codeowners(read func(name string) ([]byte, error)) (string, error) {
	for _, name := range []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} {
		text, err := read(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read %s: %w", name, err)
		}
		if text != nil && err == nil {
			return string(text), nil
		}
	}
	return "", nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if first, rest, ok := strings.Cut(noun, " of "); ok {
		return fmt.Sprintf("%d %ss of %s", n, first, rest)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
