package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/prose"
)

// ANSI styles.
const (
	styleBold = "1"
	styleDim  = "2"
)

// maxExampleLines is how many lines of one example are shown.
const maxExampleLines = 60

// showText writes a policy for a person: what it asks for first, the Rego last.
// Its text may be anybody's: every line is made inert.
func showText(env Env, s *policySheet) error {
	t := newSheetWriter(env)
	p := s.policy
	t.title(p.Title)
	t.blank()
	t.field("id", p.ID)
	t.field("severity", p.Severity.String())
	for i, id := range p.Controls {
		t.field(label("controls", i), controlText(id))
	}
	t.field("subjects", strings.Join(p.Types, ", ")+" ("+string(p.Kind)+")")
	t.field("file", p.File)
	if len(p.Aliases) > 0 {
		t.field("aliases", strings.Join(p.Aliases, ", "))
	}
	if slices.Contains(s.rules.LeftOut, p.ID) {
		t.field("note", "the configuration leaves it out")
	}
	t.section("Why", p.Description)
	t.section("What to do about a failure", p.Remediation)
	t.settings(p.Settings, s.rules.Settings)
	if len(p.Links) > 0 {
		t.heading("Further reading")
		for _, l := range p.Links {
			if l.Title != "" {
				t.line("  " + l.Title)
			}
			t.line("  " + l.URL)
		}
	}
	for _, e := range s.examples {
		t.heading("Example " + e.Name + exampleMeaning[e.Want])
		t.source(e.Text, maxExampleLines)
	}
	t.heading("Rule")
	t.source(ruleText(s.rego), 0)
	return t.flush()
}

// ruleText returns rego without the metadata in front, which is shown already.
func ruleText(rego string) string {
	if i := strings.Index("\n"+rego, "\npackage "); i >= 0 {
		return rego[i:]
	}
	return rego
}

var exampleMeaning = map[string]string{
	"fail": ": fails where a line is marked with want", "pass": ": passes", "unknown": ": cannot be judged",
}

// controlText returns a control as people cite it.
func controlText(id string) string {
	c, ok := control.Find(id)
	if !ok {
		return id
	}
	former := "new in 2022"
	if len(c.Former) > 0 {
		former = "2013: " + strings.Join(c.Former, ", ")
	}
	return fmt.Sprintf("%s %s (%s)", c.ID, c.Title, former)
}

func label(name string, i int) string {
	if i > 0 {
		return ""
	}
	return name
}

// A sheetWriter lays out a sheet of text.
type sheetWriter struct {
	out   io.Writer
	b     strings.Builder
	width int
	color bool
}

func newSheetWriter(env Env) *sheetWriter {
	t := &sheetWriter{out: env.Stdout, width: 80}
	if columns, terminal := env.Width(env.Stdout); terminal {
		t.width = min(max(columns, 40), 120) // longer lines of prose are hard to read
		t.color = env.Getenv("NO_COLOR") == ""
	}
	return t
}

func (t *sheetWriter) flush() error {
	_, err := io.WriteString(t.out, t.b.String())
	return err
}

func (t *sheetWriter) paint(style, s string) string {
	if !t.color || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

func (t *sheetWriter) blank() { t.b.WriteString("\n") }

// line writes one line of any text.
func (t *sheetWriter) line(s string) { t.styled("", s) }

func (t *sheetWriter) styled(style, s string) {
	s = inert.Log(inert.Text(strings.TrimRight(strings.ReplaceAll(s, "\t", "    "), " \r")))
	if style != "" {
		s = t.paint(style, s)
	}
	t.b.WriteString(s + "\n")
}

func (t *sheetWriter) title(s string) {
	for _, line := range prose.Wrap(s, t.width) {
		t.styled(styleBold, line)
	}
}

func (t *sheetWriter) heading(s string) {
	t.blank()
	t.title(s)
}

// field writes a name and a value, wrapped, one beside the other.
func (t *sheetWriter) field(name, value string) {
	const indent = 12
	for i, line := range prose.Wrap(inert.Text(value), t.width-indent) {
		if i > 0 {
			name = ""
		}
		t.b.WriteString(strings.TrimRight("  "+t.paint(styleDim, prose.Pad(name, indent-2))+inert.Log(line), " ") + "\n")
	}
}

// section writes a heading and Markdown, if there is any.
func (t *sheetWriter) section(name, text string) {
	if text == "" {
		return
	}
	t.heading(name)
	for _, line := range prose.Reflow(text, t.width-2) {
		t.line("  " + line)
	}
}

func (t *sheetWriter) settings(settings []annexgate.Setting, values map[string]any) {
	if len(settings) == 0 {
		return
	}
	t.heading("Settings")
	for _, s := range settings {
		value, standard := jsonText(values[s.Name]), jsonText(s.Default)
		if value == standard {
			standard = "the default"
		} else {
			standard = "the default is " + standard
		}
		for i, line := range prose.Wrap(fmt.Sprintf("%s = %s (%s; %s)", s.Name, value, s.Type, standard), t.width-6) {
			t.line(strings.Repeat(" ", 2+4*min(i, 1)) + line)
		}
		for _, line := range prose.Wrap(s.Description, t.width-6) {
			t.line("      " + line)
		}
	}
}

// jsonText returns v as JSON, on one line.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// source writes the lines of a file, the first most of them, all if it is 0.
func (t *sheetWriter) source(text string, most int) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	shown := lines
	if most > 0 && len(lines) > most {
		shown = lines[:most]
	}
	for _, line := range shown {
		t.line("  " + line)
	}
	if more := len(lines) - len(shown); more > 0 {
		t.styled(styleDim, fmt.Sprintf("  ... %s more", count(more, "line", "lines")))
	}
}
