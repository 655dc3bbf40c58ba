package config

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestRead(t *testing.T) {
	config, err := Read(".annexgate.yaml", []byte(`# how we judge
version: 1
settings:
  required_approvals: 2
  ratio: 0.5
  strict: true
  regions: [eu-central-1, eu-west-1]
  questions: {auth: "Does it?"}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for name, v := range config.Settings {
		got[name] = v.Value
	}
	want := map[string]any{
		"required_approvals": json.Number("2"),
		"ratio":              json.Number("0.5"),
		"strict":             true,
		"regions":            []any{"eu-central-1", "eu-west-1"},
		"questions":          map[string]any{"auth": "Does it?"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := config.Settings["required_approvals"].At.String(); at != ".annexgate.yaml:4:23" {
		t.Errorf("required_approvals is at %s", at)
	}
}

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a misspelt key":       {"version: 1\nsetings:\n  a: 1\n", `c.yaml:2:1: unknown key "setings": did you mean settings?`},
		"a stranger":           {"version: 1\nfoo: 1\n", `c.yaml:2:1: unknown key "foo": want one of settings, version`},
		"no version":           {"settings: {}\n", `c.yaml:1:1: the version is missing: want version: 1`},
		"a later version":      {"version: 2\n", `c.yaml:1:10: version "2": this annexgate reads version 1`},
		"a list at the top":    {"- version\n", `c.yaml:1:1: want keys and values here`},
		"a key there twice":    {"version: 1\nsettings:\n  a: 1\n  a: 2\n", `c.yaml:4:3: "a" is there twice`},
		"an alias":             {"version: 1\nsettings:\n  a: &x 1\n  b: *x\n", `c.yaml:4:6: aliases are not supported: write the value out`},
		"a number beyond JSON": {"version: 1\nsettings:\n  a: .inf\n", `c.yaml:3:6: .inf is no number that JSON can hold`},
		"no YAML":              {"version: [1\n", `read c.yaml: line 1: did not find expected ',' or ']'`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read("c.yaml", []byte(c.text))
			if err == nil || err.Error() != c.want || !errors.Is(err, annexgate.ErrUsage) {
				t.Errorf("got %v, want the usage error %s", err, c.want)
			}
		})
	}
}
