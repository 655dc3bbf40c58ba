// Package eval selects the policies that apply to each subject and evaluates
// them.
//
// # Decisions
//
// An outcome is three-valued without any work for a policy's author. Unknown
// parts of the input are left out and their reads recorded (tracked.go). A
// policy that reads none has an exact outcome. One that reads some is evaluated
// again with those parts filled in with representative values (doubt.go): a
// finding that stands for all of them is a failure, anything else is unknown.
// The method never passes what it could not see; it errs towards unknown.
//
// Values become Rego terms once for each subject; subjects that refer to each
// other share them.
package eval

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
)

// Options say how to evaluate. The zero value is a sensible choice.
type Options struct {
	Timeout  time.Duration      // for one policy on one subject; 0 means DefaultTimeout
	Progress func(done, of int) // called now and then, from any goroutine; may be nil
}

// DefaultTimeout is how long one policy may examine one subject.
const DefaultTimeout = 5 * time.Second

// Run evaluates each policy of program on each subject it applies to. Results
// are in the order of subjects, then of policies. A policy that errs gives the
// outcome unknown and a problem. The error is that of ctx.
func Run(ctx context.Context, program *policy.Program, policies []*annexgate.Policy, subjects []*annexgate.Subject, opts Options) ([]annexgate.Result, []annexgate.Problem, error) {
	if opts.Timeout == 0 {
		opts.Timeout = DefaultTimeout
	}
	e := &engine{program: program, selector: newSelector(policies), terms: newTermCache(subjects), opts: opts}
	results := make([][]annexgate.Result, len(subjects))
	problems := make([][]annexgate.Problem, len(subjects))

	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(subjects)) {
		wait.Go(func() {
			w := &worker{engine: e, reads: newReads()}
			for i := int(next.Add(1)) - 1; i < len(subjects) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				results[i], problems[i] = w.examine(ctx, subjects[i])
				if n := int(done.Add(1)); opts.Progress != nil && n%64 == 0 {
					opts.Progress(n, len(subjects))
				}
			}
		})
	}
	wait.Wait()
	return slices.Concat(results...), slices.Concat(problems...), ctx.Err()
}

type engine struct {
	program  *policy.Program
	selector *selector
	terms    *termCache
	opts     Options
}

// A worker evaluates one subject after another.
type worker struct {
	*engine
	reads *reads // of the evaluation under way
}

// examine holds one subject to every policy that applies to it.
func (w *worker) examine(ctx context.Context, s *annexgate.Subject) ([]annexgate.Result, []annexgate.Problem) {
	applicable := w.selector.policies(s)
	if len(applicable) == 0 {
		return nil, nil
	}
	results := make([]annexgate.Result, 0, len(applicable))
	var problems []annexgate.Problem
	scene := w.newScene(s)
	for _, p := range applicable {
		result := annexgate.Result{Policy: p, Subject: s}
		if err := w.judge(ctx, scene, &result); err != nil {
			result.Outcome, result.Findings = annexgate.Unknown, nil
			problems = append(problems, annexgate.Problem{
				Kind:    s.Kind,
				Message: fmt.Sprintf("policy %s could not judge %s: %v", p.ID, s.Address, err),
				At:      s.At,
				Loss:    annexgate.Partial,
			})
		}
		results = append(results, result)
	}
	return results, problems
}

// judge decides one outcome.
func (w *worker) judge(ctx context.Context, scene *scene, result *annexgate.Result) error {
	found, read, err := w.deny(ctx, scene, result.Policy, nil)
	if err != nil {
		return err
	}
	if len(read) > 0 {
		return w.judgeDoubtful(ctx, scene, result, found, read)
	}
	result.Outcome = annexgate.Pass
	if len(found) > 0 {
		result.Outcome = annexgate.Fail
		result.Findings, err = scene.findings(result.Policy, found)
	}
	return err
}

// deny evaluates policy with the unknown leaves filled in as filled says, and
// returns what it denies and which further unknown leaves it read.
func (w *worker) deny(ctx context.Context, scene *scene, p *annexgate.Policy, filled filling) ([]policy.Denial, []*leaf, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.opts.Timeout, fmt.Errorf("it took longer than %s", w.opts.Timeout))
	defer cancel()

	input := scene.input(w.reads, filled)
	w.reads.reset()
	found, err := w.guarded(ctx, p, input)
	if !errors.Is(err, errBroke) {
		return found, w.reads.sorted(), err
	}
	// A tracked object came where OPA takes no other object than its own. Take
	// every unknown as read, and leave them out.
	leaves := scene.leaves()
	untracked := filling{}
	for _, l := range leaves {
		untracked[l] = nil
	}
	maps.Copy(untracked, filled)
	found, err = w.guarded(ctx, p, scene.input(w.reads, untracked))
	return found, leaves, err
}

// errBroke marks an evaluation that ended in a panic.
var errBroke = errors.New("the evaluation broke off")

// guarded evaluates policy; a policy must not end the run.
func (w *worker) guarded(ctx context.Context, p *annexgate.Policy, input ast.Value) (found []policy.Denial, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", errBroke, fault)
		}
	}()
	return w.program.Deny(ctx, p, input)
}
