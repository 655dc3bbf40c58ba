package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/eval"
	"github.com/annexgate/annexgate/internal/inert"
)

var configSchemaCommand = command{
	name:    "config schema",
	summary: "Print the JSON Schema of .annexgate.yaml",
	help: `
Editors check and complete the file with it:

  annexgate config schema > .annexgate.schema.json
  # yaml-language-server: $schema=.annexgate.schema.json`,
	setup: func(*pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		return func(_ context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("config schema takes no arguments")
			}
			_, err := env.Stdout.Write(config.Schema)
			return ExitClear, err
		}
	},
}

var configShowCommand = command{
	name:    "config show",
	args:    "[path ...]",
	summary: "Print the configuration that holds, and where each value comes from",
	help: `
A flag goes before the file, the file before the default. The flags are those of
check.

Examples:
  annexgate config show
  annexgate config show --fail-on low -o json`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f judgeFlags
		f.add(flags)
		format := flags.StringP("output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			return showConfig(ctx, env, &f, *format, args)
		}
	},
}

func showConfig(ctx context.Context, env Env, f *judgeFlags, format string, paths []string) (int, error) {
	write, ok := map[string]func(io.Writer, string, []config.Entry) error{"json": configJSON, "text": configText}[format]
	if !ok {
		return 0, usagef("--output: unknown format %q: want json or text", format)
	}
	options, err := f.options(env, paths)
	if err != nil {
		return 0, err
	}
	rules, err := check.ReadRules(ctx, options)
	if err != nil {
		return 0, err
	}
	entries := rules.Config.Entries(f.given())
	for i := range entries {
		if entries[i].Key == "policies.timeout" && entries[i].Value == "" {
			entries[i].Value = eval.DefaultTimeout.String()
		}
	}
	owner := map[string]string{}
	for _, p := range rules.Library.Policies() {
		for _, s := range p.Settings {
			owner[s.Name] = p.ID
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rules.Settings)) {
		from := "default of " + owner[name]
		if v, given := rules.Config.Settings[name]; given {
			from = v.At.String()
		}
		entries = append(entries, config.Entry{Key: "settings." + name, Value: rules.Settings[name], From: from})
	}
	return ExitClear, write(env.Stdout, rules.Config.Name, entries)
}

func configJSON(w io.Writer, name string, entries []config.Entry) error {
	text, err := json.MarshalIndent(struct {
		File   string         `json:"file"`
		Values []config.Entry `json:"values"`
	}{name, entries}, "", " ")
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = w.Write(append(inert.JSON(text), '\n'))
	return err
}

func configText(w io.Writer, name string, entries []config.Entry) error {
	var b strings.Builder
	fmt.Fprintf(&b, "file: %s\n\n", inert.Text(cmp.Or(name, "none; annexgate init writes one")))
	for _, e := range entries {
		value, err := json.Marshal(e.Value)
		if err != nil {
			return fmt.Errorf("write %s: %w", e.Key, err)
		}
		fmt.Fprintf(&b, "%-28s %-28s %s\n", inert.Text(e.Key), inert.Text(string(value)), inert.Text(e.From))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
