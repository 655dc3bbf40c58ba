package terraform

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestModules(t *testing.T) {
	for _, tt := range []struct {
		name, archive string
		addresses     []string
		outputs       string
		problem       string // a part of the only problem; empty for none
	}{
		{
			name: "a called directory is judged in its caller's context, not by its defaults",
			archive: `
-- main.tf --
module "a" {
  source = "./mod"
  name   = "given"
}
output "out" { value = module.a.name }
-- mod/main.tf --
variable "name" { default = "own" }
resource "aws_x" "b" { name = var.name }
output "name" { value = aws_x.b.name }
`,
			addresses: []string{"module.a", "module.a.aws_x.b"},
			outputs:   `{"out":"given"}`,
		},
		{
			name: "modules repeat with count and for_each",
			archive: `
-- main.tf --
module "c" {
  source = "./mod"
  count  = 2
  name   = "n${count.index}"
}
module "e" {
  source   = "./mod"
  for_each = { x = "p", y = "q" }
  name     = each.value
}
output "out" { value = [module.c[*].name, { for k, m in module.e : k => m.name }, module.e["x"].name, module.c[1].name] }
-- mod/main.tf --
variable "name" {}
resource "aws_x" "b" { count = 1 }
output "name" { value = var.name }
`,
			addresses: []string{
				"module.c[0]", "module.c[0].aws_x.b[0]", "module.c[1]", "module.c[1].aws_x.b[0]",
				`module.e["x"]`, `module.e["x"].aws_x.b[0]`, `module.e["y"]`, `module.e["y"].aws_x.b[0]`,
			},
			outputs: `{"out":[["n0","n1"],{"x":"p","y":"q"},"p","n1"]}`,
		},
		{
			name: "two directories that nobody calls are two roots",
			archive: `
-- one/main.tf --
output "a" { value = 1 }
-- two/main.tf --
output "a" { value = 2 }
`,
			outputs: `{"one:a":1,"two:a":2}`,
		},
		{
			name: "a module that calls its caller ends",
			archive: `
-- a/main.tf --
module "b" { source = "../b" }
-- b/main.tf --
module "a" { source = "../a" }
`,
			addresses: []string{"module.b", "module.b.module.a"},
			outputs:   `{}`,
			problem:   "calls itself",
		},
		{
			name: "an installed module is read where the manifest says",
			archive: `
-- main.tf --
module "net" { source = "acme/net/aws" }
output "out" { value = module.net.id }
-- .terraform/modules/modules.json --
{"Modules":[{"Key":"","Dir":"."},{"Key":"net","Dir":".terraform/modules/net"},{"Key":"net.sub","Dir":".terraform/modules/sub"}]}
-- .terraform/modules/net/main.tf --
module "sub" { source = "acme/sub/aws" }
output "id" { value = module.sub.id }
-- .terraform/modules/sub/main.tf --
output "id" { value = "deep" }
`,
			addresses: []string{"module.net", "module.net.module.sub"},
			outputs:   `{"out":"deep"}`,
		},
		{
			name: "a manifest does not lead out of the repository",
			archive: `
-- main.tf --
module "net" { source = "acme/net/aws" }
-- .terraform/modules/modules.json --
{"Modules":[{"Key":"net","Dir":"../../etc"}]}
`,
			addresses: []string{"module.net"},
			outputs:   `{}`,
			problem:   "outside the repository",
		},
		{
			name: "a directory that is not there is a call that was not read",
			archive: `
-- main.tf --
module "net" { source = "./nosuch" }
`,
			addresses: []string{"module.net"},
			outputs:   `{}`,
			problem:   "has no Terraform files",
		},
		{
			name: "an unknown count of modules is one instance",
			archive: `
-- main.tf --
variable "on" {}
module "m" {
  source = "./mod"
  count  = var.on ? 1 : 0
}
-- mod/main.tf --
resource "aws_x" "b" {}
`,
			addresses: []string{"module.m[*]", "module.m[*].aws_x.b"},
			outputs:   `{}`,
		},
		{
			name: "null takes the default only where a variable is not nullable",
			archive: `
-- main.tf --
module "m" {
  source = "./mod"
  a      = null
  b      = null
}
output "out" { value = module.m.out }
-- mod/main.tf --
variable "a" { default = "d" }
variable "b" {
  default  = "d"
  nullable = false
}
output "out" { value = [var.a, var.b] }
`,
			addresses: []string{"module.m"},
			outputs:   `{"out":[null,"d"]}`,
		},
		{
			name: "paths are those of the module",
			archive: `
-- env/main.tf --
module "m" { source = "../mods/deep" }
output "out" { value = [path.module, path.root, module.m.out] }
-- mods/deep/main.tf --
output "out" { value = [path.module, file("${path.module}/x.txt")] }
-- mods/deep/x.txt --
x
`,
			addresses: []string{"module.m"},
			outputs:   `{"out":[".",".",["../mods/deep","x\n"]]}`,
		},
		{
			name: "variable files take precedence in Terraform's order",
			archive: `
-- main.tf --
variable "a" { default = 0 }
variable "b" { default = 0 }
variable "c" { default = 0 }
variable "d" { default = 0 }
variable "e" { default = 0 }
output "out" { value = [var.a, var.b, var.c, var.d, var.e] }
-- terraform.tfvars --
a = 1
b = 1
c = 1
d = 1
-- terraform.tfvars.json --
{"b": 2, "c": 2, "d": 2}
-- x.auto.tfvars.json --
{"c": 3, "d": 3}
-- y.auto.tfvars --
d = 4
-- other.tfvars --
e = 9
`,
			outputs: `{"out":[1,2,3,4,0]}`,
		},
		{
			name: "a value of the wrong type is unknown",
			archive: `
-- main.tf --
variable "a" {
  type    = number
  default = "x"
}
output "out" { value = var.a }
`,
			outputs: `{"out":"?the value of variable \"a\" is of the wrong type"}`,
			problem: "wrong type",
		},
		{
			name: "a variable that does not satisfy its validation is told of",
			archive: `
-- main.tf --
variable "a" {
  default = 1
  validation {
    condition     = var.a > 1
    error_message = "too small"
  }
}
`,
			outputs: `{}`,
			problem: "does not satisfy its validation",
		},
		{
			name: "override files replace arguments, and nested blocks of a kind as a whole",
			archive: `
-- main.tf --
resource "aws_x" "b" {
  a = 1
  b = 2
  n { v = 1 }
  n { v = 2 }
  k { v = 3 }
}
locals { l = "base" }
output "out" { value = [aws_x.b.a, aws_x.b.b, aws_x.b.n, aws_x.b.k, local.l] }
-- main_override.tf --
resource "aws_x" "b" {
  a = 10
  n { v = 9 }
}
locals { l = "over" }
-- override.tf --
resource "aws_x" "b" { b = 20 }
`,
			addresses: []string{"aws_x.b"},
			outputs:   `{"out":[10,20,[{"v":9}],[{"v":3}],"over"]}`,
		},
		{
			name: "a second block of one address is judged too",
			archive: `
-- main.tf --
resource "aws_x" "b" { a = 1 }
resource "aws_x" "b" { a = 2 }
`,
			addresses: []string{"aws_x.b", "aws_x.b#2"},
			outputs:   `{}`,
			problem:   "declared twice",
		},
		{
			name: "a broken block costs itself: half of it would be judged for what it lacks",
			archive: `
-- a.tf --
resource "aws_x" "a" {}
-- b.tf --
resource "aws_x" "whole" {}
resource "aws_x" "b" {
`,
			addresses: []string{"aws_x.a", "aws_x.whole"},
			outputs:   `{}`,
			problem:   "b.tf:2:22: unclosed configuration block",
		},
		{
			name: "JSON means what it would in native syntax",
			archive: `
-- main.tf.json --
{
  "//": "a comment",
  "variable": {"n": {"type": "list(string)", "default": ["a", "b"]}},
  "locals": {"x": "${upper(var.n[0])}"},
  "resource": {
    "aws_s3_bucket": {"b": {
      "//": "another",
      "for_each": "${toset(var.n)}",
      "bucket": "${each.key}-${local.x}",
      "depends_on": ["aws_x.y"],
      "versioning": {"enabled": true},
      "tags": {"${local.x}": "v"}
    }},
    "aws_x": [{"y": {"dynamic": {"rule": {"for_each": [1, 2], "content": {"v": "${rule.value}"}}}}}]
  },
  "output": {"out": {"value": ["${aws_s3_bucket.b[\"a\"].bucket}", "${aws_s3_bucket.b[\"a\"].versioning}", "${aws_s3_bucket.b[\"b\"].tags}", "${aws_x.y.rule}"]}}
}
`,
			addresses: []string{`aws_s3_bucket.b["a"]`, `aws_s3_bucket.b["b"]`, "aws_x.y"},
			outputs:   `{"out":["a-A",[{"enabled":true}],{"A":"v"},[{"v":1},{"v":2}]]}`,
		},
		{
			name: "what Terraform does with itself is passed over",
			archive: `
-- main.tf --
moved {
  from = aws_x.a
  to   = aws_x.b
}
removed { from = aws_x.c }
import {
  to = aws_x.b
  id = "i"
}
check "c" {
  data "http" "h" { url = "https://example.com" }
  assert {
    condition     = true
    error_message = "no"
  }
}
ephemeral "random_password" "p" { length = 8 }
`,
			addresses: []string{"data.http.h"},
			outputs:   `{}`,
		},
		{
			name: "files that editors leave are passed over",
			archive: `
-- main.tf --
module "m" { source = "./mod" }
-- mod/main.tf --
resource "aws_x" "b" {}
-- mod/.#main.tf --
resource "aws_x" "c" {}
`,
			addresses: []string{"module.m", "module.m.aws_x.b"},
			outputs:   `{}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv := load(t, &Loader{}, tt.archive)
			diff(t, addresses(inv), tt.addresses)
			outputs := map[string]any{}
			for name, v := range inv.Outputs {
				outputs[name] = v
			}
			diff(t, asJSON(t, outputs), tt.outputs)
			switch all := strings.Join(messages(inv), "\n"); {
			case tt.problem == "" && all != "":
				t.Errorf("problems: %s", all)
			case !strings.Contains(all, tt.problem):
				t.Errorf("problems %q do not speak of %q", all, tt.problem)
			}
		})
	}
}

// TestSiblings holds that forty calls of one module give forty modules.
func TestSiblings(t *testing.T) {
	var src strings.Builder
	for i := range 40 {
		src.WriteString("module \"m" + itoa(i) + "\" {\n  source = \"./mod\"\n")
		if i > 0 {
			src.WriteString("  from = module.m" + itoa(i-1) + ".n\n")
		}
		src.WriteString("}\n")
	}
	inv := load(t, &Loader{}, "-- main.tf --\n"+src.String()+`output "out" { value = module.m39.n }
-- mod/main.tf --
variable "from" { default = 0 }
resource "aws_x" "b" { n = var.from }
output "n" { value = var.from + 1 }
`)
	if got := len(addresses(inv)); got != 80 {
		t.Errorf("%d subjects, want 80", got)
	}
	diff(t, asJSON(t, inv.Outputs["out"]), "40")
}

func TestInventory(t *testing.T) {
	archive := `
-- a/main.tf --
module "m" { source = "../m" }
output "x" { value = file("x.txt") }
-- a/terraform.tfvars --
-- a/x.txt --
x
-- m/main.tf --
resource "aws_x" "b" {
`
	inv := load(t, &Loader{}, archive)
	var files []string
	for _, input := range inv.Inputs {
		files = append(files, input.File)
	}
	diff(t, files, []string{"a/main.tf", "a/terraform.tfvars", "a/x.txt", "m/main.tf"})
	if !slices.ContainsFunc(inv.Problems, func(p annexgate.Problem) bool {
		return p.Loss == annexgate.Unread && p.Kind == annexgate.Terraform && p.At.File == "m/main.tf" && p.At.Line == 1
	}) {
		t.Errorf("problems: %+v", inv.Problems)
	}
	for _, s := range inv.Subjects {
		if s.Scope != "a" {
			t.Errorf("%s has the scope %q", s.Address, s.Scope)
		}
	}
	again := load(t, &Loader{}, archive)
	diff(t, again, inv)
}

func TestLoadEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&Loader{}).Load(ctx, fstest.MapFS{"a.tf": {}}, []string{"a.tf"}); err == nil {
		t.Error("a cancelled load gives an inventory")
	}
	inv, err := (&Loader{}).Load(context.Background(), fstest.MapFS{}, []string{"nosuch.tf", "../a.tf", "/etc/x.tf"})
	if err != nil || len(inv.Problems) != 3 {
		t.Errorf("files that are not there: %v, problems %v", err, inv.Problems)
	}
}
