package discover

import (
	"testing"
	"testing/fstest"
	"unicode/utf16"
)

func TestIsPlan(t *testing.T) {
	const plan = `{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{}},"resource_changes":[]}`
	var wide []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + plan)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"a plan", plan, true},
		{"a plan with sorted keys, indented", "\n{\n  \"configuration\": {\"a\": [\"}\\\"\", {}]},\n  \"format_version\" : \"1.2\",\n  \"planned_values\": {}\n}\n", true},
		{"a plan with a byte order mark", "\xef\xbb\xbf" + plan, true},
		{"a plan in UTF-16, which the loader tells of", string(wide), true},
		{"a state", `{"format_version":"1.0","terraform_version":"1.11.4","values":{"planned_values":{}}}`, false},
		{"keys further inside do not count", `{"variables":{"format_version":1,"planned_values":2}}`, false},
		{"values do not count", `{"variables":"format_version","checks":"planned_values"}`, false},
		{"another file", `{"name":"x","format_version":"1","planned_values":{}}`, false},
		{"a list", `[` + plan + `]`, false},
		{"no JSON", `planned_values`, false},
		{"an empty file", ``, false},
		{"a file that ends early", `{"format_version`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{"p.json": {Data: []byte(tt.text)}}
			if got := isPlan(fsys, "p.json"); got != tt.want {
				t.Errorf("isPlan = %v, want %v", got, tt.want)
			}
		})
	}
}
