package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// part returns the chart in c that d means, nil if it is not there.
func (c *Chart) part(d *Dependency) *Chart {
	for _, part := range c.parts {
		if d != nil && part.Name() == d.Name && compatible(d.Version, part.meta.Version) {
			return part
		}
	}
	return nil
}

func compatible(constraint, version string) bool {
	wanted, err := semver.NewConstraint(constraint)
	if err != nil {
		return false
	}
	v, err := semver.NewVersion(version)
	return err == nil && wanted.Check(v)
}

// enable takes out the charts that conditions and tags turn off, gives the
// others their aliases, and notes what is missing.
func (c *Chart) enable(values table, path string, missing *[]string) error {
	declared := slices.DeleteFunc(c.meta.Dependencies, func(d *Dependency) bool { return d == nil })
	if len(declared) == 0 {
		return c.enableParts(values, path, missing)
	}
	parts := slices.DeleteFunc(slices.Clone(c.parts), func(part *Chart) bool {
		return slices.ContainsFunc(declared, func(d *Dependency) bool {
			return d.Name == part.Name() && compatible(d.Version, part.meta.Version)
		})
	})
	there := map[*Dependency]bool{}
	for _, d := range declared {
		if part := c.part(d); part != nil {
			parts = append(parts, part.as(d.Alias))
			there[d] = true
		}
		if d.Alias != "" {
			d.Name = d.Alias
		}
	}
	c.parts = parts
	settled := deepCopy(values).(table)
	if err := c.coalesce(settled, false); err != nil {
		return err
	}
	for _, d := range declared {
		d.Enabled = d.enabled(settled, path)
		if d.Enabled && !there[d] {
			*missing = append(*missing, d.Name)
		}
	}
	off := func(name string) bool {
		return slices.ContainsFunc(declared, func(d *Dependency) bool { return d.Name == name && !d.Enabled })
	}
	c.parts = slices.DeleteFunc(c.parts, func(part *Chart) bool { return off(part.Name()) })
	c.meta.Dependencies = slices.DeleteFunc(declared, func(d *Dependency) bool { return off(d.Name) })
	return c.enableParts(settled, path, missing)
}

func (c *Chart) enableParts(values table, path string, missing *[]string) error {
	if c.meta.Dependencies == nil {
		return nil // helm looks no further then
	}
	for _, part := range c.parts {
		if err := part.enable(values, path+part.Name()+".", missing); err != nil {
			return err
		}
	}
	return nil
}

// as returns a copy of c under another name. The copy can be changed.
func (c *Chart) as(alias string) *Chart {
	out := *c
	if alias != "" {
		out.meta.Name = alias
	}
	out.meta.Dependencies = nil
	for _, d := range c.meta.Dependencies {
		copied := valueOf(d)
		out.meta.Dependencies = append(out.meta.Dependencies, &copied)
	}
	out.parts = nil
	for _, part := range c.parts {
		copied := part.as("")
		copied.parent = &out
		out.parts = append(out.parts, copied)
	}
	return &out
}

// enabled reports what conditions, and before them tags, say.
func (d *Dependency) enabled(values table, path string) bool {
	enabled := d.tagged(values)
	for condition := range strings.SplitSeq(strings.TrimSpace(d.Condition), ",") {
		if value, ok := lookup(values, path+condition); ok && condition != "" {
			if b, ok := value.(bool); ok {
				return b
			}
		}
	}
	return enabled
}

func (d *Dependency) tagged(values table) bool {
	tags, _ := values["tags"].(table)
	on, off := false, false
	for _, tag := range d.Tags {
		if b, ok := tags[tag].(bool); ok {
			on, off = on || b, off || !b
		}
	}
	return on || !off
}

// importValues copies what charts export into the values of those around them.
func (c *Chart) importValues() error {
	for _, part := range c.parts {
		if err := part.importValues(); err != nil {
			return err
		}
	}
	if c.meta.Dependencies == nil {
		return nil
	}
	values := table{}
	if err := c.coalesce(values, true); err != nil {
		return err
	}
	imported := table{}
	for _, d := range c.meta.Dependencies {
		for _, item := range d.ImportValues {
			child, parent := importPath(item)
			from := lookupTable(values, d.Name+"."+child)
			if from == nil {
				continue
			}
			coalesceTables(imported, nest(parent, deepCopy(from).(table)), true)
		}
	}
	values = deepCopy(values).(table)
	coalesceTables(values, imported, true)
	c.values = values
	return nil
}

// importPath reads one entry of import-values.
func importPath(item any) (child, parent string) {
	if t, ok := item.(table); ok {
		return fmt.Sprint(t["child"]), fmt.Sprint(t["parent"])
	}
	return fmt.Sprintf("exports.%v", item), "."
}

// nest returns values at a path with dots.
func nest(path string, values table) table {
	if path == "." {
		return values
	}
	for _, step := range slices.Backward(strings.Split(path, ".")) {
		values = table{step: values}
	}
	return values
}
