package terraform

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The order of elements in the text that the provider makes.
type (
	renderedPolicy struct {
		Version   string              `json:",omitempty"`
		ID        string              `json:"Id,omitempty"`
		Statement []renderedStatement `json:",omitempty"`
	}
	renderedStatement struct {
		Sid          string `json:",omitempty"`
		Effect       string `json:",omitempty"`
		Action       any    `json:",omitempty"`
		NotAction    any    `json:",omitempty"`
		Resource     any    `json:",omitempty"`
		NotResource  any    `json:",omitempty"`
		Principal    any    `json:",omitempty"`
		NotPrincipal any    `json:",omitempty"`
		Condition    any    `json:",omitempty"`
	}
)

// renderIndented writes a policy as the attribute json has it. References
// stand in it as texts. It reports false if anything is unknown.
func renderIndented(d *policyDocument) (string, bool) {
	return render(d, func(v any) ([]byte, error) { return json.MarshalIndent(v, "", "  ") })
}

// renderCompact writes a policy as the attribute minified_json has it.
func renderCompact(d *policyDocument) (string, bool) { return render(d, json.Marshal) }

func render(d *policyDocument, marshal func(any) ([]byte, error)) (string, bool) {
	plain, ok := writeReferences(d.content())
	if !ok {
		return "", false
	}
	content, _ := plain.(map[string]any)
	out := renderedPolicy{Version: textAt(content, "Version"), ID: textAt(content, "Id")}
	statements, _ := content["Statement"].([]any)
	for _, s := range statements {
		s, ok := s.(map[string]any)
		if !ok {
			continue
		}
		out.Statement = append(out.Statement, renderedStatement{
			Sid: textAt(s, "Sid"), Effect: textAt(s, "Effect"),
			Action: elementAt(s, "Action"), NotAction: elementAt(s, "NotAction"),
			Resource: elementAt(s, "Resource"), NotResource: elementAt(s, "NotResource"),
			Principal:    renderedPrincipals(elementAt(s, "Principal")),
			NotPrincipal: renderedPrincipals(elementAt(s, "NotPrincipal")),
			Condition:    renderedConditions(elementAt(s, "Condition")),
		})
	}
	text, err := marshal(out)
	return string(text), err == nil
}

func elementAt(content map[string]any, name string) any {
	value, _ := element(content, name)
	return value
}

func textAt(content map[string]any, name string) string {
	text, _ := elementAt(content, name).(string)
	return text
}

// renderedPrincipals orders identifiers backwards. A text, whatever it is,
// stands for everyone.
func renderedPrincipals(value any) any {
	byType, ok := value.(map[string]any)
	if !ok {
		if value == nil {
			return nil
		}
		return "*"
	}
	if len(byType) == 0 {
		return nil
	}
	if len(byType) == 1 && singled(byType["*"]) == "*" {
		return "*"
	}
	out := maps.Clone(byType)
	for kind, ids := range out {
		if list, ok := ids.([]any); ok {
			out[kind] = textSet(slices.Clone(list))
		}
	}
	return out
}

// renderedConditions writes values as texts, and a list of one as its element.
func renderedConditions(value any) any {
	byTest, ok := value.(map[string]any)
	if !ok || len(byTest) == 0 {
		return nil
	}
	out := map[string]any{}
	for test, byKey := range byTest {
		byKey, _ := byKey.(map[string]any)
		inner := map[string]any{}
		for key, values := range byKey {
			inner[key] = singled(textList(values))
		}
		out[test] = inner
	}
	return out
}

// hasReference reports whether a reference stands anywhere in value.
func hasReference(value any) bool {
	switch value := value.(type) {
	case annexgate.Reference:
		return true
	case map[string]any:
		for _, part := range value {
			if hasReference(part) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, hasReference)
	}
	return false
}
