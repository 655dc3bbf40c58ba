package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/prose"
)

// ANSI styles.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	alarm  = "1;31"
)

// maxDoubts is the number of unknown values that are listed for one finding.
const maxDoubts = 3

// writeText writes a run for a person at a terminal: what fails, by file; what
// could not be judged; the problems; the controls; and last, where the eye
// stops, the verdict and the next step.
//
// Findings of one policy that follow each other in a file are printed one
// below the other, with what the policy says once behind them; where the
// policy returns in the same file, only its name does. A hundred findings then
// take about five lines each, and every file can still be read by itself.
func writeText(w io.Writer, run *annexgate.Run, opts Options) error {
	t := &textWriter{out: bufio.NewWriter(w), color: opts.Color, width: 100, now: run.Started, controls: map[string]annexgate.Control{}}
	if opts.Width > 0 {
		t.width = min(max(opts.Width, 40), 1000)
	}
	for _, c := range run.Controls {
		t.controls[c.Control.ID] = c.Control
	}
	t.failures(entries(run.Decisions, annexgate.Fail))
	t.undecided(entries(run.Decisions, annexgate.Unknown))
	t.fixed(run)
	t.problems(run.Problems)
	t.controlTable(run.Controls)
	t.verdict(run)
	return t.out.Flush()
}

// A textWriter prints the sections of the text format. A failed write sticks
// to out and is returned by its Flush.
type textWriter struct {
	out      *bufio.Writer
	color    bool
	width    int
	now      time.Time // of the run
	controls map[string]annexgate.Control
}

// printf prints whole lines.
func (t *textWriter) printf(format string, args ...any) {
	t.out.WriteString(inert.Log(fmt.Sprintf(format, args...)))
}

func (t *textWriter) heading(s string) {
	t.printf("%s\n\n", t.paint(bold, inert.Log(s)))
}

func (t *textWriter) paint(style, s string) string {
	if !t.color || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// An entry is one finding and the decision that it is a reason for.
type entry struct {
	*annexgate.Decision
	finding annexgate.Finding
}

// entries returns the findings of the decisions with outcome in the order of
// annexgate.Compare, applied to each finding's own place: one decision may
// have findings in several files.
func entries(decisions []annexgate.Decision, outcome annexgate.Outcome) []entry {
	var found []entry
	for i := range decisions {
		d := &decisions[i]
		if d.Outcome != outcome {
			continue
		}
		for _, f := range d.Findings {
			found = append(found, entry{d, f})
		}
		if len(d.Findings) == 0 {
			f := annexgate.Finding{Message: d.Subject.Address + ": no reason is given", At: d.Subject.At}
			if d.Blocks {
				f.Why = "severity " + d.Policy.Severity.String()
			}
			found = append(found, entry{d, f})
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int {
		return cmp.Or(
			a.finding.At.Compare(b.finding.At),
			strings.Compare(a.Policy.ID, b.Policy.ID),
			a.Subject.Compare(b.Subject),
		)
	})
	return found
}

func (t *textWriter) failures(found []entry) {
	for len(found) > 0 {
		n := stretch(found, func(a, b entry) bool { return a.finding.At.File == b.finding.At.File })
		t.file(found[:n])
		found = found[n:]
	}
}

// file prints the failures in one file.
func (t *textWriter) file(found []entry) {
	name := line(found[0].finding.At.File)
	if name == "" {
		name = "not in a file"
	}
	t.heading(name + ": " + count(len(found), "finding"))
	explained := map[string]bool{}
	for len(found) > 0 {
		n := stretch(found, func(a, b entry) bool { return a.Policy.ID == b.Policy.ID })
		for i, e := range found[:n] {
			t.headline(e)
			// Instances of one block have one place: its source is shown once.
			if i+1 == n || e.finding.At != found[i+1].finding.At {
				t.excerpt(e.finding)
			}
		}
		t.policy(found[0].Policy)
		t.standing(found[:n])
		if !explained[found[0].Policy.ID] {
			t.explanation(found[0].Policy)
			explained[found[0].Policy.ID] = true
		}
		t.printf("\n")
		found = found[n:]
	}
}

// stretch returns how many entries from the first on are alike.
func stretch(found []entry, alike func(a, b entry) bool) int {
	n := 1
	for n < len(found) && alike(found[0], found[n]) {
		n++
	}
	return n
}

// headline prints the line that editors and terminals turn into a link.
func (t *textWriter) headline(e entry) {
	place := line(e.finding.At.String())
	if e.finding.At.File == "" {
		place = line(e.Subject.Address)
	}
	severity := t.paint(severityStyles[e.Policy.Severity], e.Policy.Severity.String())
	t.printf("%s: %s (%s): %s\n", place, severity, effect(e), line(e.finding.Message))
}

var severityStyles = map[annexgate.Severity]string{
	annexgate.Low:      cyan,
	annexgate.Medium:   yellow,
	annexgate.High:     red,
	annexgate.Critical: alarm,
}

// excerpt prints the lines of source that f points at, with a marker below
// the first.
func (t *textWriter) excerpt(f annexgate.Finding) {
	gutter := max(5, len(fmt.Sprint(f.At.Line+excerptLines)))
	shown, more := rows(f, t.width-gutter-3)
	for _, r := range shown {
		source := ""
		if r.text != "" {
			source = " " + r.text
		}
		t.printf("%s%s\n", t.paint(dim, fmt.Sprintf("%*d |", gutter, r.number)), source)
		if r.marker != "" {
			body := strings.TrimLeft(r.marker, " ")
			indent := r.marker[:len(r.marker)-len(body)]
			t.printf("%s %s%s\n", t.paint(dim, fmt.Sprintf("%*s |", gutter, "")), indent, t.paint(red, body))
		}
	}
	if len(shown) > 0 && more > 0 {
		t.printf("%s\n", t.paint(dim, fmt.Sprintf("%*s | %s more", gutter, "", count(more, "line"))))
	}
}

func (t *textWriter) policy(p *annexgate.Policy) {
	t.field("policy", line(p.Title)+" ("+line(p.ID)+")")
}

// explanation prints what a policy says beside its name.
func (t *textWriter) explanation(p *annexgate.Policy) {
	var names []string
	for _, id := range p.Controls {
		names = append(names, controlName(t.controls, id))
	}
	t.field("controls", names...)
	if p.Remediation != "" {
		t.field("fix", strings.Split(block(p.Remediation), "\n")...)
	}
}

// controlName returns a control as people cite it, with the controls of the
// 2013 edition that it replaces.
func controlName(controls map[string]annexgate.Control, id string) string {
	c, ok := controls[id]
	if !ok {
		return line(id)
	}
	former := "new in 2022"
	if len(c.Former) > 0 {
		former = "2013: " + strings.Join(c.Former, ", ")
	}
	return line(fmt.Sprintf("%s %s (%s)", c.ID, c.Title, former))
}

// field prints a label and paragraphs that are clean, wrapped to the width.
// Indented lines and fenced ones are code and stay as they are.
func (t *textWriter) field(label string, paragraphs ...string) {
	const indent = 14
	name := t.paint(dim, fmt.Sprintf("    %-*s", indent-4, label+":"))
	fenced := false
	for _, p := range paragraphs {
		lines := prose.Wrap(p, t.width-indent)
		fence := strings.HasPrefix(p, "```")
		if fenced || fence || strings.HasPrefix(p, "    ") {
			lines = []string{p}
		}
		if fence {
			fenced = !fenced
		}
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, l := range lines {
			t.printf("%s\n", strings.TrimRight(name+l, " "))
			name = strings.Repeat(" ", indent)
		}
	}
}

// count returns n and what is counted, in the plural where it must be.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
