package terraform

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// overlaid puts what the plan says of an instance in place of what the
// configuration says. The plan's values win; the configuration tells where
// they are written, and of those that are not known what they wait for.
//
// A value that Terraform does not know and nobody wrote is left out: it is the
// provider's to settle, as in a configuration without a plan.
func (it *item) overlaid(s *annexgate.Subject) {
	p := it.set.in.ev.plan
	if p == nil || it.set.kind == "module" {
		return
	}
	c := p.byAddress[it.address]
	if c == nil || p.used[it.address] {
		return
	}
	p.used[it.address] = true
	m := merger{strict: it.set.file.fixed == nil, shapes: newShapes(), typ: c.Type}
	c.describe(s, &m)
	if m.mismatch != "" {
		// Whoever writes the source may write the plan: a plan that says otherwise
		// than the source must not make it clear.
		it.set.in.ev.store.problem(annexgate.Unread, it.set.at(),
			"the plan %s and the source say different things of %s.%s; the plan is believed: is it made from this source?", p.name, it.address, m.mismatch)
	}
}

// describe completes a subject with what the plan says of it.
func (c *planned) describe(s *annexgate.Subject, m *merger) {
	written := s.Values
	if written == nil {
		written = map[string]any{}
	}
	merged, source, _ := m.merge(nil, written, c.Change.After, c.Change.Unknown, s.Source, 0)
	if values, ok := merged.(map[string]any); ok {
		s.Values, s.Source = values, source
	}
	s.Sensitive = append(s.Sensitive, truePaths(c.Change.Sensitive, nil)...)
	if len(c.Change.Actions) > 0 {
		s.Facts["change"] = c.facts()
	}
	c.Change = planChange{Actions: c.Change.Actions} // a large plan is held once
}

// facts returns what policies see of a change.
func (c *planned) facts() map[string]any {
	change := map[string]any{"actions": actionList(c.Change.Actions)}
	if before := withoutNulls(hide(c.Change.Before, c.Change.BeforeSensitive)); before != nil && !slices.Equal(c.Change.Actions, []string{"no-op"}) {
		change["before"] = before
	}
	if len(c.Change.ReplacePaths) > 0 {
		change["replace_paths"] = c.Change.ReplacePaths
	}
	if c.Change.Importing != nil {
		change["importing"] = withoutNulls(c.Change.Importing)
	}
	if c.Previous != "" {
		change["previous_address"] = c.Previous
	}
	return change
}

func actionList(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

// hide replaces what is sensitive.
func hide(v, sensitive any) any {
	if sensitive == true {
		return annexgate.UnknownValue{Reason: "the value is sensitive"}
	}
	switch v := v.(type) {
	case map[string]any:
		marks, _ := sensitive.(map[string]any)
		out := make(map[string]any, len(v))
		for key, part := range v {
			out[key] = hide(part, marks[key])
		}
		return out
	case []any:
		marks, _ := sensitive.([]any)
		out := make([]any, len(v))
		for i, part := range v {
			var mark any
			if i < len(marks) {
				mark = marks[i]
			}
			out[i] = hide(part, mark)
		}
		return out
	}
	return v
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, part := range v {
			if part = withoutNulls(part); part != nil {
				out[key] = part
			}
		}
		return out
	case []any:
		for i, part := range v {
			v[i] = withoutNulls(part)
		}
	case json.Number:
		return planNumber(v)
	}
	return v
}

// truePaths returns the paths at which marks says true.
func truePaths(marks any, at annexgate.Path) []annexgate.Path {
	var found []annexgate.Path
	switch marks := marks.(type) {
	case bool:
		if marks {
			return []annexgate.Path{slices.Clone(at)}
		}
	case map[string]any:
		for _, key := range sortedKeys(marks) {
			found = append(found, truePaths(marks[key], append(at, key))...)
		}
	case []any:
		for i, part := range marks {
			found = append(found, truePaths(part, append(at, i))...)
		}
	}
	return found
}

// agree reports whether all that is known of both is the same.
func agree(written, after any) bool {
	if !known(written) || after == nil {
		return true
	}
	switch w := written.(type) {
	case map[string]any:
		a, ok := after.(map[string]any)
		for key, part := range w {
			ok = ok && agree(part, a[key])
		}
		return ok
	case []any:
		a, ok := after.([]any)
		if !ok || len(a) != len(w) {
			return false
		}
		for i, part := range w {
			ok = ok && agree(part, a[i])
		}
		return ok
	}
	return sameText(written, after)
}

// known reports whether v is a value and neither absent nor unknown.
func known(v any) bool {
	switch v.(type) {
	case nil, annexgate.Reference, annexgate.UnknownValue:
		return false
	}
	return true
}

// compare notes a contradiction.
func (m *merger) compare(at annexgate.Path, written, value any) {
	if m.mismatch == "" && m.strict && known(written) && !sameValue(written, value) {
		m.mismatch = at.String()
	}
}

// sameText compares scalars as Terraform does when it converts one to the type of
// the other.
func sameText(a, b any) bool {
	text := func(v any) string {
		switch v := v.(type) {
		case string:
			return v
		case bool:
			if v {
				return "true"
			}
			return "false"
		case json.Number:
			return string(planNumber(v).(json.Number))
		}
		return ""
	}
	return text(a) == text(b)
}

// sameValue is sameText, and takes two spellings of one JSON document as one.
func sameValue(a, b any) bool {
	if sameText(a, b) {
		return true
	}
	x, isX := a.(string)
	y, isY := b.(string)
	if !isX || !isY || len(x) > maxDocument || !strings.HasPrefix(strings.TrimSpace(x), "{") {
		return false
	}
	var left, right any
	if json.Unmarshal([]byte(x), &left) != nil || json.Unmarshal([]byte(y), &right) != nil {
		return false
	}
	p, errP := json.Marshal(left)
	q, errQ := json.Marshal(right)
	return errP == nil && errQ == nil && string(p) == string(q)
}

// planNumber writes a number as the evaluator does. One with a large exponent
// stays as it is: writing it out could take seconds.
func planNumber(n json.Number) any {
	if len(n) > 1000 || strings.ContainsAny(string(n), "eE") && hugeExponent(string(n)) {
		return n
	}
	f, _, err := big.ParseFloat(string(n), 10, 512, big.ToNearestEven)
	if err != nil {
		return n
	}
	if text, ok := number(f).(json.Number); ok {
		return text
	}
	return n
}

func hugeExponent(n string) bool {
	_, exponent, _ := strings.Cut(strings.ToLower(n), "e")
	return len(strings.TrimLeft(exponent, "+-0")) > 3
}

func unionKeys(maps ...map[string]any) []string {
	all := map[string]any{}
	for _, m := range maps {
		for key := range m {
			all[key] = nil
		}
	}
	return sortedKeys(all)
}
