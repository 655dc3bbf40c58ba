package terraform

import (
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// TestGiven holds what the command line and the environment say of variables.
func TestGiven(t *testing.T) {
	const src = `-- main.tf --
variable "text" {}
variable "typed" {
  type    = string
  default = "default"
}
variable "list" {
  type    = list(string)
  default = []
}
variable "any" {
  type    = any
  default = null
}
variable "number" {
  type    = number
  default = 0
}
output "out" { value = [var.text, var.typed, var.list, var.any, var.number] }
-- prod.tfvars --
typed = "prod"
number = 3
-- dev.tfvars.json --
{"typed": "dev ${x}", "list": ["dev"]}
`
	for _, tt := range []struct {
		name    string
		files   string
		loader  Loader
		want    string
		problem string
	}{
		{
			"an untyped variable takes the text as it is", "",
			Loader{Variables: []Assignment{{Name: "text", Value: `["a"]`}}},
			`["[\"a\"]","default",[],null,0]`, "",
		},
		{
			"null is a text where the type is primitive", "",
			Loader{Variables: []Assignment{{Name: "text", Value: "x"}, {Name: "typed", Value: "null"}}},
			`["x","null",[],null,0]`, "",
		},
		{
			"all behind the first equals sign is the value", "",
			Loader{Variables: []Assignment{{Name: "text", Value: "a=b=c"}}},
			`["a=b=c","default",[],null,0]`, "",
		},
		{
			"other types are expressions", "",
			Loader{Variables: []Assignment{
				{Name: "text", Value: "x"},
				{Name: "list", Value: `["a", 2]`},
				{Name: "any", Value: `{ k = [true] }`},
				{Name: "number", Value: "42"},
			}},
			`["x","default",["a","2"],{"k":[true]},42]`, "",
		},
		{
			"what is no expression is unknown and told of, without the text", "",
			Loader{Variables: []Assignment{{Name: "text", Value: "x"}, {Name: "list", Value: `hunter2 [`}}},
			`["x","default","?the value given to variable \"list\" is no expression",null,0]`, "main.tf:6:1: the value given to variable \"list\" is no expression",
		},
		{
			"an expression refers to nothing", "",
			Loader{Variables: []Assignment{{Name: "text", Value: "x"}, {Name: "list", Value: `[upper("a")]`}}},
			"", "function calls not allowed",
		},
		{
			"the later of --var and --var-file wins", "",
			Loader{Variables: []Assignment{{Name: "typed", Value: "var"}, {File: "prod.tfvars"}, {Name: "number", Value: "4"}, {Name: "text", Value: "x"}}},
			`["x","prod",[],null,4]`, "",
		},
		{
			"texts of JSON files are no templates", "",
			Loader{Variables: []Assignment{{File: "prod.tfvars"}, {File: "dev.tfvars.json"}, {Name: "text", Value: "x"}}},
			`["x","dev ${x}",["dev"],null,3]`, "",
		},
		{
			"a file from elsewhere", "",
			Loader{Variables: []Assignment{{File: "/elsewhere/a.tfvars", Text: []byte("text = \"far\"\n")}}},
			`["far","default",[],null,0]`, "",
		},
		{
			"the environment is asked last", "-- terraform.tfvars --\nnumber = 2\n",
			Loader{
				Getenv: func(name string) string {
					return map[string]string{"TF_VAR_text": "env", "TF_VAR_number": "1", "TF_VAR_list": `["e"]`}[name]
				},
				Variables: []Assignment{{Name: "typed", Value: "v"}},
			},
			`["env","v",["e"],null,2]`, "",
		},
		{
			"files of the module take precedence in Terraform's order, the command line before all",
			"-- terraform.tfvars --\ntext = 1\n-- a.auto.tfvars.json --\n{\"text\": 2}\n-- b.auto.tfvars --\ntext = 3\n-- c.auto.tfvars.json --\n{\"text\": 4}\n",
			Loader{Variables: []Assignment{{Name: "typed", Value: "x"}}},
			`[4,"x",[],null,0]`, "",
		},
		{
			"a name that no module declares on the command line", "",
			Loader{Variables: []Assignment{{Name: "text", Value: "x"}, {Name: "txet", Value: "y"}}},
			`["x","default",[],null,0]`, `variable "txet" is given on the command line, but no root module declares it`,
		},
		{
			"a name that the module does not declare in a file", "-- terraform.tfvars --\ntext = \"x\"\nother = 1\n",
			Loader{},
			`["x","default",[],null,0]`, `terraform.tfvars:2:1: variable "other" has a value but no declaration`,
		},
		{
			"a variable file that does not parse", "",
			Loader{Variables: []Assignment{{File: "x.tfvars", Text: []byte("text = ")}}},
			"", "x.tfvars:1:8: ",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv := load(t, &tt.loader, src+tt.files)
			if tt.want != "" {
				diff(t, asJSON(t, inv.Outputs["out"]), tt.want)
			}
			all := strings.Join(messages(inv), "\n")
			if tt.problem == "" && all != "" || !strings.Contains(all, tt.problem) {
				t.Errorf("problems %q, want %q", all, tt.problem)
			}
			if strings.Contains(all, "hunter2") {
				t.Errorf("problems %q repeat a value", all)
			}
		})
	}
}

// TestTofu holds that what OpenTofu reads in place of a file hides it, and
// that this is told.
func TestTofu(t *testing.T) {
	inv := load(t, &Loader{}, `-- a.tf --
resource "aws_x" "terraform" {}
-- a.tofu --
resource "aws_x" "tofu" {}
-- b.tofu.json --
{"resource": {"aws_x": {"json": {}}}}
-- c.tf --
resource "aws_x" "both" {}
`)
	diff(t, addresses(inv), []string{"aws_x.both", "aws_x.json", "aws_x.tofu"})
	diff(t, messages(inv), []string{"a.tf: a.tf is not examined: OpenTofu reads a.tofu in its place; leave out with --exclude the one that is not applied"})
	if inv.Problems[0].Loss != annexgate.Unread {
		t.Error("a hidden file leaves the run clear")
	}
}

// TestEphemeral holds that values which exist only while Terraform runs are
// kept back, and that ephemeralasnull takes them away.
func TestEphemeral(t *testing.T) {
	inv := load(t, &Loader{}, `-- main.tf --
variable "token" {
  type      = string
  ephemeral = true
  default   = "hunter2"
}
resource "aws_x" "x" {
  secret_wo = "pre-${var.token}"
  kept      = ephemeralasnull(var.token)
  same      = ephemeralasnull("e")
}
`)
	x := subject(t, inv, "aws_x.x")
	diff(t, asJSON(t, x.Values), `{"same":"e","secret_wo":"pre-hunter2"}`)
	if len(x.Sensitive) != 1 || x.Sensitive[0].String() != "secret_wo" {
		t.Errorf("sensitive: %v", x.Sensitive)
	}
}
