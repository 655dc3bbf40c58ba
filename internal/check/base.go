package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/eval"
	"github.com/annexgate/annexgate/internal/gate"
	"github.com/annexgate/annexgate/internal/gitrepo"
	"github.com/annexgate/annexgate/internal/source"
	"github.com/annexgate/annexgate/internal/source/terraform"
)

// A baseRun is what the rules of a run say of the base it is compared with.
type baseRun struct {
	results    []annexgate.Result
	governance []annexgate.Result
	problems   []annexgate.Problem
}

// judgeBase evaluates the policies of run on the files of the base: the commit
// at which the change left the one that o names. They are read from git's
// objects. Without such a name there is no base.
func judgeBase(ctx context.Context, o Options, place *discover.Place, rules *Rules, run *annexgate.Run) (*baseRun, error) {
	if o.DiffBase == "" {
		return nil, nil
	}
	if place.Repo == nil {
		return nil, annexgate.Usage(errors.New("--diff-base: there is no git repository to read it from"))
	}
	commit, err := place.Repo.MergeBase(ctx, o.DiffBase)
	if errors.Is(err, gitrepo.ErrUnknownRevision) {
		return nil, annexgate.Usage(fmt.Errorf("--diff-base: %w\nhint: a shallow clone may not have it: fetch it, or clone with the whole history", err))
	}
	if err != nil {
		return nil, fmt.Errorf("find the base of the change: %w", err)
	}
	tree, err := place.Repo.TreeFS(ctx, commit)
	if err != nil {
		return nil, fmt.Errorf("read the base %s: %w", commit, err)
	}
	defer tree.Close()
	run.DiffBase = tree.Commit()

	loaded, err := loadBase(ctx, o, place, rules.Config, tree)
	if err != nil {
		return nil, fmt.Errorf("read the base %s: %w", commit, err)
	}
	needed := eval.Applicable(rules.Policies, loaded.Subjects)
	program, err := rules.Library.Compile(ctx, needed, rules.Settings)
	if err != nil {
		return nil, err
	}
	base := &baseRun{}
	var faults []annexgate.Problem
	base.results, faults, err = eval.Run(ctx, program, needed, loaded.Subjects, eval.Options{Timeout: rules.Config.Policies.Timeout})
	if err != nil {
		return nil, fmt.Errorf("judge the base %s: %w", commit, err)
	}
	problems := slices.Concat(loaded.Problems, faults)
	hidden := slices.DeleteFunc(problems, func(p annexgate.Problem) bool { return p.Loss == annexgate.Notice })
	if len(hidden) > 0 {
		base.problems = append(base.problems, annexgate.Problem{
			Message: fmt.Sprintf("the base %.12s cannot be judged whole: what it hides counts as introduced; first: %s", commit, hidden[0]),
			Loss:    annexgate.Notice,
		})
	}
	base.governance, err = governBase(ctx, place, rules, run, loaded, tree, base.results)
	return base, err
}

// loadBase reads the inputs of the base at the places that o names.
func loadBase(ctx context.Context, o Options, place *discover.Place, configured *config.Config, tree *gitrepo.Tree) (*Loaded, error) {
	starts, err := discover.Starts(discover.Options{Root: place.Root, Dir: o.Dir, Paths: o.Paths})
	if err != nil {
		return nil, err
	}
	found, err := discover.FindIn(ctx, tree, starts, configured.Inputs.Exclude)
	if err != nil {
		return nil, err
	}
	for _, file := range slices.Backward(configured.Inputs.VarFiles) {
		o.Variables = slices.Insert(slices.Clone(o.Variables), 0, terraform.Assignment{File: filepath.Join(place.Root, file)})
	}
	reader, err := terraformLoader(o, place.Root)
	if err != nil {
		return nil, err
	}
	charts, err := kubernetesLoader(o, place.Root)
	if err != nil {
		return nil, err
	}
	loaded := &Loaded{Place: place, batches: []source.Batch{
		{Kind: annexgate.Terraform, FS: tree, Files: found.Files[annexgate.Terraform], Loader: reader},
		{Kind: annexgate.Kubernetes, FS: tree, Files: found.Files[annexgate.Kubernetes], Loader: charts},
	}}
	if loaded.Inventory, err = source.Load(ctx, loaded.batches...); err != nil {
		return nil, err
	}
	loaded.Problems = slices.Concat(found.Problems, loaded.Problems)
	return loaded, nil
}

// governBase judges the waivers of the base, so that one that expired there,
// too, is none of the change's doing. A file of waivers that cannot be read
// there says nothing.
func governBase(ctx context.Context, place *discover.Place, rules *Rules, run *annexgate.Run, loaded *Loaded, tree *gitrepo.Tree, results []annexgate.Result) ([]annexgate.Result, error) {
	c := &collector{
		repo: place.Repo, revision: tree.Commit(), rules: rules, now: run.Started, loaded: loaded,
		read: func(name string) ([]byte, error) { return readRule(tree, name) },
	}
	accepted, err := c.acceptances(ctx)
	if errors.Is(err, annexgate.ErrUsage) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	accepted.Complete = func(p *annexgate.Policy) bool { return judged(run, p) }
	return gate.Accept(slices.Clone(results), accepted), nil
}
