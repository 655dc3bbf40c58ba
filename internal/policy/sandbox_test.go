package policy

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// TestForbidden holds the sandbox to refusing each of these before anything is
// evaluated.
func TestForbidden(t *testing.T) {
	for builtin, call := range map[string]string{
		"http.send":              `http.send({"method": "get", "url": "http://localhost"})`,
		"net.lookup_ip_addr":     `net.lookup_ip_addr("localhost")`,
		"opa.runtime":            `opa.runtime()`,
		"rego.parse_module":      `rego.parse_module("x.rego", "package x")`,
		"trace":                  `trace("x")`,
		"rand.intn":              `rand.intn("x", 10)`,
		"uuid.rfc4122":           `uuid.rfc4122("x")`,
		"time.now_ns":            `time.now_ns()`,
		"providers.aws.sign_req": `providers.aws.sign_req({}, {}, 0)`,
		"io.jwt.decode":          `io.jwt.decode("a.b.c")`,
		"io.jwt.encode_sign":     `io.jwt.encode_sign({}, {}, {})`,
	} {
		for place, text := range map[string]string{
			"rule":        strings.Replace(rotation, "if {\n", "if {\n\t_ = "+call+"\n", 1),
			"helper":      rotation + "\n_helper := " + call + "\n",
			"replacement": strings.Replace(rotation, "if {\n", "if {\n\tx := count(\"a\") with count as "+builtin+"\n\tx == 1\n", 1),
		} {
			t.Run(builtin+" in a "+place, func(t *testing.T) {
				err := compiled(library(rotationFile, text))
				if err == nil || !strings.Contains(err.Error(), builtin) {
					t.Errorf("got %v, want a refusal of %s", err, builtin)
				}
			})
		}
		t.Run(builtin+" in a shared helper", func(t *testing.T) {
			err := compiled(library(
				rotationFile, strings.Replace(rotation, "if {\n", "if {\n\tdata.policies.lib.x.y\n", 1),
				"lib/x/x.rego", "package policies.lib.x\n\ny := "+call+"\n",
			))
			if err == nil || !strings.Contains(err.Error(), builtin) {
				t.Errorf("got %v, want a refusal of %s", err, builtin)
			}
		})
	}
}

// TestNondeterministic asks OPA, whatever its version, what differs from run to
// run.
func TestNondeterministic(t *testing.T) {
	allowed := map[string]bool{}
	for _, b := range sandbox().Builtins {
		allowed[b.Name] = true
	}
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		if b.Nondeterministic && allowed[b.Name] {
			t.Errorf("%s differs from run to run, and policies may use it", b.Name)
		}
	}
	for _, needed := range []string{"eq", "count", "regex.match", "net.cidr_contains", "object.get", "internal.template_string"} {
		if !allowed[needed] {
			t.Errorf("policies may not use %s", needed)
		}
	}
	if !slices.ContainsFunc(ast.CapabilitiesForThisVersion().Builtins, func(b *ast.Builtin) bool { return b.Name == "http.send" }) {
		t.Error("the sandbox took http.send from all users of OPA in this process")
	}
}

// TestSchemasReachNothing tries the builtins that read JSON Schemas, whose
// references lead anywhere.
func TestSchemasReachNothing(t *testing.T) {
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked = true
		fmt.Fprint(w, `{"type": "string"}`)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`{"type": "string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for place, url := range map[string]string{"the network": server.URL + "/schema.json", "a file": "file://" + filepath.ToSlash(file)} {
		for _, call := range []string{
			`json.match_schema("\"a\"", {"$ref": "%s"})[0]`,
			`json.verify_schema({"$ref": "%s"})[0]`,
		} {
			t.Run(place+" "+call, func(t *testing.T) {
				rules := "deny contains {\"message\": \"read\"} if {\n\t" + fmt.Sprintf(call, url) + "\n}\n"
				if compiled(library(rotationFile, withRules(rules))) != nil {
					return // refused: better still
				}
				found, err := evaluate(t, context.Background(), rules)
				if len(found) > 0 {
					t.Errorf("the schema was read: %v (%v)", found, err)
				}
			})
		}
	}
	if asked {
		t.Error("a policy reached a server")
	}
}

// TestTimeLimit holds policies that never end to the context.
func TestTimeLimit(t *testing.T) {
	for name, condition := range map[string]string{
		"a loop in a loop in a loop":  "some i in numbers.range(1, 9999)\n\tsome j in numbers.range(1, 9999)\n\tsome k in numbers.range(1, 9999)\n\ti + j + k < 0",
		"a range without end":         "count(numbers.range(1, 1000000000000)) == 0",
		"every address there is":      `count(net.cidr_expand("::/0")) == 0`,
		"a comprehension without end": "count([x | some i in numbers.range(1, 99999); some j in numbers.range(1, 99999); x := i * j]) == 0",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := evaluate(t, ctx, "deny contains {\"message\": \"x\"} if {\n\t"+condition+"\n}\n")
			if err == nil {
				t.Error("it ended")
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it went on for %v", took)
			}
		})
	}
}

// compiled loads and compiles the policies in fsys.
func compiled(fsys fs.FS) error {
	loaded, err := Load(Source{FS: fsys})
	if err != nil {
		return err
	}
	_, err = loaded.Compile(context.Background(), loaded.Policies(), nil)
	return err
}

// withRules returns the policy with other rules.
func withRules(rules string) string { return rotation[:strings.Index(rotation, "deny")] + rules }

// evaluate runs a policy with the given rules on an empty subject.
func evaluate(t *testing.T, ctx context.Context, rules string) ([]Denial, error) {
	t.Helper()
	program, p := compiledRules(t, rules)
	return program.Deny(ctx, p, emptySubject().Value)
}

// compiledRules compiles a policy with the given rules.
func compiledRules(t *testing.T, rules string) (*Program, *annexgate.Policy) {
	t.Helper()
	loaded, err := Load(Source{FS: library(rotationFile, withRules(rules))})
	if err != nil {
		t.Fatal(err)
	}
	program, err := loaded.Compile(context.Background(), loaded.Policies(), map[string]any{"rotation_days": 365})
	if err != nil {
		t.Fatal(err)
	}
	return program, loaded.Policies()[0]
}

// emptySubject is what a policy sees of a block without values.
func emptySubject() *ast.Term {
	return ast.MustParseTerm(`{"subject": {"address": "aws_kms_key.k", "values": {}}, "references": {}, "referrers": {}}`)
}
