package policytest

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/policies"
)

// TestScaffold holds the folders of new policies to the rules for policies.
func TestScaffold(t *testing.T) {
	for id, checks := range map[string]int{
		"terraform.acme.bucket_owner":  11, // metadata, two formats, types, four cases, three examples
		"kubernetes.acme.owner":        9,
		"pullrequest.ticket":           9,
		"terraform.acme.if_x.a1.b_2":   11,
		"kubernetes.deny":              9,
		"terraform.policies.terraform": 11,
	} {
		t.Run(id, func(t *testing.T) {
			cases, err := Run(context.Background(), []policy.Source{{FS: scaffolded(t, id)}}, policy.Source{FS: policies.FS})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				if c.Fault != "" || c.Subject != id {
					t.Errorf("%+v", c)
				}
			}
			if len(cases) != checks {
				t.Errorf("%d checks, want %d", len(cases), checks)
			}
		})
	}
}

var lint = flag.Bool("lint", false, "lint new policies with regal, as .ci/tools names it")

func TestScaffoldsAreLinted(t *testing.T) {
	const tools = "../../.ci/tools/go.mod"
	if !*lint {
		t.Skip("-lint is not given: regal is not there on every machine")
	}
	dir := t.TempDir()
	for _, id := range []string{"terraform.acme.bucket_owner", "kubernetes.acme.owner", "pullrequest.acme.ticket"} {
		for name, file := range scaffolded(t, id) {
			full := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, file.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	modfile, err := filepath.Abs(tools)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+modfile, "regal", "lint", dir).CombinedOutput()
	if err != nil {
		t.Errorf("regal: %v\n%s", err, out)
	}
}

func TestScaffoldID(t *testing.T) {
	for name, c := range map[string]struct{ id, want string }{
		"an ID has a kind":                {"aws.bucket", `"aws" is no kind of subject: want an ID that starts with terraform, kubernetes, pullrequest`},
		"an ID has two words":             {"terraform", "want at least two words"},
		"an ID is in lower case":          {"terraform.Acme", `"Acme" is no word of lower-case letters`},
		"a word starts with a letter":     {"terraform.2fa", `"2fa" is no word`},
		"a word has no dash":              {"terraform.acme-x", `"acme-x" is no word`},
		"a word is not empty":             {"terraform..x", `"" is no word`},
		"an ID is no path":                {"terraform/../x", "is no word"},
		"a word is no keyword of Rego":    {"terraform.acme.default", "means something else in Rego"},
		"an ID does not read as a test's": {"terraform.acme.x_test", "holds tests"},
		"an ID has a length":              {"terraform." + strings.Repeat("a", 200), "want at most 120"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Scaffold(c.id, policies.FS); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// scaffolded returns a folder of policies with one new policy.
func scaffolded(t *testing.T, id string) fstest.MapFS {
	t.Helper()
	files, err := Scaffold(id, policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Text}
	}
	return fsys
}
