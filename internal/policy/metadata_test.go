package policy

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// rotation is a policy without fault. Each test breaks it in one place.
const rotation = `# METADATA
# title: Keys are rotated
# description: Why it matters.
# related_resources:
#   - ref: https://docs.example.org/rotation
#     description: Rotate keys
# custom:
#   controls: [A.8.24]
#   severity: medium
#   subjects: [aws_kms_key]
#   remediation: Set enable_key_rotation to true.
#   aliases:
#     - AWS-KMS-001
#     - trivy:AWS-0065
#   settings:
#     rotation_days:
#       type: integer
#       default: 365
#       description: The longest time between two rotations.
package policies.terraform.aws.kms.rotation

deny contains {"message": $"{input.subject.address} is not rotated", "at": {"path": ["enable_key_rotation"]}} if {
	not input.subject.values.enable_key_rotation
}
`

const rotationFile = "terraform/aws/kms/rotation/rotation.rego"

// library is a file system of files: name and text in turn.
func library(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// edited returns rotation with old replaced.
func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	if strings.Count(rotation, old) != 1 {
		t.Fatalf("%q is not in the policy once", old)
	}
	return strings.Replace(rotation, old, replacement, 1)
}

func TestLoad(t *testing.T) {
	loaded, err := Load(Source{FS: library(
		rotationFile, rotation,
		"terraform/aws/kms/rotation/rotation_test.rego", "this is not Rego",
		"terraform/aws/kms/rotation/fail.tf", "resource {{",
	)})
	if err != nil {
		t.Fatal(err)
	}
	want := []*annexgate.Policy{{
		ID: "terraform.aws.kms.rotation", Title: "Keys are rotated", Description: "Why it matters.",
		Severity: annexgate.Medium, Kind: annexgate.Terraform, Types: []string{"aws_kms_key"}, Controls: []string{"A.8.24"},
		Remediation: "Set enable_key_rotation to true.", Aliases: []string{"AWS-KMS-001", "trivy:AWS-0065"},
		Links: []annexgate.Link{{URL: "https://docs.example.org/rotation", Title: "Rotate keys"}},
		Settings: []annexgate.Setting{{
			Name: "rotation_days", Type: "integer", Description: "The longest time between two rotations.", Default: json.Number("365"),
		}},
		File:   rotationFile,
		SHA256: annexgate.NewInput("", "", []byte(rotation)).SHA256,
	}}
	if diff := cmp.Diff(want, loaded.Policies()); diff != "" {
		t.Error(diff)
	}
	if len(loaded.Digest()) != 64 {
		t.Errorf("the digest is %q", loaded.Digest())
	}
	if _, err := loaded.Compile(context.Background(), loaded.Policies(), nil); err != nil {
		t.Error(err)
	}
}

// TestMetadataFaults holds each fault to a message that names the file and
// says what to do.
func TestMetadataFaults(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"no metadata at all":         {rotation[:strings.Index(rotation, "package")], "", "the package has no METADATA comment"},
		"a title that is missing":    {"# title: Keys are rotated\n", "", `title "": want the requirement in the good state`},
		"a title with a full stop":   {"Keys are rotated\n", "Keys are rotated.\n", "without full stop"},
		"controls that are missing":  {"#   controls: [A.8.24]\n", "", "custom.controls is missing: name at least one Annex A control"},
		"a control nobody knows":     {"A.8.24", "A.8.99", `unknown control "A.8.99": want an identifier of ISO/IEC 27001:2022`},
		"a control of 2013":          {"A.8.24", "A.10.1.1", `unknown control "A.10.1.1": it is of the 2013 edition; in 2022 it became A.8.24`},
		"a severity nobody knows":    {"severity: medium", "severity: urgent", `unknown severity "urgent": want low, medium, high or critical`},
		"a severity that is missing": {"#   severity: medium\n", "", `unknown severity ""`},
		"subjects that are missing":  {"#   subjects: [aws_kms_key]\n", "", "custom.subjects is missing"},
		"a remedy that is missing":   {"#   remediation: Set enable_key_rotation to true.\n", "", "custom.remediation is missing"},
		"a field nobody knows":       {"#   severity: medium", "#   severity: medium\n#   owner: payments", `unknown field "owner"`},
		"a list that is a text":      {"subjects: [aws_kms_key]", "subjects: aws_kms_key", "cannot unmarshal string"},
		"a setting of no type":       {"type: integer", "type: duration", "setting rotation_days: want a type (boolean, integer, list, map, number, string)"},
		"a setting of another type":  {"default: 365", `default: "365"`, "setting rotation_days: want a type"},
		"a setting that is no whole": {"default: 365", "default: 0.5", "setting rotation_days: want a type"},
		"a setting without default":  {"#       default: 365\n", "", "setting rotation_days: want a type"},
		"a setting nobody describes": {"#       description: The longest time between two rotations.\n", "", "setting rotation_days: want a type"},
		"no deny":                    {"deny contains", "warn contains", "no rule deny"},
		"deny that is no set":        {rotation[strings.Index(rotation, "deny"):], "deny := \"x\"\n", "no rule deny: want a set"},
		"a public helper":            {"deny contains", "helper := 1\n\ndeny contains", "rule helper is public: only deny is; start the names of helpers with an underscore"},
		"another folder's package":   {"policies.terraform.aws.kms.rotation", "policies.terraform.aws.kms.other", "the package is policies.terraform.aws.kms.other: want policies.terraform.aws.kms.rotation, as its folder says"},
		"a package of its own":       {"package policies.terraform", "package terraform", "the package is terraform.aws.kms.rotation: want policies.terraform.aws.kms.rotation"},
		"a text that is no Rego":     {"deny contains", "deny contains contains", "unexpected : token"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Source{FS: library(rotationFile, edited(t, c.old, c.replacement))})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), rotationFile) {
				t.Errorf("got %v, want %s and the file", err, c.want)
			}
		})
	}
}

func TestLibraryFaults(t *testing.T) {
	other := strings.NewReplacer("kms.rotation", "kms.other", "AWS-KMS-001", "AWS-KMS-002").Replace(rotation)
	const otherFile = "terraform/aws/kms/other/other.rego"
	for name, c := range map[string]struct {
		files []string
		want  string // empty: no fault
	}{
		"two policies share a setting and a peer's check": {[]string{rotationFile, rotation, otherFile, other}, ""},
		"helpers need no metadata":                        {[]string{"lib/x/x.rego", "package policies.lib.x\n\npublic := 1\n"}, ""},
		"a library may be empty":                          {nil, ""},
		"two policies of one name": {
			[]string{rotationFile, rotation, otherFile, strings.Replace(other, "AWS-KMS-002", "AWS-KMS-001", 1)},
			`"AWS-KMS-001" already names the policy in ` + otherFile,
		},
		"an alias that is another's ID": {
			[]string{rotationFile, rotation, otherFile, strings.Replace(other, "AWS-KMS-002", "terraform.aws.kms.rotation", 1)},
			`"terraform.aws.kms.rotation" already names`,
		},
		"two rules in one folder": {
			[]string{rotationFile, rotation, "terraform/aws/kms/rotation/second.rego", strings.Replace(rotation, "AWS-KMS-001", "AWS-KMS-002", 1)},
			`"terraform.aws.kms.rotation" already names`,
		},
		"a setting that is declared in two ways": {
			[]string{rotationFile, rotation, otherFile, strings.Replace(other, "365", "90", 1)},
			"another policy declares setting rotation_days with another type, default or description",
		},
		"a folder that is no kind of subject": {
			[]string{"ansible/x/x.rego", strings.Replace(rotation, "terraform.aws.kms.rotation", "ansible.x", 1)},
			`the folder "ansible" names no kind of subject: want terraform, kubernetes or pullrequest`,
		},
		"a helper of another package": {
			[]string{"lib/x/x.rego", "package policies.lib.y\n"},
			"lib/x/x.rego:1: the package is policies.lib.y: want policies.lib.x",
		},
		"a file without a rule": {[]string{rotationFile, "# nothing here\n"}, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Source{FS: library(c.files...)})
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestAllFaults holds Load to naming every fault at once: whoever writes a
// policy mends them in one go.
func TestAllFaults(t *testing.T) {
	broken := strings.NewReplacer("A.8.24", "A.8.99", "severity: medium", "severity: urgent", "Keys are rotated\n", "Keys are rotated.\n").Replace(rotation)
	_, err := Load(Source{FS: library(rotationFile, broken, "terraform/x/x.rego", "package y\n")})
	if err == nil {
		t.Fatal("no fault is found")
	}
	for _, want := range []string{"A.8.99", "urgent", "full stop", "terraform/x/x.rego:1: the package is y"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not tell of %s:\n%v", want, err)
		}
	}
}
