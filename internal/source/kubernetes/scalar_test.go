package kubernetes

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestScalars holds what sigs.k8s.io/yaml v1.6.0, the reader of kubectl, makes
// of each scalar, but for integers above 64 bits, which it rounds.
func TestScalars(t *testing.T) {
	tests := map[string]string{
		"y": `true`, "Y": `true`, "yes": `true`, "on": `true`, "TRUE": `true`,
		"n": `false`, "N": `false`, "no": `false`, "Off": `false`,
		"oFF": `"oFF"`, "tRUE": `"tRUE"`, "'yes'": `"yes"`, `"on"`: `"on"`,
		"~": `null`, "null": `null`, "Null": `null`, "": `null`,
		"0777": `511`, "-0777": `-511`, "0o777": `511`, "-0o7": `-7`, "0x1F": `31`, "-0x1": `-1`, "0b101": `5`,
		"+5": `5`, "-0": `0`, "00": `0`, "08": `8`, "0_7": `7`, "1_000": `1000`, "1__0": `10`, "_1": `"_1"`,
		".5": `0.5`, "5.": `5`, "0.10": `0.1`, "1.0": `1`, "09.5": `9.5`, "1e3": `1000`, "1e+3": `1000`, "1E3": `1000`,
		"1e400": `"1e400"`, "+": `"+"`, "=": `"="`, "1:30": `"1:30"`, "1.2.3": `"1.2.3"`, "0xg": `"0xg"`, ".": `"."`,
		"2024-01-01": `"2024-01-01"`, "2001-12-14t21:59:43.10-05:00": `"2001-12-14t21:59:43.10-05:00"`,
		"18446744073709551615": `18446744073709551615`, "0xFFFFFFFFFFFFFFFFFF": `"0xFFFFFFFFFFFFFFFFFF"`,
		"!!str 5": `"5"`, "!!str yes": `"yes"`, "!!str": `""`, "!!str ~": `"~"`, "!foo 5": `"5"`,
		`!!int "5"`: `5`, `!!int "0777"`: `511`, `!!bool "yes"`: `true`, "!!float 5": `5`, "!!float 1e3": `1000`,
		"!!null ''": `null`, "!!binary YWJj": `"abc"`, "!!timestamp 2024-01-01": `"2024-01-01"`,
		`"\x41\n"`: `"A\n"`, "|\n    a\n    b\n": `"a\nb\n"`, ">-\n    a\n    b\n": `"a b"`,

		"18446744073709551616":               `18446744073709551616`,
		"-99999999999999999999999999999999":  `-99999999999999999999999999999999`,
		"+0099999999999999999999999999":      `99999999999999999999999999`,
		"1" + strings.Repeat("0", maxDigits): `1e+64`,
		".inf":                               `".inf"`, // kubectl refuses these two
		".nan":                               `".nan"`,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			inventory := read(t, map[string]string{"a.yaml": pod + "x: " + text + "\n"})
			if len(inventory.Subjects) != 1 {
				t.Fatalf("problems: %q", problems(inventory))
			}
			if got := encode(t, inventory.Subjects[0].Values["x"]); got != want {
				t.Errorf("is %s, want %s", got, want)
			}
		})
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

func TestJSONNumbers(t *testing.T) {
	tests := map[string]string{
		"0": "0", "-1": "-1", "9007199254740993": "9007199254740993", "1.50": "1.5", "1e2": "100",
		"123456789012345678901234567890": "123456789012345678901234567890",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			inventory := read(t, map[string]string{"a.json": `{"apiVersion": "v1", "kind": "Pod", "x": ` + text + `}`})
			if got := encode(t, inventory.Subjects[0].Values["x"]); got != want {
				t.Errorf("is %s, want %s", got, want)
			}
		})
	}
	t.Run("out of range", func(t *testing.T) {
		inventory := read(t, map[string]string{"a.json": `{"apiVersion": "v1", "kind": "Pod", "x": 1e999999999}`})
		if got := encode(t, inventory.Subjects[0].Values["x"]); got != `"1e999999999"` { // read as YAML, as kubectl does
			t.Errorf("is %s", got)
		}
	})
}

// TestMappings holds what sigs.k8s.io/yaml makes of keys and merge keys.
func TestMappings(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a merge key before a key", "x: {<<: {a: 2}, a: 1}", `{"a":1}`},
		{"a merge key behind a key", "x: {a: 1, <<: {a: 2}}", `{"a":2}`},
		{"a list of merges: the first wins", "x: {<<: [{a: 2}, {a: 3, b: 4}]}", `{"a":2,"b":4}`},
		{"two merge keys: the last wins", "x: {<<: {a: 2}, <<: {a: 3}}", `{"a":3}`},
		{"a merge is not deep", "x: {<<: {s: {b: 1, c: 2}}, s: {b: 9}}", `{"s":{"b":9}}`},
		{"a merge key by its tag", "x: {!!merge <<: {a: 2}}", `{"a":2}`},
		{"a quoted merge key is a key", `x: {"<<": {a: 2}}`, `{"<<":{"a":2}}`},
		{"the last of equal keys wins", "x: {a: 1, a: 2}", `{"a":2}`},
		{"keys that are not text", "x: {yes: 1, 5: 2, 1.5: 3, 0777: 4, 2024-01-01: 6}", `{"1.5":3,"2024-01-01":6,"5":2,"511":4,"true":1}`},
		{"equal keys of two types", "x: {true: 1, 'true': 2}", `{"true":2}`},
		{"a key behind an alias", "k: &k name\nx: {*k : 1}", `{"name":1}`},
		{"an anchor on a key", "x: {&k a: *k}", `{"a":"a"}`},
		{"a set", "x: !!set {b, c}", `{"b":null,"c":null}`},
		{"a null that is not written", "x:\n  a:\n  b: 1", `{"a":null,"b":1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{"a.yaml": pod + test.text + "\n"})
			if len(inventory.Subjects) != 1 {
				t.Fatalf("problems: %q", problems(inventory))
			}
			if got := encode(t, inventory.Subjects[0].Values["x"]); got != test.want {
				t.Errorf("is %s, want %s", got, test.want)
			}
		})
	}
}
