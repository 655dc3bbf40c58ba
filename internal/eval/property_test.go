package eval

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
)

var propertyTime = flag.Duration("property", 0, "how long to look for counterexamples, from a random seed; 0 looks at the fixed ones")

// TestOutcomeHoldsForEverySubstitution generates policies and subjects with
// unknown values and holds the engine's outcome against what every substitution
// of the unknowns gives.
func TestOutcomeHoldsForEverySubstitution(t *testing.T) {
	var total tally
	if *propertyTime == 0 {
		for seed := range uint64(150) {
			total.add(checkSeed(t, seed, looseStyle))
			total.add(checkSeed(t, seed, houseStyle))
		}
	} else {
		base := rand.Uint64() >> 1
		t.Log("first seed", base)
		for start := time.Now(); time.Since(start) < *propertyTime && !t.Failed(); base++ {
			total.add(checkSeed(t, base, looseStyle))
			total.add(checkSeed(t, base, houseStyle))
		}
	}
	t.Log(total)
	if total.cases == 0 || total.exact == 0 || total.unknown == 0 {
		t.Error("the generator gives no cases of some outcome")
	}
}

// A tally counts cases.
type tally struct {
	policies, cases, substitutions int
	exact, unknown                 int
	opinions                       int // of partial evaluation
	cautious, houseCases           int // unknown although all substitutions agree
	houseCautious, houseUnknown    int
}

func (t *tally) add(u tally) {
	t.policies += u.policies
	t.cases += u.cases
	t.substitutions += u.substitutions
	t.exact += u.exact
	t.unknown += u.unknown
	t.opinions += u.opinions
	t.cautious += u.cautious
	t.houseCases += u.houseCases
	t.houseCautious += u.houseCautious
	t.houseUnknown += u.houseUnknown
}

func (t tally) String() string {
	return fmt.Sprintf("%d policies, %d cases, %d substitutions: %d decided, %d unknown, %d of these although all substitutions agree; in house style %d cases, %d unknown, %d although all agree; %d opinions of partial evaluation",
		t.policies, t.cases, t.substitutions, t.exact, t.unknown, t.cautious, t.houseCases, t.houseUnknown, t.houseCautious, t.opinions)
}

// inputsPerPolicy is how many subjects each policy judges: compiling costs as
// much as judging some.
const inputsPerPolicy = 8

func checkSeed(t *testing.T, seed uint64, style style) tally {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(style))), style: style}
	text := g.policy()
	library, err := policy.Load(policy.Source{FS: fstest.MapFS{"terraform/test/test.rego": {Data: []byte(text)}}})
	if err != nil {
		return tally{}
	}
	program, err := library.Compile(context.Background(), library.Policies(), settings()["settings"].(map[string]any))
	if err != nil {
		return tally{} // such as a comparison of types that never match
	}
	total := tally{policies: 1}
	for range inputsPerPolicy {
		total.add(checkCase(t, g, program, library.Policies(), text, seed))
		if t.Failed() {
			break
		}
	}
	return total
}

func checkCase(t *testing.T, g *generator, program *policy.Program, policies []*annexgate.Policy, text string, seed uint64) tally {
	subject := g.subject()
	results, problems, err := Run(context.Background(), program, policies, []*annexgate.Subject{subject}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		return tally{} // a builtin refuses a known value
	}
	outcome := results[0].Outcome
	total := tally{cases: 1}
	if g.chance(15) {
		opinion := partialOpinion(t, text, subject)
		if opinion != annexgate.Unknown {
			total.opinions = 1
		}
		if opinion != annexgate.Unknown && outcome != annexgate.Unknown && opinion != outcome {
			t.Errorf("seed %d: the engine says %s, partial evaluation %s:\n%s\n%s", seed, outcome, opinion, text, showSubject(subject))
		}
	}
	agree := true
	var first annexgate.Outcome
	choices := g.choices(subject)
	if readsNothing(t, program, policies[0], subject) { // then only tracking is in question
		g.Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
		choices = choices[:min(len(choices), 12)]
	}
	for _, choice := range choices {
		got, ok := judgePlainly(t, program, policies[0], substitute(subject, choice))
		if !ok {
			continue
		}
		total.substitutions++
		if first == annexgate.Unknown {
			first = got
		}
		if got != first {
			agree = false
		}
		if outcome != annexgate.Unknown && got != outcome {
			t.Errorf("seed %d: the engine says %s, and %s when %s:\n%s\n%s", seed, outcome, got, show(choice), text, showSubject(subject))
			return total
		}
		if outcome == annexgate.Unknown && !agree {
			break
		}
	}
	if outcome == annexgate.Unknown {
		total.unknown = 1
		if agree {
			total.cautious = 1
		}
	} else {
		total.exact = 1
	}
	if g.style == houseStyle {
		total.houseCases, total.houseUnknown, total.houseCautious = 1, total.unknown, total.cautious
	}
	if testing.Verbose() && *showCautious && total.cautious == 1 && g.style == houseStyle {
		t.Logf("seed %d: unknown, and always %s:\n%s\n%s", seed, first, text, showSubject(subject))
	}
	return total
}

var showCautious = flag.Bool("cautious", false, "show cases that are unknown without need")

func readsNothing(t *testing.T, program *policy.Program, p *annexgate.Policy, subject *annexgate.Subject) bool {
	t.Helper()
	e := &engine{program: program, terms: newTermCache([]*annexgate.Subject{subject}), tracks: true, opts: Options{Timeout: DefaultTimeout}}
	w := &worker{engine: e, reads: newReads()}
	_, read, _ := w.deny(context.Background(), w.newScene(subject), p, nil)
	return len(read) == 0
}

// judgePlainly judges a subject in which everything is known. It reports false
// where a builtin refuses a value.
func judgePlainly(t *testing.T, program *policy.Program, p *annexgate.Policy, subject *annexgate.Subject) (annexgate.Outcome, bool) {
	t.Helper()
	e := &engine{program: program, terms: newTermCache([]*annexgate.Subject{subject}), tracks: true}
	w := &worker{engine: e, reads: newReads()}
	scene := w.newScene(subject)
	if scene.plain == nil {
		t.Fatal("something is unknown still")
	}
	found, err := program.Deny(context.Background(), p, scene.plain)
	if err != nil {
		return annexgate.Unknown, false
	}
	if len(found) > 0 {
		return annexgate.Fail, true
	}
	return annexgate.Pass, true
}

// A choice gives each unknown of a subject and its referrers a value, in the
// order of their paths. absent leaves it out.
type choice []any

type absence struct{}

var absent = absence{}

// choices returns every substitution if there are few, and some otherwise.
func (g *generator) choices(s *annexgate.Subject) []choice {
	n := len(annexgate.Unknowns(s.Block()))
	for _, r := range s.Referrers {
		n += len(annexgate.Unknowns(r.Block()))
	}
	all := 1
	for range n {
		all *= len(domain)
	}
	var choices []choice
	const most = 60
	for i := range min(all, most) {
		c := make(choice, n)
		for k := range c {
			if all <= most {
				c[k] = domain[i%len(domain)]
				i /= len(domain)
			} else {
				c[k] = domain[g.IntN(len(domain))]
			}
		}
		choices = append(choices, c)
	}
	if all > most { // and every value of each beside others that are alike
		for _, v := range domain {
			for k := range n {
				c := slices.Repeat(choice{pick[any](g, absent, "x", v)}, n)
				c[k] = v
				choices = append(choices, c)
			}
		}
	}
	return choices
}

func substitute(s *annexgate.Subject, c choice) *annexgate.Subject {
	clone := *s
	next := func() any {
		v := c[0]
		c = c[1:]
		return v
	}
	block := fill(s.Block(), next).(map[string]any)
	clone.Values = block["values"].(map[string]any)
	clone.Facts = map[string]any{}
	for key := range s.Facts {
		if v, ok := block[key]; ok {
			clone.Facts[key] = v
		}
	}
	clone.Referrers = nil
	for _, r := range s.Referrers {
		near := *r
		near.Values = fill(r.Block(), next).(map[string]any)["values"].(map[string]any)
		clone.Referrers = append(clone.Referrers, &near)
	}
	return &clone
}

// fill replaces the unknowns in v, in the order of annexgate.Unknowns.
func fill(v any, next func() any) any {
	switch v := v.(type) {
	case annexgate.UnknownValue:
		return next()
	case map[string]any:
		m := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if filled := fill(v[key], next); filled != absent {
				m[key] = filled
			}
		}
		return m
	case []any:
		list := []any{}
		for _, item := range v {
			if filled := fill(item, next); filled != absent {
				list = append(list, filled)
			}
		}
		return list
	}
	return v
}

func show(c choice) string {
	var b strings.Builder
	for i, v := range c {
		if i > 0 {
			b.WriteString(", ")
		}
		if v == absent {
			b.WriteString("absent")
			continue
		}
		text, _ := json.Marshal(v)
		b.Write(text)
	}
	return b.String()
}

func showSubject(s *annexgate.Subject) string {
	show := func(s *annexgate.Subject) string {
		text, _ := json.Marshal(fill(s.Block(), func() any { return "?" }))
		return string(text)
	}
	text := show(s)
	for _, r := range s.Referrers {
		text += "\nreferrer " + show(r)
	}
	return text
}
