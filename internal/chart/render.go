package chart

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Manifest is what one template became.
type Manifest struct {
	File  string // the template, in the file system that the chart was loaded from
	Text  string
	Lines []Line // where each line of Text comes from; empty where that cannot be told
}

// A Line is a line of a template.
type Line struct {
	File string
	Line int // from 1
}

// An Error tells why a chart does not render.
type Error struct {
	At      Line // the zero value where no line is at fault
	Message string
}

func (e *Error) Error() string { return e.Message }

// Render renders the templates of c with its own values below values, in the
// order of their files. Those without output are left out. It changes c, which
// can be rendered once. An error is an *Error or that of ctx.
func (c *Chart) Render(ctx context.Context, values Values) ([]Manifest, error) {
	overrides := deepCopy(values.table).(table)
	if err := c.settle(overrides); err != nil {
		return nil, &Error{Message: err.Error()}
	}
	plain := newEngine(ctx, nil)
	text, err := plain.run(c, deepCopy(overrides).(table))
	if err != nil {
		return nil, plain.explain(err)
	}
	marks := &marker{}
	marked, err := newEngine(ctx, marks).run(c, overrides)
	if err != nil {
		marked = nil // the lines are lost, not the text
	}
	var out []Manifest
	for name, job := range plain.jobs {
		m := Manifest{File: job.file, Text: text[name]}
		if strings.TrimSpace(m.Text) == "" || path.Base(name) == "NOTES.txt" {
			continue
		}
		if lines := marks.origins(marked[name]); len(lines) == strings.Count(m.Text, "\n")+1 {
			m.Lines = lines
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Manifest) int {
		return strings.Compare(a.File+"\x00"+a.Text, b.File+"\x00"+b.Text)
	})
	return out, ctx.Err()
}

// settle finds out which charts are in c, and puts its values below values.
func (c *Chart) settle(values table) error {
	if err := c.enable(values, "", &c.Missing); err != nil {
		return err
	}
	if err := c.importValues(); err != nil {
		return err
	}
	return c.coalesce(values, false)
}

// run renders all templates of c with settled values.
func (e *engine) run(c *Chart, values table) (out map[string]string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rendering gave up: %v", p)
		}
	}()
	e.collect(c, c.Name(), table{
		"Capabilities": capabilities(),
		"Release": table{
			"Name": "release-name", "Namespace": "default", "IsUpgrade": false, "IsInstall": true,
			"Revision": 1, "Service": "Helm",
		},
		"Values": values,
	})
	return e.render()
}

// place matches where errors of templates are: the name, the line, and perhaps
// the column.
var place = regexp.MustCompile(`template: ([^\s:]+):([0-9]+):(?:[0-9]+:)? `)

// explain says what an error means to whoever wrote the chart: the message
// that the chart gave, or the innermost error, and the line that it is at.
func (e *engine) explain(err error) error {
	if ctxErr := e.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	text := err.Error()
	out := &Error{Message: text}
	all := place.FindAllStringSubmatchIndex(text, -1)
	for _, found := range slices.Backward(all) {
		name := text[found[2]:found[3]]
		if job, ok := e.jobs[name]; ok {
			out.At = Line{job.file, number(text[found[4]:found[5]])}
			out.Message = text[found[1]:]
			break
		}
	}
	if message, ok := told(err); ok {
		out.Message = message
	}
	out.Message = strings.ReplaceAll(out.Message, " | "+printName, "")
	return out
}
