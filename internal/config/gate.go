package config

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/glob"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// maxTerm is the longest term that the configuration may allow a waiver, in
// days. What is accepted for longer is not accepted for a time.
const maxTerm = 366

// control is the shape of the ID of a control in the 2022 edition.
var control = regexp.MustCompile(`^A\.[5-8]\.[1-9][0-9]?$`)

// approver is a login or a team of the forge.
var approver = regexp.MustCompile(`^@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?$`)

// level reads an object with the given keys beside those of a Level.
func (r *reader) level(node *yaml.Node, others strictyaml.Fields) Level {
	l := Level{At: r.At(node)}
	fields := strictyaml.Fields{
		"fail_on": func(node *yaml.Node) { severity := r.severity(node); l.FailOn = &severity },
		"unknown": func(node *yaml.Node) { blocks := r.blocks(node); l.BlockUnknown = &blocks },
	}
	for name, read := range others {
		fields[name] = read
	}
	r.Object(node, fields)
	if l.FailOn == nil && l.BlockUnknown == nil {
		r.Fault(node, "nothing is set here: want fail_on or unknown")
	}
	return l
}

func (r *reader) controlGates(node *yaml.Node) {
	r.Each(node, func(key, value *yaml.Node) {
		if !control.MatchString(key.Value) {
			r.Fault(key, "%q is no control: want an ID like A.8.24", key.Value)
		}
		r.config.Gate.Controls = append(r.config.Gate.Controls, ControlGate{key.Value, r.level(value, nil)})
	})
}

func (r *reader) pathGates(node *yaml.Node) {
	r.Items(node, func(item *yaml.Node) {
		pattern := ""
		l := r.level(item, strictyaml.Fields{"glob": func(node *yaml.Node) { pattern = r.glob(node) }})
		if pattern == "" && !r.Faulty() {
			r.Fault(item, "the glob is missing")
		}
		r.config.Gate.Paths = append(r.config.Gate.Paths, PathGate{pattern, l})
	})
}

func showLevel(l Level) map[string]any {
	shown := map[string]any{}
	if l.FailOn != nil {
		shown["fail_on"] = threshold(*l.FailOn)
	}
	if l.BlockUnknown != nil {
		shown["unknown"] = blocks(*l.BlockUnknown)
	}
	return shown
}

func showControlGates(c *Config) any {
	shown := map[string]any{}
	for _, g := range c.Gate.Controls {
		shown[g.Control] = showLevel(g.Level)
	}
	return shown
}

func showPathGates(c *Config) any {
	shown := []any{}
	for _, g := range c.Gate.Paths {
		entry := showLevel(g.Level)
		entry["glob"] = g.Glob
		shown = append(shown, entry)
	}
	return shown
}

// maxDays reads the longest term of a waiver for each severity.
func (r *reader) maxDays(node *yaml.Node) {
	fields := strictyaml.Fields{}
	for s := annexgate.Low; s <= annexgate.Critical; s++ {
		fields[s.String()] = func(node *yaml.Node) { r.config.Waivers.MaxDays[s] = r.Int(node, 1, maxTerm) }
	}
	r.Object(node, fields)
}

func showMaxDays(c *Config) any {
	shown := map[string]any{}
	for severity, days := range c.Waivers.MaxDays {
		shown[severity.String()] = days
	}
	return shown
}

// glob reads a pattern of paths.
func (r *reader) glob(node *yaml.Node) string {
	pattern := r.Text(node)
	if pattern == "" {
		return ""
	}
	if _, err := glob.Compile(pattern); err != nil {
		r.Fault(node, "glob %q: %v", pattern, err)
	}
	return pattern
}

func (r *reader) globs(node *yaml.Node) []string {
	patterns := []string{}
	r.Items(node, func(item *yaml.Node) { patterns = append(patterns, r.glob(item)) })
	return patterns
}

func (r *reader) approvers(node *yaml.Node) {
	r.Items(node, func(item *yaml.Node) {
		name := r.Text(item)
		if name != "" && !approver.MatchString(name) {
			r.Fault(item, "%q is nobody who could approve: want @login or @organisation/team", name)
		}
		r.config.Trust.Approvers = append(r.config.Trust.Approvers, name)
	})
}

// path reads the name of a file in the repository.
func (r *reader) path(node *yaml.Node) string {
	name := r.Text(node)
	if name == "" {
		return ""
	}
	clean := path.Clean(strings.TrimSuffix(name, "/"))
	if strings.Contains(name, `\`) || !fs.ValidPath(clean) {
		r.Fault(node, "%q is outside the repository: want a path from its root, with slashes", name)
	}
	return clean
}

func (r *reader) paths(node *yaml.Node) []string {
	names := []string{}
	r.Items(node, func(item *yaml.Node) { names = append(names, r.path(item)) })
	return names
}
