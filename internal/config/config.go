// Package config reads .annexgate.yaml, the file in which an organisation says
// how the gate judges its repository.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// FileName is the name of the file at the root of a repository.
const FileName = ".annexgate.yaml"

// Version is the version of the format.
const Version = "1"

// A Config is what the file says. The zero value says nothing.
type Config struct {
	Settings map[string]Value // values of data.settings, by name
}

// A Value is one value of the file and its place.
type Value struct {
	Value any // in JSON types
	At    annexgate.Location
}

// keys are what may stand at the top.
var keys = []string{"settings", "version"}

// maxDepth bounds the nesting of values.
const maxDepth = 50

// Read reads text, the content of the file called name. The error is a usage
// error that joins every fault, each with its place.
func Read(name string, text []byte) (*Config, error) {
	r := &reader{file: position.New(name, text)}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, annexgate.Usage(fmt.Errorf("read %s: %s", name, strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	config := &Config{Settings: map[string]Value{}}
	if len(document.Content) > 0 {
		r.config(document.Content[0], config)
	}
	if len(r.faults) > 0 {
		return nil, annexgate.Usage(errors.Join(r.faults...))
	}
	return config, nil
}

type reader struct {
	file   *position.File
	faults []error
}

func (r *reader) config(node *yaml.Node, config *Config) {
	version := ""
	r.fields(node, func(key, value *yaml.Node) {
		switch key.Value {
		case "version":
			version = value.Value
			if version != Version {
				r.fault(value, "version %q: this annexgate reads version %s", version, Version)
			}
		case "settings":
			r.fields(value, func(key, value *yaml.Node) {
				config.Settings[key.Value] = Value{r.value(value, maxDepth), r.at(value)}
			})
		default:
			r.fault(key, "unknown key %q%s", key.Value, near(key.Value))
		}
	})
	if version == "" && len(r.faults) == 0 {
		r.fault(node, "the version is missing: want version: %s", Version)
	}
}

// fields calls visit for each entry of a mapping.
func (r *reader) fields(node *yaml.Node, visit func(key, value *yaml.Node)) {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return
	}
	if node.Kind != yaml.MappingNode {
		r.fault(node, "want keys and values here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if seen[key.Value] {
			r.fault(key, "%q is there twice", key.Value)
		}
		seen[key.Value] = true
		visit(key, node.Content[i+1])
	}
}

// value returns node in JSON types.
func (r *reader) value(node *yaml.Node, depth int) any {
	if depth == 0 {
		r.fault(node, "the value is nested too deeply: want at most %d levels", maxDepth)
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		values := map[string]any{}
		r.fields(node, func(key, value *yaml.Node) { values[key.Value] = r.value(value, depth-1) })
		return values
	case yaml.SequenceNode:
		values := make([]any, len(node.Content))
		for i, item := range node.Content {
			values[i] = r.value(item, depth-1)
		}
		return values
	case yaml.AliasNode:
		r.fault(node, "aliases are not supported: write the value out")
		return nil
	}
	return r.scalar(node)
}

func (r *reader) scalar(node *yaml.Node) any {
	switch node.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if err := node.Decode(&b); err != nil {
			r.fault(node, "%v", err)
		}
		return b
	case "!!int":
		var n int64
		if err := node.Decode(&n); err != nil {
			r.fault(node, "%s is too large a number", node.Value)
		}
		return json.Number(fmt.Sprint(n))
	case "!!float":
		var f float64
		err := node.Decode(&f)
		text, jsonErr := json.Marshal(f)
		if err != nil || jsonErr != nil {
			r.fault(node, "%s is no number that JSON can hold", node.Value)
		}
		return json.Number(text)
	}
	return node.Value
}

func (r *reader) at(node *yaml.Node) annexgate.Location {
	offset := r.file.Offset(node.Line, node.Column)
	return r.file.Location(offset, offset)
}

func (r *reader) fault(node *yaml.Node, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("%s: %s", r.at(node), fmt.Sprintf(format, args...)))
}

func near(key string) string {
	i := slices.IndexFunc(keys, func(known string) bool { return levenshtein.Distance(key, known, nil) < 3 })
	if i >= 0 {
		return fmt.Sprintf(": did you mean %s?", keys[i])
	}
	return ": want one of " + strings.Join(keys, ", ")
}
