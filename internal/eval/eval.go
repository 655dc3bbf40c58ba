// Package eval selects the policies that apply to each subject and evaluates
// them.
//
// # Decisions
//
// An outcome is three-valued without any work for a policy's author. Unknown
// parts of the input are left out and their reads recorded (tracked.go). A
// policy that reads none has an exact outcome. One that reads some is evaluated
// again, case by case, with representative values in their place (doubt.go): if
// all cases agree, they settle the outcome; if not, it is unknown.
//
// Fail and pass are meant to hold for every value that the unknowns may have, and
// to be absent is one of them. The property test holds the engine to that. The
// method is approximate on the other side: an outcome may be unknown although
// every value gives the same. That is so where
//
//   - a value is used in another way than compared with constants and tested for
//     its type: compared with another value, computed with, parsed;
//   - it is looked into as a list or an object, in a place where more of it may
//     clear the subject, or where the finding hangs on a value behind it;
//   - findings are certain, but the place or the key of each hangs on the value;
//   - the cases are too many (maxCases, maxWork).
//
// Three things are taken on trust. Values for which a builtin fails are not
// possible. What policy.Profile says of a policy is right; it is worked out from
// compiled Rego and says less where it does not understand. And OPA asks tracked
// objects, or breaks off: selfTest samples that in every run, at some
// microseconds, and without it what a policy names counts as read (fallback.go).
//
// Partial evaluation, the obvious other way, is exact only where whole attributes
// of the subject are unknown: it loses an unknown inside a block as soon as a
// policy iterates. It is a second opinion in the property test.
//
// Values become Rego terms once for each subject; subjects that refer to each
// other share them. In a scene with unknowns every object is tracked, the known
// ones too: OPA's own objects say that they equal no tracked one, without asking.
package eval

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

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
// outcome unknown and a problem. The error is that of ctx, or says which policy
// cannot be stopped.
func Run(ctx context.Context, program *policy.Program, policies []*annexgate.Policy, subjects []*annexgate.Subject, opts Options) ([]annexgate.Result, []annexgate.Problem, error) {
	return newEngine(program, policies, subjects, opts).run(ctx, subjects)
}

type engine struct {
	program  *policy.Program
	selector *selector
	terms    *termCache
	opts     Options
	tracks   bool // tracked objects notice every read; see selfTest

	evaluations atomic.Int64 // so far; a test counts them
}

func newEngine(program *policy.Program, policies []*annexgate.Policy, subjects []*annexgate.Subject, opts Options) *engine {
	if opts.Timeout == 0 {
		opts.Timeout = DefaultTimeout
	}
	return &engine{program: program, selector: newSelector(policies), terms: newTermCache(subjects), opts: opts, tracks: selfTest() == nil}
}

func (e *engine) run(ctx context.Context, subjects []*annexgate.Subject) ([]annexgate.Result, []annexgate.Problem, error) {
	results := make([][]annexgate.Result, len(subjects))
	problems := make([][]annexgate.Problem, len(subjects))

	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(subjects)) {
		wait.Go(func() {
			w := &worker{engine: e, reads: newReads()}
			for i := int(next.Add(1)) - 1; i < len(subjects) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				results[i], problems[i] = w.examine(ctx, subjects[i])
				if n := int(done.Add(1)); e.opts.Progress != nil && n%64 == 0 {
					e.opts.Progress(n, len(subjects))
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		wait.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return slices.Concat(results...), slices.Concat(problems...), ctx.Err()
	case err := <-e.program.Stuck(): // its worker is left behind
		return nil, nil, err
	}
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
	if err != nil && (len(read) == 0 || !refuses(err)) {
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

	if scene.plain != nil {
		found, err := w.guarded(ctx, p, scene.plain)
		return found, nil, err
	}
	profile := w.program.Profile(p)
	if !w.tracks || profile.Whole {
		return w.untracked(ctx, scene, p, filled)
	}
	w.reads.hashing = profile.Hashing
	input := scene.tracked(w.reads, filled)
	w.reads.reset()
	found, err := w.guarded(ctx, p, input)
	if refuses(err) || errors.As(err, new(brokenOff)) {
		return w.untracked(ctx, scene, p, filled) // OPA takes no object but its own here and there
	}
	return found, w.reads.sorted(), err
}

// guarded evaluates policy; a policy must not end the run.
func (w *worker) guarded(ctx context.Context, p *annexgate.Policy, input ast.Value) (found []policy.Denial, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = brokenOff(fmt.Sprintf("the evaluation broke off: %v", fault))
		}
	}()
	w.evaluations.Add(1)
	return w.program.Deny(ctx, p, input)
}

// brokenOff is the error of an evaluation that panicked.
type brokenOff string

func (e brokenOff) Error() string { return string(e) }

// refuses reports whether err is Rego's own: a builtin took no value of that
// type, or rules contradicted each other. Other errors say nothing of the values.
func refuses(err error) bool {
	return errors.As(err, new(*topdown.Error)) && !topdown.IsCancel(err)
}
