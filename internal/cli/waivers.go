package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/inert"
)

var waiversListCommand = command{
	name:    "waivers list",
	summary: "Print the waivers: what each accepts, who answers for it, days left",
	help: `
Lists the waivers of the file (waivers.yaml, or what waivers.file in the
configuration names) and those in comments, the next to end first. Nothing is
judged: annexgate check tells which of them cover a finding.

Examples:
  annexgate waivers list
  annexgate waivers list --expiring 30d
  annexgate waivers list -o json | jq '.[] | select(.owner == "@web-team")'`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f ruleFlags
		f.add(flags)
		expiring := flags.String("expiring", "", "only those that end within this `time`, as 30d, and those that have ended")
		format := flags.StringP("output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("waivers list takes no arguments")
			}
			return listWaivers(ctx, env, &f, *expiring, *format)
		}
	},
}

func listWaivers(ctx context.Context, env Env, f *ruleFlags, expiring, format string) (int, error) {
	write, ok := map[string]func(io.Writer, []waiverRow) error{"json": writeWaiversJSON, "text": writeWaiversText}[format]
	if !ok {
		return 0, usagef("--output: unknown format %q: want json or text", format)
	}
	within, err := parseDays(expiring)
	if err != nil {
		return 0, err
	}
	options, err := f.options(env)
	if err != nil {
		return 0, err
	}
	place, err := discover.Locate(ctx, options.Dir, nil)
	if err != nil {
		return 0, err
	}
	options.Paths = []string{place.Root}
	now := env.Now().UTC()
	waivers, problems, err := check.Waivers(ctx, options, now)
	if err != nil {
		return 0, err
	}
	var rows []waiverRow
	for _, w := range waivers {
		if row := newWaiverRow(w, now); expiring == "" || row.DaysLeft != nil && *row.DaysLeft <= within {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b waiverRow) int { return a.ends().Compare(b.ends()) })
	if err := write(env.Stdout, rows); err != nil {
		return 0, err
	}
	for _, p := range problems {
		fmt.Fprintf(env.Stderr, "annexgate: %s\n", inert.Log(inert.Text(p.String())))
	}
	return ExitClear, nil
}

// parseDays reads a number of days: 30d, or 30.
func parseDays(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 0 || n > 10_000 {
		return 0, usagef("--expiring %s: want a number of days, as 30d", text)
	}
	return n, nil
}

// A waiverRow is one waiver as it is listed.
type waiverRow struct {
	ID          string                `json:"id"`
	State       annexgate.WaiverState `json:"state"`
	Policy      string                `json:"policy"`
	Address     string                `json:"address,omitempty"`
	Path        string                `json:"path,omitempty"`
	Key         string                `json:"key,omitempty"`
	Fingerprint string                `json:"fingerprint,omitempty"`
	Reason      string                `json:"reason"`
	Owner       string                `json:"owner"`
	ApprovedBy  string                `json:"approved_by"`
	Ticket      string                `json:"ticket"`
	Created     string                `json:"created,omitempty"`
	Expires     string                `json:"expires,omitempty"`
	AgeDays     *int                  `json:"age_days,omitempty"`
	DaysLeft    *int                  `json:"days_left,omitempty"` // below 0: since it ended
	At          string                `json:"at"`
	Inline      bool                  `json:"inline"`
	Tool        string                `json:"tool,omitempty"`
	Faults      []string              `json:"faults,omitempty"`

	expires time.Time
}

// ends orders those without an end last.
func (r waiverRow) ends() time.Time {
	if r.expires.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return r.expires
}

func newWaiverRow(w annexgate.Waiver, now time.Time) waiverRow {
	row := waiverRow{
		ID: w.ID, State: w.State, Policy: w.Policy, Address: w.Address, Path: w.Path, Key: w.Key, Fingerprint: w.Fingerprint,
		Reason: w.Reason, Owner: w.Owner, ApprovedBy: w.ApprovedBy, Ticket: w.Ticket,
		At: w.At.String(), Inline: w.Inline, Tool: w.Peer, Faults: w.Faults, expires: w.Expires,
	}
	whole := func(d time.Duration) *int {
		n := int(d / (24 * time.Hour))
		if d < 0 && d%(24*time.Hour) != 0 {
			n-- // what ended an hour ago has -1 days left
		}
		return &n
	}
	if !w.Created.IsZero() {
		row.Created, row.AgeDays = w.Created.Format(time.DateOnly), whole(now.Sub(w.Created))
	}
	if !w.Expires.IsZero() {
		row.Expires, row.DaysLeft = w.Expires.Format(time.DateOnly), whole(w.Expires.Sub(now))
	}
	return row
}

func writeWaiversJSON(w io.Writer, rows []waiverRow) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(append([]waiverRow{}, rows...))
}

func writeWaiversText(w io.Writer, rows []waiverRow) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "no waivers")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "state\tID\tage\tleft\texpires\towner\tapproved by\tpolicy\tscope")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.State, cell(r.ID), daysCell(r.AgeDays), daysCell(r.DaysLeft),
			cell(r.Expires), cell(r.Owner), cell(r.ApprovedBy), cell(r.Policy), cell(r.scope()))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, fault := range r.Faults {
			if _, err := fmt.Fprintf(w, "%s is invalid: %s\n", inert.Text(r.ID), inert.Log(inert.Text(fault))); err != nil {
				return err
			}
		}
	}
	return nil
}

// scope tells in short what a waiver is about.
func (r waiverRow) scope() string {
	var parts []string
	for _, part := range []string{r.Address, r.Path, r.Key} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if r.Fingerprint != "" && len(parts) == 0 {
		parts = append(parts, "finding "+r.Fingerprint)
	}
	if r.Inline {
		parts = append(parts, "at "+r.At)
	}
	return strings.Join(parts, " ")
}

func cell(text string) string {
	if text == "" {
		return "-"
	}
	return inert.Text(text)
}

func daysCell(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprintf("%dd", *n)
}
