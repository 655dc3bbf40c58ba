package inspect

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// inventory is a bucket with unknown values and a neighbour, as the Terraform
// loader makes them.
func inventory() *annexgate.Inventory {
	noValue := annexgate.UnknownValue{Reason: `variable "acl" has no value`, From: annexgate.Location{File: "main.tf", Line: 1, Column: 1}}
	bucket := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: "aws_s3_bucket", Name: "logs", Address: "aws_s3_bucket.logs", Scope: ".",
		Values: map[string]any{
			"acl":   noValue,
			"days":  json.Number("12345678901234567890"),
			"list":  []any{"a", noValue, "c"},
			"owner": "a<b>&c",
			"tags":  map[string]any{"app.kubernetes.io/name": noValue, "team": "payments"},
		},
		Facts: map[string]any{
			"provider": map[string]any{"type": "aws"},
			"tags":     annexgate.UnknownValue{Reason: "not known before apply"},
		},
		At: annexgate.Location{File: "main.tf", Line: 3, Column: 1, EndLine: 9, EndColumn: 2},
	}
	versioning := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: "aws_s3_bucket_versioning", Name: "logs", Address: "module.m.aws_s3_bucket_versioning.logs",
		Module: "module.m", Scope: ".",
		Values:     map[string]any{"bucket": annexgate.Reference("${aws_s3_bucket.logs.id}")},
		References: []*annexgate.Subject{bucket},
		At:         annexgate.Location{File: "m/main.tf", Line: 1, Column: 1},
	}
	bucket.Referrers = []*annexgate.Subject{versioning}
	return &annexgate.Inventory{
		Subjects: []*annexgate.Subject{bucket, versioning},
		Outputs:  map[string]any{"arn": annexgate.Reference("${aws_s3_bucket.logs.arn}"), "acl": noValue},
		Problems: []annexgate.Problem{
			{Message: "git is not installed", Loss: annexgate.Notice},
			{Kind: annexgate.Terraform, Message: "module.x is not installed", At: annexgate.Location{File: "x.tf", Line: 2, Column: 1}, Loss: annexgate.Partial},
			{Kind: annexgate.Terraform, Message: "does not parse", At: annexgate.Location{File: "y.tf"}},
		},
	}
}

func TestJSON(t *testing.T) {
	got := write(t, "json", inventory())
	want := `{
  "subjects": [
    {
      "kind": "terraform", "type": "aws_s3_bucket", "name": "logs", "address": "aws_s3_bucket.logs", "module": "", "scope": ".",
      "values": {"days": 12345678901234567890, "list": ["a", "c"], "owner": "a<b>&c", "tags": {"team": "payments"}},
      "provider": {"type": "aws"},
      "unknown": [["acl"], ["list", 1], ["tags", "app.kubernetes.io/name"]],
      "unknown_reasons": [
        {"path": "tags", "reason": "not known before apply"},
        {"path": "values.acl", "reason": "variable \"acl\" has no value", "from": {"file": "main.tf", "line": 1, "column": 1}},
        {"path": "values.list[1]", "reason": "variable \"acl\" has no value", "from": {"file": "main.tf", "line": 1, "column": 1}},
        {"path": "values.tags[\"app.kubernetes.io/name\"]", "reason": "variable \"acl\" has no value", "from": {"file": "main.tf", "line": 1, "column": 1}}
      ],
      "references": {},
      "referrers": {"aws_s3_bucket_versioning": [
        {"kind": "terraform", "type": "aws_s3_bucket_versioning", "name": "logs", "address": "module.m.aws_s3_bucket_versioning.logs",
         "module": "module.m", "values": {"bucket": "${aws_s3_bucket.logs.id}"}}
      ]},
      "at": {"file": "main.tf", "line": 3, "column": 1, "end_line": 9, "end_column": 2}
    },
    {
      "kind": "terraform", "type": "aws_s3_bucket_versioning", "name": "logs", "address": "module.m.aws_s3_bucket_versioning.logs",
      "module": "module.m", "scope": ".",
      "values": {"bucket": "${aws_s3_bucket.logs.id}"},
      "unknown": [], "unknown_reasons": [],
      "references": {"aws_s3_bucket": [
        {"kind": "terraform", "type": "aws_s3_bucket", "name": "logs", "address": "aws_s3_bucket.logs", "module": "",
         "values": {"days": 12345678901234567890, "list": ["a", "c"], "owner": "a<b>&c", "tags": {"team": "payments"}},
         "provider": {"type": "aws"}}
      ]},
      "referrers": {},
      "at": {"file": "m/main.tf", "line": 1, "column": 1}
    }
  ],
  "outputs": {"arn": "${aws_s3_bucket.logs.arn}"},
  "unknown_outputs": [{"path": "acl", "reason": "variable \"acl\" has no value", "from": {"file": "main.tf", "line": 1, "column": 1}}],
  "problems": [
    {"message": "git is not installed", "loss": "notice"},
    {"kind": "terraform", "message": "module.x is not installed", "at": {"file": "x.tf", "line": 2, "column": 1}, "loss": "partial"},
    {"kind": "terraform", "message": "does not parse", "at": {"file": "y.tf"}, "loss": "unread"}
  ]
}`
	if diff := cmp.Diff(decode(t, want), decode(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestText(t *testing.T) {
	want := `aws_s3_bucket.logs  main.tf:3:1
  days = 12345678901234567890
  list = ["a","c"]
  owner = "a<b>&c"
  tags = {"team":"payments"}
  (provider) {"type":"aws"}
  ? (tags): not known before apply
  ? acl: variable "acl" has no value (main.tf:1:1)
  ? list[1]: variable "acl" has no value (main.tf:1:1)
  ? tags["app.kubernetes.io/name"]: variable "acl" has no value (main.tf:1:1)
  <- module.m.aws_s3_bucket_versioning.logs

module.m.aws_s3_bucket_versioning.logs  m/main.tf:1:1
  bucket = "${aws_s3_bucket.logs.id}"
  -> aws_s3_bucket.logs

outputs
  arn = "${aws_s3_bucket.logs.arn}"
  ? acl: variable "acl" has no value (main.tf:1:1)

problem: git is not installed
problem: x.tf:2:1: module.x is not installed
problem: y.tf: does not parse
`
	if diff := cmp.Diff(want, write(t, "text", inventory())); diff != "" {
		t.Error(diff)
	}
}

func TestNothing(t *testing.T) {
	if diff := cmp.Diff(decode(t, `{"subjects": [], "outputs": {}, "problems": []}`), decode(t, write(t, "json", &annexgate.Inventory{}))); diff != "" {
		t.Error(diff)
	}
	if got := write(t, "text", &annexgate.Inventory{}); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestSensitive holds both formats to what the loader asks of whoever prints.
func TestSensitive(t *testing.T) {
	unknown := annexgate.UnknownValue{Reason: "not known before apply"}
	db := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: "aws_db_instance", Address: "aws_db_instance.db",
		Values: map[string]any{
			"password": "hunter2",
			"users":    []any{unknown, map[string]any{"name": "app", "token": "hunter3"}},
			"name":     "orders",
		},
		Sensitive: []annexgate.Path{{"password"}, {"users", 1, "token"}},
		Facts:     map[string]any{"tags": map[string]any{"pw": "hunter2", "team": "payments"}},
	}
	app := &annexgate.Subject{Kind: annexgate.Terraform, Type: "aws_instance", Address: "aws_instance.app", References: []*annexgate.Subject{db}}
	db.Referrers = []*annexgate.Subject{app}
	for name := range formats {
		got := write(t, name, &annexgate.Inventory{Subjects: []*annexgate.Subject{app, db}})
		if strings.Contains(got, "hunter") {
			t.Errorf("%s shows a sensitive value:\n%s", name, got)
		}
		for _, open := range []string{"orders", "payments", "app"} {
			if !strings.Contains(got, open) {
				t.Errorf("%s hides %s, which is not sensitive:\n%s", name, open, got)
			}
		}
	}
	if db.Values["password"] != "hunter2" {
		t.Error("the subject itself lost its value")
	}
}

// TestHostile holds both formats to text that no terminal and no log acts on.
func TestHostile(t *testing.T) {
	const name = "x\x1b[31m\u009b2J\u202e\r\n::error::y ##[group]z"
	hostile := &annexgate.Subject{
		Kind: annexgate.Kubernetes, Type: name, Name: name, Address: "::warning::" + name,
		Values: map[string]any{name: name, "unknown": annexgate.UnknownValue{Reason: name, From: annexgate.Location{File: name, Line: 1, Column: 1}}},
		Facts:  map[string]any{name: map[string]any{name: []any{name}}},
		At:     annexgate.Location{File: name, Line: 1, Column: 1},
	}
	hostile.References = []*annexgate.Subject{hostile}
	hostile.Referrers = []*annexgate.Subject{hostile}
	inventory := &annexgate.Inventory{
		Subjects: []*annexgate.Subject{hostile},
		Outputs:  map[string]any{name: name},
		Problems: []annexgate.Problem{{Message: name, At: annexgate.Location{File: name}}},
	}
	for format := range formats {
		got := write(t, format, inventory)
		if strings.ContainsAny(got, "\x1b\u009b\u202e\r") || strings.Contains(got, "##[") {
			t.Errorf("%s passes on what a terminal or a log acts on:\n%q", format, got)
		}
		for _, line := range strings.Split(got, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("%s has a workflow command: %q", format, line)
			}
		}
	}
	got := decode(t, write(t, "json", inventory)).(map[string]any)
	if s := got["subjects"].([]any)[0].(map[string]any); s["name"] != name {
		t.Errorf("a reader of the JSON gets the name %q", s["name"])
	}
}

func TestFormat(t *testing.T) {
	_, err := Format("yaml")
	if want := `unknown format "yaml": want one of json, text`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWriteFails(t *testing.T) {
	for name, format := range formats {
		if err := format(broken{}, inventory()); !errors.Is(err, errBroken) {
			t.Errorf("%s returns %v for a writer that fails", name, err)
		}
	}
}

var errBroken = errors.New("no space left")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func write(t *testing.T, format string, inventory *annexgate.Inventory) string {
	t.Helper()
	writer, err := Format(format)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := writer(&b, inventory); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func decode(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}
