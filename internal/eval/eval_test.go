package eval

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
)

// unknown is a value that nobody can tell.
var unknown = annexgate.UnknownValue{Reason: "a variable has no value"}

// TestOutcome judges one subject by one rule.
func TestOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		rule   string // the body of the policy; deny when it is one expression list
		values map[string]any
		facts  map[string]any
		near   map[string]any // values of a referrer of type logging
		want   annexgate.Outcome
	}{
		"a known fault fails": {
			rule: `input.subject.values.acl == "public"`, values: map[string]any{"acl": "public"}, want: annexgate.Fail,
		},
		"a known good state passes": {
			rule: `input.subject.values.acl == "public"`, values: map[string]any{"acl": "private"}, want: annexgate.Pass,
		},
		"an unknown that decides is unknown": {
			rule: `input.subject.values.acl == "public"`, values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"an unknown beside what a function reads of its argument does not matter": {
			rule:   "some item in input.subject.values.items\n\t_bad(item)\n}\n\n_bad(item) if {\n\titem.open == true",
			values: map[string]any{"items": []any{map[string]any{"open": true, "a": unknown, "b": unknown, "c": unknown, "d": unknown}}}, want: annexgate.Fail,
		},
		"an unknown that a function reads of its argument is unknown": {
			rule:   "some item in input.subject.values.items\n\t_bad(item)\n}\n\n_bad(item) if {\n\titem.open == true",
			values: map[string]any{"items": []any{map[string]any{"open": unknown}}}, want: annexgate.Unknown,
		},
		"an unknown that is not read passes": {
			rule: `input.subject.values.acl == "public"`, values: map[string]any{"acl": "private", "name": unknown}, want: annexgate.Pass,
		},
		"an unknown that must be set is unknown": {
			rule: `not input.subject.values.encrypted == true`, values: map[string]any{"encrypted": unknown}, want: annexgate.Unknown,
		},
		"an unknown that must differ from a text is unknown": {
			rule: `not input.subject.values.acl == "private"`, values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"whatever the unknown is, a known fault fails": {
			rule:   `_bad` + "\n}\n\n_bad if input.subject.values.acl == \"public\"\n\n_bad if {\n\tinput.subject.values.open == true",
			values: map[string]any{"acl": unknown, "open": true}, want: annexgate.Fail,
		},
		"a guard that is false keeps an unknown before it from mattering": {
			rule:   `input.subject.values.port == 22; input.subject.values.protocol == "tcp"`,
			values: map[string]any{"port": unknown, "protocol": "udp"}, want: annexgate.Pass,
		},
		"a guard that is true does not": {
			rule:   `input.subject.values.port == 22; input.subject.values.protocol == "tcp"`,
			values: map[string]any{"port": unknown, "protocol": "tcp"}, want: annexgate.Unknown,
		},
		"a comparison of numbers is unknown": {
			rule: `input.subject.values.days < 7`, values: map[string]any{"days": unknown}, want: annexgate.Unknown,
		},
		"an unknown beside a block does not hide its fault": {
			rule: `some rule in input.subject.values.ingress; rule.port == 22; some net in rule.nets; net == "0.0.0.0/0"`,
			values: map[string]any{"ingress": []any{
				map[string]any{"port": json.Number("22"), "nets": []any{"0.0.0.0/0"}},
				map[string]any{"port": json.Number("22"), "nets": unknown},
			}}, want: annexgate.Fail,
		},
		"an unknown list of a block that matters is unknown": {
			rule: `some rule in input.subject.values.ingress; rule.port == 22; some net in rule.nets; net == "0.0.0.0/0"`,
			values: map[string]any{"ingress": []any{
				map[string]any{"port": json.Number("22"), "nets": []any{"10.0.0.0/8"}},
				map[string]any{"port": json.Number("22"), "nets": unknown},
			}}, want: annexgate.Unknown,
		},
		"an unknown list of a block that does not matter passes": {
			rule: `some rule in input.subject.values.ingress; rule.port == 22; some net in rule.nets; net == "0.0.0.0/0"`,
			values: map[string]any{"ingress": []any{
				map[string]any{"port": json.Number("22"), "nets": []any{"10.0.0.0/8"}},
				map[string]any{"port": json.Number("443"), "nets": unknown},
			}}, want: annexgate.Pass,
		},
		"a known element of a list beside an unknown one fails": {
			rule:   `some net in input.subject.values.nets; net == "0.0.0.0/0"`,
			values: map[string]any{"nets": []any{unknown, "0.0.0.0/0"}}, want: annexgate.Fail,
		},
		"an unknown element may be the bad one": {
			rule:   `some net in input.subject.values.nets; net == "0.0.0.0/0"`,
			values: map[string]any{"nets": []any{unknown, "10.0.0.0/8"}}, want: annexgate.Unknown,
		},
		"an unknown element may be the good one": {
			rule:   `not "a" in input.subject.values.nets`,
			values: map[string]any{"nets": []any{unknown, "b"}}, want: annexgate.Unknown,
		},
		"a good element beside an unknown one passes": {
			rule:   `not "a" in input.subject.values.nets`,
			values: map[string]any{"nets": []any{unknown, "a"}}, want: annexgate.Pass,
		},
		"a list of blocks that is unknown as a whole may hold the good one": {
			rule:   `not _ok` + "\n}\n\n_ok if {\n\tsome o in input.subject.values.options\n\to.tokens == \"required\"",
			values: map[string]any{"options": unknown}, want: annexgate.Unknown,
		},
		"counting an unknown list is unknown": {
			rule: `count(input.subject.values.rules) > 1`, values: map[string]any{"rules": unknown}, want: annexgate.Unknown,
		},
		"counting a list with an unknown element is unknown or right": {
			rule: `count(input.subject.values.rules) < 1`, values: map[string]any{"rules": []any{unknown}}, want: annexgate.Unknown,
		},
		"an unknown of a referrer counts": {
			rule: `not input.referrers.logging[0].values.enabled`, near: map[string]any{"enabled": unknown}, want: annexgate.Unknown,
		},
		"a known fault of a referrer fails beside an unknown one": {
			rule: `input.referrers.logging[0].values.mode == "off"`,
			near: map[string]any{"mode": "off", "enabled": unknown}, values: map[string]any{"acl": unknown}, want: annexgate.Fail,
		},
		"an unknown fact counts": {
			rule: `not input.subject.tags.owner`, facts: map[string]any{"tags": unknown}, want: annexgate.Unknown,
		},
		"walking meets the unknown": {
			rule:   `walk(input.subject.values, [_, value]); value == "*"`,
			values: map[string]any{"statement": []any{map[string]any{"action": unknown}}}, want: annexgate.Unknown,
		},
		"walking past the unknown finds the known fault": {
			rule:   `walk(input.subject.values, [_, value]); value == "*"`,
			values: map[string]any{"statement": []any{map[string]any{"action": unknown, "resource": "*"}}}, want: annexgate.Fail,
		},
		"object.get meets the unknown": {
			rule: `object.get(input.subject.values, "acl", "public") == "public"`, values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"comparing whole objects meets the unknown": {
			rule: `input.subject.values.options == {}`, values: map[string]any{"options": map[string]any{"a": unknown}}, want: annexgate.Unknown,
		},
		"a set of objects meets the unknown": {
			rule:   `count({b | some b in input.subject.values.blocks}) > 1`,
			values: map[string]any{"blocks": []any{map[string]any{"a": unknown}, map[string]any{"a": "x"}}}, want: annexgate.Unknown,
		},
		"a builtin that copies meets the unknown": {
			rule:   `merged := object.union(input.subject.values, {"z": 1}); not merged.acl`,
			values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"a regular expression of an unknown is unknown": {
			rule: `not regex.match("^vpc-[0-9a-f]+$", input.subject.values.id)`, values: map[string]any{"id": unknown}, want: annexgate.Unknown,
		},
		"one of two unknowns is enough to clear": {
			rule:   `not _ok` + "\n}\n\n_ok if {\n\tinput.subject.values.a == \"on\"\n\tinput.subject.values.b == \"x\"",
			values: map[string]any{"a": unknown, "b": unknown}, want: annexgate.Unknown,
		},
		"a value compared with another value is unknown": {
			rule:   `not input.subject.values.a == input.subject.values.b`,
			values: map[string]any{"a": unknown, "b": "x"}, want: annexgate.Unknown,
		},
		"every element must be good, and one is unknown": {
			rule:   `not _all` + "\n}\n\n_all if {\n\tevery r in input.subject.values.rules {\n\t\tr.ok == true\n\t}",
			values: map[string]any{"rules": []any{map[string]any{"ok": true}, map[string]any{"ok": unknown}}}, want: annexgate.Unknown,
		},
		"every element must be good, and one is bad": {
			rule:   `not _all` + "\n}\n\n_all if {\n\tevery r in input.subject.values.rules {\n\t\tr.ok == true\n\t}",
			values: map[string]any{"rules": []any{map[string]any{"ok": false}, map[string]any{"ok": unknown}}}, want: annexgate.Fail,
		},
		"an unknown list may be the one that the policy names": {
			rule: `input.subject.values.nets == ["0.0.0.0/0"]`, values: map[string]any{"nets": unknown}, want: annexgate.Unknown,
		},
		"an unknown may be a list": {
			rule: `is_array(input.subject.values.nets)`, values: map[string]any{"nets": unknown}, want: annexgate.Unknown,
		},
		"an unknown list may be taken apart": {
			rule: `[first, _] := input.subject.values.pair; first == "x"`, values: map[string]any{"pair": unknown}, want: annexgate.Unknown,
		},
		"an unknown list may be what a builtin takes": {
			rule: `array.concat(input.subject.values.nets, ["b"]) == ["a", "b"]`, values: map[string]any{"nets": unknown}, want: annexgate.Unknown,
		},
		"a text may match two patterns at once": {
			rule:   `startswith(input.subject.values.arn, "arn:"); endswith(input.subject.values.arn, ":root")`,
			values: map[string]any{"arn": unknown}, want: annexgate.Unknown,
		},
		"no text matches two patterns that exclude each other": {
			rule:   `_bad(input.subject.values.arn)` + "\n}\n\n_bad(arn) if {\n\tstartswith(arn, \"arn:\")\n\tregex.match(\"^[0-9]\", arn)",
			values: map[string]any{"arn": unknown}, want: annexgate.Pass,
		},
		"a number may lie between two whole ones": {
			rule: `input.subject.values.days > 3; input.subject.values.days < 4`, values: map[string]any{"days": unknown}, want: annexgate.Unknown,
		},
		"no number lies between two that exclude each other": {
			rule: `input.subject.values.days > 4; input.subject.values.days < 3`, values: map[string]any{"days": unknown}, want: annexgate.Pass,
		},
		"a text may stand for a number": {
			rule:   "is_string(input.subject.values.days); regex.match(`^[0-9]+$`, input.subject.values.days); to_number(input.subject.values.days) > 3",
			values: map[string]any{"days": unknown}, want: annexgate.Unknown,
		},
		"a number may be written out": {
			rule: `format_int(input.subject.values.port, 10) == "22"`, values: map[string]any{"port": unknown}, want: annexgate.Unknown,
		},
		"letters may have another case": {
			rule: `lower(input.subject.values.acl) == "public"; input.subject.values.acl != "public"`, values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"a text for people may be compared": {
			rule: `$"{input.subject.values.acl}-read" == "public-read"`, values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"a function may be defined for one argument": {
			rule:   `_bad(input.subject.values.acl)` + "\n}\n\n_bad(\"public\") if {\n\ttrue",
			values: map[string]any{"acl": unknown}, want: annexgate.Unknown,
		},
		"an unknown may be a key": {
			rule: `input.subject.values[input.subject.values.which] == "on"`, values: map[string]any{"which": unknown, "zz": "on"}, want: annexgate.Unknown,
		},
		"an unknown may be a member of two sets": {
			rule: `{input.subject.values.a} & {input.subject.values.b} != set()`, values: map[string]any{"a": unknown, "b": "x"}, want: annexgate.Unknown,
		},
		"a default gives way to what an unknown block holds": {
			rule:   `_mode(input.subject.values) == "off"` + "\n}\n\ndefault _mode(_) := \"off\"\n\n_mode(values) := values.opt.mode if {\n\ttrue",
			values: map[string]any{"opt": unknown}, want: annexgate.Unknown,
		},
		"a helper may negate what it is handed": {
			rule:   `some block in input.subject.values.blocks; _lacks(block, "mode")` + "\n}\n\n_lacks(block, name) if {\n\tnot block[name].on == true",
			values: map[string]any{"blocks": []any{map[string]any{"mode": unknown}}}, want: annexgate.Unknown,
		},
		"a helper may count what it is handed": {
			rule:   `_empty(input.subject.values.opt)` + "\n}\n\n_empty(block) if {\n\tcount(block) == 0",
			values: map[string]any{"opt": map[string]any{"a": unknown}}, want: annexgate.Unknown,
		},
		"an unknown element keeps its place": {
			rule:   `input.subject.values.blocks[0].on == true`,
			values: map[string]any{"blocks": []any{unknown, map[string]any{"on": true}}}, want: annexgate.Unknown,
		},
		"a known object may equal one with an unknown inside": {
			rule:   `{"a": "x"} in input.subject.values.blocks`,
			values: map[string]any{"blocks": []any{map[string]any{"a": "x", "b": unknown}}}, want: annexgate.Unknown,
		},
		"a known object equals a constant beside an unknown": {
			rule:   `not {"a": "x"} in input.subject.values.blocks; not input.subject.values.acl == "private"`,
			values: map[string]any{"acl": unknown, "blocks": []any{map[string]any{"a": "x"}}}, want: annexgate.Pass,
		},
		"what a builtin refuses of an unknown block is not what it would take": {
			rule:   `endswith(object.get(input.subject.values.opt, "a", 0), "on")`,
			values: map[string]any{"opt": unknown}, want: annexgate.Unknown,
		},
		"what a builtin refuses while an unknown is absent is not the end": {
			rule:   `endswith(object.get(input.subject.values, "a", 0), "on")`,
			values: map[string]any{"a": unknown}, want: annexgate.Unknown,
		},
		"lists with an unknown inside may be the same": {
			rule: `count({b.items | some b in input.subject.values.blocks}) == 1`,
			values: map[string]any{"blocks": []any{
				map[string]any{"items": []any{map[string]any{"a": unknown}}}, map[string]any{"items": []any{map[string]any{"a": "x"}}},
			}}, want: annexgate.Unknown,
		},
		"a builtin that takes no object but OPA's own is not misled": {
			rule: `json.marshal(input.subject.values) == "{}"`, values: map[string]any{"a": unknown}, want: annexgate.Unknown,
		},
		"a computed constant is a constant": {
			rule:   `input.subject.values.days == _limit * 2` + "\n}\n\n_limit := 21 if {\n\ttrue",
			values: map[string]any{"days": unknown}, want: annexgate.Unknown,
		},
		"objects by a value of theirs": {
			rule:   `by := {b.name: b | some b in input.subject.values.blocks}; by.x.open == true`,
			values: map[string]any{"blocks": []any{map[string]any{"name": unknown, "open": true}}}, want: annexgate.Unknown,
		},
		"unknowns that a false guard hides do not matter, however many": {
			rule: `some rule in _rules; rule.values.protocol == "tcp"; rule.values.from <= 22; rule.values.to >= 22; rule.values.net == "any"` +
				"\n}\n\n_rules contains {\"index\": i, \"values\": rule} if {\n\tsome i, rule in input.subject.values.ingress",
			values: map[string]any{"ingress": []any{
				map[string]any{"protocol": "udp", "from": unknown, "to": unknown, "net": unknown, "description": unknown},
				map[string]any{"protocol": unknown, "from": json.Number("443"), "to": unknown, "net": unknown},
			}}, want: annexgate.Pass,
		},
		"each unknown may clear, but none does": {
			rule:   `not _ok` + "\n}\n\n_ok if {\n\tinput.subject.values.a == \"on\"\n\tinput.subject.values.b == \"on\"\n\tinput.subject.values.c == \"on\"",
			values: map[string]any{"a": unknown, "b": unknown, "c": "off"}, want: annexgate.Fail,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.values == nil {
				c.values = map[string]any{}
			}
			subject := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Address: "bucket.a", Values: c.values, Facts: c.facts}
			if c.near != nil {
				subject.Referrers = []*annexgate.Subject{{Kind: annexgate.Terraform, Type: "logging", Address: "logging.a", Values: c.near}}
			}
			results, problems := run(t, c.rule, Options{}, subject)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if results[0].Outcome != c.want {
				t.Errorf("got %s, want %s; findings %+v", results[0].Outcome, c.want, results[0].Findings)
			}
			if c.want != annexgate.Pass && len(results[0].Findings) == 0 {
				t.Error("no finding says why")
			}
			if got := judgeUntracked(t, c.rule, subject); got != c.want && got != annexgate.Unknown {
				t.Errorf("without tracking: got %s, want %s or unknown", got, c.want)
			}
		})
	}
}

func TestPoliciesThatGoWrong(t *testing.T) {
	subject := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Address: "bucket.a", Values: map[string]any{"acl": "x", "n": "abc"}}
	for name, c := range map[string]struct{ rule, want string }{
		"a builtin fails":                {`to_number(input.subject.values.n) > 1`, "to_number"},
		"it takes too long":              {`numbers.range(1, 3000)[_] + numbers.range(1, 3000)[_] + numbers.range(1, 3000)[_] < 0`, "longer than 50ms"},
		"it points at a stranger":        {`true` + "\n}\n\ndeny contains {\"message\": \"x\", \"at\": {\"address\": \"other.b\"}} if {\n\ttrue", "other.b"},
		"the message is missing":         {`true` + "\n}\n\ndeny contains {\"key\": \"x\"} if {\n\ttrue", "the message is missing"},
		"a finding is a text":            {`true` + "\n}\n\ndeny contains \"x\" if {\n\ttrue", "want an object"},
		"a finding has an unknown field": {`true` + "\n}\n\ndeny contains {\"message\": \"x\", \"msg\": 1} if {\n\ttrue", `unknown field "msg"`},
	} {
		t.Run(name, func(t *testing.T) {
			results, problems := run(t, c.rule, Options{Timeout: 50 * time.Millisecond}, subject)
			if results[0].Outcome != annexgate.Unknown {
				t.Errorf("the outcome is %s, want unknown", results[0].Outcome)
			}
			if len(problems) != 1 || !strings.Contains(problems[0].Message, c.want) || !strings.Contains(problems[0].Message, "terraform.test") {
				t.Errorf("got %v, want a problem with %q that names the policy", problems, c.want)
			}
		})
	}
}

func TestAPolicyAtFaultIsAProblemWhateverIsUnknown(t *testing.T) {
	subject := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Address: "bucket.a", Values: map[string]any{"acl": unknown, "n": "abc"}}
	results, problems := run(t, `not input.subject.values.acl == "x"; to_number(input.subject.values.n) > 1`+"\n}\n\ndeny contains {\"message\": \"m\"} if {\n\tto_number(input.subject.values.n) > 2", Options{}, subject)
	if results[0].Outcome != annexgate.Unknown || len(problems) != 1 || !strings.Contains(problems[0].Message, "to_number") {
		t.Errorf("got %s and %v, want unknown and what to_number says", results[0].Outcome, problems)
	}
}

// run evaluates a policy whose deny has the given body.
func run(t *testing.T, body string, opts Options, subjects ...*annexgate.Subject) ([]annexgate.Result, []annexgate.Problem) {
	t.Helper()
	program, policies := compile(t, body)
	results, problems, err := Run(context.Background(), program, policies, subjects, opts)
	if err != nil {
		t.Fatal(err)
	}
	return results, problems
}

// compile compiles a policy whose deny has the given body.
func compile(t testing.TB, body string) (*policy.Program, []*annexgate.Policy) {
	t.Helper()
	library, err := policy.Load(policy.Source{FS: fstest.MapFS{"terraform/test/test.rego": {Data: []byte(`# METADATA
# title: A test holds
# custom:
#   controls: [A.8.24]
#   severity: high
#   subjects: [bucket]
#   remediation: Mend it.
package policies.terraform.test

deny contains {"message": "fault"} if {
	` + body + `
}
`)}}})
	if err != nil {
		t.Fatal(err)
	}
	program, err := library.Compile(context.Background(), library.Policies(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return program, library.Policies()
}
