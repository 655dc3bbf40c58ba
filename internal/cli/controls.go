package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/evidence"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/soa"
)

var controlsListCommand = command{
	name:    "controls list",
	summary: "List the 93 controls: applicability, policies, status of the last run",
	help: `
The status and the population are those of the record that was appended last to
the evidence of this repository.

Examples:
  annexgate controls list
  annexgate controls list -o json | jq '.controls[] | select(.last.status == "failed")'`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.add(flags)
		format := flags.StringP("output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("controls list takes no arguments\nhint: annexgate controls show %s explains one", args[0])
			}
			return listControls(ctx, env, &f, *format)
		}
	},
}

var controlsShowCommand = command{
	name:    "controls show",
	args:    "control",
	summary: "Explain a control: what it is, its policies, its 2013 IDs, its last status",
	help: `
An ID of the 2013 edition leads to the controls that replace it.

Examples:
  annexgate controls show A.8.24
  annexgate controls show A.10.1.1`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.add(flags)
		format := flags.StringP("output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) != 1 {
				return 0, usagef("controls show takes one control, like A.8.24")
			}
			return showControls(ctx, env, &f, *format, args[0])
		}
	},
}

// A controlRow is what is known of a control here.
type controlRow struct {
	soa.Row
	Manual bool       `json:"manual"` // no gate can show it
	Note   string     `json:"note"`
	Last   *lastState `json:"last,omitempty"`
}

// A lastState is what the last record says of a control.
type lastState struct {
	Status     annexgate.Status     `json:"status"`
	Reason     string               `json:"reason"`
	Population annexgate.Population `json:"population"`
}

// controlRows returns every control, the policies there are, and the record of
// the last run; nil without one.
func controlRows(ctx context.Context, env Env, f *ruleFlags) ([]controlRow, *check.Rules, *evidence.Statement, error) {
	rules, err := readRules(ctx, env, f)
	if err != nil {
		return nil, nil, nil, err
	}
	last, err := lastRecord(ctx, env)
	if err != nil {
		return nil, nil, nil, err
	}
	states := map[string]*lastState{}
	if last != nil {
		for _, c := range last.Predicate.Controls {
			states[c.ID] = &lastState{c.Status, c.Reason, c.Population}
		}
	}
	excluded := rules.SoA.Excluded()
	var rows []controlRow
	for _, row := range rules.SoA.Rows(rules.Policies) {
		c, _ := control.Find(row.ID)
		_, out := excluded[row.ID]
		row.Applicable = !out
		rows = append(rows, controlRow{Row: row, Manual: c.Manual, Note: control.Note(row.ID), Last: states[row.ID]})
	}
	return rows, rules, last, nil
}

func lastRecord(ctx context.Context, env Env) (*evidence.Statement, error) {
	dir, err := env.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the current directory: %w", err)
	}
	place, err := discover.Locate(ctx, dir, nil)
	if err != nil || place.Repo == nil {
		return nil, err
	}
	return evidence.InGit(place.Repo).Latest(ctx)
}

func listControls(ctx context.Context, env Env, f *ruleFlags, format string) (int, error) {
	if format != "text" && format != "json" {
		return 0, usagef("--output: unknown format %q: want json or text", format)
	}
	rows, _, last, err := controlRows(ctx, env, f)
	if err != nil {
		return 0, err
	}
	if format == "json" {
		return ExitClear, writeControls(env.Stdout, rows, last)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-7s  %-14s  %8s  %-14s  %6s  %6s  %7s  %s\n", "control", "applicable", "policies", "last status", "passed", "failed", "unknown", "title")
	for _, row := range rows {
		state := cmp.Or(row.Last, &lastState{Status: "-"})
		n := state.Population
		fmt.Fprintf(&b, "%-7s  %-14s  %8d  %-14s  %6d  %6d  %7d  %s\n", row.ID, applicability(row), len(row.Policies),
			inert.Text(string(state.Status)), n.Passed, n.Failed, n.Unknown, row.Title)
	}
	fmt.Fprintf(&b, "\n%s\n", lastRun(last))
	_, err = io.WriteString(env.Stdout, b.String())
	return ExitClear, err
}

func writeControls(w io.Writer, rows []controlRow, last *evidence.Statement) error {
	document := struct {
		Framework string       `json:"framework"`
		Record    string       `json:"record,omitempty"`
		Commit    string       `json:"commit,omitempty"`
		Controls  []controlRow `json:"controls"`
	}{Framework: control.Framework, Controls: rows}
	if last != nil {
		document.Record, document.Commit = last.Predicate.RecordID, last.Commit()
	}
	text, err := json.MarshalIndent(document, "", " ")
	if err != nil {
		return fmt.Errorf("write the controls: %w", err)
	}
	_, err = w.Write(append(inert.JSON(text), '\n'))
	return err
}

func applicability(row controlRow) string {
	switch {
	case !row.Applicable:
		return "excluded"
	case !row.Stated:
		return "not stated"
	}
	return "yes"
}

// lastRun says which record the statuses come from.
func lastRun(last *evidence.Statement) string {
	if last == nil {
		return "no run is recorded here: annexgate check records one"
	}
	r := &last.Predicate
	return fmt.Sprintf("last run: %s, commit %s, record %s", r.Execution.FinishedAt.UTC().Format("2006-01-02 15:04 MST"), last.Commit(), r.RecordID)
}

func showControls(ctx context.Context, env Env, f *ruleFlags, format, id string) (int, error) {
	if format != "text" && format != "json" {
		return 0, usagef("--output: unknown format %q: want json or text", format)
	}
	wanted := control.Successors(id)
	if _, known := control.Find(id); known {
		wanted = []string{id}
	}
	if len(wanted) == 0 {
		return 0, usagef("no control is called %q: want an ID like A.8.24, or A.10.1.1 of the 2013 edition\nhint: annexgate controls list shows them", id)
	}
	rows, rules, last, err := controlRows(ctx, env, f)
	if err != nil {
		return 0, err
	}
	rows = slices.DeleteFunc(rows, func(row controlRow) bool { return !slices.Contains(wanted, row.ID) })
	if format == "json" {
		return ExitClear, writeControls(env.Stdout, rows, last)
	}
	var b strings.Builder
	if !slices.Contains(wanted, id) {
		fmt.Fprintf(&b, "%s %s is of the 2013 edition; in 2022:\n\n", id, control.FormerTitle(id))
	}
	for _, row := range rows {
		explain(&b, row, rules.Policies)
	}
	fmt.Fprintf(&b, "%s\n", lastRun(last))
	_, err = io.WriteString(env.Stdout, b.String())
	return ExitClear, err
}

func explain(b *strings.Builder, row controlRow, policies []*annexgate.Policy) {
	fmt.Fprintf(b, "%s %s\n", row.ID, row.Title)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(b, "  %-14s %s\n", name, inert.Text(fmt.Sprintf(format, args...)))
	}
	line("theme", "%s", row.Theme)
	if len(row.Former) == 0 {
		line("2013", "new in 2022")
	}
	for _, id := range row.Former {
		line("2013", "%s %s", id, control.FormerTitle(id))
	}
	line("what shows it", "%s", row.Note)
	line("applicable", "%s", applicability(row))
	for _, field := range []struct{ name, value string }{
		{"justification", row.Justification},
		{"implementation", row.Implementation},
		{"owner", row.Owner},
		{"risks", strings.Join(row.Risks, ", ")},
		{"evidence", strings.Join(row.Evidence, ", ")},
		{"review", row.Review},
		{"derived", strings.Join(row.Derived, ", ")},
	} {
		if field.value != "" {
			line(field.name, "%s", field.value)
		}
	}
	if row.Last != nil {
		n := row.Last.Population
		line("last status", "%s: %s", row.Last.Status, row.Last.Reason)
		line("population", "%d passed, %d failed, %d unknown, %d waived of %d", n.Passed, n.Failed, n.Unknown, n.Waived, n.Total)
	}
	if len(row.Policies) == 0 {
		line("policies", "none")
	}
	for _, p := range policies {
		if slices.Contains(p.Controls, row.ID) {
			line("policy", "%s (%s): %s", p.ID, p.Severity, p.Title)
		}
	}
	b.WriteString("\n")
}
