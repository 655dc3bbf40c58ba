package eval

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// TestTrackedObjectsNoteReads is the long form of selfTest: every way in which a
// compiled policy may look at an unknown. It is what to look at first after an
// upgrade of OPA.
func TestTrackedObjectsNoteReads(t *testing.T) {
	if err := selfTest(); err != nil {
		t.Error(err)
	}
	for name, rule := range map[string]string{
		"by key":                      `input.subject.values.a`,
		"by a key that is computed":   `some name in ["a", "b"]; input.subject.values[name] == 1`,
		"by a path":                   `input.subject.values.opt.a.b == 1`,
		"by iteration":                `some _, v in input.subject.values; v == 1`,
		"by iteration over keys":      `some k, _ in input.subject.values; k == "a"`,
		"by every":                    `every v in input.subject.values { v == 1 }`,
		"by negation":                 `not input.subject.values.a`,
		"by an equation":              `input.subject.values.a = 1`,
		"by an order":                 `input.subject.values.a < 1`,
		"by membership":               `1 in input.subject.values`,
		"by membership of an element": `1 in input.subject.values.list`,
		"by membership with a key":    `"a", 1 in input.subject.values`,
		"by comparing the whole":      `input.subject.values.opt == {"b": 1}`,
		"by comparing to the whole":   `{"b": 1} == input.subject.values.opt`,
		"by comparing wholes":         `input.subject.values.opt == input.subject.values.other`,
		"by comparing lists":          `input.subject.values.blocks == [{"b": 1}]`,
		"by the indexed text":         `startswith(input.subject.values.a, "x")`,
		"by the indexed members":      `input.subject.values.a in {"x", "y"}`,
		"by walk":                     `walk(input.subject, [_, "x"])`,
		"by count":                    `count(input.subject.values) > 1`,
		"by counting a list":          `count(input.subject.values.list) > 1`,
		"by object.get":               `object.get(input, ["subject", "values", "a"], 1) == 1`,
		"by object.keys":              `"a" in object.keys(input.subject.values)`,
		"by object.union":             `object.union({"z": 1}, input.subject.values).z == 2`,
		"by object.remove":            `object.remove(input.subject.values, ["b"]) == {}`,
		"by object.filter":            `object.filter(input.subject.values, ["a"]) == {}`,
		"by object.subset":            `object.subset(input.subject.values, {"a": 1})`,
		"by json.marshal":             `json.marshal(input.subject.values) == "{}"`,
		"by json.filter":              `json.filter(input.subject.values, ["a"]) == {}`,
		"by json.patch":               `json.patch(input.subject.values, []).a == 1`,
		"by sprintf":                  `sprintf("%v", [input.subject.values]) == "x"`,
		"by sort":                     `sort([input.subject.values.opt, {"b": 0}])[0] == {}`,
		"by max":                      `max([input.subject.values.opt, {"b": 0}]) == {}`,
		"by a set of objects":         `count({input.subject.values.opt, {"b": 1}}) == 1`,
		"by a set of lists":           `count({input.subject.values.blocks, [{"b": 1}]}) == 1`,
		"by a function":               "_f(input.subject.values)\n}\n\n_f(values) if {\n\tvalues.a == 1",
		"by a rule":                   "_r.a == 1\n}\n\n_r := input.subject.values if {\n\ttrue",
		"by a set of rules":           "some v in _s\n\tv.a == 1\n}\n\n_s contains input.subject.values if {\n\ttrue",
		"by another input":            `input.subject.values.a == 1 with input.x as 1`,
	} {
		t.Run(name, func(t *testing.T) {
			subject := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Address: "bucket.a", Values: map[string]any{
				"a":      unknown,
				"b":      json.Number("1"),
				"list":   []any{unknown, "x"},
				"opt":    map[string]any{"a": unknown, "b": json.Number("1")},
				"other":  map[string]any{"b": json.Number("1")},
				"blocks": []any{map[string]any{"a": unknown, "b": json.Number("1")}},
			}}
			program, policies := compile(t, rule)
			e := newEngine(program, policies, []*annexgate.Subject{subject}, Options{})
			w := &worker{engine: e, reads: newReads()}
			_, read, err := w.deny(context.Background(), w.newScene(subject), policies[0], nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(read) == 0 {
				t.Error("the policy looked at an unknown, and nothing was noted")
			}
		})
	}
}

func TestTrackedObjectsNoteNoMore(t *testing.T) {
	subject := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Address: "bucket.a", Values: map[string]any{
		"a": unknown, "b": "x", "blocks": []any{map[string]any{"a": unknown, "b": "y"}},
	}}
	for name, rule := range map[string]string{
		"beside it":            `input.subject.values.b == "x"`,
		"around it":            `some block in input.subject.values.blocks; block.b == "x"`,
		"handed to a function": "_f(input.subject.values)\n}\n\n_f(values) if {\n\tvalues.b == \"x\"",
		"gathered in a set":    "some block in _s\n\tblock.b == \"y\"\n}\n\n_s contains block if {\n\tsome block in input.subject.values.blocks",
		"counted from outside": `count(input.subject.values.blocks) == 1`,
		"shown in no message":  `not input.subject.values.missing`,
	} {
		t.Run(name, func(t *testing.T) {
			program, policies := compile(t, rule)
			e := newEngine(program, policies, []*annexgate.Subject{subject}, Options{})
			w := &worker{engine: e, reads: newReads()}
			if _, read, err := w.deny(context.Background(), w.newScene(subject), policies[0], nil); err != nil || len(read) > 0 {
				t.Errorf("got %v, %v, want nothing", doubts(read), err)
			}
		})
	}
}

// judgeUntracked judges one subject as if OPA did not ask tracked objects.
func judgeUntracked(t *testing.T, rule string, subject *annexgate.Subject) annexgate.Outcome {
	t.Helper()
	program, policies := compile(t, rule)
	subjects := []*annexgate.Subject{subject}
	e := newEngine(program, policies, subjects, Options{})
	e.tracks = false
	results, problems, err := e.run(context.Background(), subjects)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return results[0].Outcome
}

func TestWithoutTrackingWhatIsNotNamedDoesNotMatter(t *testing.T) {
	subject := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Address: "bucket.a", Values: map[string]any{"acl": "public", "name": unknown}}
	if got := judgeUntracked(t, `input.subject.values.acl == "public"`, subject); got != annexgate.Fail {
		t.Errorf("got %s, want fail", got)
	}
}

func BenchmarkSelfTest(b *testing.B) {
	for b.Loop() {
		if err := selfTest(); err != nil {
			b.Fatal(err)
		}
	}
}
