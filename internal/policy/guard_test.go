package policy

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestMemoryLimit evaluates policies that fill memory. What the process takes
// from the system must stay in bounds, although a policy may run for a minute.
func TestMemoryLimit(t *testing.T) {
	doubled := func(first, step string, times int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "x0 := %s", first)
		for i := range times {
			fmt.Fprintf(&b, "\n\t"+step, i+1, i, i)
		}
		fmt.Fprintf(&b, "\n\tcount(x%d) == 7", times)
		return b.String()
	}
	for name, c := range map[string]struct{ condition, want string }{
		"a range without end":         {"count(numbers.range(1, 1000000000)) == 7", "it needs too much memory: more than 32 MiB"},
		"a comprehension without end": {"xs := numbers.range(1, 100000)\n\tcount([[x, y] | some x in xs; some y in xs]) == 7", "it needs too much memory: more than 32 MiB"},
		"every address there is":      {`count(net.cidr_expand("::/0")) == 7`, "it needs too much memory: more than 32 MiB"},
		"an array that doubles":       {doubled("numbers.range(1, 10)", "x%d := array.concat(x%d, x%d)", 36), "it needs too much memory: more than 32 MiB"},
		"a text that doubles":         {doubled(`"abcdefgh"`, `x%d := concat("", [x%d, x%d])`, 40), "it needs too much memory: more than 32 MiB"},
		"a wide field":                {`count(sprintf("%999999999d", [1])) == 7`, "a field is too wide"},
		"a width from an argument":    {`count(sprintf("%*d", [999999999, 1])) == 7`, "a field is too wide"},
		"many wide fields":            {`count(sprintf(concat("", ["%999d" | some i in numbers.range(1, 50000)]), [1])) == 7`, "may become longer than 16 MiB"},
		"one text many times":         {"x := concat(\"\", [\"abcdefgh\" | some i in numbers.range(1, 50000)])\n\tcount(sprintf(concat(\"\", [\"%[1]s\" | some i in numbers.range(1, 5000)]), [x])) == 7", "may become longer than 16 MiB"},
		"a far shift":                 {"bits.lsh(1, 100000000000) == 7", "too far"},
	} {
		t.Run(name, func(t *testing.T) {
			const most = 512 << 20 // within one look, a text can double a few times
			runtime.GC()
			var peak atomic.Uint64
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
						peak.Store(max(peak.Load(), inUse()))
					}
				}
			}()
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			program, p := compiledRules(t, "deny contains {\"message\": \"x\"} if {\n\t"+c.condition+"\n}\n")
			program.guard.limit = 32 << 20
			_, err := program.Deny(ctx, p, emptySubject().Value)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if p := peak.Load(); p > most {
				t.Errorf("%d MiB were in use", p>>20)
			}
		})
	}
}

func TestBoundedBuiltinsWork(t *testing.T) {
	for name, c := range map[string]struct{ condition string }{
		"sprintf pads":                 {`sprintf("%5s|%-4d|%.2f", ["a", 7, 1.5]) == "    a|7   |1.50"`},
		"sprintf formats values":       {`sprintf("%v %s", [{"a": [1, 2]}, {3}]) == "{\"a\": [1, 2]} {3}"`},
		"sprintf takes a percent sign": {`sprintf("100%% of %d", [3]) == "100% of 3"`},
		"bits.lsh shifts":              {`bits.lsh(1, 70) == 1180591620717411303424`},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := evaluate(t, context.Background(), "deny contains {\"message\": \"x\"} if {\n\t"+c.condition+"\n}\n")
			if err != nil || len(found) != 1 {
				t.Errorf("got %v and %v", found, err)
			}
		})
	}
}

// TestInnocent has two policies of which one takes too much memory: the other
// one is evaluated again.
func TestInnocent(t *testing.T) {
	g := newGuard()
	g.limit = 32 << 20
	hog := make(chan error, 1)
	hogs := atomic.Int32{}
	go func() {
		hog <- g.do(context.Background(), "hog", func(e *evaluation) error {
			hogs.Add(1)
			var held [][]byte
			for !e.Cancelled() {
				held = append(held, make([]byte, 1<<20))
				time.Sleep(50 * time.Microsecond)
			}
			runtime.KeepAlive(held)
			return errors.New("it was told to stop")
		})
	}()
	calls := 0
	err := g.do(context.Background(), "innocent", func(e *evaluation) error {
		if calls++; calls > 1 {
			return nil
		}
		for !e.Cancelled() {
			time.Sleep(time.Millisecond)
		}
		return errors.New("it was told to stop")
	})
	if err != nil || calls != 2 {
		t.Errorf("the innocent policy was evaluated %d times and ended with %v", calls, err)
	}
	if err := <-hog; !errors.Is(err, errMemory) || hogs.Load() != 2 {
		t.Errorf("the other one was evaluated %d times and ended with %v", hogs.Load(), err)
	}
}

func TestStuck(t *testing.T) {
	g := newGuard()
	g.grace = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	release := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- g.do(ctx, "terraform.acme.x", func(*evaluation) error {
			<-release
			return nil
		})
	}()
	err := <-g.stuck
	if want := "policy terraform.acme.x does not stop when it is told to"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	close(release)
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v when it stopped after all", err)
	}
}

// TestGivenUp holds a policy that is stopped again and again to a number of
// times.
func TestGivenUp(t *testing.T) {
	program, p := compiledRules(t, "deny contains {\"message\": \"x\"} if {\n\tsome i in numbers.range(1, 99999)\n\tsome j in numbers.range(1, 99999)\n\ti + j < 0\n}\n")
	for i := range tolerance + 1 {
		ctx, cancel := context.WithTimeoutCause(context.Background(), 5*time.Millisecond, errors.New("it took too long"))
		_, err := program.Deny(ctx, p, emptySubject().Value)
		cancel()
		want := "it took too long"
		if i == tolerance {
			want = "is given up"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("time %d: got %v, want %s", i+1, err, want)
		}
	}
}

// TestEndlessCompilation compiles a type whose size doubles with each line.
func TestEndlessCompilation(t *testing.T) {
	var b strings.Builder
	b.WriteString("x0 := [count(input)]\n\ty0 := [0 + count(input)]")
	for i := range 24 {
		fmt.Fprintf(&b, "\n\tx%d := [x%d, x%d]\n\ty%d := [y%d, y%d]", i+1, i, i, i+1, i, i)
	}
	loaded, err := Load(Source{FS: library(rotationFile, withRules("deny contains {\"message\": \"x\"} if {\n\t"+b.String()+"\n\tx24 == y24\n}\n"))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, errors.New("it took too long"))
	defer cancel()
	if _, err := loaded.Compile(ctx, loaded.Policies(), nil); err == nil || !strings.Contains(err.Error(), "compile policies: it took too long") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkGuard measures what the guard adds to an evaluation.
func BenchmarkGuard(b *testing.B) {
	g := newGuard()
	for b.Loop() {
		if err := g.do(context.Background(), "x", func(*evaluation) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMetric holds Go to the name of the measure that the guard reads.
func TestMetric(t *testing.T) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 || inUse() == 0 {
		t.Errorf("got %v", sample[0].Value.Kind())
	}
}
