package policy

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxMemory is what one evaluation may hold, in bytes. A policy and its
	// subject need some kilobytes.
	maxMemory = 256 << 20

	// lookout is how often memory is looked at. Within it a policy can fill
	// some tens of megabytes.
	lookout = 10 * time.Millisecond

	// grace is how long an evaluation may go on after it was told to stop. Few
	// builtins take longer for one step, even on a busy machine.
	grace = 5 * time.Second

	// excess is how many times the limit may be in use meanwhile.
	excess = 8

	// tolerance is how often one policy may be stopped before it is given up. A
	// run over ten thousand subjects must not wait for each of them.
	tolerance = 10
)

var (
	errCrowded = errors.New("memory ran short while several policies were evaluated")
	errMemory  = errors.New("it needs too much memory")
)

// An evaluation is one use of a policy. It is what OPA asks, between two
// expressions, whether to stop.
type evaluation struct {
	policy  string // ID
	stopped atomic.Int32
	noticed time.Time // when the guard first saw it stopped; the guard's own
}

// Why an evaluation was stopped.
const (
	byCaller int32 = iota + 1
	byGuard
)

func (e *evaluation) Cancel()         { e.stopped.CompareAndSwap(0, byCaller) }
func (e *evaluation) Cancelled() bool { return e.stopped.Load() != 0 }

// A guard keeps evaluations from taking the memory of the machine.
//
// Go counts memory for the whole process only. When it grows too much, the guard
// stops all evaluations of the moment, and each is done again, alone: the one
// that stops again is at fault.
type guard struct {
	limit uint64        // bytes, as maxMemory
	grace time.Duration // as grace

	room  sync.RWMutex // held for reading side by side, for writing alone
	stuck chan error   // holds one

	mu       sync.Mutex
	running  map[*evaluation]struct{}
	watching bool
	base     uint64 // bytes in use that no evaluation holds, about
	next     uint64 // bytes in use at which to look closer
}

func newGuard() *guard {
	return &guard{limit: maxMemory, grace: grace, stuck: make(chan error, 1), running: map[*evaluation]struct{}{}}
}

// do calls run, which stops when ctx is done or when it needs too much memory.
func (g *guard) do(ctx context.Context, policy string, run func(*evaluation) error) error {
	err := g.beside(ctx, policy, run)
	if errors.Is(err, errCrowded) {
		return g.alone(ctx, policy, run)
	}
	return err
}

// The locks are released when run panics, too.

func (g *guard) beside(ctx context.Context, policy string, run func(*evaluation) error) error {
	g.room.RLock()
	defer g.room.RUnlock()
	return g.watched(ctx, policy, run)
}

func (g *guard) alone(ctx context.Context, policy string, run func(*evaluation) error) error {
	g.room.Lock()
	defer g.room.Unlock()
	g.settle()
	defer g.settle()
	if err := g.watched(ctx, policy, run); !errors.Is(err, errCrowded) {
		return err
	}
	return fmt.Errorf("%w: more than %d MiB", errMemory, g.limit>>20)
}

// watched calls run under the eyes of the guard.
func (g *guard) watched(ctx context.Context, policy string, run func(*evaluation) error) error {
	e := &evaluation{policy: policy}
	defer context.AfterFunc(ctx, e.Cancel)()
	g.enter(e)
	defer g.leave(e)
	err := run(e)
	switch e.stopped.Load() {
	case byCaller:
		return context.Cause(ctx)
	case byGuard:
		return errCrowded
	}
	return err
}

func (g *guard) enter(e *evaluation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running[e] = struct{}{}
	if !g.watching {
		g.watching = true
		if g.base == 0 {
			g.setBase(inUse())
		}
		go g.watch()
	}
}

func (g *guard) leave(e *evaluation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.running, e)
}

// settle takes what is in use now as what no evaluation holds.
func (g *guard) settle() {
	runtime.GC()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.setBase(inUse())
}

func (g *guard) setBase(bytes uint64) { g.base, g.next = bytes, g.after(bytes) }

// after returns the bytes in use at which to look again when there are so many
// now. Go lets as many become garbage before it collects.
func (g *guard) after(bytes uint64) uint64 { return bytes + max(g.limit, bytes) }

// watch looks at the evaluations now and then, until there are none.
func (g *guard) watch() {
	ticker := time.NewTicker(lookout)
	defer ticker.Stop()
	for now := range ticker.C {
		if !g.look(now) {
			return
		}
	}
}

// look reports whether there is something to go on looking at.
func (g *guard) look(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.running) == 0 {
		g.watching = false
		return false
	}
	if g.short() {
		for e := range g.running {
			e.stopped.CompareAndSwap(0, byGuard)
		}
	}
	excessive := inUse() > g.after(g.base)+excess*g.limit
	for e := range g.running {
		switch {
		case !e.Cancelled():
		case e.noticed.IsZero():
			e.noticed = now
		case now.Sub(e.noticed) > g.grace || excessive:
			select {
			case g.stuck <- fmt.Errorf("policy %s does not stop when it is told to\nhint: leave it out with --skip %s", e.policy, e.policy):
			default: // one is enough
			}
		}
	}
	return true
}

// short reports whether the evaluations hold too much, garbage not counted.
func (g *guard) short() bool {
	if inUse() <= g.next {
		return false
	}
	runtime.GC()
	held := inUse()
	g.next = g.after(held)
	return held > g.base+g.limit
}

// inUse returns the bytes of the heap that objects take, garbage included.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
