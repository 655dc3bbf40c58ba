package terraform

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// IAM policies come as text, by jsonencode and from data sources; with one
// statement or a list, with one action or a list. Policies see one shape of
// them: the fact documents.

// policyArguments are the arguments that hold an IAM policy and nothing else,
// so that one whose value is not known counts as a policy that is not known.
// In any other argument a text counts once it is seen to have statements.
var policyArguments = set("policy", "assume_role_policy", "access_policy", "access_policies", "inline_policy",
	"resource_policy", "policy_document", "assume_role_policy_document")

// otherPolicies are types whose argument policy is no IAM policy.
var otherPolicies = set("aws_ecr_lifecycle_policy", "aws_ecrpublic_lifecycle_policy", "aws_cloudfront_response_headers_policy",
	"aws_dlm_lifecycle_policy", "aws_media_store_container_lifecycle_policy")

// documents returns the IAM policies in the values of s, by the path of each.
// shapes are those of texts in its values, by path; hidden are the paths of
// sensitive values.
func documents(s *annexgate.Subject, shapes map[string]*shape, hidden []annexgate.Path) map[string]any {
	found := map[string]any{}
	d := documenting{subject: s, shapes: shapes, hidden: hidden, found: found}
	for name, value := range s.Values {
		d.walk(value, []any{name}, name)
	}
	return found
}

type documenting struct {
	subject *annexgate.Subject
	shapes  map[string]*shape
	hidden  []annexgate.Path
	found   map[string]any
}

// walk looks for policies in value, which stands at path in an argument of
// that name.
func (d documenting) walk(value any, path []any, name string) {
	switch value := value.(type) {
	case map[string]any:
		if _, ok := value["Statement"]; ok {
			d.add(path, &shape{content: value})
			return
		}
		for name, part := range value {
			d.walk(part, append(path, name), name)
		}
	case []any:
		for i, item := range value {
			d.walk(item, append(path, i), name)
		}
	case string:
		if s := d.shapeAt(path); s != nil && s.text == value {
			d.add(path, s)
		} else if mayBePolicy(value) {
			d.add(path, s.decoded(value))
		}
	case annexgate.Reference:
		d.unknown(path, name, annexgate.UnknownValue{
			Reason: fmt.Sprintf("the text is settled at apply: %s", value), From: d.subject.Source.Find(path),
		})
	case annexgate.UnknownValue:
		d.unknown(path, name, value)
	}
}

func (d documenting) shapeAt(path []any) *shape {
	if len(d.shapes) == 0 {
		return nil
	}
	return d.shapes[annexgate.Path(path).String()]
}

// decoded returns the shape of a text that a plan knows in full, where the
// configuration says only s. Its statements are written where those of s are.
func (s *shape) decoded(text string) *shape {
	content, _ := decodeJSON(text)
	found := &shape{text: text, content: content}
	if s == nil {
		return found
	}
	object, _ := content.(map[string]any)
	if list, _ := elementAt(object, "Statement").([]any); len(list) == len(s.written) {
		found.written = s.written
	}
	return found
}

// unknown adds the policy in a text that is not known as a whole.
func (d documenting) unknown(path []any, name string, why annexgate.UnknownValue) {
	if s := d.shapeAt(path); s != nil {
		// What is sensitive in a text that is not known cannot be told from the
		// rest of it afterwards, so nothing of it is shown.
		if slices.ContainsFunc(d.hidden, func(h annexgate.Path) bool { return len(h) <= len(path) && slices.Equal(h, path[:len(h)]) }) {
			s = &shape{content: map[string]any{"Statement": annexgate.UnknownValue{Reason: "the policy has a sensitive value in it", From: why.From}}}
		}
		d.add(path, s)
		return
	}
	typ := strings.TrimPrefix(d.subject.Type, "data.")
	if policyArguments[name] && strings.HasPrefix(typ, "aws_") && !otherPolicies[typ] {
		d.found[annexgate.Path(path).String()] = why
	}
}

func (d documenting) add(path []any, s *shape) {
	if document, ok := s.document(slices.Clone(path), d.subject.Address); ok {
		d.found[annexgate.Path(path).String()] = document
	}
}

// mayBePolicy tells most texts that are none from those that are worth
// decoding.
func mayBePolicy(text string) bool {
	return len(text) > 15 && strings.HasPrefix(strings.TrimLeft(text[:min(len(text), 1000)], " \t\r\n"), "{") &&
		strings.Contains(strings.ToLower(text[:min(len(text), maxDocument)]), "statement")
}

// document returns the policy that s is. What is not written elsewhere stands
// at path in the subject at address. It reports false if s has no statements.
func (s *shape) document(path []any, address string) (any, bool) {
	content, ok := s.content.(map[string]any)
	if !ok {
		return nil, false
	}
	key, ok := elementName(content, "Statement")
	if !ok {
		return nil, false
	}
	document := map[string]any{}
	if _, unknown := content[key].(annexgate.UnknownValue); unknown {
		document["statements"] = content[key]
	} else {
		document["statements"] = s.statements(content[key], append(slices.Clone(path), key), address)
	}
	for name, element := range map[string]string{"version": "Version", "id": "Id"} {
		if key, ok := elementName(content, element); ok {
			document[name] = content[key]
		}
	}
	return document, true
}

// statements returns the statements in value, which stands at path.
func (s *shape) statements(value any, path []any, address string) []any {
	items, isList := value.([]any)
	if !isList {
		items = []any{value}
	}
	all := []any{}
	for i, item := range items {
		at := path
		if isList {
			at = append(slices.Clone(path), i)
		}
		address := address
		if i < len(s.written) && s.written[i].item != nil {
			at, address = s.written[i].path, s.written[i].item.address
		}
		switch item := item.(type) {
		case map[string]any:
			all = append(all, statementFacts(item, at, address))
		case annexgate.UnknownValue, annexgate.Reference:
			all = append(all, asUnknown(item))
		}
	}
	return all
}

// statementFacts brings one statement into the shape that policies see.
func statementFacts(content map[string]any, path []any, address string) map[string]any {
	facts := map[string]any{
		"address": address,
		"path":    pathFacts(path),

		"actions":        elementTexts(content, "Action"),
		"not_actions":    elementTexts(content, "NotAction"),
		"resources":      elementTexts(content, "Resource"),
		"not_resources":  elementTexts(content, "NotResource"),
		"principals":     principals(content, "Principal"),
		"not_principals": principals(content, "NotPrincipal"),
		"conditions":     conditions(content),
	}
	for name, key := range map[string]string{"sid": "Sid", "effect": "Effect"} {
		if value, ok := element(content, key); ok && value != "" && value != nil {
			facts[name] = value
		}
	}
	return facts
}

// pathFacts returns path in the types of facts.
func pathFacts(path []any) []any {
	out := make([]any, len(path))
	for i, step := range path {
		out[i] = step
		if n, ok := step.(int); ok {
			out[i] = json.Number(itoa(n))
		}
	}
	return out
}

// elementTexts returns an element that is one text or a list of them as a list.
func elementTexts(content map[string]any, name string) any {
	value, _ := element(content, name)
	return textList(value)
}

func textList(value any) any {
	switch value := value.(type) {
	case nil, map[string]any:
		return []any{}
	case annexgate.UnknownValue:
		return value
	case []any:
		list := make([]any, 0, len(value))
		for _, item := range value {
			if item, ok := plainText(item); ok {
				list = append(list, item)
			}
		}
		return list
	}
	text, _ := plainText(value)
	return []any{text}
}

// plainText returns a scalar as text. JSON has account numbers and truth values
// where IAM wants text, and takes both.
func plainText(value any) (any, bool) {
	switch value.(type) {
	case nil, map[string]any, []any:
		return nil, false
	case string, annexgate.Reference, annexgate.UnknownValue:
		return value, true
	}
	return fmt.Sprint(value), true
}

// principals returns who a statement is for, one by one.
func principals(content map[string]any, name string) any {
	value, _ := element(content, name)
	list := []any{}
	switch value := value.(type) {
	case annexgate.UnknownValue:
		return value
	case annexgate.Reference, string:
		list = append(list, map[string]any{"type": "*", "id": value})
	case map[string]any:
		for _, kind := range slices.Sorted(maps.Keys(value)) {
			ids, known := textList(value[kind]).([]any)
			if !known {
				ids = []any{value[kind]}
			}
			for _, id := range ids {
				list = append(list, map[string]any{"type": kind, "id": id})
			}
		}
	}
	return list
}

// conditions returns the conditions of a statement, one for each operator and
// key.
func conditions(content map[string]any) any {
	value, _ := element(content, "Condition")
	byOperator, ok := value.(map[string]any)
	if !ok {
		if isUnsettled(value) {
			return asUnknown(value)
		}
		return []any{}
	}
	list := []any{}
	for _, operator := range slices.Sorted(maps.Keys(byOperator)) {
		byKey, ok := byOperator[operator].(map[string]any)
		if !ok {
			if isUnsettled(byOperator[operator]) {
				unknown := asUnknown(byOperator[operator])
				list = append(list, map[string]any{"operator": operator, "key": unknown, "values": unknown})
			}
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(byKey)) {
			list = append(list, map[string]any{"operator": operator, "key": key, "values": textList(byKey[key])})
		}
	}
	return list
}

func isUnsettled(value any) bool {
	switch value.(type) {
	case annexgate.UnknownValue, annexgate.Reference:
		return true
	}
	return false
}

// asUnknown returns what stands for a part that is not a text, where its value
// is not known.
func asUnknown(value any) annexgate.UnknownValue {
	if r, ok := value.(annexgate.Reference); ok {
		return annexgate.UnknownValue{Reason: fmt.Sprintf("settled at apply: %s", r)}
	}
	u, _ := value.(annexgate.UnknownValue)
	return u
}

// element returns an element of a policy. AWS is not consistent about case, so
// an element that is spelled otherwise counts where the exact one is absent.
func element(content map[string]any, name string) (any, bool) {
	key, ok := elementName(content, name)
	return content[key], ok
}

func elementName(content map[string]any, name string) (string, bool) {
	if _, ok := content[name]; ok {
		return name, true
	}
	for _, key := range slices.Sorted(maps.Keys(content)) {
		if strings.EqualFold(key, name) {
			return key, true
		}
	}
	return "", false
}
