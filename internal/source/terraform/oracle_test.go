package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/annexgate"
)

var update = flag.Bool("update", false, "ask the terraform binary for what testdata/oracle expects")

// A verdict is what Terraform says an expression is, in a plan: its value with
// {"unknown": true} in place of what is known after apply, or an error.
type verdict struct {
	Expression string          `json:"expression"`
	Value      json.RawMessage `json:"value,omitempty"`
	Error      bool            `json:"error,omitempty"`
}

// differences are the expressions where we knowingly differ, and what we say.
var differences = map[string]string{
	`terraform_data.one.output`:                 `{"unknown":true}`,
	`try(terraform_data.many[5].input, "none")`: `"none"`,
	`pathexpand("/a")`:                          `{"unknown":true}`, // differs from machine to machine
	`terraform_data.one.id == "x" ? "a" : "b"`:  `{"unknown":true}`,
}

// TestExpressions holds our evaluation against that of the real program. Its
// answers are kept in testdata/oracle, so that the test does not need it.
func TestExpressions(t *testing.T) {
	expressions := readLines(t, "testdata/oracle/expressions.txt")
	if *update {
		updateVerdicts(t, expressions)
	}
	var verdicts []verdict
	text, err := os.ReadFile("testdata/oracle/verdicts.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &verdicts); err != nil {
		t.Fatal(err)
	}
	if len(verdicts) != len(expressions) {
		t.Fatalf("%d verdicts for %d expressions: run go test -update", len(verdicts), len(expressions))
	}
	ours := evaluateAll(t, expressions)
	for i, v := range verdicts {
		t.Run(v.Expression, func(t *testing.T) {
			if v.Expression != expressions[i] {
				t.Fatalf("the verdict is on %s: run go test -update", v.Expression)
			}
			want := string(v.Value)
			if v.Error {
				want = `{"unknown":true}`
			}
			if known, ok := differences[v.Expression]; ok {
				want = known
			}
			diff(t, canonical(t, ours[i]), canonical(t, want))
		})
	}
}

func readLines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// canonical writes JSON with sorted keys and plain numbers.
func canonical(t *testing.T, text string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// outputs writes the expressions as outputs of the fixture module. They stand
// in lists, since Terraform leaves out outputs that are null.
func outputs(expressions []string) []byte {
	var b bytes.Buffer
	for i, e := range expressions {
		fmt.Fprintf(&b, "output \"e%03d\" {\n  value = [nonsensitive(%s)]\n}\n", i, e)
	}
	return b.Bytes()
}

func evaluateAll(t *testing.T, expressions []string) []string {
	t.Helper()
	fsys := fstest.MapFS{"expressions.tf": {Data: outputs(expressions)}}
	for _, name := range []string{"main.tf", "data.txt", "greeting.tftpl"} {
		text, err := os.ReadFile(filepath.Join("testdata/oracle", name))
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: text}
	}
	inv, err := (&Loader{}).Load(context.Background(), fsys, discovered(fsys))
	if err != nil {
		t.Fatal(err)
	}
	ours := make([]string, len(expressions))
	for i := range expressions {
		v := inv.Outputs[fmt.Sprintf("e%03d", i)]
		if list, ok := v.([]any); ok && len(list) == 1 {
			v = list[0]
		}
		out, err := json.Marshal(unknowns(v))
		if err != nil {
			t.Fatal(err)
		}
		ours[i] = string(out)
	}
	return ours
}

// unknowns replaces everything that is not known by one mark.
func unknowns(v any) any {
	switch v := v.(type) {
	case annexgate.Reference, annexgate.UnknownValue:
		return map[string]any{"unknown": true}
	case map[string]any:
		out := map[string]any{}
		for key, part := range v {
			out[key] = unknowns(part)
		}
		return out
	case []any:
		out := []any{}
		for _, part := range v {
			out = append(out, unknowns(part))
		}
		return out
	}
	return v
}

// updateVerdicts asks terraform, leaving out one by one what it refuses.
func updateVerdicts(t *testing.T, expressions []string) {
	t.Helper()
	refused := map[int]bool{}
	for {
		answers, bad := ask(t, expressions, refused)
		if len(bad) > 0 {
			for _, i := range bad {
				refused[i] = true
			}
			continue
		}
		var verdicts []verdict
		for i, e := range expressions {
			verdicts = append(verdicts, verdict{Expression: e, Value: answers[i], Error: refused[i]})
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(verdicts); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/oracle/verdicts.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
}

func ask(t *testing.T, expressions []string, refused map[int]bool) (answers map[int]json.RawMessage, bad []int) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"main.tf", "data.txt", "greeting.tftpl"} {
		text, err := os.ReadFile(filepath.Join("testdata/oracle", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	asked := make([]string, len(expressions))
	for i, e := range expressions {
		asked[i] = e
		if refused[i] {
			asked[i] = "null"
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "expressions.tf"), outputs(asked), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) ([]byte, error) {
		cmd := exec.Command("terraform", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE=/dev/null")
		out, err := cmd.CombinedOutput()
		return out, err
	}
	if out, err := run("init", "-no-color"); err != nil {
		return nil, blamed(t, out)
	}
	if out, err := run("plan", "-no-color", "-out=plan"); err != nil {
		return nil, blamed(t, out)
	}
	out, err := run("show", "-json", "plan")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return parsePlan(t, out), nil
}

// blamed finds the expressions that Terraform complains of.
func blamed(t *testing.T, out []byte) []int {
	t.Helper()
	var bad []int
	for line := range strings.Lines(string(out)) {
		var number int
		if i := strings.Index(line, "on expressions.tf line "); i >= 0 {
			if _, err := fmt.Sscanf(line[i:], "on expressions.tf line %d", &number); err == nil {
				bad = append(bad, (number-1)/3)
			}
		}
	}
	if len(bad) == 0 {
		t.Fatalf("terraform: %s", out)
	}
	return bad
}

func parsePlan(t *testing.T, out []byte) map[int]json.RawMessage {
	t.Helper()
	var plan struct {
		Outputs map[string]struct {
			After   any `json:"after"`
			Unknown any `json:"after_unknown"`
		} `json:"output_changes"`
	}
	d := json.NewDecoder(bytes.NewReader(out[bytes.IndexByte(out, '{'):]))
	d.UseNumber()
	if err := d.Decode(&plan); err != nil {
		t.Fatal(err)
	}
	answers := map[int]json.RawMessage{}
	for name, change := range plan.Outputs {
		var i int
		if _, err := fmt.Sscanf(name, "e%d", &i); err != nil {
			t.Fatal(err)
		}
		v := overlay(change.After, change.Unknown)
		if list, ok := v.([]any); ok && len(list) == 1 {
			v = list[0]
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		answers[i] = text
	}
	return answers
}

// overlay puts marks where the plan says that a value is unknown. It drops
// null attributes, which we hold absent.
func overlay(after, unknown any) any {
	if unknown == true {
		return map[string]any{"unknown": true}
	}
	switch u := unknown.(type) {
	case map[string]any:
		object, _ := after.(map[string]any)
		if object == nil {
			object = map[string]any{}
		}
		for key, part := range u {
			object[key] = overlay(object[key], part)
		}
		after = object
	case []any:
		list, _ := after.([]any)
		for i, part := range u {
			if i >= len(list) {
				list = append(list, nil)
			}
			list[i] = overlay(list[i], part)
		}
		after = list
	}
	return dropNulls(after)
}

func dropNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, part := range v {
			if part == nil {
				delete(v, key)
				continue
			}
			v[key] = dropNulls(part)
		}
	case []any:
		for i, part := range v {
			v[i] = dropNulls(part)
		}
	}
	return v
}
