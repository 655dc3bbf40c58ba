// Package check is the gate from end to end: it finds the inputs, loads them,
// evaluates the policies on them and decides. What comes out, a Run, is what
// reports show and evidence records.
package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/eval"
	"github.com/annexgate/annexgate/internal/gate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/source"
)

// Options say what to judge, and by what.
type Options struct {
	Dir         string   // absolute; relative paths start from it
	Paths       []string // files and directories to examine; none means Dir
	Exclude     []string // globs of what to leave out
	PullRequest string   // the file of a pull-request snapshot; may be empty
	Policies    []policy.Source
	Only, Skip  []string      // names of policies, as policy.Select takes them
	Config      string        // the file of the configuration; empty means the one at the repository's root, if there is one
	Timeout     time.Duration // for one policy on one subject; 0 means eval.DefaultTimeout
	FailOn      annexgate.Severity
	Tool        annexgate.Tool
	Now         func() time.Time
	Progress    func(done, of int) // called now and then while subjects are judged; may be nil
}

// Run judges what o names. Faults of the examined files are problems of the
// run. An error means that there is no judgement; it is a usage error when o is
// at fault.
func Run(ctx context.Context, o Options) (*annexgate.Run, *discover.Place, error) {
	run := &annexgate.Run{Tool: o.Tool, Started: o.Now().UTC(), FailOn: o.FailOn, Excluded: o.Exclude}
	loaded, err := Load(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	if loaded.Place.Repo != nil {
		if run.Commit, err = loaded.Place.Repo.Head(ctx); err != nil {
			return nil, nil, err
		}
	}
	rules, err := LoadRules(o, loaded.Place)
	if err != nil {
		return nil, nil, err
	}
	run.Policies, run.LeftOut, run.PolicyDigest, run.Settings = rules.Policies, rules.LeftOut, rules.Library.Digest(), rules.Settings
	needed := eval.Applicable(run.Policies, loaded.Subjects)
	program, err := rules.Library.Compile(ctx, needed, run.Settings)
	if err != nil {
		return nil, nil, err
	}
	results, faults, err := eval.Run(ctx, program, needed, loaded.Subjects, eval.Options{Timeout: o.Timeout, Progress: o.Progress})
	if err != nil {
		return nil, nil, err
	}
	run.Subjects, run.Inputs = loaded.Subjects, loaded.Inputs
	run.Problems = slices.Concat(loaded.Problems, faults)
	annexgate.SortProblems(run.Problems)
	run.Decisions = gate.Decide(results, o.FailOn)
	run.Controls = gate.Controls(control.All(), run.Policies, run.Decisions, run.Problems)
	run.Verdict = gate.Verdict(run.Decisions, run.Problems)
	loaded.excerpt(run.Decisions)
	run.Finished = o.Now().UTC()
	return run, loaded.Place, nil
}

// Loaded is what policies will examine.
type Loaded struct {
	*annexgate.Inventory
	Place *discover.Place

	batches []source.Batch
}

// Load finds and reads the inputs.
func Load(ctx context.Context, o Options) (*Loaded, error) {
	place, err := discover.Locate(ctx, o.Dir, o.Paths)
	if err != nil {
		return nil, err
	}
	found, err := discover.Find(ctx, discover.Options{
		Root: place.Root, Dir: o.Dir, Paths: o.Paths, Exclude: o.Exclude, Repo: place.Repo,
	})
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(place.Root)
	if err != nil {
		return nil, fmt.Errorf("open the directory to examine: %w", err)
	}
	loaded := &Loaded{Place: place}
	for _, kind := range []annexgate.Kind{annexgate.Terraform, annexgate.Kubernetes} {
		loaded.batches = append(loaded.batches, source.Batch{Kind: kind, FS: root.FS(), Files: found.Files[kind]})
	}
	if o.PullRequest != "" {
		batch, err := snapshot(o, place.Root, root)
		if err != nil {
			return nil, err
		}
		loaded.batches = append(loaded.batches, batch)
	}
	if loaded.Inventory, err = source.Load(ctx, loaded.batches...); err != nil {
		return nil, err
	}
	loaded.Problems = slices.Concat(place.Problems, found.Problems, loaded.Problems)
	annexgate.SortProblems(loaded.Problems)
	return loaded, nil
}

// snapshot returns the batch of the pull request. Its file is named as the
// repository knows it, or else alone in a folder of its own.
func snapshot(o Options, dir string, root *os.Root) (source.Batch, error) {
	file := o.PullRequest
	if !filepath.IsAbs(file) {
		file = filepath.Join(o.Dir, file)
	}
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return source.Batch{}, annexgate.Usage(fmt.Errorf("read pull request %s: no such file\nhint: --pr takes the file of a snapshot", o.PullRequest))
	}
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		return source.Batch{Kind: annexgate.PullRequest, FS: root.FS(), Files: []string{filepath.ToSlash(rel)}}, nil
	}
	return source.Batch{
		Kind: annexgate.PullRequest, FS: os.DirFS(filepath.Dir(file)), Files: []string{filepath.Base(file)},
	}, nil
}
