package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// blockList returns nested blocks, of which JSON has a single one as an object.
func blockList(value any) ([]any, bool) {
	if block, ok := value.(map[string]any); ok {
		return []any{block}, true
	}
	list, ok := value.([]any)
	return list, ok
}

// ownStatement turns a statement block into a statement.
func ownStatement(b map[string]any) map[string]any {
	out := map[string]any{"Effect": "Allow"}
	for name, key := range map[string]string{"effect": "Effect", "sid": "Sid"} {
		if b[name] != nil && b[name] != "" {
			out[key] = b[name]
		}
	}
	for name, key := range map[string]string{"actions": "Action", "not_actions": "NotAction"} {
		putList(out, key, textSet(b[name]))
	}
	for name, key := range map[string]string{"resources": "Resource", "not_resources": "NotResource"} {
		putList(out, key, withVariables(textSet(b[name])))
	}
	for name, key := range map[string]string{"principals": "Principal", "not_principals": "NotPrincipal"} {
		if p := ownPrincipals(b[name]); p != nil {
			out[key] = p
		}
	}
	if c := ownConditions(b["condition"]); c != nil {
		out["Condition"] = c
	}
	return out
}

// putList sets an element that is left out when its list is empty.
func putList(out map[string]any, key string, value any) {
	if list, ok := value.([]any); ok && len(list) == 0 {
		return
	}
	out[key] = singled(value)
}

// singled returns the element of a list of one.
func singled(value any) any {
	if list, ok := value.([]any); ok && len(list) == 1 {
		return list[0]
	}
	return value
}

// textSet returns a set of texts in the order of the provider: backwards.
func textSet(value any) any {
	list, ok := textList(value).([]any)
	if !ok {
		return value
	}
	order := func(v any) string { // unknown values come last
		if _, unknown := v.(annexgate.UnknownValue); unknown {
			return ""
		}
		return fmt.Sprint(v)
	}
	slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(order(b), order(a)) })
	return slices.CompactFunc(list, func(a, b any) bool { return a == b && !isUnsettled(a) })
}

// withVariables turns &{aws:username}, by which Terraform lets policy variables
// be written, into ${aws:username}.
func withVariables(value any) any {
	switch value := value.(type) {
	case string:
		return strings.ReplaceAll(value, "&{", "${")
	case annexgate.Reference:
		return annexgate.Reference(strings.ReplaceAll(string(value), "&{", "${"))
	case []any:
		for i := range value {
			value[i] = withVariables(value[i])
		}
	}
	return value
}

// ownPrincipals puts principals blocks together, by their type.
func ownPrincipals(value any) any {
	blocks, ok := blockList(value)
	if !ok {
		if isUnsettled(value) {
			return asUnknown(value)
		}
		return nil
	}
	byType := map[string]any{}
	for _, b := range blocks {
		b, _ := b.(map[string]any)
		kind, ok := b["type"].(string)
		if !ok {
			return annexgate.UnknownValue{Reason: "the type of a principal is not known"}
		}
		ids := withVariables(textSet(b["identifiers"]))
		switch list, known := ids.([]any); {
		case byType[kind] == nil:
			byType[kind] = singled(ids)
		case known:
			so, _ := textList(byType[kind]).([]any)
			byType[kind] = append(so, list...)
		default:
			byType[kind] = ids
		}
	}
	switch {
	case len(byType) == 0:
		return nil
	case len(byType) == 1 && byType["*"] == "*":
		return "*"
	}
	return byType
}

// ownConditions puts condition blocks together, by operator and key. Their
// values keep their order, which has a meaning.
func ownConditions(value any) any {
	blocks, ok := blockList(value)
	if !ok {
		if isUnsettled(value) {
			return asUnknown(value)
		}
		return nil
	}
	byTest := map[string]any{}
	for _, b := range blocks {
		b, _ := b.(map[string]any)
		test, ok := b["test"].(string)
		variable, named := b["variable"].(string)
		if !ok || !named {
			return annexgate.UnknownValue{Reason: "the test or variable of a condition is not known"}
		}
		byKey, _ := byTest[test].(map[string]any)
		if byKey == nil {
			byKey = map[string]any{}
			byTest[test] = byKey
		}
		values := withVariables(textList(b["values"]))
		so, known := textList(byKey[variable]).([]any)
		list, alsoKnown := values.([]any)
		switch {
		case known && alsoKnown:
			byKey[variable] = singled(append(so, list...))
		case known:
			byKey[variable] = values
		}
	}
	if len(byTest) == 0 {
		return nil
	}
	return byTest
}
