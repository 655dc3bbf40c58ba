package policy

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts that match a policy's patterns in every way that some text does. All
// patterns are run side by side, as automata, over all texts at once: one text
// is kept for each set of patterns that match together, and is none of the
// policy's constants, which are kept anyway. With lower and upper the patterns,
// and the constants, are also held to the text so changed.

// A pattern is a test of a text by a constant: startswith, endswith, contains
// or regex.match.
type pattern struct {
	kind string
	text string
	any  bool // the constant may be any of the policy's texts
}

// Bounds of the search. Beyond them the patterns count as not understood.
const (
	maxPatterns = 12
	maxStates   = 3000
	maxRunes    = 160
	maxTexts    = 120
)

// numberText is how library policies recognise a quoted number.
const numberText = `^-?[0-9]+(\.[0-9]+)?$`

// expressions returns patterns as regular expressions, each once.
func expressions(patterns []pattern, texts []string) []string {
	var found []string
	for _, p := range patterns {
		constants := []string{p.text}
		if p.any {
			constants = texts
		}
		for _, s := range constants {
			switch quoted := regexp.QuoteMeta(s); p.kind {
			case "startswith":
				s = `\A(?s:` + quoted + `)`
			case "endswith":
				s = `(?s:` + quoted + `)\z`
			case "contains":
				s = quoted
			}
			found = append(found, s)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// samples returns a text for each way in which patterns may match one that is
// not in texts. It reports false if it cannot tell.
func (a *analysis) samples(texts []string, converts bool) ([]string, bool) {
	expressions := expressions(a.patterns, texts)
	changed := a.transforms["lower"] || a.transforms["upper"]
	if len(expressions) == 0 && !changed {
		return nil, true
	}
	if converts {
		// Which number a text stands for, and which patterns it matches, are two
		// questions that are answered together for these alone.
		for _, e := range expressions {
			if e != numberText {
				return nil, false
			}
		}
	}
	forms := []func(rune) rune{func(r rune) rune { return r }}
	if a.transforms["lower"] {
		forms = append(forms, unicode.ToLower)
	}
	if a.transforms["upper"] {
		forms = append(forms, unicode.ToUpper)
	}
	if len(expressions)*len(forms) > maxPatterns || len(texts) > maxTexts {
		return nil, false
	}
	s := &search{}
	for _, form := range forms {
		s.add(form, trie(texts))
		for _, e := range expressions {
			automaton, ok := compilePattern(e)
			if !ok {
				return nil, false
			}
			s.add(form, automaton)
		}
	}
	return s.run(s.alphabet(texts))
}

// A machine reads a text rune by rune. Its states are texts, so that they can
// be compared.
type machine interface {
	start() string
	step(state string, r rune) string
	accepts(state string) string // tells apart what the policy can
	bounds() []rune              // runes where its behaviour may change
}

// A search runs machines side by side.
type search struct {
	machines []machine
	forms    []func(rune) rune
	steps    []map[move]string // taken before, of each machine
}

type move struct {
	from string
	read rune
}

// step moves machine i, which has few states of its own in many combinations.
func (s *search) step(i int, from string, r rune) string {
	r = s.forms[i](r)
	to, known := s.steps[i][move{from, r}]
	if !known {
		to = s.machines[i].step(from, r)
		s.steps[i][move{from, r}] = to
	}
	return to
}

func (s *search) add(form func(rune) rune, m machine) {
	s.machines = append(s.machines, m)
	s.forms = append(s.forms, form)
	s.steps = append(s.steps, map[move]string{})
}

// run visits every combination of states, the shortest texts first.
func (s *search) run(alphabet []rune) ([]string, bool) {
	if len(alphabet) > maxRunes {
		return nil, false
	}
	type node struct {
		states []string
		text   string
	}
	first := node{}
	for _, m := range s.machines {
		first.states = append(first.states, m.start())
	}
	queue := []node{first}
	seen := map[string]bool{strings.Join(first.states, "\x00"): true}
	found := map[string]string{}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		var verdict []string
		for i, m := range s.machines {
			verdict = append(verdict, m.accepts(n.states[i]))
		}
		if key := strings.Join(verdict, "\x00"); found[key] == "" {
			found[key] = n.text + "\x00" // never empty
		}
		for _, r := range alphabet {
			next := node{text: n.text + string(r)}
			for i := range s.machines {
				next.states = append(next.states, s.step(i, n.states[i], r))
			}
			if key := strings.Join(next.states, "\x00"); !seen[key] {
				seen[key] = true
				queue = append(queue, next)
			}
		}
		if len(seen) > maxStates || len(found) > 2*maxTexts {
			return nil, false
		}
	}
	var texts []string
	for _, text := range found {
		texts = append(texts, strings.TrimSuffix(text, "\x00"))
	}
	slices.Sort(texts)
	return texts, true
}

// alphabet returns a rune of each class that the machines may tell apart.
func (s *search) alphabet(texts []string) []rune {
	runes := []rune{'x', ' ', '\n', 'é'}
	for _, text := range texts {
		runes = append(runes, []rune(text)...)
	}
	for _, m := range s.machines {
		for _, r := range m.bounds() {
			runes = append(runes, r-1, r, r+1)
		}
	}
	if len(s.forms) > 1 {
		for _, r := range slices.Clone(runes) {
			runes = append(runes, unicode.ToLower(r), unicode.ToUpper(r))
		}
	}
	slices.Sort(runes)
	runes = slices.Compact(runes)
	return slices.DeleteFunc(runes, func(r rune) bool { return r <= 0 || !utf8.ValidRune(r) })
}

// A dictionary is a machine that knows some texts.
type dictionary struct{ texts, begins map[string]bool }

func trie(texts []string) dictionary {
	d := dictionary{texts: map[string]bool{}, begins: map[string]bool{}}
	for _, text := range texts {
		d.texts[text] = true
		for i := range text {
			d.begins[text[:i]] = true
		}
	}
	return d
}

// other is the state behind all texts that a dictionary knows.
const other = "\x01"

func (d dictionary) start() string { return "" }

func (d dictionary) step(state string, r rune) string {
	if next := state + string(r); state != other && (d.texts[next] || d.begins[next]) {
		return next
	}
	return other
}

func (d dictionary) accepts(state string) string {
	if d.texts[state] {
		return state
	}
	return other
}

func (d dictionary) bounds() []rune { return nil }

// An automaton is a regular expression that reads as it is.
type automaton struct{ prog *syntax.Prog }

// matched is the state of an automaton that nothing can change.
const matched = "*"

func compilePattern(expression string) (automaton, bool) {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return automaton{}, false
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return automaton{}, false
	}
	for _, inst := range prog.Inst {
		if inst.Op == syntax.InstEmptyWidth && syntax.EmptyOp(inst.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return automaton{}, false // \b and (?m)^ look at what is beside
		}
	}
	return automaton{prog}, true
}

func (a automaton) start() string {
	return a.state([]uint32{uint32(a.prog.Start)}, syntax.EmptyBeginText)
}

// state returns the state with the threads at, which stand where flags hold.
func (a automaton) state(at []uint32, flags syntax.EmptyOp) string {
	if slices.ContainsFunc(a.follow(at, flags), func(pc uint32) bool { return a.prog.Inst[pc].Op == syntax.InstMatch }) {
		return matched
	}
	slices.Sort(at)
	return fmt.Sprintf("%d %d", flags, slices.Compact(at))
}

func (a automaton) parse(state string) (at []uint32, flags syntax.EmptyOp) {
	fields := strings.FieldsFunc(state, func(r rune) bool { return r < '0' || r > '9' })
	for i, field := range fields {
		var n uint32
		fmt.Sscan(field, &n)
		if i == 0 {
			flags = syntax.EmptyOp(n)
		} else {
			at = append(at, n)
		}
	}
	return at, flags
}

// follow returns the instructions that the threads reach without reading.
func (a automaton) follow(at []uint32, flags syntax.EmptyOp) []uint32 {
	seen := map[uint32]bool{}
	var reached []uint32
	pending := slices.Clone(at)
	for len(pending) > 0 {
		pc := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		inst := &a.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			pending = append(pending, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			pending = append(pending, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				pending = append(pending, inst.Out)
			}
		default:
			reached = append(reached, pc)
		}
	}
	return reached
}

func (a automaton) step(state string, r rune) string {
	if state == matched {
		return matched
	}
	at, flags := a.parse(state)
	next := []uint32{uint32(a.prog.Start)} // a match may start anywhere
	for _, pc := range a.follow(at, flags) {
		if inst := &a.prog.Inst[pc]; consumes(inst.Op) && inst.MatchRune(r) {
			next = append(next, inst.Out)
		}
	}
	return a.state(next, 0)
}

func consumes(op syntax.InstOp) bool {
	switch op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

func (a automaton) accepts(state string) string {
	if state == matched {
		return "yes"
	}
	at, flags := a.parse(state)
	if a.state(at, flags|syntax.EmptyEndText) == matched {
		return "yes"
	}
	return "no"
}

func (a automaton) bounds() []rune {
	var runes []rune
	for _, inst := range a.prog.Inst {
		if !consumes(inst.Op) {
			continue
		}
		for _, r := range inst.Rune {
			runes = append(runes, r)
			if len(inst.Rune) == 1 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					runes = append(runes, f)
				}
			}
		}
	}
	return runes
}
