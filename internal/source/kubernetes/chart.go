package kubernetes

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// splitCharts takes the templates of Helm charts out of files and reports each
// chart that has some. They are known by their place, since a template may or
// may not look like YAML.
func splitCharts(fsys fs.FS, files []string) (rest []string, problems []annexgate.Problem) {
	c := charts{fsys: fsys, known: map[string]bool{}}
	reported := map[string]bool{}
	for _, name := range files {
		root, ok := c.of(name)
		if !ok {
			rest = append(rest, name)
			continue
		}
		if reported[root] {
			continue
		}
		reported[root] = true
		problems = append(problems, annexgate.Problem{
			Kind:    annexgate.Kubernetes,
			Message: "chart not rendered: its templates are not examined; render it with helm template and check the output",
			At:      annexgate.Location{File: path.Join(root, "Chart.yaml")},
			Loss:    annexgate.Partial,
		})
	}
	return rest, problems
}

// charts knows which folders hold a chart.
type charts struct {
	fsys  fs.FS
	known map[string]bool
}

// of returns the folder of the chart that renders the template called name: the
// outermost, because a chart renders the charts it contains.
func (c charts) of(name string) (root string, ok bool) {
	folders := strings.Split(path.Dir(name), "/")
	for i, folder := range slices.Backward(folders) {
		root := path.Join(append([]string{"."}, folders[:i]...)...)
		if folder != "templates" || !c.chart(root) {
			continue
		}
		for parent := path.Dir(root); path.Base(parent) == "charts" && c.chart(path.Dir(parent)); parent = path.Dir(root) {
			root = path.Dir(parent)
		}
		return root, true
	}
	return "", false
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
