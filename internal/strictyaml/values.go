package strictyaml

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// DateFormat is how a day is written.
const DateFormat = "2006-01-02"

// Text returns a text that is not empty. A number or a date is the text of it.
func (r *Reader) Text(node *yaml.Node) string {
	if node.Kind != yaml.ScalarNode || null(node) || strings.TrimSpace(node.Value) == "" {
		r.Fault(node, "want a text here%s", aliasHint(node))
		return ""
	}
	return node.Value
}

// Texts returns a list of texts.
func (r *Reader) Texts(node *yaml.Node) []string {
	list := []string{}
	r.Items(node, func(item *yaml.Node) { list = append(list, r.Text(item)) })
	return list
}

// OneOf returns a text that must be one of names.
func (r *Reader) OneOf(node *yaml.Node, names ...string) string {
	text := r.Text(node)
	if text != "" && !slices.Contains(names, text) {
		r.Fault(node, "unknown value %q%s", text, Suggest(text, names))
	}
	return text
}

// Bool returns true or false.
func (r *Reader) Bool(node *yaml.Node) bool {
	if node.Kind != yaml.ScalarNode || node.Tag != "!!bool" {
		r.Fault(node, "want true or false here%s", aliasHint(node))
		return false
	}
	var b bool
	if err := node.Decode(&b); err != nil {
		r.Fault(node, "want true or false here")
	}
	return b
}

// Int returns a whole number between least and most.
func (r *Reader) Int(node *yaml.Node, least, most int) int {
	var n int
	if node.Kind != yaml.ScalarNode || node.Tag != "!!int" || node.Decode(&n) != nil || n < least || n > most {
		r.Fault(node, "want a whole number from %d to %d here%s", least, most, aliasHint(node))
		return least
	}
	return n
}

// Date returns a day, as its first moment in UTC.
func (r *Reader) Date(node *yaml.Node) time.Time {
	day, err := time.Parse(DateFormat, node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		r.Fault(node, "want a date like 2027-01-31 here%s", aliasHint(node))
		return time.Time{}
	}
	return day
}

// Value returns any value, in JSON types.
func (r *Reader) Value(node *yaml.Node) any { return r.value(node, maxDepth) }

func (r *Reader) value(node *yaml.Node, depth int) any {
	if depth == 0 {
		r.Fault(node, "the value is nested too deeply: want at most %d levels", maxDepth)
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		values := map[string]any{}
		r.Each(node, func(key, value *yaml.Node) { values[key.Value] = r.value(value, depth-1) })
		return values
	case yaml.SequenceNode:
		values := make([]any, len(node.Content))
		for i, item := range node.Content {
			values[i] = r.value(item, depth-1)
		}
		return values
	case yaml.AliasNode:
		r.Fault(node, "aliases are not supported: write the value out")
		return nil
	}
	return r.scalar(node)
}

func (r *Reader) scalar(node *yaml.Node) any {
	switch node.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return r.Bool(node)
	case "!!int":
		var n int64
		if err := node.Decode(&n); err != nil {
			r.Fault(node, "%s is too large a number", node.Value)
		}
		return json.Number(fmt.Sprint(n))
	case "!!float":
		var f float64
		err := node.Decode(&f)
		text, jsonErr := json.Marshal(f)
		if err != nil || jsonErr != nil {
			r.Fault(node, "%s is no number that JSON can hold", node.Value)
		}
		return json.Number(text)
	}
	return node.Value
}
