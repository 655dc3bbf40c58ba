// Package redact keeps sensitive values out of what is shown. Subjects hold
// their real text, because policies judge it; messages, listings and records
// must not.
package redact

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Placeholder stands where a sensitive value was.
const Placeholder = "(sensitive)"

// shortest is the length in bytes of the shortest text that is taken out of
// messages. A shorter one would take pieces out of other words.
const shortest = 4

// Texts returns the texts inside the sensitive values of subjects, the longest
// first, each once.
func Texts(subjects ...*annexgate.Subject) []string {
	var found []string
	for _, s := range subjects {
		for _, path := range s.Sensitive {
			collect(at(s.Values, path), &found)
		}
		if s.Provider != nil {
			found = append(found, Texts(s.Provider)...)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(found)
}

// Message returns message with each of texts replaced by Placeholder.
func Message(message string, texts []string) string {
	for _, text := range texts {
		if len(text) >= shortest {
			message = strings.ReplaceAll(message, text, Placeholder)
		}
	}
	return message
}

// Block returns what policies see of s, with Placeholder for each sensitive
// value, wherever else among its facts it stands.
func Block(s *annexgate.Subject) map[string]any {
	block := s.Block()
	texts := Texts(s)
	if len(s.Sensitive) == 0 && len(texts) == 0 {
		return block
	}
	block["values"] = hide(s.Values, nil, s.Sensitive)
	for name := range s.Facts {
		block[name] = replace(block[name], texts)
	}
	return block
}

// hide returns a copy of value, which stands at path, without what is at one
// of hidden.
func hide(value any, path annexgate.Path, hidden []annexgate.Path) any {
	if slices.ContainsFunc(hidden, func(h annexgate.Path) bool { return slices.Equal(h, path) }) {
		return Placeholder
	}
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, item := range value {
			out[key] = hide(item, append(slices.Clone(path), key), hidden)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = hide(item, append(slices.Clone(path), i), hidden)
		}
		return out
	}
	return value
}

// replace returns a copy of value with Placeholder for each of texts.
func replace(value any, texts []string) any {
	switch value := value.(type) {
	case string:
		if slices.Contains(texts, value) {
			return Placeholder
		}
		return Message(value, texts)
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, item := range value {
			out[key] = replace(item, texts)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = replace(item, texts)
		}
		return out
	}
	return value
}

// at returns the value at path, or nil.
func at(value any, path annexgate.Path) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step < 0 || step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// collectJSON collects the texts inside a text that is JSON: a policy, of which
// facts have the parts.
func collectJSON(text string, found *[]string) {
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var content map[string]any
	if decoder.Decode(&content) == nil {
		for _, part := range content {
			collect(part, found)
		}
	}
}

func collect(value any, found *[]string) {
	switch value := value.(type) {
	case string:
		*found = append(*found, value)
		collectJSON(value, found)
	case annexgate.Reference:
		*found = append(*found, string(value))
	case interface{ String() string }: // json.Number
		*found = append(*found, value.String())
	case map[string]any:
		for _, item := range value {
			collect(item, found)
		}
	case []any:
		for _, item := range value {
			collect(item, found)
		}
	}
}
