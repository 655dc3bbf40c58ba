package check

import (
	"context"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Waivers returns every waiver that o would judge with, in the order of their
// places and with its state, and what there is to say of them. Nothing is
// judged, so none has matches.
func Waivers(ctx context.Context, o Options, now time.Time) ([]annexgate.Waiver, []annexgate.Problem, error) {
	loaded, err := Load(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	rules, err := LoadRules(o, loaded.Place)
	if err != nil {
		return nil, nil, err
	}
	c := &collector{repo: loaded.Place.Repo, read: rules.ReadFile, rules: rules, now: now, loaded: loaded}
	accepted, err := c.acceptances(ctx)
	if err != nil {
		return nil, nil, err
	}
	annexgate.SortProblems(c.problems)
	return accepted.Waivers, c.problems, nil
}
