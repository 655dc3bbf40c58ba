package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// settingTypes says which JSON values each type of setting takes.
var settingTypes = map[string]func(any) bool{
	"boolean": func(v any) bool { _, ok := v.(bool); return ok },
	"integer": whole,
	"number":  func(v any) bool { _, ok := v.(json.Number); return ok },
	"string":  func(v any) bool { _, ok := v.(string); return ok },
	"list":    func(v any) bool { _, ok := v.([]any); return ok },
	"map":     func(v any) bool { _, ok := v.(map[string]any); return ok },
}

func whole(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	r, ok := new(big.Rat).SetString(n.String())
	return ok && r.IsInt()
}

// A Value is what an organisation sets one setting to.
type Value struct {
	Value any // in JSON types
	At    annexgate.Location
}

// Settings returns every setting that policies declare, by name: the value in
// overrides, else the default. An override of an unknown setting, or of another
// type, is a usage error; all of them are joined.
func Settings(policies []*annexgate.Policy, overrides map[string]Value) (map[string]any, error) {
	declared := map[string]annexgate.Setting{}
	values := map[string]any{}
	for _, p := range policies {
		for _, s := range p.Settings {
			declared[s.Name] = s
			values[s.Name] = s.Default
		}
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		v := overrides[name]
		s, ok := declared[name]
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("%s: unknown setting %q%s", v.At, name, nearSetting(name, declared)))
		case !settingTypes[s.Type](v.Value):
			faults = append(faults, fmt.Errorf("%s: setting %s is %s: want %s (%s)", v.At, name, typeOf(v.Value), s.Type, s.Description))
		default:
			values[name] = v.Value
		}
	}
	if len(faults) > 0 {
		return nil, annexgate.Usage(errors.Join(faults...))
	}
	return values, nil
}

func nearSetting(name string, declared map[string]annexgate.Setting) string {
	names := slices.Sorted(maps.Keys(declared))
	for _, candidate := range names {
		if levenshtein.Distance(name, candidate, nil) < 4 {
			return fmt.Sprintf(": did you mean %s?", candidate)
		}
	}
	return ": want one of " + strings.Join(names, ", ")
}

func typeOf(v any) string {
	for _, name := range []string{"boolean", "integer", "number", "string", "list", "map"} {
		if settingTypes[name](v) {
			return "of type " + name
		}
	}
	return "null"
}
