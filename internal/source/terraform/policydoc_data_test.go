package terraform

import (
	"strings"
	"testing"
)

// TestPolicyDocument holds the text of aws_iam_policy_document against what the
// AWS provider makes of the same arguments.
func TestPolicyDocument(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"nothing is written": {src: "", want: `{"Version":"2012-10-17"}`},
		"defaults": {
			src:  "statement {\n actions = [\"s3:GetObject\"]\n }",
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}`,
		},
		"an empty Sid is left out, other elements keep their order": {
			src: `version = "2008-10-17"
policy_id = "p"
statement {
  sid           = ""
  effect        = "Deny"
  not_resources = ["r"]
  not_actions   = ["a"]
}`,
			want: `{"Version":"2008-10-17","Id":"p","Statement":[{"Effect":"Deny","NotAction":"a","NotResource":"r"}]}`,
		},
		"sets are ordered backwards and without doubles": {
			src:  "statement {\n actions = [\"a:b\", \"c:d\", \"a:b\", \"b:c\"]\n resources = []\n }",
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["c:d","b:c","a:b"]}]}`,
		},
		"everyone": {
			src: `statement {
  principals {
    type        = "*"
    identifiers = ["*"]
  }
}
statement {
  principals {
    type        = "AWS"
    identifiers = ["*"]
  }
}`,
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*"},{"Effect":"Allow","Principal":{"AWS":"*"}}]}`,
		},
		"principals of one type are put together": {
			src: `statement {
  principals {
    type        = "AWS"
    identifiers = ["a"]
  }
  principals {
    type        = "Service"
    identifiers = ["s", "t"]
  }
  not_principals {
    type        = "AWS"
    identifiers = [123456789012]
  }
}`,
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"a","Service":["t","s"]},"NotPrincipal":{"AWS":"123456789012"}}]}`,
		},
		"conditions are grouped by test, then by variable, their values in order": {
			src: `statement {
  condition {
    test     = "StringLike"
    variable = "s3:prefix"
    values   = ["b", "a"]
  }
  condition {
    test     = "StringLike"
    variable = "aws:PrincipalArn"
    values   = ["x"]
  }
  condition {
    test     = "StringLike"
    variable = "s3:prefix"
    values   = ["c"]
  }
  condition {
    test     = "Bool"
    variable = "aws:SecureTransport"
    values   = [false]
  }
}`,
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Condition":{"Bool":{"aws:SecureTransport":"false"},` +
				`"StringLike":{"aws:PrincipalArn":"x","s3:prefix":["b","a","c"]}}}]}`,
		},
		"policy variables": {
			src: `statement {
  actions   = ["&{a}"]
  resources = ["arn:aws:s3:::b/&{aws:username}/*"]
}`,
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"\u0026{a}","Resource":"arn:aws:s3:::b/${aws:username}/*"}]}`,
		},
		"source documents come first, own statements replace theirs by Sid": {
			src: `source_policy_documents = [
  jsonencode({ Version = "2008-10-17", Id = "src", Statement = { Sid = "A", Effect = "Allow", Action = ["x:y"], Principal = { AWS = ["a", "b"] } } }),
  "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"p:q\", \"Condition\": {\"Bool\": {\"k\": true}}}]}",
]
statement {
  sid     = "B"
  actions = ["b:b"]
}
statement {
  sid     = "A"
  effect  = "Deny"
  actions = ["a:a"]
}`,
			want: `{"Version":"2012-10-17","Id":"src","Statement":[{"Sid":"A","Effect":"Deny","Action":"a:a"},` +
				`{"Effect":"Allow","Action":"p:q","Condition":{"Bool":{"k":"true"}}},{"Sid":"B","Effect":"Allow","Action":"b:b"}]}`,
		},
		"override documents come last, in their order": {
			src: `override_policy_documents = [
  jsonencode({ Id = "one", Statement = [{ Sid = "A", Effect = "Deny", Action = "one" }, { Effect = "Allow", Action = "new" }] }),
  jsonencode({ Statement = [{ Sid = "A", Effect = "Deny", Action = ["two"] }] }),
]
statement {
  sid     = "A"
  actions = ["a:a"]
}`,
			want: `{"Version":"2012-10-17","Id":"one","Statement":[{"Sid":"A","Effect":"Deny","Action":["two"]},{"Effect":"Allow","Action":"new"}]}`,
		},
		"the arguments of former versions": {
			src: `source_json   = jsonencode({ Statement = [{ Sid = "A", Effect = "Allow", Action = "a" }, { Sid = "B", Effect = "Allow", Action = "b" }] })
override_json = jsonencode({ Statement = [{ Sid = "C", Effect = "Deny", Action = "over" }] })
statement {
  sid     = "B"
  actions = ["own:b"]
}
statement {
  sid     = "C"
  actions = ["own:c"]
}`,
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"a"},{"Sid":"B","Effect":"Allow","Action":"own:b"},` +
				`{"Sid":"C","Effect":"Deny","Action":"over"}]}`,
		},
		"empty and null documents are passed over": {
			src:  `source_policy_documents = [null, ""]` + "\n" + `override_json = ""`,
			want: `{"Version":"2012-10-17"}`,
		},
		"principals and conditions of source documents are written anew": {
			src: `source_policy_documents = [jsonencode({ Statement = [
  { Effect = "Allow", Principal = { "*" = ["*"] }, Condition = { StringEquals = { k = ["one"] } }, Unknown = 1 },
] })]`,
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"k":"one"}}}]}`,
		},
		"statements by a dynamic block": {
			src: `dynamic "statement" {
  for_each = { a = "x", b = "y" }
  content {
    sid     = statement.key
    actions = [statement.value]
  }
}`,
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"x"},{"Sid":"b","Effect":"Allow","Action":"y"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inv := loadMain(t, "data \"aws_iam_policy_document\" \"d\" {\n"+c.src+"\n}\nresource \"aws_x\" \"x\" { json = data.aws_iam_policy_document.d.minified_json }\n")
			if got, _ := subject(t, inv, "aws_x.x").Values["json"].(string); got != c.want {
				t.Errorf("the policy is\n%s\nwant\n%s\nproblems: %v", got, c.want, messages(inv))
			}
		})
	}
}

func TestPolicyDocumentIsIndented(t *testing.T) {
	inv := loadMain(t, `
data "aws_iam_policy_document" "d" {
  statement { actions = ["a:b"] }
}
resource "aws_x" "x" { json = data.aws_iam_policy_document.d.json }
`)
	want := "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"a:b\"\n    }\n  ]\n}"
	if got := subject(t, inv, "aws_x.x").Values["json"]; got != want {
		t.Errorf("the policy is\n%v\nwant\n%s", got, want)
	}
}

func TestPartialPolicyDocument(t *testing.T) {
	for name, c := range map[string]struct{ src, json, document string }{
		"what resources settle stands in the text": {
			src: `statement { resources = ["${aws_s3_bucket.b.arn}/*"] }`,
			json: "ref:{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n" +
				"      \"Resource\": \"${aws_s3_bucket.b.arn}/*\"\n    }\n  ]\n}",
			document: `{"statements":[{"effect":"Allow","resources":["ref:${aws_s3_bucket.b.arn}/*"]}],"version":"2012-10-17"}`,
		},
		"what is unknown leaves the rest known": {
			src: `statement {
  actions   = ["b:c", var.v]
  resources = var.list
  effect    = var.v
  principals {
    type        = "AWS"
    identifiers = [var.v]
  }
}`,
			json: `?variable "list" has no value`,
			document: `{"statements":[{"actions":["b:c","?variable \"v\" has no value"],"effect":"?variable \"v\" has no value",` +
				`"principals":[{"id":"?variable \"v\" has no value","type":"AWS"}],"resources":"?variable \"list\" has no value"}],"version":"2012-10-17"}`,
		},
		"a source document that is not known is one of the statements": {
			src: `source_policy_documents = [var.v]
statement { actions = ["a:b"] }`,
			json:     `?variable "v" has no value`,
			document: `{"statements":["?variable \"v\" has no value",{"actions":["a:b"],"effect":"Allow"}],"version":"2012-10-17"}`,
		},
		"an override that is not known leaves open what has a Sid": {
			src: `override_policy_documents = var.list
statement {
  sid     = "A"
  actions = ["a:b"]
}
statement { actions = ["c:d"] }`,
			json: `?variable "list" has no value`,
			document: `{"statements":["?variable \"list\" has no value",{"actions":["c:d"],"effect":"Allow"},"?variable \"list\" has no value"],` +
				`"version":"2012-10-17"}`,
		},
		"the parts of a source document that are known": {
			src: `source_policy_documents = [jsonencode({ Statement = [{ Effect = "Allow", Action = "a:b", Resource = var.v }] })]`,

			json:     `?variable "v" has no value`,
			document: `{"statements":[{"actions":["a:b"],"effect":"Allow","resources":"?variable \"v\" has no value"}],"version":"2012-10-17"}`,
		},
		"text that is no JSON": {
			src:      `source_policy_documents = ["nonsense"]`,
			json:     `?data.aws_iam_policy_document.d is not known`,
			document: `{"statements":["?source_policy_documents[0] is not JSON"],"version":"2012-10-17"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inv := loadMain(t, "variable \"v\" {}\nvariable \"list\" { type = list(string) }\nresource \"aws_s3_bucket\" \"b\" {}\n"+
				"data \"aws_iam_policy_document\" \"d\" {\n"+c.src+"\n}\nresource \"aws_x\" \"x\" { json = data.aws_iam_policy_document.d.json }\n")
			x := subject(t, inv, "aws_x.x")
			if got := plain(x.Values["json"]); got != c.json {
				t.Errorf("the policy is\n%v\nwant\n%s\nproblems: %v", got, c.json, messages(inv))
			}
			diff(t, asJSON(t, bare(x.Facts["documents"])), `{"json":`+c.document+`}`)
			data := subject(t, inv, "data.aws_iam_policy_document.d")
			diff(t, asJSON(t, bare(data.Facts["documents"])), `{"json":`+c.document+`}`)
		})
	}
}

// TestSameSid holds that no statement hides another where the provider would
// refuse them.
func TestSameSid(t *testing.T) {
	inv := loadMain(t, `
data "aws_iam_policy_document" "d" {
  statement {
    sid     = "A"
    actions = ["a:b"]
  }
  statement {
    sid     = "A"
    actions = ["c:d"]
  }
}
resource "aws_x" "x" { json = data.aws_iam_policy_document.d.json }
`)
	diff(t, asJSON(t, bare(subject(t, inv, "aws_x.x").Facts["documents"])),
		`{"json":{"statements":[{"actions":["a:b"],"effect":"Allow","sid":"A"},{"actions":["c:d"],"effect":"Allow"}],"version":"2012-10-17"}}`)
	if said := strings.Join(messages(inv), "\n"); !strings.Contains(said, `two statements have the Sid "A"`) {
		t.Errorf("problems: %s", said)
	}
}

// TestPolicyDocumentCycle holds that documents in a circle are unknown and end.
func TestPolicyDocumentCycle(t *testing.T) {
	inv := loadMain(t, `
data "aws_iam_policy_document" "a" { source_policy_documents = [data.aws_iam_policy_document.b.json] }
data "aws_iam_policy_document" "b" { source_policy_documents = [data.aws_iam_policy_document.a.json] }
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.a.json }
`)
	documents, _ := subject(t, inv, "aws_iam_policy.p").Facts["documents"].(map[string]any)
	if got := asJSON(t, documents["policy"]); !strings.Contains(got, "depends on itself") {
		t.Errorf("the policy is %s", got)
	}
}

// TestPolicyDocumentInJSON holds that blocks may be objects.
func TestPolicyDocumentInJSON(t *testing.T) {
	inv := load(t, &Loader{}, `
-- main.tf.json --
{
  "data": {"aws_iam_policy_document": {"d": {"statement": {
    "actions": ["a:b"],
    "principals": {"type": "AWS", "identifiers": ["*"]},
    "condition": {"test": "Bool", "variable": "k", "values": ["true"]}
  }}}},
  "resource": {"aws_x": {"x": {"json": "${data.aws_iam_policy_document.d.minified_json}"}}}
}
`)
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Principal":{"AWS":"*"},"Condition":{"Bool":{"k":"true"}}}]}`
	if got := subject(t, inv, "aws_x.x").Values["json"]; got != want {
		t.Errorf("the policy is\n%v\nwant\n%s", got, want)
	}
}
