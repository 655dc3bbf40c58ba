package terraform

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// tree makes a file system of a txtar archive.
func tree(archive string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// discovered are the files that discovery would hand to the loader.
func discovered(fsys fstest.MapFS) []string {
	var files []string
	for _, name := range slices.Sorted(maps.Keys(fsys)) {
		if strings.Contains(name, ".terraform/") {
			continue
		}
		for _, suffix := range []string{".tf", ".tofu", ".tf.json", ".tofu.json", ".tfvars", ".tfvars.json"} {
			if strings.HasSuffix(name, suffix) {
				files = append(files, name)
				break
			}
		}
	}
	return files
}

func load(t *testing.T, l *Loader, archive string) *annexgate.Inventory {
	t.Helper()
	fsys := tree(archive)
	inv, err := l.Load(context.Background(), fsys, discovered(fsys))
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// main loads an archive whose first lines are the file main.tf.
func loadMain(t *testing.T, src string) *annexgate.Inventory {
	t.Helper()
	return load(t, &Loader{}, "-- main.tf --\n"+src)
}

func subject(t *testing.T, inv *annexgate.Inventory, address string) *annexgate.Subject {
	t.Helper()
	for _, s := range inv.Subjects {
		if s.Address == address {
			return s
		}
	}
	t.Fatalf("no subject %s among %v\nproblems: %v", address, addresses(inv), inv.Problems)
	return nil
}

// addresses lists the subjects but for the root module.
func addresses(inv *annexgate.Inventory) []string {
	var list []string
	for _, s := range inv.Subjects {
		if s.Type != "root_module" {
			list = append(list, s.Address)
		}
	}
	return list
}

func messages(inv *annexgate.Inventory) []string {
	var list []string
	for _, p := range inv.Problems {
		list = append(list, p.String())
	}
	return list
}

// plain writes values for comparison: references as they are, unknown values
// as "?" and the reason.
func plain(v any) any {
	switch v := v.(type) {
	case annexgate.Reference:
		return "ref:" + string(v)
	case annexgate.UnknownValue:
		return "?" + v.Reason
	case map[string]any:
		out := map[string]any{}
		for key, part := range v {
			out[key] = plain(part)
		}
		return out
	case []any:
		out := []any{}
		for _, part := range v {
			out = append(out, plain(part))
		}
		return out
	}
	return v
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(plain(v)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func diff(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("unexpected result (-want +got):\n%s", d)
	}
}

// TestOutputs evaluates an expression, out, in a small module.
func TestOutputs(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"a local refers to a local below it", `
locals { a = local.b + 1 }
locals { b = 2 }
output "out" { value = local.a }`, `3`},
		{"numbers keep all digits", `output "out" { value = 123456789012345678901234567890 }`, `123456789012345678901234567890`},
		{"null is absent inside an object", `output "out" { value = { a = null, b = 1 } }`, `{"b":1}`},
		{"null keeps its place in a list", `output "out" { value = [null, 1] }`, `[null,1]`},
		{"a division by zero is unknown", `output "out" { value = 1 / 0 }`, `"?the number is not finite"`},
		{"a variable without value is unknown", `
variable "x" {}
output "out" { value = length(var.x) }`, `"?variable \"x\" has no value"`},
		{"a variable without value hides a text it is part of", `
variable "x" { type = string }
output "out" { value = "a-${var.x}" }`, `"?variable \"x\" has no value"`},
		{"optional attributes take their defaults", `
variable "x" {
  type    = object({ a = optional(string, "d"), b = optional(number), c = bool })
  default = { c = "true" }
}
output "out" { value = var.x }`, `{"a":"d","c":true}`},
		{"a default is converted to the type", `
variable "x" {
  type    = list(string)
  default = [1, true]
}
output "out" { value = var.x }`, `["1","true"]`},
		{"an attribute of a resource is a reference", `
resource "aws_kms_key" "k" {}
output "out" { value = aws_kms_key.k.arn }`, `"ref:${aws_kms_key.k.arn}"`},
		{"a text around references keeps its form", `
resource "aws_s3_bucket" "b" { count = 2 }
output "out" { value = "arn:aws:s3:::${aws_s3_bucket.b[1].id}/*" }`, `"ref:arn:aws:s3:::${aws_s3_bucket.b[1].id}/*"`},
		{"a reference keeps its form through a local and a list", `
resource "aws_s3_bucket" "b" {}
locals { arns = [for s in ["a", "b"] : "${aws_s3_bucket.b.arn}/${s}"] }
output "out" { value = local.arns }`, `["ref:${aws_s3_bucket.b.arn}/a","ref:${aws_s3_bucket.b.arn}/b"]`},
		{"jsonencode keeps the document around references", `
resource "aws_s3_bucket" "b" {}
output "out" { value = jsonencode({ R = [aws_s3_bucket.b.arn, "x"] }) }`, `"ref:{\"R\":[\"${aws_s3_bucket.b.arn}\",\"x\"]}"`},
		{"the length of a reference is unknown", `
resource "aws_kms_key" "k" {}
output "out" { value = length(aws_kms_key.k.arn) }`, `"?depends on aws_kms_key.k.arn, which is settled at apply"`},
		{"an arm taken on an unknown condition is unknown", `
resource "aws_kms_key" "k" {}
output "out" { value = aws_kms_key.k.flag ? "public-read" : "private" }`, `"?depends on aws_kms_key.k.flag, which is settled at apply"`},
		{"the arm that is not taken leaves no trace", `
variable "x" {}
resource "aws_kms_key" "k" {}
output "out" { value = true ? aws_kms_key.k.arn : var.x }`, `"ref:${aws_kms_key.k.arn}"`},
		{"a configured attribute is its value", `
resource "aws_s3_bucket" "b" { bucket = "logs" }
output "out" { value = upper(aws_s3_bucket.b.bucket) }`, `"LOGS"`},
		{
			"a nested block is reached by index", `
resource "aws_x" "b" {
  conf { mode = "a" }
}
output "out" { value = [aws_x.b.conf[0].mode, aws_x.b.conf.0.mode, aws_x.b.conf[0].computed] }`,
			`["a","a","ref:${aws_x.b.conf[0].computed}"]`,
		},
		{"splats take one attribute of each instance", `
resource "aws_x" "b" {
  count = 2
  name  = "n${count.index}"
}
output "out" { value = [aws_x.b[*].name, aws_x.b.*.id] }`, `[["n0","n1"],["ref:${aws_x.b[0].id}","ref:${aws_x.b[1].id}"]]`},
		{
			"a for expression walks instances", `
resource "aws_x" "b" {
  for_each = toset(["a", "b"])
  name     = each.key
}
output "out" { value = { for k, x in aws_x.b : k => [x.name, x.arn] } }`,
			`{"a":["a","ref:${aws_x.b[\"a\"].arn}"],"b":["b","ref:${aws_x.b[\"b\"].arn}"]}`,
		},
		{"values of instances are splatted", `
resource "aws_x" "b" { for_each = toset(["a"]) }
output "out" { value = values(aws_x.b)[*].arn }`, `["ref:${aws_x.b[\"a\"].arn}"]`},
		{"the first of conditional instances", `
resource "aws_x" "b" { count = 0 }
output "out" { value = [one(aws_x.b[*].id), try(aws_x.b[0].id, "none")] }`, `[null,"none"]`},
		{"a data source is unknown", `
data "aws_ami" "x" {}
output "out" { value = data.aws_ami.x.id }`, `"?data source data.aws_ami.x is read at apply"`},
		{
			"what a function of a provider returns is unknown", `
output "out" { value = { a = provider::aws::arn_parse("x"), b = 1 } }`,
			`{"a":"?function provider::aws::arn_parse belongs to a provider, which is not run","b":1}`,
		},
		{"a function that nobody knows does not swallow its surroundings", `
output "out" { value = { a = nosuch(1), b = 1 } }`, `{"a":"?function nosuch is not known","b":1}`},
		{"a function under its namespace", `output "out" { value = core::upper("a") }`, `"A"`},
		{"a function that differs from run to run", `output "out" { value = timestamp() }`, `"?the result of timestamp differs from run to run"`},
		{"a sensitive output is kept back", `output "out" { value = sensitive("hunter2") }`, `"?the output is sensitive"`},
		{"the workspace", `output "out" { value = terraform.workspace }`, `"default"`},
		{"the start of a text decides", `
resource "aws_x" "b" {}
output "out" { value = startswith("arn:${aws_x.b.id}", "arn:") }`, `true`},
		{"a reference to nothing is unknown", `
output "out" { value = aws_x.nosuch.id }`, `"?cannot be evaluated: reference to undeclared block: There is no aws_x.nosuch.id here"`},
		{"a circle is unknown", `
locals {
  a = local.b
  b = local.a
}
output "out" { value = local.a }`, `"?local.a depends on itself"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv := loadMain(t, tt.src)
			diff(t, asJSON(t, inv.Outputs["out"]), tt.want)
		})
	}
}

func TestValues(t *testing.T) {
	for _, tt := range []struct{ name, src, address, want string }{
		{"one nested block is a list", `
resource "aws_s3_bucket" "b" {
  versioning { enabled = true }
}`, "aws_s3_bucket.b", `{"versioning":[{"enabled":true}]}`},
		{"what directs Terraform is no value", `
resource "aws_x" "b" {
  count      = 1
  depends_on = [aws_x.c]
  provider   = aws.west
  a          = 1
  lifecycle { prevent_destroy = true }
  provisioner "local-exec" { command = "true" }
}
resource "aws_x" "c" {}`, "aws_x.b[0]", `{"a":1}`},
		{"a dynamic block is expanded", `
resource "aws_sg" "b" {
  dynamic "ingress" {
    for_each = [80, 443]
    content { port = ingress.value }
  }
  ingress { port = 22 }
}`, "aws_sg.b", `{"ingress":[{"port":80},{"port":443},{"port":22}]}`},
		{"dynamic blocks nest and name their iterators", `
resource "aws_sg" "b" {
  dynamic "a" {
    for_each = { x = ["p", "q"] }
    iterator = it
    content {
      key = it.key
      dynamic "b" {
        for_each = toset(it.value)
        content { v = "${it.key}-${b.key}" }
      }
    }
  }
}`, "aws_sg.b", `{"a":[{"b":[{"v":"x-p"},{"v":"x-q"}],"key":"x"}]}`},
		{"a dynamic block over nothing is absent", `
resource "aws_sg" "b" {
  dynamic "a" {
    for_each = []
    content {}
  }
}`, "aws_sg.b", `{}`},
		{"a dynamic block over an unknown is one block", `
variable "rules" {}
resource "aws_sg" "b" {
  dynamic "a" {
    for_each = var.rules
    content {
      fixed = 1
      port  = a.value.port
    }
  }
}`, "aws_sg.b", `{"a":[{"fixed":1,"port":"?variable \"rules\" has no value"}]}`},
		{"an unknown count is one instance", `
variable "n" {}
resource "aws_x" "b" {
  count = var.n
  name  = "a"
  index = count.index
}`, "aws_x.b[*]", `{"index":"?variable \"n\" has no value","name":"a"}`},
		{"keys are quoted as Terraform does", `
resource "aws_x" "b" {
  for_each = { "a\"b" = 1 }
  v        = each.value
}`, `aws_x.b["a\"b"]`, `{"v":1}`},
		{"a data source", `data "aws_iam_policy_document" "d" {
  statement { actions = ["s3:*"] }
}`, "data.aws_iam_policy_document.d", `{"statement":[{"actions":["s3:*"]}]}`},
		{"a provider", `provider "aws" {
  alias  = "west"
  region = "us-west-2"
}`, "provider.aws.west", `{"alias":"west","region":"us-west-2"}`},
		{"the terraform block", `terraform {
  required_version = ">= 1.5"
  backend "s3" { encrypt = true }
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.west]
    }
  }
}`, "terraform", `{"backend":[{"encrypt":true,"type":"s3"}],"required_providers":[{"aws":{"source":"hashicorp/aws"}}],"required_version":">= 1.5"}`},
		{"the root module", ``, "root", `{}`},
		{"a module that is not installed", `module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
  name    = "a"
}
resource "aws_x" "b" { v = module.vpc.id }`, "module.vpc", `{"name":"a","source":"terraform-aws-modules/vpc/aws","version":"5.0.0"}`},
		{
			"its outputs are unknown", `module "vpc" { source = "terraform-aws-modules/vpc/aws" }
resource "aws_x" "b" { v = module.vpc.id }`, "aws_x.b",
			`{"v":"?module \"terraform-aws-modules/vpc/aws\" is not installed, so what it makes is not examined; run terraform init before, or vendor it"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv := loadMain(t, tt.src)
			diff(t, asJSON(t, subject(t, inv, tt.address).Values), tt.want)
		})
	}
}
