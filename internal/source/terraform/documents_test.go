package terraform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// without returns a copy of facts without empty lists, for comparison.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, part := range v {
			if list, ok := part.([]any); !ok || len(list) > 0 {
				out[key] = without(part)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, part := range v {
			out = append(out, without(part))
		}
		return out
	}
	return v
}

// bare returns the documents of a subject without where statements are written.
func bare(v any) any {
	v = without(v)
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "address")
			delete(v, "path")
			for _, part := range v {
				strip(part)
			}
		case []any:
			for _, part := range v {
				strip(part)
			}
		}
	}
	strip(v)
	return v
}

func TestDocuments(t *testing.T) {
	const oneStatement = `{"policy":{"statements":[{"actions":["s3:GetObject"],"effect":"Allow","resources":["*"]}],"version":"2012-10-17"}}`
	for name, c := range map[string]struct{ src, address, want string }{
		"a policy in a heredoc": {
			src: `resource "aws_iam_policy" "p" {
  policy = <<EOT
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}]}
EOT
}`,
			want: oneStatement,
		},
		"a policy by jsonencode, with single values": {
			src: `resource "aws_iam_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = { Effect = "Allow", Action = "s3:GetObject", Resource = "*" } })
}`,
			want: oneStatement,
		},
		"a policy from a data source": {
			src: `data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.json }`,
			want: oneStatement,
		},
		"a policy from a data source in compact form, through a list": {
			src: `data "aws_iam_policy_document" "d" {
  count = 2
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "p" { policy = element(data.aws_iam_policy_document.d[*].minified_json, 1) }`,
			want: oneStatement,
		},
		"every element, in any order and case": {
			src: `resource "aws_x" "p" {
  anything = jsonencode({ id = "i", statement = [{
    sid = "S", effect = "Deny", NotAction = "a:*", NotResource = ["r"],
    Principal = { Service = ["b.amazonaws.com", "a.amazonaws.com"], AWS = "*" }, NotPrincipal = "*",
    Condition = { Bool = { "aws:SecureTransport" = false }, StringLike = { "s3:prefix" = ["a", "b"] } } }] })
}`,
			address: "aws_x.p",
			want: `{"anything":{"id":"i","statements":[{"conditions":[{"key":"aws:SecureTransport","operator":"Bool","values":["false"]},` +
				`{"key":"s3:prefix","operator":"StringLike","values":["a","b"]}],"effect":"Deny","not_actions":["a:*"],` +
				`"not_principals":[{"id":"*","type":"*"}],"not_resources":["r"],` +
				`"principals":[{"id":"*","type":"AWS"},{"id":"b.amazonaws.com","type":"Service"},{"id":"a.amazonaws.com","type":"Service"}],"sid":"S"}]}}`,
		},
		"policies in nested blocks": {
			src: `resource "aws_iam_role" "p" {
  inline_policy { policy = jsonencode({ Statement = [{ Action = "a:b" }] }) }
}`,
			address: "aws_iam_role.p",
			want:    `{"inline_policy[0].policy":{"statements":[{"actions":["a:b"]}]}}`,
		},
		"a text that has no statements is no policy": {
			src:  `resource "aws_iam_policy" "p" { policy = jsonencode({ rules = [{ a = "statement" }] }) }`,
			want: `null`,
		},
		"a text that does not parse is no policy": {
			src:  `resource "aws_iam_policy" "p" { policy = "{\"Statement\": [" }`,
			want: `null`,
		},
		"a policy that is not known": {
			src:  "variable \"v\" {}\nresource \"aws_iam_policy\" \"p\" { policy = var.v }",
			want: `{"policy":"?variable \"v\" has no value"}`,
		},
		"a policy that another resource settles": {
			src:  "resource \"aws_y\" \"y\" {}\nresource \"aws_iam_policy\" \"p\" { policy = aws_y.y.text }",
			want: `{"policy":"?the text is settled at apply: ${aws_y.y.text}"}`,
		},
		"a policy of another kind that is not known": {
			src:     "variable \"v\" {}\nresource \"aws_ecr_lifecycle_policy\" \"p\" { policy = var.v }",
			address: "aws_ecr_lifecycle_policy.p",
			want:    `null`,
		},
		"unknown values stay where they are, by jsonencode": {
			src: `variable "v" {}
resource "aws_iam_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:*", Resource = var.v, Condition = { StringEquals = { "a" = [var.v, "x"] } } },
    { Effect = "Allow", Action = ["a:b", var.v], Resource = "*", Principal = { AWS = var.v } },
    var.v,
  ] })
}`,
			want: `{"policy":{"statements":[{"actions":["s3:*"],"conditions":[{"key":"a","operator":"StringEquals","values":["?variable \"v\" has no value","x"]}],` +
				`"effect":"Allow","resources":"?variable \"v\" has no value"},` +
				`{"actions":["a:b","?variable \"v\" has no value"],"effect":"Allow","principals":[{"id":"?variable \"v\" has no value","type":"AWS"}],"resources":["*"]},` +
				`"?variable \"v\" has no value"],"version":"2012-10-17"}}`,
		},
		"unknown values stay where they are, in a heredoc": {
			src: `variable "v" {}
resource "aws_y" "y" { for_each = toset(["k"]) }
resource "aws_iam_policy" "p" {
  policy = <<EOT
{"Statement": [
  {"Effect": "Allow", "Action": "s3:*", "Resource": ["${aws_y.y["k"].arn}/*", "arn:${var.v}:x", "a\"}"]},
  ${jsonencode({ Effect = "Deny", Action = var.v })},
  {"Action": ${jsonencode(var.v)}}
]}
EOT
}`,
			want: `{"policy":{"statements":[{"actions":["s3:*"],"effect":"Allow","resources":["ref:${aws_y.y[\"k\"].arn}/*","?variable \"v\" has no value","a\"}"]},` +
				`{"actions":"?variable \"v\" has no value","effect":"Deny"},{"actions":"?variable \"v\" has no value"}]}}`,
		},
		"statements that are not known": {
			src: `variable "v" {}
resource "aws_iam_policy" "p" { policy = jsonencode({ Version = "2012-10-17", Statement = var.v }) }`,
			want: `{"policy":{"statements":"?variable \"v\" has no value","version":"2012-10-17"}}`,
		},
		"a policy across a module": {
			src: `variable "v" {}
module "m" {
  source = "./m"
  policy = jsonencode({ Statement = [{ Action = "s3:*", Resource = var.v }] })
}
-- m/main.tf --
variable "policy" { type = string }
resource "aws_iam_policy" "p" { policy = var.policy }`,
			address: "module.m.aws_iam_policy.p",
			want:    `{"policy":{"statements":[{"actions":["s3:*"],"resources":"?variable \"v\" has no value"}]}}`,
		},
		"a text that was changed is no longer the data source's": {
			src: `data "aws_iam_policy_document" "d" {
  statement { actions = ["s3:GetObject"] }
}
resource "aws_iam_policy" "p" { policy = replace(data.aws_iam_policy_document.d.json, "Get", "Put") }`,
			want: `{"policy":{"statements":[{"actions":["s3:PutObject"],"effect":"Allow"}],"version":"2012-10-17"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inv := loadMain(t, c.src)
			address := c.address
			if address == "" {
				address = "aws_iam_policy.p"
			}
			diff(t, asJSON(t, bare(subject(t, inv, address).Facts["documents"])), c.want)
		})
	}
}

// TestStatementPlaces holds that a finding about a statement can point to it.
func TestStatementPlaces(t *testing.T) {
	inv := loadMain(t, `variable "v" {}
locals {
  policy = jsonencode({
    Statement = [
      { Action = "local:one" },
    ]
  })
}
data "aws_iam_policy_document" "base" {
  statement {
    actions = ["base:one"]
  }
}
data "aws_iam_policy_document" "full" {
  source_policy_documents = [data.aws_iam_policy_document.base.json, local.policy]
  statement {
    actions = ["full:one", var.v]
  }
}
resource "aws_iam_policy" "encoded" {
  policy = jsonencode({
    Statement = [
      { Action = "encoded:one" },
      { Action = "encoded:two" },
    ]
  })
}
resource "aws_iam_policy" "local" { policy = local.policy }
resource "aws_iam_policy" "data" { policy = data.aws_iam_policy_document.full.json }
resource "aws_iam_policy" "text" {
  policy = "{\"Statement\": {\"Action\": \"text:one\"}}"
}
module "m" {
  source = "./m"
  policy = data.aws_iam_policy_document.full.json
}
-- m/main.tf --
variable "policy" { type = string }
resource "aws_iam_policy" "p" { policy = var.policy }
`)
	for address, want := range map[string]string{
		"aws_iam_policy.encoded": "encoded:one aws_iam_policy.encoded main.tf:23; encoded:two aws_iam_policy.encoded main.tf:24",
		"aws_iam_policy.local":   "local:one aws_iam_policy.local main.tf:5",
		"aws_iam_policy.text":    "text:one aws_iam_policy.text main.tf:31",
		"aws_iam_policy.data": "base:one data.aws_iam_policy_document.base main.tf:10; " +
			"local:one data.aws_iam_policy_document.full main.tf:15; full:one data.aws_iam_policy_document.full main.tf:16",
		"module.m.aws_iam_policy.p": "base:one data.aws_iam_policy_document.base main.tf:10; " +
			"local:one data.aws_iam_policy_document.full main.tf:15; full:one data.aws_iam_policy_document.full main.tf:16",
		"data.aws_iam_policy_document.base": "base:one data.aws_iam_policy_document.base main.tf:10",
	} {
		t.Run(address, func(t *testing.T) { diff(t, places(t, subject(t, inv, address)), want) })
	}
}

// places lists the statements of the documents of s: the first action, the
// block it is written in, which must be s or a neighbour, and the line.
func places(t *testing.T, s *annexgate.Subject) string {
	t.Helper()
	var list []string
	documents, _ := s.Facts["documents"].(map[string]any)
	for _, document := range documents {
		statements, _ := document.(map[string]any)["statements"].([]any)
		for _, st := range statements {
			st := st.(map[string]any)
			at := annexgate.Location{}
			for _, near := range append([]*annexgate.Subject{s}, s.References...) {
				if near.Address == st["address"] {
					at = near.Source.Find(pathOf(st["path"]))
				}
			}
			list = append(list, fmt.Sprintf("%v %v %s:%d", st["actions"].([]any)[0], st["address"], at.File, at.Line))
		}
	}
	return strings.Join(list, "; ")
}

// pathOf returns a path of the facts as the engine reads it.
func pathOf(v any) annexgate.Path {
	steps, _ := v.([]any)
	path := annexgate.Path{}
	for _, step := range steps {
		if text, ok := step.(string); ok {
			path = append(path, text)
			continue
		}
		n := 0
		fmt.Sscan(fmt.Sprint(step), &n)
		path = append(path, n)
	}
	return path
}

func TestSensitiveDocuments(t *testing.T) {
	inv := loadMain(t, `
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
variable "v" {}
resource "aws_iam_policy" "known" { policy = jsonencode({ Statement = [{ Action = var.secret }] }) }
resource "aws_iam_policy" "unknown" { policy = jsonencode({ Statement = [{ Action = var.secret, Resource = var.v }] }) }
`)
	known, unknown := subject(t, inv, "aws_iam_policy.known"), subject(t, inv, "aws_iam_policy.unknown")
	diff(t, asJSON(t, bare(known.Facts["documents"])), `{"policy":{"statements":[{"actions":["hunter2"]}]}}`)
	if got := fmt.Sprint(known.Sensitive); got != "[policy]" {
		t.Errorf("%s are sensitive, want policy", got)
	}
	diff(t, asJSON(t, bare(unknown.Facts["documents"])), `{"policy":{"statements":"?the policy has a sensitive value in it"}}`)
}
