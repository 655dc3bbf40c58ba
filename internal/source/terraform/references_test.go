package terraform

import (
	"slices"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestReferences(t *testing.T) {
	for _, tt := range []struct{ name, src, from, want string }{
		{"an attribute", `
resource "aws_s3_bucket" "b" {}
resource "aws_x" "p" { bucket = aws_s3_bucket.b.id }`, "aws_x.p", "aws_s3_bucket.b"},
		{"a configured attribute", `
resource "aws_s3_bucket" "b" { bucket = "n" }
resource "aws_x" "p" { bucket = aws_s3_bucket.b.bucket }`, "aws_x.p", "aws_s3_bucket.b"},
		{"through locals", `
resource "aws_s3_bucket" "b" { bucket = "n" }
resource "aws_s3_bucket" "c" { bucket = "m" }
locals { all = { b = aws_s3_bucket.b.bucket, c = aws_s3_bucket.c.id } }
resource "aws_x" "p" { bucket = local.all["b"] }`, "aws_x.p", "aws_s3_bucket.b"},
		{"one instance by its key", `
resource "aws_s3_bucket" "b" { for_each = toset(["x", "y"]) }
resource "aws_x" "p" {
  for_each = aws_s3_bucket.b
  bucket   = each.value.id
}`, `aws_x.p["x"]`, `aws_s3_bucket.b["x"]`},
		{"one instance by the key of a chained for_each", `
resource "aws_s3_bucket" "b" { for_each = toset(["x", "y"]) }
resource "aws_x" "p" {
  for_each = aws_s3_bucket.b
  bucket   = each.key
}`, `aws_x.p["y"]`, `aws_s3_bucket.b["y"]`},
		{"one instance where the count is that of all", `
resource "aws_s3_bucket" "b" { count = 2 }
resource "aws_x" "p" {
  count  = length(aws_s3_bucket.b)
  bucket = aws_s3_bucket.b[count.index].id
}`, `aws_x.p[0]`, `aws_s3_bucket.b[0]`},
		{"through count alone", `
resource "aws_s3_bucket" "b" { count = 2 }
resource "aws_x" "p" { count = length(aws_s3_bucket.b) }`, `aws_x.p[0]`, `aws_s3_bucket.b[0] aws_s3_bucket.b[1]`},
		{"one instance by each.key", `
resource "aws_s3_bucket" "b" { for_each = toset(["x", "y"]) }
resource "aws_x" "p" {
  for_each = toset(["x", "y"])
  bucket   = aws_s3_bucket.b[each.key].id
}`, `aws_x.p["x"]`, `aws_s3_bucket.b["x"]`},
		{"one instance by count.index", `
resource "aws_s3_bucket" "b" { count = 2 }
resource "aws_x" "p" {
  count  = 2
  bucket = aws_s3_bucket.b[count.index].id
}`, `aws_x.p[1]`, `aws_s3_bucket.b[1]`},
		{"all instances", `
resource "aws_subnet" "b" { count = 2 }
resource "aws_x" "p" { subnets = aws_subnet.b[*].id }`, `aws_x.p`, `aws_subnet.b[0] aws_subnet.b[1]`},
		{"a bucket by its name", `
resource "aws_s3_bucket" "b" { bucket = "logs" }
resource "aws_s3_bucket_versioning" "p" { bucket = "logs" }`, "aws_s3_bucket_versioning.p", "aws_s3_bucket.b"},
		{"a bucket by its ARN", `
resource "aws_s3_bucket" "b" { bucket = "logs" }
resource "aws_flow_log" "p" { log_destination = "arn:aws:s3:::logs/vpc" }`, "aws_flow_log.p", "aws_s3_bucket.b"},
		{"security groups by their names", `
resource "aws_security_group" "a" { name = "a" }
resource "aws_security_group" "b" { name = "b" }
resource "aws_security_group" "c" { name = "c" }
resource "aws_instance" "p" { security_groups = ["a", "b"] }`, "aws_instance.p", "aws_security_group.a aws_security_group.b"},
		{"a policy by the name in its ARN", `
resource "aws_iam_policy" "a" { name = "read" }
resource "aws_iam_role_policy_attachment" "p" {
  role       = "r"
  policy_arn = "arn:aws:iam::123456789012:policy/team/read"
}
resource "aws_iam_role" "r" { name = "r" }`, "aws_iam_role_policy_attachment.p", "aws_iam_policy.a aws_iam_role.r"},
		{"none to a policy of Amazon's of the same name", `
resource "aws_iam_policy" "a" { name = "ReadOnlyAccess" }
resource "aws_iam_role_policy_attachment" "p" { policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess" }`, "aws_iam_role_policy_attachment.p", ""},
		{"none by a name that is not known", `
variable "x" { type = string }
resource "aws_s3_bucket" "b" { bucket = var.x }
resource "aws_s3_bucket_versioning" "p" { bucket = var.x }`, "aws_s3_bucket_versioning.p", ""},
		{"one instance by its name", `
resource "aws_s3_bucket" "b" {
  for_each = toset(["x", "y"])
  bucket   = "logs-${each.key}"
}
resource "aws_s3_bucket_policy" "p" { bucket = "logs-y" }`, "aws_s3_bucket_policy.p", `aws_s3_bucket.b["y"]`},
		{"a data source", `
data "aws_ami" "a" {}
resource "aws_x" "p" { ami = data.aws_ami.a.id }`, `aws_x.p`, `data.aws_ami.a`},
		{"inside a dynamic block and a document", `
resource "aws_s3_bucket" "b" {}
resource "aws_kms_key" "k" {}
resource "aws_x" "p" {
  policy = jsonencode({ R = aws_s3_bucket.b.arn })
  dynamic "d" {
    for_each = [aws_kms_key.k.arn]
    content { key = d.value }
  }
}`, `aws_x.p`, `aws_kms_key.k aws_s3_bucket.b`},
		{"not to itself, and not by depends_on", `
resource "aws_s3_bucket" "b" {}
resource "aws_x" "p" {
  a          = aws_x.p.arn
  depends_on = [aws_s3_bucket.b]
}`, `aws_x.p`, ``},
		{"by the name of a bucket", `
resource "aws_s3_bucket" "b" { bucket = "logs" }
resource "aws_s3_bucket" "c" { bucket = "other" }
resource "aws_s3_bucket_acl" "p" { bucket = "logs" }`, `aws_s3_bucket_acl.p`, `aws_s3_bucket.b`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv := loadMain(t, tt.src)
			from := subject(t, inv, tt.from)
			var names []string
			for _, s := range from.References {
				names = append(names, s.Address)
				if !slices.Contains(s.Referrers, from) {
					t.Errorf("%s does not know that %s refers to it", s.Address, tt.from)
				}
			}
			diff(t, strings.Join(names, " "), tt.want)
		})
	}
}

func TestReferencesThroughModules(t *testing.T) {
	inv := load(t, &Loader{}, `
-- main.tf --
resource "aws_kms_key" "k" {}
module "m" {
  source = "./mod"
  key    = aws_kms_key.k.arn
}
resource "aws_x" "p" { bucket = module.m.bucket }
-- mod/main.tf --
variable "key" {}
resource "aws_s3_bucket" "b" { kms = var.key }
output "bucket" { value = aws_s3_bucket.b.id }
`)
	names := func(list []*annexgate.Subject) string {
		var out []string
		for _, s := range list {
			out = append(out, s.Address)
		}
		return strings.Join(out, " ")
	}
	diff(t, names(subject(t, inv, "aws_x.p").References), "module.m module.m.aws_s3_bucket.b")
	diff(t, names(subject(t, inv, "module.m").References), "aws_kms_key.k")
	diff(t, names(subject(t, inv, "module.m.aws_s3_bucket.b").References), "aws_kms_key.k")
	diff(t, asJSON(t, subject(t, inv, "aws_x.p").Values), `{"bucket":"ref:${module.m.aws_s3_bucket.b.id}"}`)
}
