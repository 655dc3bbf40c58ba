package policytest

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/policy"
)

const folder = "terraform/aws/kms/rotation/"

// good is a library of one policy without fault. Each test breaks it in one
// place.
func good() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		folder + "rotation.rego": `# METADATA
# title: Keys are rotated
# custom:
#   controls: [A.8.24]
#   severity: medium
#   subjects: [aws_kms_key]
#   remediation: Set enable_key_rotation to true.
package policies.terraform.aws.kms.rotation

deny contains {
	"message": $"{input.subject.address} is not rotated",
	"at": {"path": ["enable_key_rotation"]},
} if {
	input.subject.values.enable_key_rotation == false
}
`,
		folder + "rotation_test.rego": `package policies.terraform.aws.kms.rotation_test

import data.policies.terraform.aws.kms.rotation as policy

test_deny[name] if {
	some name, case in {
		"rotation is off": {"value": false, "want": 1},
		"rotation is on": {"value": true, "want": 0},
	}

	findings := policy.deny with input.subject as {"address": "k", "values": {"enable_key_rotation": case.value}}

	count(findings) == case.want
}
`,
		folder + "fail.tf": `resource "aws_kms_key" "a" {
  enable_key_rotation = false # want "aws_kms_key.a is not rotated"
}
`,
		folder + "pass.tf": `resource "aws_kms_key" "a" {
  enable_key_rotation = true
}
`,
		folder + "unknown.tf": `variable "rotate" {
}

resource "aws_kms_key" "a" {
  enable_key_rotation = var.rotate
}
`,
		"schema/terraform.json": `{"type": "object", "properties": {"subject": {"type": "object"}}}`,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// faults lists the checks of fsys that found something, and how many there
// were.
func faults(t *testing.T, fsys fstest.MapFS) (found []string, checks int) {
	t.Helper()
	cases, err := Run(context.Background(), []policy.Source{{FS: fsys}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Subject == "" || c.Name == "" {
			t.Errorf("a check without a name: %+v", c)
		}
		if c.Fault != "" {
			found = append(found, c.Subject+" "+c.Name+": "+c.Fault)
		}
	}
	return found, len(cases)
}

func TestGood(t *testing.T) {
	found, checks := faults(t, good())
	if len(found) > 0 {
		t.Errorf("faults in a library without any:\n%s", strings.Join(found, "\n"))
	}
	// The metadata, the format of two files, the types, two cases, three examples.
	if checks != 9 {
		t.Errorf("%d checks, want 9", checks)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		file, old, replacement string
		want                   []string // one for each fault, in its order
	}{
		"a file that is not formatted": {
			"rotation.rego", "\tinput.subject.values", "  input.subject.values",
			[]string{"rotation.rego:14: not formatted: run opa fmt"},
		},
		"a test that is not formatted": {
			"rotation_test.rego", "\tcount(findings) == case.want", "\tcount(findings)==case.want",
			[]string{"rotation_test.rego:13: not formatted: run opa fmt"},
		},
		"a message that may vanish": {
			"rotation.rego", `$"{input.subject.address} is not rotated"`, `sprintf("%s is not rotated", [input.subject.address])`,
			[]string{"rotation.rego:11: sprintf loses the finding"},
		},
		"a mark that is missing": {
			"fail.tf", ` # want "aws_kms_key.a is not rotated"`, "",
			[]string{"fail.tf:1: no line is marked with: want"},
		},
		"a mark on another line": {
			"fail.tf", "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false # want", "resource \"aws_kms_key\" \"a\" { # want \"x\"\n  enable_key_rotation = false # was",
			[]string{`fail.tf:1: no finding matches "x"` + "\n" + folder + "fail.tf:2:3: unexpected finding: aws_kms_key.a is not rotated"},
		},
		"a mark with another message": {
			"fail.tf", "aws_kms_key.a is not rotated", "aws_kms_key.b is not rotated",
			[]string{`fail.tf:2: no finding matches "aws_kms_key.b is not rotated"` + "\n" + folder + "fail.tf:2:3: unexpected finding: aws_kms_key.a is not rotated"},
		},
		"two marks for one finding": {
			"fail.tf", `# want "aws_kms_key.a is not rotated"`, `# want "aws_kms_key.a" "is not rotated"`,
			[]string{`fail.tf:2: no finding matches "is not rotated"`},
		},
		"a mark that is no expression": {
			"fail.tf", `aws_kms_key.a is not rotated`, `(`,
			[]string{"fail.tf:2: mark: error parsing regexp"},
		},
		"a fail example that passes": {
			"fail.tf", "= false", "= true",
			[]string{`fail.tf:2: no finding matches "aws_kms_key.a is not rotated"`},
		},
		"a pass example that fails": {
			"pass.tf", "= true", "= false",
			[]string{"pass.tf:1:1: the outcome of aws_kms_key.a is fail, want pass\n\t" + folder + "pass.tf:2:3: aws_kms_key.a is not rotated"},
		},
		"a pass example that is unknown": {
			"pass.tf", "= true", "= var.missing",
			[]string{"pass.tf:1:1: the outcome of aws_kms_key.a is unknown, want pass"},
		},
		"a pass example of something else": {
			"pass.tf", "aws_kms_key", "aws_s3_bucket",
			[]string{"pass.tf:1: the policy examines nothing in it: want one of its subjects, aws_kms_key"},
		},
		"an unknown example that passes": {
			"unknown.tf", "= var.rotate", "= true",
			[]string{"unknown.tf:1: no outcome is unknown"},
		},
		"an unknown example that fails": {
			"unknown.tf", "= var.rotate", "= false",
			[]string{"unknown.tf:4:1: the outcome of aws_kms_key.a is fail, want unknown"},
		},
		"an example that does not parse": {
			"pass.tf", "= true\n}", "= true",
			[]string{"pass.tf:1"},
		},
		"a Rego test that fails": {
			"rotation_test.rego", `"value": true, "want": 0`, `"value": true, "want": 1`,
			[]string{"terraform.aws.kms.rotation test_deny/rotation is on: " + folder + "rotation_test.rego:5: test_deny: the case \"rotation is on\" fails: print(...) in the test shows what came out"},
		},
		"a Rego test that stops": {
			"rotation_test.rego", "\tcount(findings) == case.want", "\tcount(findings) == to_number(\"seven\")",
			[]string{"to_number: strconv.ParseFloat: parsing \"seven\": invalid syntax"},
		},
		"a schema that says nothing of it": {
			"rotation.rego", "# custom:", "# schemas:\n#   - input: schema.terraform\n# custom:",
			nil, // its subject is any object
		},
		"a field of the subject that is misspelt": {
			"rotation.rego", "# custom:", "# schemas:\n#   - input: schema.strict\n# custom:",
			[]string{"undefined ref: input.subject.values.enable_key_rotation"},
		},
		"a variable that nobody uses": {
			"rotation.rego", "} if {\n", "} if {\n\tx := 1\n",
			[]string{"assigned var x unused"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := good()
			fsys["schema/strict.json"] = &fstest.MapFile{Data: []byte(
				`{"type": "object", "properties": {"subject": {"type": "object", "properties": {"address": {"type": "string"}, "values": {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": false}}}}}`)}
			edit(t, fsys, c.file, c.old, c.replacement)
			found, _ := faults(t, fsys)
			if len(found) != len(c.want) {
				t.Fatalf("%d faults, want %d:\n%s", len(found), len(c.want), strings.Join(found, "\n"))
			}
			for i, want := range c.want {
				if !strings.Contains(found[i], want) {
					t.Errorf("got %s\nwant %s", found[i], want)
				}
			}
		})
	}
}

func TestMissing(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"no example that fails":  {"fail.tf", "rotation.rego:1: no example starts with fail: write fail.tf beside it"},
		"no example that passes": {"pass.tf", "rotation.rego:1: no example starts with pass: write pass.tf beside it"},
		"no Rego test":           {"rotation_test.rego", "rotation.rego:1: no Rego test examines it: write test_deny beside it, in rotation_test.rego"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := good()
			delete(fsys, folder+c.file)
			found, _ := faults(t, fsys)
			if len(found) != 1 || !strings.Contains(found[0], c.want) {
				t.Errorf("got %q, want %s", found, c.want)
			}
		})
	}
	t.Run("an unknown example is not asked for", func(t *testing.T) {
		fsys := good()
		delete(fsys, folder+"unknown.tf")
		if found, _ := faults(t, fsys); len(found) > 0 {
			t.Errorf("got %q", found)
		}
	})
}

func TestExamples(t *testing.T) {
	t.Run("an example may be a folder", func(t *testing.T) {
		fsys := good()
		fsys[folder+"fail_module/main.tf"] = &fstest.MapFile{Data: []byte("module \"m\" {\n  source = \"./m\"\n}\n")}
		fsys[folder+"fail_module/m/main.tf"] = &fstest.MapFile{Data: []byte(
			"resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false # want \"module.m.aws_kms_key.a is not rotated\"\n}\n")}
		if found, _ := faults(t, fsys); len(found) > 0 {
			t.Errorf("got %q", found)
		}
	})
	t.Run("marks may be in a file of their own", func(t *testing.T) {
		fsys := good()
		const config = `{"resource": {"aws_kms_key": {"a": {` + "\n" + `"enable_key_rotation": false` + "\n" + `}}}}`
		fsys[folder+"fail_json.tf.json"] = &fstest.MapFile{Data: []byte(config)}
		fsys[folder+"fail_json.tf.want"] = &fstest.MapFile{Data: []byte("2 aws_kms_key.a is not rotated\n")}
		if found, _ := faults(t, fsys); len(found) > 0 {
			t.Errorf("got %q", found)
		}
		fsys[folder+"fail_json.tf.want"] = &fstest.MapFile{Data: []byte("aws_kms_key.a is not rotated\n")}
		if found, _ := faults(t, fsys); len(found) != 1 || !strings.Contains(found[0], "want a line number and a regular expression") {
			t.Errorf("a mark without a line gives %q", found)
		}
	})
}

func TestOrder(t *testing.T) {
	var first []Case
	for i := range 5 {
		cases, err := Run(context.Background(), []policy.Source{{FS: good()}})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = cases
		}
		for j, c := range cases {
			if c != first[j] {
				t.Fatalf("check %d is %+v, and was %+v", j, c, first[j])
			}
		}
	}
}

// TestSeveralFaults has faults in several files: all are reported, and what
// builds on them is not checked.
func TestSeveralFaults(t *testing.T) {
	fsys := good()
	edit(t, fsys, "rotation.rego", "A.8.24", "A.8.99")
	edit(t, fsys, "rotation.rego", "severity: medium", "severity: huge")
	edit(t, fsys, "rotation_test.rego", "test_deny[name] if {", "test_deny[name] if {{")
	fsys["kubernetes/x/x.rego"] = &fstest.MapFile{Data: []byte("package policies.kubernetes.x\n\ndeny contains {\n")}
	found, checks := faults(t, fsys)
	want := []string{
		"kubernetes.x metadata: kubernetes/x/x.rego:4: ",
		"terraform.aws.kms.rotation metadata: " + folder + `rotation.rego:1: metadata: unknown control "A.8.99"`,
		"terraform.aws.kms.rotation syntax rotation_test.rego: " + folder + "rotation_test.rego:6: ",
	}
	for i, w := range want {
		if i >= len(found) || !strings.HasPrefix(found[i], w) {
			t.Fatalf("got %q\nwant %q", found, want)
		}
	}
	if !strings.Contains(found[1], "\n"+folder+`rotation.rego:1: metadata: custom.severity: unknown severity "huge"`) {
		t.Errorf("the second fault of a file is missing: %s", found[1])
	}
	if checks != 4 { // two rules, the format of one, the syntax of the test
		t.Errorf("%d checks, want 4", checks)
	}
}

// TestSources has helpers and schemas in a source that is not checked itself.
func TestSources(t *testing.T) {
	lent := fstest.MapFS{
		"lib/tf/tf.rego":               {Data: []byte("package policies.lib.tf\n\noff(values, name) if values[name] == false\n")},
		"lib/tf/tf_test.rego":          {Data: []byte("package policies.lib.tf_test\n\ntest_fails if false\n")},
		"schema/strict.json":           {Data: []byte(`{"type": "object", "properties": {"subject": {"type": "object", "properties": {"address": {"type": "string"}}, "additionalProperties": false}}}`)},
		"terraform/broken/broken.rego": {Data: []byte("not Rego at all")},
	}
	fsys := good()
	edit(t, fsys, "rotation.rego", "\ndeny contains", "\nimport data.policies.lib.tf\n\ndeny contains")
	edit(t, fsys, "rotation.rego", "input.subject.values.enable_key_rotation == false", `tf.off(input.subject.values, "enable_key_rotation")`)
	cases, err := Run(context.Background(), []policy.Source{{Name: "mine", FS: fsys}}, policy.Source{Name: "lent", FS: lent})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Fault != "" || strings.Contains(c.Subject, "lib") {
			t.Errorf("%+v", c)
		}
	}
	if len(cases) != 9 {
		t.Errorf("%d checks, want 9", len(cases))
	}

	edit(t, fsys, "rotation.rego", "# custom:", "# schemas:\n#   - input: schema.strict\n# custom:")
	cases, err = Run(context.Background(), []policy.Source{{Name: "mine", FS: fsys}}, policy.Source{FS: lent})
	if err != nil {
		t.Fatal(err)
	}
	last := cases[len(cases)-1]
	if want := "mine/" + folder + "rotation.rego:18: undefined ref: input.subject.values"; last.Name != "types" || !strings.HasPrefix(last.Fault, want) {
		t.Errorf("got %+v, want types: %s", last, want)
	}
}

// TestSandbox has a Rego test that uses what no policy gets.
func TestSandbox(t *testing.T) {
	fsys := good()
	edit(t, fsys, "rotation_test.rego", "\tcount(findings) == case.want", "\tcount(findings) == case.want\n\topa.runtime()")
	found, _ := faults(t, fsys)
	if len(found) != 1 || !strings.Contains(found[0], "rotation_test.rego:14: undefined function opa.runtime") {
		t.Errorf("got %q", found)
	}
}

func edit(t *testing.T, fsys fstest.MapFS, file, old, replacement string) {
	t.Helper()
	text := string(fsys[folder+file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in %s", old, file)
	}
	fsys[folder+file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, old, replacement))}
}
