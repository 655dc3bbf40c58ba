package terraform

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// generated makes a repository of modules with locals, for_each and dynamic
// blocks: roots times (1 + modules) files.
func generated(roots, modules int) fstest.MapFS {
	fsys := fstest.MapFS{}
	for r := range roots {
		var root strings.Builder
		fmt.Fprintf(&root, "locals {\n  name = \"svc-%d\"\n  tags = { Owner = \"team\", Name = local.name }\n}\n", r)
		for m := range modules {
			fmt.Fprintf(&root, "module \"m%d\" {\n  source = \"./mod%d\"\n  name   = \"${local.name}-%d\"\n  tags   = local.tags\n}\n", m, m, m)
			fsys[fmt.Sprintf("r%d/mod%d/main.tf", r, m)] = &fstest.MapFile{Data: []byte(generatedModule)}
		}
		fsys[fmt.Sprintf("r%d/main.tf", r)] = &fstest.MapFile{Data: []byte(root.String())}
	}
	return fsys
}

const generatedModule = `
variable "name" { type = string }
variable "tags" { type = map(string) }
variable "rules" {
  type    = map(object({ port = number, cidrs = optional(list(string), ["10.0.0.0/8"]) }))
  default = { https = { port = 443 }, ssh = { port = 22, cidrs = ["192.168.0.0/16"] } }
}
locals {
  buckets = toset(["logs", "data"])
  labels  = merge(var.tags, { Module = var.name })
}
resource "aws_s3_bucket" "b" {
  for_each = local.buckets
  bucket   = "${var.name}-${each.key}"
  tags     = merge(local.labels, { Bucket = each.key })
}
resource "aws_s3_bucket_public_access_block" "b" {
  for_each                = aws_s3_bucket.b
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_security_group" "g" {
  name        = "${var.name}-sg"
  description = "of ${var.name}"
  dynamic "ingress" {
    for_each = var.rules
    content {
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.cidrs
      description = upper(ingress.key)
    }
  }
  tags = local.labels
}
resource "aws_iam_role_policy" "p" {
  name   = join("-", [var.name, "policy"])
  role   = aws_iam_role.r[0].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for b in aws_s3_bucket.b : { Effect = "Allow", Action = ["s3:GetObject"], Resource = "${b.arn}/*" }]
  })
}
resource "aws_iam_role" "r" {
  count = length(var.name) > 3 ? 1 : 0
  name  = var.name
}
output "buckets" { value = { for k, b in aws_s3_bucket.b : k => b.arn } }
`

// cpu returns the processor time used so far, garbage collection included, in
// seconds. Wall time says little on a machine that others use as well.
func cpu() float64 {
	runtime.GC() // the counters are brought up to date
	samples := []metrics.Sample{{Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"}}
	metrics.Read(samples)
	return samples[0].Value.Float64() - samples[1].Value.Float64()
}

func BenchmarkLoad(b *testing.B) {
	fsys := generated(50, 29)
	files := discovered(fsys)
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		start := cpu()
		for b.Loop() {
			for _, name := range files {
				if _, diags := hclsyntax.ParseConfig(fsys[name].Data, name, hcl.InitialPos); diags.HasErrors() {
					b.Fatal(diags)
				}
			}
		}
		b.ReportMetric((cpu()-start)/float64(b.N)*1000, "cpu-ms/op")
	})
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		start := cpu()
		for b.Loop() {
			inv, err := (&Loader{}).Load(context.Background(), fsys, files)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(inv.Subjects)), "subjects")
			for _, p := range inv.Problems {
				b.Fatal(p)
			}
		}
		b.ReportMetric((cpu()-start)/float64(b.N)*1000, "cpu-ms/op")
	})
}
