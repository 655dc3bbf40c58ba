package chart

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	gotemplate "text/template"
	"text/template/parse"
)

// noValue is what text/template writes for what is not there. Helm takes it
// out.
const noValue = "<no value>"

// An engine renders the templates of one chart, once.
type engine struct {
	*budget
	marker *marker // nil: without markers
	jobs   map[string]job
	ready  map[*parse.Tree]bool // trees that have been prepared
}

// A job is one template and what it sees.
type job struct {
	template
	library bool // nothing but what others include
	dot     table
	base    string
}

// collect enters the templates of c and of the charts in it. name is the path
// of the chart by which templates know each other.
func (e *engine) collect(c *Chart, name string, above table) table {
	parts := table{}
	dot := table{
		"Chart": struct {
			Metadata
			IsRoot bool
		}{c.meta, c.parent == nil},
		"Files":        c.files,
		"Release":      above["Release"],
		"Capabilities": above["Capabilities"],
		"Values":       above["Values"],
		"Subcharts":    parts,
	}
	if c.parent != nil {
		dot["Values"] = table{}
		values, _ := above["Values"].(table)
		if own, ok := values[c.Name()].(table); ok {
			dot["Values"] = own
		}
	}
	for _, part := range c.parts {
		parts[part.Name()] = e.collect(part, path.Join(name, "charts", part.Name()), dot)
	}
	for _, t := range c.templates {
		if c.Library() && !strings.HasPrefix(path.Base(t.name), "_") {
			continue
		}
		e.jobs[path.Join(name, t.name)] = job{t, c.Library(), dot, path.Join(name, "templates")}
	}
	return dot
}

// order returns the names of the templates, those deepest in charts first: of
// two definitions with one name the last counts.
func (e *engine) order() []string {
	names := make([]string, 0, len(e.jobs))
	for name := range e.jobs {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/")), strings.Compare(b, a))
	})
	return names
}

// render returns what each template becomes, by its name.
func (e *engine) render() (out map[string]string, err error) {
	root := gotemplate.New("gotpl").Option("missingkey=zero")
	root.Funcs(functions(e.budget)).Funcs(e.calls(root))
	names := e.order()
	for _, name := range names {
		if err := e.parse(root, name, e.jobs[name].text); err != nil {
			return nil, err
		}
	}
	out = map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		j := e.jobs[name]
		j.dot["Template"] = table{"Name": name, "BasePath": j.base}
		text, err := e.execute(root, name, j.dot)
		if err != nil {
			return nil, err
		}
		out[name] = strings.ReplaceAll(text, noValue, "")
	}
	return out, nil
}

// parse enters text into the templates of root, prepared.
func (e *engine) parse(root *gotemplate.Template, name, text string) error {
	if err := e.spend(len(text) / bytesPerStep); err != nil {
		return err
	}
	if strings.Count(text, "{{") > maxActions {
		return fmt.Errorf("template: %s:1: has more than %d actions", name, maxActions)
	}
	if _, err := root.New(name).Parse(text); err != nil {
		return err
	}
	for _, t := range root.Templates() {
		if t.Tree != nil && !e.ready[t.Tree] {
			e.ready[t.Tree] = true
			p := preparation{tree: t.Tree, lines: newLines(text)}
			if _, ok := e.jobs[name]; ok && e.marker != nil && e.depth == 0 {
				p.marks, p.file = e.marker, e.marker.file(e.jobs[name].file, len(p.lines))
			}
			p.list(t.Tree.Root, true)
		}
	}
	return nil
}

// calls returns the functions that render other templates of root.
func (e *engine) calls(root *gotemplate.Template) gotemplate.FuncMap {
	calls := gotemplate.FuncMap{
		"include": func(name string, dot any) (string, error) { return e.execute(root, strip(name), dot) },
		"tpl":     func(text string, dot any) (string, error) { return e.tpl(root, text, dot) },
		tickName:  func() (string, error) { return "", e.spend(1) },
		printName: e.guard(printName, printed),
	}
	if e.marked {
		calls[stripName], calls["trim"] = stripAny, e.guard("trim", trim)
	}
	return calls
}

// printed returns value as text/template is to print it. In helm's hands the
// version can be asked for its text.
func printed(value any) any {
	if v, ok := value.(KubeVersion); ok {
		return &v
	}
	return value
}

// execute renders one template of root.
func (e *engine) execute(root *gotemplate.Template, name string, dot any) (string, error) {
	if e.depth++; e.depth > maxDepth {
		return "", fmt.Errorf("templates include each other more than %d deep: %s", maxDepth, name)
	}
	defer func() { e.depth-- }()
	w := &writer{engine: e}
	err := root.ExecuteTemplate(w, name, dot)
	return w.text.String(), err
}

// tpl renders text as a template that can use those of root.
func (e *engine) tpl(root *gotemplate.Template, text string, dot any) (string, error) {
	if err := e.spend(10 + len(root.Templates())); err != nil {
		return "", err
	}
	own, err := root.Clone()
	if err != nil {
		return "", err
	}
	own.Option("missingkey=zero").Funcs(e.calls(own))
	if e.marker != nil {
		text = strip(text)
	}
	e.depth++ // which also tells parse that text is no file
	defer func() { e.depth-- }()
	if err := e.parse(own, root.Name(), text); err != nil {
		return "", fmt.Errorf("cannot parse template %q: %w", cut(text), err)
	}
	out, err := e.execute(own, root.Name(), dot)
	if err != nil {
		return "", fmt.Errorf("error during tpl function execution for %q: %w", cut(text), err)
	}
	return strings.ReplaceAll(out, noValue, ""), nil
}

// cut shortens text for a message.
func cut(text string) string {
	const limit = 80 // in bytes
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}

// A writer collects text and counts it.
type writer struct {
	*engine
	text strings.Builder
}

func (w *writer) Write(p []byte) (int, error) {
	if w.text.Len()+len(p) > maxText {
		return 0, fmt.Errorf("the text is longer than %d MiB", maxText>>20)
	}
	if err := w.spend(1 + len(p)/bytesPerStep); err != nil {
		return 0, err
	}
	return w.text.Write(p)
}

func newEngine(ctx context.Context, marks *marker) *engine {
	return &engine{budget: &budget{ctx: ctx, marked: marks != nil}, marker: marks, jobs: map[string]job{}, ready: map[*parse.Tree]bool{}}
}

// number returns a line number out of an error's text.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
