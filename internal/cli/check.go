package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/eval"
	"github.com/annexgate/annexgate/internal/report"
)

var checkCommand = command{
	name:    "check",
	args:    "[path ...]",
	summary: "Judge files and pull requests; say what blocks; record the evidence",
	help: `
Examines the Terraform and Kubernetes files at and below each path (this
directory when none is given) and, with --pr, a pull request. Each run appends
an evidence record to refs/annexgate/evidence of the repository; the work tree
is not touched.

Examples:
  annexgate check
  annexgate check --fail-on medium -o text -o sarif=annexgate.sarif infra deploy
  annexgate check --pr pull-request.json`,
	setup: setupCheck,
}

type checkFlags struct {
	exclude  []string
	pr       string
	rules    ruleFlags
	timeout  time.Duration
	failOn   string
	outputs  []string
	evidence []string
}

func setupCheck(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
	var f checkFlags
	addInputFlags(flags, &f.exclude, &f.pr)
	f.rules.add(flags)
	flags.DurationVar(&f.timeout, "policy-timeout", eval.DefaultTimeout, "how long one policy may examine one subject")
	flags.StringVar(&f.failOn, "fail-on", "high", "least `severity` that blocks: low, medium, high, critical or never")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "`format[=file]` of the report; repeatable: "+strings.Join(report.Formats(), ", ")+" (default text)")
	flags.StringArrayVar(&f.evidence, "evidence", nil, "write the evidence record to `file` as well, or none to keep none")
	return func(ctx context.Context, env Env, args []string) (int, error) {
		return runCheck(ctx, env, f, args)
	}
}

// addInputFlags declares what check and inspect have in common.
func addInputFlags(flags *pflag.FlagSet, exclude *[]string, pr *string) {
	flags.StringArrayVar(exclude, "exclude", nil, "leave out files that match the `glob`; repeatable")
	flags.StringVar(pr, "pr", "", "examine the pull request in the snapshot `file`")
}

func runCheck(ctx context.Context, env Env, f checkFlags, paths []string) (int, error) {
	failOn, err := parseFailOn(f.failOn)
	if err != nil {
		return 0, err
	}
	outputs, err := openOutputs(env, f.outputs)
	if err != nil {
		return 0, err
	}
	defer outputs.close()
	recorder, err := newRecorder(env, f.evidence)
	if err != nil {
		return 0, err
	}
	options, err := f.rules.options(env)
	if err != nil {
		return 0, err
	}
	progress := newProgress(env)
	options.Paths, options.Exclude, options.PullRequest = paths, f.exclude, f.pr
	options.FailOn, options.Timeout = failOn, f.timeout
	options.Tool, options.Now, options.Progress = tool(), env.Now, progress.show
	run, place, err := check.Run(ctx, options)
	progress.clear()
	if err != nil {
		return 0, err
	}
	if err := recorder.record(ctx, run, place); err != nil {
		return 0, err
	}
	if err := outputs.write(run); err != nil {
		return 0, err
	}
	if len(run.Decisions) == 0 {
		fmt.Fprint(env.Stderr, "annexgate: nothing to judge: no policy applies to anything here\nhint: annexgate inspect shows what was found\n")
	}
	return exitCode(run.Verdict), nil
}

func exitCode(v annexgate.Verdict) int {
	switch v {
	case annexgate.Clear:
		return ExitClear
	case annexgate.Blocked:
		return ExitBlocked
	}
	return ExitBroken
}

func parseFailOn(name string) (annexgate.Severity, error) {
	if name == "never" {
		return 0, nil
	}
	severity, err := annexgate.ParseSeverity(name)
	if err != nil {
		return 0, usagef("--fail-on: unknown severity %q: want low, medium, high, critical or never", name)
	}
	return severity, nil
}

// Outputs are where reports go. Files are created before the work starts, so
// that one that cannot be written costs no run.
type outputs struct {
	env  Env
	list []output
}

type output struct {
	format string
	file   *os.File // nil: standard output
}

func openOutputs(env Env, specs []string) (*outputs, error) {
	if len(specs) == 0 {
		specs = []string{"text"}
	}
	out := &outputs{env: env}
	for _, spec := range specs {
		format, name, toFile := strings.Cut(spec, "=")
		if err := report.Known(format); err != nil {
			return nil, fmt.Errorf("--output: %w", err)
		}
		if !toFile {
			if slices.ContainsFunc(out.list, func(o output) bool { return o.file == nil }) {
				return nil, usagef("--output: two reports to standard output: give one a file, as in %s=FILE", format)
			}
			out.list = append(out.list, output{format: format})
			continue
		}
		if name == "" {
			return nil, usagef("--output %s: the file is missing: want %s=FILE", spec, format)
		}
		file, err := create(env, name)
		if err != nil {
			return nil, usagef("--output: %v", err)
		}
		out.list = append(out.list, output{format: format, file: file})
	}
	return out, nil
}

func (o *outputs) write(run *annexgate.Run) error {
	for _, out := range o.list {
		var w io.Writer = o.env.Stdout
		options := report.Options{}
		if out.file != nil {
			w = out.file
		} else if columns, terminal := o.env.Width(o.env.Stdout); terminal {
			options = report.Options{Color: o.env.Getenv("NO_COLOR") == "", Width: columns}
		}
		if err := report.Write(w, out.format, run, options); err != nil {
			return fmt.Errorf("write the %s report: %w", out.format, err)
		}
	}
	return nil
}

func (o *outputs) close() {
	for _, out := range o.list {
		if out.file != nil {
			out.file.Close()
		}
	}
}

// A progress shows how far a long run has come, on a terminal alone.
type progress struct {
	env   Env
	start time.Time

	mu    sync.Mutex
	shown bool
}

// patience is how long a run stays silent.
const patience = time.Second

func newProgress(env Env) *progress { return &progress{env: env, start: env.Now()} }

func (p *progress) show(done, of int) {
	if _, terminal := p.env.Width(p.env.Stderr); !terminal || p.env.Now().Sub(p.start) < patience {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = true
	fmt.Fprintf(p.env.Stderr, "\rannexgate: %d of %d subjects judged", done, of)
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.env.Stderr, "\r\x1b[K")
	}
}
