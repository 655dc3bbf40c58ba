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
		"a misspelt key":            {"version: 1\nsetings:\n  a: 1\n", `c.yaml:2:1: unknown key "setings": did you mean settings?`},
		"a stranger":                {"version: 1\nfoo: 1\n", `c.yaml:2:1: unknown key "foo": want one of baseline, evidence, gate, inputs, policies, settings, soa, trust, version, waivers`},
		"no version":                {"settings: {}\n", `c.yaml:1:1: the version is missing: want version: 1`},
		"a later version":           {"version: 2\n", `c.yaml:1:10: version "2": this annexgate reads version 1`},
		"a list at the top":         {"- version\n", `c.yaml:1:1: want keys and values here`},
		"a key there twice":         {"version: 1\nsettings:\n  a: 1\n  a: 2\n", `c.yaml:4:3: "a" is there twice`},
		"an alias":                  {"version: 1\nsettings:\n  a: &x 1\n  b: *x\n", `c.yaml:4:6: aliases are not supported: write the value out`},
		"a number beyond JSON":      {"version: 1\nsettings:\n  a: .inf\n", `c.yaml:3:6: .inf is no number that JSON can hold`},
		"a misspelt key inside":     {"version: 1\ngate:\n  fail_no: low\n", `c.yaml:3:3: unknown key "fail_no": did you mean fail_on?`},
		"a word that is none":       {"version: 1\ngate:\n  fail_on: hihg\n", `c.yaml:3:12: unknown value "hihg": did you mean high?`},
		"a control that is none":    {"version: 1\ngate:\n  controls:\n    A.10.1.1: {fail_on: low}\n", `c.yaml:4:5: "A.10.1.1" is no control: want an ID like A.8.24`},
		"a level without a level":   {"version: 1\ngate:\n  controls:\n    A.8.24: {}\n", `c.yaml:4:13: nothing is set here: want fail_on or unknown`},
		"a path without a glob":     {"version: 1\ngate:\n  paths:\n  - fail_on: low\n", `c.yaml:4:5: the glob is missing`},
		"a file outside":            {"version: 1\nsoa:\n  file: ../soa.yaml\n", `c.yaml:3:9: "../soa.yaml" is outside the repository: want a path from its root, with slashes`},
		"a term without an end":     {"version: 1\nwaivers:\n  max_days: {critical: 0}\n", `c.yaml:3:24: want a whole number from 1 to 366 here`},
		"an approver by name":       {"version: 1\ntrust:\n  approvers: [Dana]\n", `c.yaml:3:15: "Dana" is nobody who could approve: want @login or @organisation/team`},
		"a duration without a unit": {"version: 1\npolicies: {timeout: 5}\n", `c.yaml:2:21: want a duration like 5s here`},
		"two documents":             {"version: 1\n---\nversion: 1\n", `c.yaml:2:1: a second document: want one`},
		"two faults are both told":  {"version: 1\ngate: []\nsoa: 1\n", "c.yaml:2:7: want keys and values here\nc.yaml:3:6: want keys and values here"},
		"no YAML":                   {"version: [1\n", `read c.yaml: line 1: did not find expected ',' or ']'`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read("c.yaml", []byte(c.text))
			if err == nil || err.Error() != c.want || !errors.Is(err, annexgate.ErrUsage) {
				t.Errorf("got %v, want the usage error %s", err, c.want)
			}
		})
	}
}

func TestEntries(t *testing.T) {
	config, err := Read(".annexgate.yaml", []byte(`version: 1
gate:
  fail_on: medium
  controls:
    A.8.24: {fail_on: low}
  paths:
  - {glob: sandbox/**, fail_on: never, unknown: report}
waivers:
  max_days: {critical: 7}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Entry{}
	for _, e := range config.Entries(map[string]Entry{"gate.mode": {Value: "advisory", From: "--advisory"}}) {
		got[e.Key] = e
	}
	for name, want := range map[string]Entry{
		"the file goes before the default":       {"gate.fail_on", "medium", ".annexgate.yaml:3:12"},
		"a flag goes before the file":            {"gate.mode", "advisory", "--advisory"},
		"what nobody says is the default":        {"gate.unknown", "report", "default"},
		"a control has its own":                  {"gate.controls", map[string]any{"A.8.24": map[string]any{"fail_on": "low"}}, ".annexgate.yaml:5:5"},
		"a path has its own, and never is a say": {"gate.paths", []any{map[string]any{"glob": "sandbox/**", "fail_on": "never", "unknown": "report"}}, ".annexgate.yaml:7:3"},
		"a term replaces one default":            {"waivers.max_days", map[string]any{"low": 90, "medium": 90, "high": 90, "critical": 7}, ".annexgate.yaml:9:13"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, got[want.Key]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadNothing(t *testing.T) {
	config, err := Read("c.yaml", []byte("# nothing yet\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default().Entries(nil), config.Entries(nil)); diff != "" {
		t.Errorf("an empty file is not the default:\n%s", diff)
	}
}
