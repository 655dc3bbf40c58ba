package chart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

const (
	maxFile  = 5 << 20  // bytes of one file of a chart; helm's own limit
	maxChart = 64 << 20 // bytes of a chart with all that is in it
	maxFiles = 10_000
	maxNest  = 20 // charts in charts
)

// A Chart is a chart and the charts in it.
type Chart struct {
	Dir     string   // in the file system that it was loaded from
	Files   []string // all files that were read, by their names in that file system
	Missing []string // dependencies that are declared and not there

	meta      Metadata
	values    table
	files     files // beside templates and charts
	templates []template
	parts     []*Chart
	parent    *Chart
}

// A template is a file of the folder templates.
type template struct {
	name string // in the chart: templates/a.yaml
	file string // in the file system
	text string
}

// Load reads the chart in the folder dir of fsys.
func Load(fsys fs.FS, dir string) (*Chart, error) {
	r := &reader{fsys: fsys}
	c, err := r.chart(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("read chart %s: %w", dir, err)
	}
	c.Files = r.read
	slices.Sort(c.Files)
	return c, nil
}

// Library reports whether the chart has nothing to install.
func (c *Chart) Library() bool { return strings.EqualFold(c.meta.Type, "library") }

// Name returns the name by which templates and values know the chart.
func (c *Chart) Name() string { return c.meta.Name }

// A reader reads a chart and those in it.
type reader struct {
	fsys  fs.FS
	read  []string
	bytes int
}

func (r *reader) chart(dir string, depth int) (*Chart, error) {
	if depth > maxNest {
		return nil, fmt.Errorf("more than %d charts in one another", maxNest)
	}
	c := &Chart{Dir: dir, values: table{}, files: files{}}
	names, err := r.list(dir)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, "Chart.yaml") {
		return nil, errors.New("there is no Chart.yaml")
	}
	for _, name := range names {
		if err := r.take(c, name); err != nil {
			return nil, err
		}
	}
	if c.meta.APIVersion == "" {
		c.meta.APIVersion = "v1"
	}
	if c.meta.Name == "" || c.meta.Name == "." || c.meta.Name == ".." || strings.ContainsAny(c.meta.Name, "/\\") {
		return nil, fmt.Errorf("%s: the chart has no name", path.Join(dir, "Chart.yaml"))
	}
	if err := r.charts(c, depth); err != nil {
		return nil, err
	}
	return c, nil
}

// take reads one file of c.
func (r *reader) take(c *Chart, name string) error {
	content, err := r.file(path.Join(c.Dir, name))
	if err != nil {
		return err
	}
	decode := func(into any) error {
		if err := yaml.Unmarshal(content, into); err != nil {
			return fmt.Errorf("%s: %w", path.Join(c.Dir, name), err)
		}
		return nil
	}
	switch {
	case name == "Chart.yaml":
		return decode(&c.meta)
	case name == "requirements.yaml":
		var required struct {
			Dependencies []*Dependency `json:"dependencies"`
		}
		if err := decode(&required); err != nil {
			return err
		}
		c.meta.Dependencies = append(c.meta.Dependencies, required.Dependencies...)
		c.files[name] = content
		return nil
	case name == "values.yaml":
		return decode(&c.values)
	case name == "values.schema.json", name == "Chart.lock":
		return nil
	case strings.HasPrefix(name, "templates/"):
		c.templates = append(c.templates, template{name, path.Join(c.Dir, name), string(content)})
		return nil
	}
	c.files[name] = content
	return nil
}

// charts reads the charts in c.
func (r *reader) charts(c *Chart, depth int) error {
	entries, err := fs.ReadDir(r.fsys, path.Join(c.Dir, "charts"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		name := path.Join(c.Dir, "charts", entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "_"), strings.HasPrefix(entry.Name(), "."):
			continue
		case strings.HasSuffix(name, ".tgz"):
			if err := r.packed(c, name, depth); err != nil {
				return err
			}
		case isChart(r.fsys, name):
			part, err := r.chart(name, depth+1)
			if err != nil {
				return err
			}
			c.add(part)
		}
	}
	return r.linked(c, depth)
}

// linked reads the dependencies that are folders elsewhere in the repository
// and that nobody copied into charts/.
func (r *reader) linked(c *Chart, depth int) error {
	for _, d := range c.meta.Dependencies {
		rel, ok := strings.CutPrefix(valueOf(d).Repository, "file://")
		if !ok || c.part(d) != nil {
			continue
		}
		dir := path.Join(c.Dir, rel)
		if path.IsAbs(rel) || !isChart(r.fsys, dir) {
			continue
		}
		part, err := r.chart(dir, depth+1)
		if err != nil {
			return err
		}
		c.add(part)
	}
	return nil
}

func (c *Chart) add(part *Chart) {
	part.parent = c
	c.parts = append(c.parts, part)
}

func isChart(fsys fs.FS, dir string) bool {
	info, err := fs.Stat(fsys, path.Join(dir, "Chart.yaml"))
	return err == nil && info.Mode().IsRegular()
}

// list returns the files of a chart that are not ignored, but for those in
// charts/, by their names in the chart.
func (r *reader) list(dir string) ([]string, error) {
	ignored, err := readIgnore(r.fsys, path.Join(dir, ".helmignore"))
	if err != nil {
		return nil, err
	}
	var names []string
	err = fs.WalkDir(r.fsys, dir, func(file string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(file, dir+"/")
		switch {
		case err != nil:
			return err
		case file == dir:
			return nil
		case d.IsDir():
			if name == "charts" || name == ".git" || ignored.match(name, true) {
				return fs.SkipDir
			}
			return nil
		case ignored.match(name, false) && name != "Chart.yaml":
			return nil
		}
		if info, err := fs.Stat(r.fsys, file); err != nil || !info.Mode().IsRegular() {
			return nil // a link that leads nowhere, or out of the repository
		}
		if names = append(names, name); len(names) > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		return nil
	})
	return names, err
}

// file reads one file.
func (r *reader) file(name string) ([]byte, error) {
	file, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxFile>>20)
	}
	if r.bytes += len(content); r.bytes > maxChart {
		return nil, fmt.Errorf("the chart is larger than %d MiB", maxChart>>20)
	}
	r.read = append(r.read, name)
	return []byte(strings.TrimPrefix(string(content), "\ufeff")), nil
}
