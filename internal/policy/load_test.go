package policy

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// TestSources holds Load to what must not come from two sources, and to what
// policies must not use of each other.
func TestSources(t *testing.T) {
	trusted := Source{Name: "trusted", FS: fstest.MapFS{
		"lib/tf/tf.rego": {Data: []byte("package policies.lib.tf\n\nenabled(values, name) if values[name]\n")},
	}}
	for name, c := range map[string]struct {
		file, text string
		want       string // nothing: it loads
	}{
		"helpers of one's own": {"lib/acme/acme.rego", "package policies.lib.acme\n\nx := 1\n", ""},
		"helpers below others": {"lib/tf/more/more.rego", "package policies.lib.tf.more\n\nx := 1\n", ""},
		"helpers added to those of another source": {
			"lib/tf/mine.rego", "package policies.lib.tf\n\nenabled(_, _)\n",
			"trusted/lib/tf/tf.rego: package policies.lib.tf is already in mine/lib/tf/mine.rego",
		},
		"a policy that uses another": {
			"lib/acme/acme.rego", "package policies.lib.acme\n\nx := data.policies.terraform.aws.kms.rotation.deny\n",
			"mine/lib/acme/acme.rego:3: policies must not use each other, as in data.policies.terraform.aws.kms.rotation.deny",
		},
		"a policy that imports another": {
			"lib/acme/acme.rego", "package policies.lib.acme\n\nimport data.policies.terraform.aws.kms.rotation\n\nx := rotation.deny\n",
			"mine/lib/acme/acme.rego:3: policies must not use each other",
		},
		"a policy that imports helpers": {"lib/acme/acme.rego", "package policies.lib.acme\n\nimport data.policies.lib.tf\n\nx(v) if tf.enabled(v, \"a\")\n", ""},
		"a file that is too long": {
			"lib/acme/acme.rego", "package policies.lib.acme\n" + strings.Repeat("# comment\n", 30_000),
			"mine/lib/acme/acme.rego: the file is larger than 256 KiB",
		},
		"an empty file": {"lib/acme/acme.rego", "", "mine/lib/acme/acme.rego:1: empty module"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Source{Name: "mine", FS: library(rotationFile, rotation, c.file, c.text)}, trusted)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	policies := []*annexgate.Policy{
		{ID: "terraform.aws.s3.public_access", Aliases: []string{"AWS-S3-001", "trivy:AWS-0086"}},
		{ID: "terraform.aws.s3.public_access_block", Aliases: []string{"AWS-S3-002", "trivy:AWS-0086"}},
		{ID: "terraform.aws.kms.rotation", Aliases: []string{"AWS-KMS-001"}},
	}
	for name, c := range map[string]struct{ name, want, fault string }{
		"an ID":                             {"terraform.aws.kms.rotation", "terraform.aws.kms.rotation", ""},
		"an ID that begins another":         {"terraform.aws.s3.public_access", "terraform.aws.s3.public_access", ""},
		"a short code":                      {"AWS-S3-002", "terraform.aws.s3.public_access_block", ""},
		"a beginning that no other has":     {"terraform.aws.k", "terraform.aws.kms.rotation", ""},
		"a beginning that several have":     {"terraform.aws.s3", "", "stands for 2 policies:\n  terraform.aws.s3.public_access\n  terraform.aws.s3.public_access_block\nhint: "},
		"an alias that several have":        {"AWS-0086", "", "stands for 2 policies"},
		"a name that is nearly one":         {"terraform.aws.kms.rotatoin", "", "did you mean terraform.aws.kms.rotation?"},
		"nothing":                           {"", "", "is empty"},
		"a control is not one policy":       {"A.8.24", "", `no policy is called "A.8.24"`},
		"the end of an ID is no name of it": {"rotation", "", `no policy is called "rotation"`},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Find(policies, c.name)
			switch {
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("got %v, want %s", err, c.fault)
			case c.fault == "" && (err != nil || p.ID != c.want):
				t.Errorf("got %v and %v, want %s", p, err, c.want)
			}
		})
	}
}

// TestExplain has several faults in one file, each with its line.
func TestExplain(t *testing.T) {
	_, err := Load(Source{Name: "mine", FS: library("kubernetes/x/x.rego", "package policies.kubernetes.x\n\na := }\n\nb := \x1b]\n")})
	if err == nil {
		t.Fatal("it loads")
	}
	lines := strings.Split(err.Error(), "\n")
	if i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "mine/kubernetes/x/x.rego:3: ") }); i < 0 {
		t.Errorf("line 3 is not named: %s", err)
	}
	if strings.Contains(err.Error(), "\t") || strings.Contains(err.Error(), "occurred") {
		t.Errorf("got %q", err)
	}
}
