package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/chart"
	"github.com/annexgate/annexgate/internal/position"
)

// splitCharts takes the templates of Helm charts out of files and returns the
// folders of the charts that render them. Templates are known by their place,
// since they may or may not look like YAML.
func splitCharts(fsys fs.FS, files []string) (rest, roots []string) {
	c := charts{fsys: fsys, known: map[string]bool{}}
	found := map[string]bool{}
	for _, name := range files {
		if path.Base(name) == "Chart.yaml" {
			found[c.outermost(path.Dir(name))] = true
		}
		if root, ok := c.of(name); ok {
			found[root] = true
			continue
		}
		rest = append(rest, name)
	}
	return rest, slices.Sorted(maps.Keys(found))
}

// charts knows which folders hold a chart.
type charts struct {
	fsys  fs.FS
	known map[string]bool
}

// of returns the folder of the chart that renders the template called name.
func (c charts) of(name string) (root string, ok bool) {
	folders := strings.Split(path.Dir(name), "/")
	for i, folder := range slices.Backward(folders) {
		root := path.Join(append([]string{"."}, folders[:i]...)...)
		if folder == "templates" && c.chart(root) {
			return c.outermost(root), true
		}
	}
	return "", false
}

// outermost returns the chart around root that is in no other, because a chart
// renders the charts it contains.
func (c charts) outermost(root string) string {
	for parent := path.Dir(root); path.Base(parent) == "charts" && c.chart(path.Dir(parent)); parent = path.Dir(root) {
		root = path.Dir(parent)
	}
	return root
}

func (c charts) chart(folder string) bool {
	is, ok := c.known[folder]
	if !ok {
		info, err := fs.Stat(c.fsys, path.Join(folder, "Chart.yaml"))
		is = err == nil && info.Mode().IsRegular()
		c.known[folder] = is
	}
	return is
}

// renderAll renders the charts in the folders roots.
func (l Loader) renderAll(ctx context.Context, fsys fs.FS, roots []string) ([]rendering, error) {
	rendered := make([]rendering, len(roots))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, root := range roots {
		group.Go(func() error {
			r := &release{fsys: fsys, scope: path.Join(root, "Chart.yaml"), files: map[string]*templateFile{}, seen: map[string]int{}}
			err := r.render(ctx, root, l.Values)
			slices.SortFunc(r.subjects, (*annexgate.Subject).Compare)
			if len(r.subjects) > 0 {
				r.inputs = append(r.inputs, l.Inputs...)
			} else {
				r.inputs = nil
			}
			rendered[i] = r.rendering
			return err
		})
	}
	return rendered, group.Wait()
}

// A release is what one chart becomes.
type release struct {
	rendering
	fsys  fs.FS
	scope string
	files map[string]*templateFile
	seen  map[string]int // addresses
}

// render renders the chart in the folder root. What is wrong with the chart is
// a problem; an error is that of ctx.
func (r *release) render(ctx context.Context, root string, values chart.Values) error {
	whole := annexgate.Location{File: r.scope}
	c, err := chart.Load(r.fsys, root)
	if err != nil {
		r.problem(annexgate.Partial, whole, "chart not rendered, its templates are not examined: %v", err)
		return ctx.Err()
	}
	for _, name := range c.Files {
		if content, err := fs.ReadFile(r.fsys, name); err == nil {
			r.inputs = append(r.inputs, annexgate.NewInput(annexgate.Kubernetes, name, content))
		}
	}
	if c.Library() {
		return nil
	}
	manifests, err := c.Render(ctx, values)
	for _, name := range c.Missing {
		r.problem(annexgate.Partial, whole, "dependency %s is not in charts/: what it makes is not examined; run helm dependency build", name)
	}
	var refused *chart.Error
	if errors.As(err, &refused) {
		at := whole
		if refused.At.File != "" {
			at = r.place(refused.At)
		}
		r.problem(annexgate.Partial, at, "chart not rendered, its templates are not examined: %s; --helm-values gives it other values", refused.Message)
		return nil
	}
	for _, m := range manifests {
		r.add(m)
	}
	return err
}

// add takes in the objects of what one template became.
func (r *release) add(m chart.Manifest) {
	text := []byte(m.Text)
	if !mayHoldManifest(text) {
		return
	}
	origin := func(at annexgate.Location) annexgate.Location { return r.origin(m, at) }
	l := newLayout(m.File, text)
	for _, s := range l.sections() {
		docs, fault := parseSection(l, s)
		for _, d := range docs {
			r.document(d, origin)
		}
		if fault != nil && looksLikeManifest(text[s.start:s.end]) {
			r.problem(annexgate.Unread, origin(fault.at), "the template renders to what does not parse: %s", fault.reason)
		}
	}
}

func (r *release) document(d document, origin func(annexgate.Location) annexgate.Location) {
	found, problems := objects(d)
	if len(found) > 0 {
		problems = append(problems, d.notices...)
	}
	for _, p := range problems {
		p.At = origin(p.At)
		r.problems = append(r.problems, p)
	}
	extents := make([]annexgate.Location, len(found))
	for i, o := range found {
		extents[i] = extent(o.source)
	}
	relocate(d.source, origin, map[*annexgate.Source]bool{})
	for i, o := range found {
		s := o.subject(r.scope)
		s.At = spread(origin(extents[i]), origin(annexgate.Location{File: extents[i].File, Line: extents[i].EndLine}))
		if r.seen[s.Address]++; r.seen[s.Address] > 1 {
			r.problem(annexgate.Notice, s.Source.At, "the chart renders %s more than once", s.Address)
			s.Address = numbered(s.Address, r.seen)
		}
		r.subjects = append(r.subjects, s)
	}
}

// spread returns the place from one line to another, if they follow each other
// in one file.
func spread(from, to annexgate.Location) annexgate.Location {
	if to.File == from.File && to.EndLine > from.EndLine {
		from.EndLine, from.EndColumn = to.EndLine, to.EndColumn
	}
	return from
}

// origin returns the line of a template that a place in what it became stems
// from; the template as a whole where that cannot be told.
func (r *release) origin(m chart.Manifest, at annexgate.Location) annexgate.Location {
	if at.Line < 1 || at.Line > len(m.Lines) || m.Lines[at.Line-1].Line == 0 {
		return annexgate.Location{File: m.File}
	}
	return r.place(m.Lines[at.Line-1])
}

// A templateFile finds the lines of a template.
type templateFile struct {
	file  *position.File
	text  []byte
	lines []int // byte offsets
}

// place returns a line of a template without the blanks around it.
func (r *release) place(line chart.Line) annexgate.Location {
	f := r.files[line.File]
	if f == nil {
		text, _ := fs.ReadFile(r.fsys, line.File)
		f = &templateFile{file: position.New(line.File, text), text: text, lines: []int{0}}
		for i, c := range text {
			if c == '\n' {
				f.lines = append(f.lines, i+1)
			}
		}
		r.files[line.File] = f
	}
	if line.Line > len(f.lines) || path.Ext(line.File) == ".tgz" {
		return annexgate.Location{File: line.File}
	}
	start := f.lines[line.Line-1]
	end := lineEnd(f.text, start)
	start += len(f.text[start:end]) - len(bytes.TrimLeft(f.text[start:end], " \t"))
	return f.file.Location(start, max(start, endOfLine(f.text, start)))
}

func (r *release) problem(loss annexgate.Loss, at annexgate.Location, format string, args ...any) {
	r.problems = append(r.problems, annexgate.Problem{
		Kind: annexgate.Kubernetes, Message: fmt.Sprintf(format, args...), At: at, Loss: loss,
	})
}
