package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/policies"
)

// BenchmarkStart is the whole of a run over one resource, with more and more
// policies installed, each for a type of its own but for ten that apply. An
// indexed library is what annexgate brings along; one without an index is what
// --policies adds.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(`resource "type_0" "a" {}`), 0o644); err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{20, 200, 600} {
		source := manyPolicies(n)
		index, digest, err := policy.Index(source.FS)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("indexed/%d", n), func(b *testing.B) {
			start(b, dir, policy.Source{FS: source.FS, Index: index, Digest: digest})
		})
		b.Run(fmt.Sprintf("read/%d", n), func(b *testing.B) { start(b, dir, source) })
	}
}

func start(b *testing.B, dir string, source policy.Source) {
	for b.Loop() {
		run, _, err := Run(context.Background(), Options{
			Dir: dir, Policies: []policy.Source{source}, FailOn: new(annexgate.High), Now: time.Now,
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(run.Decisions) != 10 {
			b.Fatalf("%d decisions, want 10", len(run.Decisions))
		}
	}
}

// BenchmarkRun judges 10,000 resources of five types with the whole library.
// One in ten hangs on a variable without a value.
func BenchmarkRun(b *testing.B) {
	dir := b.TempDir()
	for m := range 100 {
		var text strings.Builder
		text.WriteString("variable \"encrypted\" {\n  type = bool\n}\n")
		for i := range 20 {
			encrypted := "true"
			if i%2 == 0 {
				encrypted = "var.encrypted"
			}
			fmt.Fprintf(&text, resources, i, m, encrypted)
		}
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(m)), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(m), "main.tf"), []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		run, _, err := Run(context.Background(), Options{
			Dir: dir, Now: time.Now,
			Policies: []policy.Source{{FS: policies.FS, Index: policies.Index, Digest: policies.Digest}},
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(run.Subjects)), "subjects")
		b.ReportMetric(float64(len(run.Decisions)), "decisions")
	}
}

const resources = `
resource "aws_s3_bucket" "b%[1]d" {
  bucket = "acme-%[2]d-%[1]d"
}
resource "aws_s3_bucket_public_access_block" "b%[1]d" {
  bucket                  = aws_s3_bucket.b%[1]d.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_db_instance" "d%[1]d" {
  storage_encrypted       = %[3]s
  backup_retention_period = 14
}
resource "aws_security_group" "s%[1]d" {
  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/8"]
  }
}
resource "aws_ebs_volume" "v%[1]d" {
  encrypted = true
}
`

// manyPolicies returns a library of n policies, of which ten apply to type_0.
func manyPolicies(n int) policy.Source {
	rule, err := policies.FS.ReadFile("terraform/aws/ec2/instance_metadata/instance_metadata.rego")
	if err != nil {
		panic(err)
	}
	helper, err := policies.FS.ReadFile("lib/tf/tf.rego")
	if err != nil {
		panic(err)
	}
	files := fstest.MapFS{"lib/tf/tf.rego": {Data: helper}}
	for i := range n {
		name := fmt.Sprintf("p%d", i)
		text := strings.NewReplacer(
			"aws.ec2.instance_metadata", "generated."+name,
			"aws_instance, aws_launch_template, aws_launch_configuration", fmt.Sprintf("type_%d", max(0, i-9)),
			"AWS-EC2-001", fmt.Sprintf("GEN-%d", i),
		).Replace(string(rule))
		files["terraform/generated/"+name+"/"+name+".rego"] = &fstest.MapFile{Data: []byte(text)}
	}
	return policy.Source{FS: files}
}
