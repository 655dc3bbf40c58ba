package terraform

import (
	"context"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// FuzzLoad holds that no input panics, hangs, or leaves an inventory that
// contradicts itself.
func FuzzLoad(f *testing.F) {
	oracle, err := os.ReadFile("testdata/oracle/main.tf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(oracle), `{"locals":{"a":"${local.b}"}}`, "names = []\n")
	f.Add("module \"m\" {\n  source = \"./m\"\n  x = aws_x.b[*].id\n}\nresource \"aws_x\" \"b\" {\n  count = 2\n  dynamic \"d\" {\n    for_each = var.x\n    content {\n      v = d.value\n    }\n  }\n}\nvariable \"x\" {}\n",
		`{"resource":{"aws_x":{"c":{"for_each":{"a":1},"v":"${each.value}"}}}}`, "x = [1]\n")
	f.Add("output \"o\" {\n  value = try(jsondecode(file(\"terraform.tfvars\")), { for k, v in { a = 1 } : k => v... }, \"%{ if true }${1}%{ endif }\")\n}\n", `[]`, ``)
	f.Add("resource \"a\" \"b\" {\n  for_each = a.b\n  x = self.x\n  y = a.b[each.key].x\n}\nlocals {\n  a = local.a\n}\n", `{"terraform":[{"backend":{"s3":{}}}]}`, "a")
	f.Fuzz(func(t *testing.T, native, json, vars string) {
		fsys := fstest.MapFS{
			"main.tf":          {Data: []byte(native)},
			"x.tf.json":        {Data: []byte(json)},
			"terraform.tfvars": {Data: []byte(vars)},
			"m/main.tf":        {Data: []byte("variable \"x\" {}\noutput \"o\" {\n  value = var.x\n}\n")},
		}
		start := time.Now()
		inv, err := (&Loader{}).Load(context.Background(), fsys, discovered(fsys))
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > slow {
			t.Errorf("took %s", took)
		}
		for _, p := range inv.Problems {
			if p.Kind != annexgate.Terraform || p.Message == "" {
				t.Errorf("problem %+v", p)
			}
		}
		seen := map[string]bool{}
		for _, s := range inv.Subjects {
			if seen[s.Scope+" "+s.Address] {
				t.Errorf("%s is there twice", s.Address)
			}
			seen[s.Scope+" "+s.Address] = true
		}
	})
}
