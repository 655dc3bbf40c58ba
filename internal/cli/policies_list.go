package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/prose"
)

var policiesListCommand = command{
	name:    "policies list",
	args:    "[name ...]",
	summary: "List the policies, with their severity and controls",
	help: `
Lists the policies that a name stands for, all when none is given: an ID or its
beginning, an alias, a control or a severity. Filters of different kinds must
all hold; of one that is given twice, either.

Examples:
  annexgate policies list
  annexgate policies list --kind kubernetes --severity critical --severity high
  annexgate policies list terraform.aws.rds A.8.24
  annexgate policies list -o json | jq '.[] | select(.aliases | index("trivy:AWS-0086")) | .id'`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f listFlags
		flags.StringArrayVar(&f.kinds, "kind", nil, "only policies about this `kind` of subject: terraform, kubernetes or pullrequest; repeatable")
		flags.StringArrayVar(&f.controls, "control", nil, "only policies that support this `control`, of the 2022 or the 2013 edition; repeatable")
		flags.StringArrayVar(&f.severities, "severity", nil, "only policies of this `severity`: low, medium, high or critical; repeatable")
		f.rules.addSources(flags)
		flags.StringVarP(&f.format, "output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			return listPolicies(ctx, env, &f, args)
		}
	},
}

type listFlags struct {
	kinds, controls, severities []string
	rules                       ruleFlags
	format                      string
}

func listPolicies(ctx context.Context, env Env, f *listFlags, names []string) (int, error) {
	write, ok := map[string]func(Env, []*annexgate.Policy, []string) error{"json": listJSON, "text": listText}[f.format]
	if !ok {
		return 0, usagef("--output: unknown format %q: want json or text", f.format)
	}
	if err := f.check(); err != nil {
		return 0, err
	}
	options, err := f.rules.options(env)
	if err != nil {
		return 0, err
	}
	rules, err := check.ReadRules(ctx, options)
	if err != nil {
		return 0, err
	}
	named, err := policy.Select(rules.Library.Policies(), names, nil)
	if err != nil {
		return 0, err
	}
	shown := slices.DeleteFunc(named, func(p *annexgate.Policy) bool { return !f.match(p) })
	return ExitClear, write(env, shown, rules.LeftOut)
}

// check finds values of filters that stand for nothing.
func (f *listFlags) check() error {
	kinds := []string{string(annexgate.Terraform), string(annexgate.Kubernetes), string(annexgate.PullRequest)}
	for _, kind := range f.kinds {
		if !slices.Contains(kinds, kind) {
			return unknownValue("kind", kind, kinds)
		}
	}
	severities := []string{"low", "medium", "high", "critical"}
	for _, name := range f.severities {
		if _, err := annexgate.ParseSeverity(name); err != nil {
			return unknownValue("severity", name, severities)
		}
	}
	for _, id := range f.controls {
		if _, ok := control.Find(id); ok || len(control.Successors(id)) > 0 {
			continue
		}
		var ids []string
		for _, c := range control.All() {
			ids = append(ids, c.ID)
		}
		hint := "want an identifier of " + control.Framework + ", such as A.8.24, or of the 2013 edition"
		if near := nearest(id, ids); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return usagef("--control: unknown control %q\nhint: %s", id, hint)
	}
	return nil
}

func unknownValue(flag, value string, known []string) error {
	hint := ""
	if near := nearest(strings.ToLower(value), known); near != "" {
		hint = fmt.Sprintf("\nhint: did you mean %s?", near)
	}
	return usagef("--%s: unknown %s %q: want %s%s", flag, flag, value, strings.Join(known, ", "), hint)
}

// match reports whether p passes every filter that is given.
func (f *listFlags) match(p *annexgate.Policy) bool {
	named := func(name string) bool { return policy.Named(p, name) } // controls of either edition, severities in any case
	return (len(f.kinds) == 0 || slices.Contains(f.kinds, string(p.Kind))) &&
		(len(f.controls) == 0 || slices.ContainsFunc(f.controls, named)) &&
		(len(f.severities) == 0 || slices.ContainsFunc(f.severities, named))
}

// listWidth is how wide the list is where no terminal says it.
const listWidth = 100

// listText writes a line for each policy, in columns; what is too long for its
// column goes on below.
func listText(env Env, shown []*annexgate.Policy, leftOut []string) error {
	width := listWidth
	if columns, terminal := env.Width(env.Stdout); terminal {
		width = max(columns, 60)
	}
	unused := 0
	rows := make([][4]string, len(shown))
	for i, p := range shown {
		rows[i] = [4]string{p.Severity.String(), inert.Text(p.ID), inert.Text(p.Title), strings.Join(p.Controls, ", ")}
		if slices.Contains(leftOut, p.ID) {
			unused++
		}
	}
	var b strings.Builder
	widths := columnWidths(rows, width)
	for _, row := range rows {
		writeRow(&b, row, widths)
	}
	b.WriteString(count(len(shown), "policy", "policies"))
	if unused > 0 {
		fmt.Fprintf(&b, ", %d of them left out by the configuration", unused)
	}
	_, err := io.WriteString(env.Stdout, b.String()+"\n")
	return err
}

// gap is the space between two columns.
const gap = 2

// columnWidths returns the widths at which rows fit into width: severities and
// IDs are never broken, titles and controls share the rest.
func columnWidths(rows [][4]string, width int) [4]int {
	var widths [4]int
	for _, row := range rows {
		for column, text := range row {
			widths[column] = max(widths[column], prose.Width(text))
		}
	}
	const leastTitle, leastControls = 28, 14
	rest := width - widths[0] - widths[1] - 3*gap
	widths[3] = min(widths[3], max(leastControls, rest-widths[2]))
	widths[2] = min(widths[2], max(leastTitle, rest-widths[3]))
	return widths
}

func writeRow(b *strings.Builder, row [4]string, widths [4]int) {
	titles, controls := prose.Wrap(row[2], widths[2]), prose.Wrap(row[3], widths[3])
	for i := range max(len(titles), len(controls)) {
		cells := [4]string{2: at(titles, i), 3: at(controls, i)}
		if i == 0 {
			cells[0], cells[1] = row[0], row[1]
		}
		line := ""
		for column, text := range cells {
			line += prose.Pad(text, widths[column]+gap)
		}
		b.WriteString(inert.Log(strings.TrimRight(line, " ")) + "\n")
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// count returns n with the noun that goes with it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
