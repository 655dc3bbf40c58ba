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
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/eval"
	"github.com/annexgate/annexgate/internal/gate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/source"
	"github.com/annexgate/annexgate/internal/source/terraform"
)

// Options say what to judge, and by what.
//
// Exclude, PolicyDirs, Only, Skip, Timeout and FailOn go before what the
// configuration says; where they are empty, it counts.
type Options struct {
	Dir         string                   // absolute; relative paths start from it
	Paths       []string                 // files and directories to examine; none means Dir
	Exclude     []string                 // globs of what to leave out
	PullRequest string                   // the file of a pull-request snapshot; may be empty
	Variables   []terraform.Assignment   // for Terraform root modules, in command-line order; files as in Paths
	Getenv      func(name string) string // for TF_VAR_ variables and TF_WORKSPACE; nil means that the environment has no say
	HelmValues  []string                 // files of values for charts, in command-line order; as in Paths
	HelmSet     []string                 // single values for charts, as chart.ParseSet takes them; they go before HelmValues
	Policies    []policy.Source          // what annexgate brings along
	PolicyDirs  []string                 // folders of further policies
	Only, Skip  []string                 // names of policies, as policy.Select takes them
	Config      string                   // the file of the configuration; empty means the one at the repository's root, if there is one
	Timeout     time.Duration            // for one policy on one subject; 0 means eval.DefaultTimeout
	FailOn      *annexgate.Severity      // the least severity that blocks; 0 means none does

	// Base is the revision whose rules judge: configuration, policies of the
	// repository, Statement of Applicability, waivers and baseline. Empty means
	// those of the work tree.
	Base            string
	AllowRuleChange bool // what the change alters of these rules does not block

	// DiffBase is the revision that the change is compared with, to tell what it
	// introduces and what it fixes. Empty means that nothing is compared.
	DiffBase string

	NoStatement bool // there need be no Statement of Applicability, whatever the configuration names

	// Configured is called once it is known what holds, before any work; may be
	// nil. An error ends the run.
	Configured func(*config.Config) error

	Tool     annexgate.Tool
	Now      func() time.Time
	Progress func(done, of int) // called now and then while subjects are judged; may be nil
}

// Run judges what o names. Faults of the examined files are problems of the
// run. An error means that there is no judgement; it is a usage error when o is
// at fault.
func Run(ctx context.Context, o Options) (*annexgate.Run, *discover.Place, error) {
	place, err := discover.Locate(ctx, o.Dir, o.Paths)
	if err != nil {
		return nil, nil, err
	}
	files, err := openRules(ctx, o, place)
	if err != nil {
		return nil, nil, err
	}
	defer files.close()
	configured, err := files.config(o)
	if err != nil {
		return nil, nil, err
	}
	if o.Configured != nil {
		if err := o.Configured(configured); err != nil {
			return nil, nil, err
		}
	}
	run := &annexgate.Run{Tool: o.Tool, Started: o.Now().UTC(), FailOn: configured.Gate.FailOn, Excluded: configured.Inputs.Exclude}
	loaded, err := load(ctx, o, place, configured)
	if err != nil {
		return nil, nil, err
	}
	if place.Repo != nil {
		if run.Commit, err = place.Repo.Head(ctx); err != nil {
			return nil, nil, err
		}
	}
	rules, err := loadRules(o, files, configured)
	if err != nil {
		return nil, nil, err
	}
	run.Policies, run.LeftOut, run.PolicyDigest, run.Settings = rules.Policies, rules.LeftOut, rules.Library.Digest(), rules.Settings
	needed := eval.Applicable(run.Policies, loaded.Subjects)
	program, err := rules.Library.Compile(ctx, needed, run.Settings)
	if err != nil {
		return nil, nil, err
	}
	results, faults, err := eval.Run(ctx, program, needed, loaded.Subjects, eval.Options{Timeout: configured.Policies.Timeout, Progress: o.Progress})
	if err != nil {
		return nil, nil, err
	}
	run.Subjects, run.Inputs = loaded.Subjects, loaded.Inputs
	run.Problems = slices.Concat(loaded.Problems, faults)
	annexgate.SortProblems(run.Problems)
	threshold, err := gate.NewRules(configured.Gate)
	if err != nil {
		return nil, nil, err
	}
	if err := decide(ctx, o, loaded, rules, threshold, run, results); err != nil {
		return nil, nil, err
	}
	if err := judgeRuleChanges(ctx, o, place, rules, run); err != nil {
		return nil, nil, err
	}
	run.Controls = gate.Controls(control.All(), run.Policies, run.Decisions, run.Problems, rules.SoA.Excluded())
	run.Measures = measure(run)
	run.Verdict = gate.Verdict(run.Decisions, run.Problems)
	loaded.excerpt(run.Decisions)
	run.Finished = o.Now().UTC()
	return run, place, nil
}

// Loaded is what policies will examine.
type Loaded struct {
	*annexgate.Inventory
	Place *discover.Place

	batches []source.Batch
}

// Load finds and reads the inputs, as the configuration in the work tree says.
func Load(ctx context.Context, o Options) (*Loaded, error) {
	place, err := discover.Locate(ctx, o.Dir, o.Paths)
	if err != nil {
		return nil, err
	}
	files, err := headRules(place)
	if err != nil {
		return nil, err
	}
	configured, err := files.config(o)
	if err != nil {
		return nil, err
	}
	return load(ctx, o, place, configured)
}

func load(ctx context.Context, o Options, place *discover.Place, configured *config.Config) (*Loaded, error) {
	found, err := discover.Find(ctx, discover.Options{
		Root: place.Root, Dir: o.Dir, Paths: o.Paths, Exclude: configured.Inputs.Exclude, Repo: place.Repo,
	})
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(place.Root)
	if err != nil {
		return nil, fmt.Errorf("open the directory to examine: %w", err)
	}
	loaded := &Loaded{Place: place}
	reader, err := terraformLoader(o, place.Root)
	if err != nil {
		return nil, err
	}
	var configuredFiles []terraform.Assignment // those of the flags go behind, and win
	for _, file := range configured.Inputs.VarFiles {
		configuredFiles = append(configuredFiles, terraform.Assignment{File: file})
	}
	reader.Variables = slices.Concat(configuredFiles, reader.Variables)
	charts, err := kubernetesLoader(o, place.Root)
	if err != nil {
		return nil, err
	}
	loaded.batches = []source.Batch{
		{Kind: annexgate.Terraform, FS: root.FS(), Files: found.Files[annexgate.Terraform], Loader: reader},
		{Kind: annexgate.Kubernetes, FS: root.FS(), Files: found.Files[annexgate.Kubernetes], Loader: charts},
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

// terraformLoader returns the loader that knows what o says of variables.
func terraformLoader(o Options, root string) (*terraform.Loader, error) {
	loader := &terraform.Loader{Getenv: o.Getenv}
	if o.Getenv != nil {
		loader.Workspace = o.Getenv("TF_WORKSPACE")
	}
	for _, a := range o.Variables {
		if a.File != "" {
			var err error
			if a, err = variableFile(o, root, a.File); err != nil {
				return nil, err
			}
		}
		loader.Variables = append(loader.Variables, a)
	}
	return loader, nil
}

// variableFile returns the assignment of a variable file. One inside the root
// is named as the repository knows it; another is read here, since whoever
// runs the command chose it.
func variableFile(o Options, root, name string) (terraform.Assignment, error) {
	full := name
	if !filepath.IsAbs(full) {
		full = filepath.Join(o.Dir, full)
	}
	full, err := filepath.EvalSymlinks(full)
	if err != nil {
		return terraform.Assignment{}, annexgate.Usage(fmt.Errorf("read variable file %s: no such file", name))
	}
	if rel, err := filepath.Rel(root, full); err == nil && filepath.IsLocal(rel) {
		return terraform.Assignment{File: filepath.ToSlash(rel)}, nil
	}
	text, err := os.ReadFile(full)
	if err != nil {
		return terraform.Assignment{}, annexgate.Usage(fmt.Errorf("read variable file: %w", err))
	}
	return terraform.Assignment{File: filepath.ToSlash(name), Text: append([]byte{}, text...)}, nil
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
