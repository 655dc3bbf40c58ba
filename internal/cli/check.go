package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/gate"
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
	judge    judgeFlags
	outputs  []string
	evidence []string
}

func setupCheck(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
	var f checkFlags
	f.judge.add(flags)
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "`format[=file]` of the report; repeatable: "+strings.Join(report.Formats(), ", ")+" (default text)")
	flags.StringArrayVar(&f.evidence, "evidence", nil, "write the evidence record to `file` as well, or none to keep none")
	return func(ctx context.Context, env Env, args []string) (int, error) {
		return runCheck(ctx, env, f, args)
	}
}

func runCheck(ctx context.Context, env Env, f checkFlags, paths []string) (int, error) {
	options, err := f.judge.options(env, paths)
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
	defer recorder.close()
	progress := newProgress(env)
	options.Tool, options.Now, options.Progress = tool(), env.Now, progress.show
	options.Configured = func(c *config.Config) error {
		recorder.none = recorder.none || len(f.evidence) == 0 && !c.Evidence.Keep
		return nil
	}
	run, place, err := check.Run(ctx, options)
	progress.clear()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(outputs.write(run), recorder.record(ctx, run, place)); err != nil {
		return 0, err
	}
	if !gate.Judged(run.Decisions) {
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
