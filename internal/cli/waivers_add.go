package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/accept"
	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/report"
)

var waiversAddCommand = command{
	name:    "waivers add",
	summary: "Write a waiver for one finding, named by its fingerprint",
	help: `
Judges the repository, or reads a saved run with --from, for the finding; a
fingerprint is in the output of annexgate check -o json, and its beginning is
enough. The waiver goes behind the others in the file, which otherwise stays as
it is. A waiver that would be invalid is not written.

Example:
  annexgate waivers add --fingerprint 5c7f01d2 --reason "moves in January" \
    --owner @web-team --approved-by @security-lead --ticket SEC-12 --expires 2027-01-15`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		var f addFlags
		f.judge.add(flags)
		flags.StringVar(&f.fingerprint, "fingerprint", "", "of the finding, or its first 8 digits or more")
		flags.StringVar(&f.waiver.Reason, "reason", "", "why the failure is accepted")
		flags.StringVar(&f.waiver.Owner, "owner", "", "who answers for it")
		flags.StringVar(&f.waiver.ApprovedBy, "approved-by", "", "who approved it: not the owner, nor whoever commits it")
		flags.StringVar(&f.waiver.Ticket, "ticket", "", "where its removal is followed up")
		flags.StringVar(&f.expires, "expires", "", "the `date` from which it accepts nothing any more: 2027-01-15")
		flags.StringVar(&f.waiver.ID, "id", "", "of the waiver (default the next of this year: EX-2026-001)")
		flags.Var((*fileFlag)(&f.from), "from", "find the finding in the run that is saved in `file` (-o json)")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("waivers add takes no arguments")
			}
			return addWaiver(ctx, env, &f)
		}
	},
}

type addFlags struct {
	judge                      repositoryFlags
	fingerprint, expires, from string
	waiver                     annexgate.Waiver // what the flags say of it
}

func addWaiver(ctx context.Context, env Env, f *addFlags) (int, error) {
	if len(f.fingerprint) < 8 {
		return 0, usagef("--fingerprint: want the fingerprint of a finding, or its first 8 digits or more\nhint: annexgate check -o json has them")
	}
	expires, err := time.Parse(time.DateOnly, f.expires)
	if err != nil {
		return 0, usagef("--expires %q: want a date like 2027-01-15", f.expires)
	}
	options, place, rules, err := f.judge.repository(ctx, env)
	if err != nil {
		return 0, err
	}
	run, err := f.run(ctx, env, options)
	if err != nil {
		return 0, err
	}
	w, found, err := waiverFor(run, f.fingerprint)
	if err != nil {
		return 0, err
	}
	name := rules.Config.Waivers.File
	text, err := rules.ReadFile(name)
	if err != nil {
		return 0, err
	}
	others, err := accept.ReadWaivers(name, text)
	if err != nil {
		return 0, err
	}
	now := env.Now().UTC()
	w.ID, w.Reason, w.Owner, w.ApprovedBy, w.Ticket = f.waiver.ID, f.waiver.Reason, f.waiver.Owner, f.waiver.ApprovedBy, f.waiver.Ticket
	w.Created, w.Expires = now.Truncate(24*time.Hour), expires
	if w.ID == "" {
		w.ID = accept.NextID(others, now.Year())
	}
	if err := validateNew(w, others, found, rules, now); err != nil {
		return 0, err
	}
	added, err := accept.Add(name, text, w)
	if err != nil {
		return 0, err
	}
	if err := writeInRepository(place.Root, name, added); err != nil {
		return 0, err
	}
	fmt.Fprintf(env.Stdout, "wrote waiver %s to %s\n%s", inert.Text(w.ID), inert.Text(name), accept.Entry(w, "  "))
	return ExitClear, nil
}

// run judges the repository, or reads what was judged.
func (f *addFlags) run(ctx context.Context, env Env, options check.Options) (*annexgate.Run, error) {
	if f.from == "" {
		run, _, err := check.Run(ctx, options)
		return run, err
	}
	name := f.from
	if !filepath.IsAbs(name) {
		name = filepath.Join(options.Dir, name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, usagef("--from: %v", err)
	}
	defer file.Close()
	run, err := report.Read(file)
	if err != nil {
		return nil, usagef("--from %s: %v", f.from, err)
	}
	return run, nil
}

// waiverFor returns the scope of a waiver for the finding that a fingerprint
// starts with, and its policy. When root modules share the fingerprint, the
// waiver is about the file of the first alone.
func waiverFor(run *annexgate.Run, fingerprint string) (annexgate.Waiver, *annexgate.Policy, error) {
	var found []annexgate.Waiver
	var policies []*annexgate.Policy
	for _, d := range run.Decisions {
		if d.Outcome == annexgate.Pass || d.Subject.Kind == annexgate.Governance {
			continue
		}
		for _, finding := range d.Findings {
			w := annexgate.Waiver{Policy: d.Policy.ID, Address: finding.Address, Path: finding.At.File, Key: finding.Key, Fingerprint: finding.Fingerprint}
			if strings.HasPrefix(finding.Fingerprint, fingerprint) && !slices.ContainsFunc(found, func(v annexgate.Waiver) bool { return same(v, w) }) {
				found = append(found, w)
				policies = append(policies, d.Policy)
			}
		}
	}
	switch {
	case len(found) == 0:
		return annexgate.Waiver{}, nil, usagef("no finding has the fingerprint %s\nhint: annexgate check -o json has the fingerprint of each", fingerprint)
	case slices.ContainsFunc(found, func(w annexgate.Waiver) bool { return w.Fingerprint != found[0].Fingerprint }):
		return annexgate.Waiver{}, nil, usagef("several findings have a fingerprint that starts with %s: want more of it", fingerprint)
	}
	w := found[0]
	if len(found) == 1 {
		w.Path = "" // a file may be renamed
	} else {
		w.Path = literalGlob(w.Path)
	}
	return w, policies[0], nil
}

func same(v, w annexgate.Waiver) bool { return v.Fingerprint == w.Fingerprint && v.Path == w.Path }

// literalGlob returns a glob that matches path alone.
func literalGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(path)
}

// validateNew holds a waiver to the rules before it is written.
func validateNew(w annexgate.Waiver, others []annexgate.Waiver, p *annexgate.Policy, rules *check.Rules, now time.Time) error {
	if slices.ContainsFunc(others, func(v annexgate.Waiver) bool { return v.ID == w.ID }) {
		return usagef("there is a waiver %s already: want another --id", w.ID)
	}
	all := rules.Library.Policies()
	if !slices.ContainsFunc(all, func(q *annexgate.Policy) bool { return q.ID == p.ID }) {
		all = append(slices.Clone(all), p) // a saved run may come from elsewhere
	}
	checked := []annexgate.Waiver{w}
	accept.Validate(checked, accept.Rules{Now: now, MaxDays: rules.Config.Waivers.MaxDays, Policies: all, Named: policy.Named})
	switch checked[0].State {
	case annexgate.WaiverInvalid:
		return usagef("the waiver would accept nothing: %s", strings.Join(checked[0].Faults, "; "))
	case annexgate.WaiverExpired:
		return usagef("--expires %s: the waiver would have ended already", w.Expires.Format(time.DateOnly))
	}
	return nil
}
