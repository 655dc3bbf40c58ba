package config

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// A key is one thing that the file can say.
type key struct {
	name string // dotted: gate.fail_on
	read func(r *reader, node *yaml.Node)
	show func(c *Config) any // in JSON types
}

// keys is every key, in the order in which they are shown.
var keys = []key{
	{"version", (*reader).version, func(*Config) any { return Version }},
	{"policies.dirs", func(r *reader, n *yaml.Node) { r.config.Policies.Dirs = r.paths(n) }, func(c *Config) any { return list(c.Policies.Dirs) }},
	{"policies.only", func(r *reader, n *yaml.Node) { r.config.Policies.Only = r.Texts(n) }, func(c *Config) any { return list(c.Policies.Only) }},
	{"policies.skip", func(r *reader, n *yaml.Node) { r.config.Policies.Skip = r.Texts(n) }, func(c *Config) any { return list(c.Policies.Skip) }},
	{"policies.builtin", func(r *reader, n *yaml.Node) { r.config.Policies.Builtin = r.Bool(n) }, func(c *Config) any { return c.Policies.Builtin }},
	{"policies.timeout", func(r *reader, n *yaml.Node) { r.config.Policies.Timeout = r.duration(n) }, func(c *Config) any { return duration(c.Policies.Timeout) }},
	{"inputs.exclude", func(r *reader, n *yaml.Node) { r.config.Inputs.Exclude = r.globs(n) }, func(c *Config) any { return list(c.Inputs.Exclude) }},
	{"inputs.terraform.var_files", func(r *reader, n *yaml.Node) { r.config.Inputs.VarFiles = r.paths(n) }, func(c *Config) any { return list(c.Inputs.VarFiles) }},
	{"gate.fail_on", func(r *reader, n *yaml.Node) { r.config.Gate.FailOn = r.severity(n) }, func(c *Config) any { return threshold(c.Gate.FailOn) }},
	{"gate.unknown", func(r *reader, n *yaml.Node) { r.config.Gate.BlockUnknown = r.blocks(n) }, func(c *Config) any { return blocks(c.Gate.BlockUnknown) }},
	{"gate.mode", func(r *reader, n *yaml.Node) {
		r.config.Gate.Advisory = r.OneOf(n, "enforce", "advisory") == "advisory"
	}, func(c *Config) any { return either(c.Gate.Advisory, "advisory", "enforce") }},
	{"gate.block", func(r *reader, n *yaml.Node) {
		r.config.Gate.Introduced = r.OneOf(n, "all", "introduced") == "introduced"
	}, func(c *Config) any { return either(c.Gate.Introduced, "introduced", "all") }},
	{"gate.controls", (*reader).controlGates, showControlGates},
	{"gate.paths", (*reader).pathGates, showPathGates},
	{"trust.rule_changes", func(r *reader, n *yaml.Node) { r.config.Trust.BlockRuleChanges = r.blocks(n) }, func(c *Config) any { return blocks(c.Trust.BlockRuleChanges) }},
	{"trust.approvers", (*reader).approvers, func(c *Config) any { return list(c.Trust.Approvers) }},
	{"soa.file", func(r *reader, n *yaml.Node) { r.config.SoA = r.path(n) }, func(c *Config) any { return c.SoA }},
	{"waivers.file", func(r *reader, n *yaml.Node) { r.config.Waivers.File = r.path(n) }, func(c *Config) any { return c.Waivers.File }},
	{"waivers.max_days", (*reader).maxDays, showMaxDays},
	{"waivers.other_tools", func(r *reader, n *yaml.Node) {
		r.config.Waivers.HonourOthers = r.OneOf(n, "report", "honour") == "honour"
	}, func(c *Config) any { return either(c.Waivers.HonourOthers, "honour", "report") }},
	{"baseline.file", func(r *reader, n *yaml.Node) { r.config.Baseline = r.path(n) }, func(c *Config) any { return c.Baseline }},
	{"evidence.keep", func(r *reader, n *yaml.Node) { r.config.Evidence.Keep = r.Bool(n) }, func(c *Config) any { return c.Evidence.Keep }},
}

// A reader reads one file into config.
type reader struct {
	*strictyaml.Reader
	config *Config
}

// fields returns what reads the object whose keys start with prefix.
func (r *reader) fields(prefix string) strictyaml.Fields {
	fields := strictyaml.Fields{}
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k.name, prefix)
		if !ok {
			continue
		}
		step, _, nested := strings.Cut(rest, ".")
		if nested {
			fields[step] = func(node *yaml.Node) { r.Object(node, r.fields(prefix+step+".")) }
			continue
		}
		fields[step] = func(node *yaml.Node) {
			r.config.places[k.name] = r.At(node)
			k.read(r, node)
		}
	}
	if prefix == "" {
		fields["settings"] = r.settings
	}
	return fields
}

func (r *reader) settings(node *yaml.Node) {
	r.Each(node, func(key, value *yaml.Node) {
		r.config.Settings[key.Value] = Value{r.Value(value), r.At(value)}
	})
}

func (r *reader) version(node *yaml.Node) {
	if node.Value != Version {
		r.Fault(node, "version %q: this annexgate reads version %s", node.Value, Version)
	}
}

// An Entry is one key with the value that holds.
type Entry struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
	From  string `json:"from"` // a flag, a place in a file, or default
}

// Entries returns every key but the settings, with the value that holds and
// where it comes from. Flags are the values that the command line gave, by
// key; they go before the file.
func (c *Config) Entries(flags map[string]Entry) []Entry {
	var entries []Entry
	for _, k := range keys {
		if flag, given := flags[k.name]; given {
			entries = append(entries, Entry{k.name, flag.Value, flag.From})
			continue
		}
		from := "default"
		if at, given := c.places[k.name]; given {
			from = at.String()
		}
		entries = append(entries, Entry{k.name, k.show(c), from})
	}
	return entries
}

func list(texts []string) any { return append([]string{}, texts...) }

func either(b bool, yes, no string) any {
	if b {
		return yes
	}
	return no
}

func blocks(b bool) any { return either(b, "block", "report") }

func threshold(s annexgate.Severity) any {
	if s == 0 {
		return never
	}
	return s.String()
}

func duration(d time.Duration) any {
	if d == 0 {
		return ""
	}
	return d.String()
}

// severityNames are the levels of a threshold, the least first.
var severityNames = []string{"low", "medium", "high", "critical", never}

// never is the threshold that nothing reaches.
const never = "never"

func (r *reader) severity(node *yaml.Node) annexgate.Severity {
	name := r.OneOf(node, severityNames...)
	if name == never || !slices.Contains(severityNames, name) {
		return 0
	}
	severity, _ := annexgate.ParseSeverity(name)
	return severity
}

func (r *reader) blocks(node *yaml.Node) bool { return r.OneOf(node, "report", "block") == "block" }

func (r *reader) duration(node *yaml.Node) time.Duration {
	d, err := time.ParseDuration(r.Text(node))
	if err != nil || d <= 0 {
		r.Fault(node, "want a duration like 5s here")
	}
	return d
}
