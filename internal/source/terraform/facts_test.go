package terraform

import (
	"fmt"
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	inv := load(t, &Loader{}, `
-- main.tf --
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
variable "region" {}
provider "aws" {
  region = "eu-west-1"
  default_tags { tags = { Owner = "a", Env = "prod" } }
}
provider "aws" {
  alias  = "west"
  region = var.region
}
resource "aws_x" "tagged" {
  tags = { Owner = "b" }
}
resource "aws_x" "bare" {}
resource "aws_x" "west" { provider = aws.west }
resource "aws_x" "own" { region = "us-east-1" }
resource "null_x" "n" {}
resource "aws_db" "d" {
  count    = 2
  password = var.secret
  user { token = "t-${var.secret}" }
  depends_on = [aws_x.bare]
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags, user[0].token]
  }
  provisioner "local-exec" { command = "true" }
}
resource "aws_e" "e" {
  for_each = { k = 1 }
}
module "m" {
  source    = "./mod"
  providers = { aws.peer = aws.west }
}
output "secret" { value = "x${var.secret}" }
-- mod/main.tf --
resource "aws_x" "inherits" {}
resource "aws_x" "passed" { provider = aws.peer }
`)
	for address, want := range map[string]string{
		"aws_x.tagged":            `{"provider":{"region":"eu-west-1","type":"aws"},"tags":{"Env":"prod","Owner":"b"}}`,
		"aws_x.bare":              `{"provider":{"region":"eu-west-1","type":"aws"},"tags":{"Env":"prod","Owner":"a"}}`,
		"aws_x.west":              `{"provider":{"alias":"west","region":"?variable \"region\" has no value","type":"aws"}}`,
		"aws_x.own":               `{"provider":{"region":"us-east-1","type":"aws"},"tags":{"Env":"prod","Owner":"a"}}`,
		"null_x.n":                `{"provider":{"type":"null"}}`,
		"module.m.aws_x.inherits": `{"provider":{"region":"eu-west-1","type":"aws"},"tags":{"Env":"prod","Owner":"a"}}`,
		"module.m.aws_x.passed":   `{"provider":{"alias":"west","region":"?variable \"region\" has no value","type":"aws"}}`,
		`aws_e.e["k"]`:            `{"meta":{"key":"k"},"provider":{"region":"eu-west-1","type":"aws"},"tags":{"Env":"prod","Owner":"a"}}`,
		"aws_db.d[1]": `{"meta":{"count":2,"depends_on":["aws_x.bare"],"index":1,` +
			`"lifecycle":{"ignore_changes":["tags","user[0].token"],"prevent_destroy":true},"provisioner":[{"command":"true","type":"local-exec"}]},` +
			`"provider":{"region":"eu-west-1","type":"aws"},"tags":{"Env":"prod","Owner":"a"}}`,
	} {
		t.Run(address, func(t *testing.T) { diff(t, asJSON(t, subject(t, inv, address).Facts), want) })
	}
	if got := fmt.Sprint(subject(t, inv, "aws_db.d[0]").Sensitive); got != "[password user[0].token]" {
		t.Errorf("%s are sensitive, want password and user[0].token", got)
	}
	diff(t, asJSON(t, subject(t, inv, "aws_db.d[0]").Values), `{"password":"hunter2","user":[{"token":"t-hunter2"}]}`)
	diff(t, asJSON(t, inv.Outputs), `{"secret":"?the output is sensitive"}`)
}

// TestSecrets holds that no message repeats a sensitive value.
func TestSecrets(t *testing.T) {
	inv := loadMain(t, `
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
variable "typed" {
  type      = number
  default   = "hunter3"
  sensitive = true
}
resource "aws_x" "b" {
  a = tonumber(var.secret)
  b = formatdate(var.secret, var.secret)
  c = lookup({ x = 1 }, var.secret)
  d = var.typed
}
`)
	if len(inv.Problems) < 4 {
		t.Errorf("problems: %v", messages(inv))
	}
	said := strings.Join(messages(inv), "\n") + asJSON(t, subject(t, inv, "aws_x.b").Values)
	if strings.Contains(said, "hunter") {
		t.Errorf("a sensitive value is repeated: %s", said)
	}
}
