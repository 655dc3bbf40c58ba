package chart

import (
	"fmt"
	"maps"
	"strings"
)

// A table is a mapping of values.
type table = map[string]any

const globalKey = "global"

// coalesce puts the values of c, and of the charts in it, below dest, which
// wins. A null in dest takes away what c has, unless nulls are to be kept.
// These are the rules of helm's CoalesceValues and MergeValues.
func (c *Chart) coalesce(dest table, keepNull bool) error {
	for key, value := range deepCopy(c.values).(table) {
		old, ok := dest[key]
		switch old := old.(type) {
		case table:
			if below, isTable := value.(table); isTable {
				coalesceTables(old, below, keepNull || c.hasPart(key))
			}
			continue
		}
		switch {
		case !ok:
			dest[key] = value
		case old == nil && !keepNull:
			delete(dest, key)
		}
	}
	for _, part := range c.parts {
		name := part.Name()
		if _, ok := dest[name]; !ok {
			dest[name] = table{}
		}
		below, ok := dest[name].(table)
		if !ok {
			return fmt.Errorf("the values have no table for the chart %s but something else: type mismatch on %s", name, name)
		}
		coalesceGlobals(below, dest)
		if err := part.coalesce(below, keepNull); err != nil {
			return err
		}
	}
	return nil
}

func (c *Chart) hasPart(name string) bool {
	for _, part := range c.parts {
		if part.Name() == name {
			return true
		}
	}
	return false
}

// coalesceGlobals puts the globals of a chart over those of a chart in it.
func coalesceGlobals(dest, src table) {
	to, ok := dest[globalKey].(table)
	if !ok {
		if _, there := dest[globalKey]; there {
			return
		}
		to = table{}
	}
	from, ok := src[globalKey].(table)
	if !ok {
		if _, there := src[globalKey]; there {
			return
		}
	}
	for key, value := range from {
		old, there := to[key]
		oldTable, oldIsTable := old.(table)
		value, isTable := value.(table)
		switch {
		case isTable && !there:
			to[key] = maps.Clone(value)
		case isTable && oldIsTable:
			merged := maps.Clone(value)
			coalesceTables(merged, oldTable, true)
			to[key] = merged
		case !isTable && !oldIsTable:
			to[key] = from[key]
		}
	}
	dest[globalKey] = to
}

// coalesceTables puts src below dst, which wins.
func coalesceTables(dst, src table, keepNull bool) {
	set := map[string]bool{}
	for key, value := range src {
		set[key] = value != nil
	}
	for key, value := range dst {
		if value == nil {
			src[key] = nil
		}
	}
	for key, value := range src {
		old, ok := dst[key]
		if ok && !keepNull && old == nil && set[key] {
			delete(dst, key)
			continue
		}
		if !ok {
			dst[key] = value
			continue
		}
		above, _ := old.(table)
		below, _ := value.(table)
		if above != nil && below != nil {
			coalesceTables(above, below, keepNull)
		}
	}
}

// overlay puts over over base, as helm does with one file of values over
// another: a null is a value.
func overlay(base, over table) table {
	out := maps.Clone(base)
	if out == nil {
		out = table{}
	}
	for key, value := range over {
		if t, ok := value.(table); ok {
			if below, ok := out[key].(table); ok {
				out[key] = overlay(below, t)
				continue
			}
		}
		out[key] = value
	}
	return out
}

// deepCopy copies JSON values.
func deepCopy(value any) any {
	switch value := value.(type) {
	case table:
		out := make(table, len(value))
		for key, field := range value {
			out[key] = deepCopy(field)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = deepCopy(item)
		}
		return out
	}
	return value
}

// lookup returns the value at a path with dots.
func lookup(values table, path string) (any, bool) {
	var value any = values
	for step := range strings.SplitSeq(path, ".") {
		t, ok := value.(table)
		if !ok {
			return nil, false
		}
		if value, ok = t[step]; !ok {
			return nil, false
		}
	}
	return value, true
}

// lookupTable returns the table at a path with dots, nil if there is none.
func lookupTable(values table, path string) table {
	value, _ := lookup(values, path)
	t, _ := value.(table)
	return t
}
