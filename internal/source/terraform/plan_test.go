package terraform

import (
	"context"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The plans in testdata/plans are what terraform show -json made of the
// sources beside them.
var plannedDirs = []string{"changes", "network", "shop"}

// loadPlanned loads one of them: its source, its plan, or both.
func loadPlanned(t *testing.T, dir string, source, plan bool) *annexgate.Inventory {
	t.Helper()
	fsys := plannedFiles(t, dir, source, plan)
	files := discovered(fsys)
	if plan {
		files = append(files, "plan.json")
	}
	inv, err := (&Loader{}).Load(context.Background(), fsys, files)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func plannedFiles(t *testing.T, dir string, source, plan bool) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	root := os.DirFS(path.Join("testdata/plans", dir))
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "plan.json" && !plan || name != "plan.json" && !source {
			return err
		}
		text, err := fs.ReadFile(root, name)
		fsys[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func byAddress(inv *annexgate.Inventory) map[string]*annexgate.Subject {
	found := map[string]*annexgate.Subject{}
	for _, s := range inv.Subjects {
		found[s.Address] = s
	}
	return found
}

// TestPlanAgrees holds that what we know without a plan is what Terraform
// planned, value by value.
func TestPlanAgrees(t *testing.T) {
	for _, dir := range plannedDirs {
		t.Run(dir, func(t *testing.T) {
			without, with := loadPlanned(t, dir, true, false), loadPlanned(t, dir, true, true)
			diff(t, messages(with), messages(without))
			plans, values := byAddress(with), 0
			for _, s := range without.Subjects {
				if strings.Contains(s.Address, "[*]") {
					continue
				}
				p := plans[s.Address]
				if p == nil {
					t.Errorf("%s is not there with the plan", s.Address)
					continue
				}
				for name, v := range s.Values {
					values++
					if !agree(v, p.Values[name]) && !sameValue(v, p.Values[name]) {
						t.Errorf("%s.%s is %s, and %s in the plan", s.Address, name, asJSON(t, v), asJSON(t, p.Values[name]))
					}
				}
				diff(t, p.At, s.At)
			}
			t.Logf("%d values of %d subjects", values, len(without.Subjects))
		})
	}
}

// TestPlanAlone holds that a plan without its source gives the same subjects,
// with the same values, and edges between resources as the source has.
func TestPlanAlone(t *testing.T) {
	for _, dir := range plannedDirs {
		t.Run(dir, func(t *testing.T) {
			with, alone := loadPlanned(t, dir, true, true), loadPlanned(t, dir, false, true)
			diff(t, addresses(alone), addresses(with))
			alones := byAddress(alone)
			for _, s := range with.Subjects {
				a := alones[s.Address]
				if a == nil || s.Type == "module" || s.Type == "provider" {
					continue
				}
				if !agree(known0(s.Values), a.Values) {
					t.Errorf("%s is %s, with source %s", s.Address, asJSON(t, a.Values), asJSON(t, s.Values))
				}
				diff(t, asJSON(t, a.Facts["change"]), asJSON(t, s.Facts["change"]))
				for _, fact := range []string{"provider", "tags"} {
					if len(annexgate.Unknowns(a.Facts[fact])) == 0 {
						diff(t, asJSON(t, a.Facts[fact]), asJSON(t, s.Facts[fact]))
					}
				}
				if a.At.File != "plan.json" || a.At.Line != 0 {
					t.Errorf("%s is at %s", a.Address, a.At)
				}
				for _, r := range s.References {
					if !slices.ContainsFunc(a.References, func(other *annexgate.Subject) bool { return other.Address == r.Address }) &&
						!slices.Contains(unseen[dir], s.Address+" "+r.Address) {
						t.Errorf("%s does not refer to %s", s.Address, r.Address)
					}
				}
			}
		})
	}
}

// unseen are references that a plan does not tell of: those through locals.
var unseen = map[string][]string{
	"network": {"aws_db_instance.orders data.aws_caller_identity.current"},
}

// known0 leaves out what is not known.
func known0(v map[string]any) map[string]any {
	out := map[string]any{}
	for key, part := range v {
		if len(annexgate.Unknowns(part)) == 0 {
			out[key] = part
		}
	}
	return out
}

// TestPlanKnowsMore holds what a plan adds.
func TestPlanKnowsMore(t *testing.T) {
	network := loadPlanned(t, "network", true, true)
	diff(t, asJSON(t, subject(t, loadPlanned(t, "network", true, false), "aws_subnet.zone[*]").Values["vpc_id"]), `"ref:${aws_vpc.main.id}"`)
	diff(t, asJSON(t, subject(t, network, "aws_subnet.zone[1]").Values), `{"availability_zone":"b","cidr_block":"10.0.1.0/24","vpc_id":"ref:${aws_vpc.main.id}"}`)
	db := subject(t, network, "aws_db_instance.orders")
	diff(t, asJSON(t, db.Values), `{"engine":"postgres","identifier":"orders-123456789012","kms_key_id":"ref:${aws_kms_key.data.arn}","password":"hunter2","publicly_accessible":false,"storage_encrypted":true}`)
	diff(t, annexgate.Path{"password"}.String(), db.Sensitive[0].String())

	web := subject(t, network, `module.sg["web"].aws_instance.this[1]`)
	for _, tt := range []struct {
		name string
		path annexgate.Path
		want string
	}{
		{"sorted by Terraform, the second block is first", annexgate.Path{"ebs_block_device", 0, "volume_size"}, "modules/sg/main.tf:42:5"},
		{"an argument that is left out is at its block", annexgate.Path{"ebs_block_device", 0, "encrypted"}, "modules/sg/main.tf:40:3"},
		{"one that only the plan has is at the resource", annexgate.Path{"subnet_id"}, "modules/sg/main.tf:29:1"},
	} {
		if got := web.Source.Find(tt.path).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}

	changes := loadPlanned(t, "changes", true, true)
	for address, want := range map[string]string{
		"terraform_data.created":  `{"actions":["create"]}`,
		"terraform_data.renamed":  `{"actions":["no-op"],"previous_address":"terraform_data.old_name"}`,
		"terraform_data.replaced": `"replace_paths":[["triggers_replace"]]`,
		"terraform_data.updated":  `"input":{"size":1,"token":"?the value is sensitive"}`,
		"root":                    `{"destroyed":[{"actions":["delete"],"address":"terraform_data.gone"`,
	} {
		if got := asJSON(t, subject(t, changes, address).Facts["change"]); !strings.Contains(got, want) {
			t.Errorf("%s: %s does not hold %s", address, got, want)
		}
	}
}

// TestPlanAndSource holds what comes of a plan and a source that differ.
func TestPlanAndSource(t *testing.T) {
	const plan = `-- plan.json --
{"format_version":"1.2","planned_values":{"root_module":{}},"resource_changes":[
{"address":"aws_x.a","mode":"managed","type":"aws_x","name":"a","change":{"actions":["create"],"after":{"mode":"private","n":1.50,"doc":"{ \"a\": 1 }","none":null,"blocks":[]},"after_unknown":{"id":true}}},
{"address":"module.far.aws_x.b[\"k\"]","module_address":"module.far","mode":"managed","type":"aws_x","name":"b","index":"k","change":{"actions":["create"],"after":{"mode":"m"},"after_unknown":{"key":true}}}],
"configuration":{"root_module":{"resources":[{"address":"aws_x.a","mode":"managed","type":"aws_x","name":"a","expressions":{"mode":{"constant_value":"private"}}}],
"module_calls":{"far":{"source":"example.com/far/aws","expressions":{"key":{"references":["aws_x.a.id","aws_x.a"]}},"module":{"variables":{"key":{}},"resources":[
{"address":"aws_x.b","mode":"managed","type":"aws_x","name":"b","expressions":{"key":{"references":["var.key"]}},"for_each_expression":{"references":["var.key"]}}]}}}}}}
`
	const source = "-- main.tf --\nresource \"aws_x\" \"a\" {\n  mode = \"private\"\n  n = \"1.5\"\n  doc = jsonencode({ a = 1 })\n}\nmodule \"far\" {\n  source = \"example.com/far/aws\"\n  key = aws_x.a.id\n}\n"
	loadBoth := func(t *testing.T, archive string) *annexgate.Inventory {
		t.Helper()
		fsys := tree(archive)
		inv, err := (&Loader{}).Load(context.Background(), fsys, append(discovered(fsys), "plan.json"))
		if err != nil {
			t.Fatal(err)
		}
		return inv
	}
	t.Run("a module that is not installed is judged from the plan, at its call", func(t *testing.T) {
		inv := loadBoth(t, source+plan)
		b := subject(t, inv, `module.far.aws_x.b["k"]`)
		diff(t, asJSON(t, b.Values), `{"key":"ref:${aws_x.a.id}","mode":"m"}`)
		diff(t, b.At.String(), "main.tf:6:1")
		diff(t, b.References[0].Address, "aws_x.a")
		diff(t, messages(inv), []string(nil))
	})
	t.Run("the plan wins, and the contradiction is told", func(t *testing.T) {
		inv := loadBoth(t, strings.Replace(source, "private", "public", 1)+plan)
		diff(t, asJSON(t, subject(t, inv, "aws_x.a").Values["mode"]), `"private"`)
		if len(inv.Problems) != 1 || inv.Problems[0].Loss != annexgate.Unread || !strings.Contains(inv.Problems[0].Message, "different things of aws_x.a.mode") {
			t.Errorf("problems: %v", inv.Problems)
		}
	})
	t.Run("what is in the source alone is judged too", func(t *testing.T) {
		inv := loadBoth(t, source+"resource \"aws_x\" \"new\" {}\n"+plan)
		subject(t, inv, "aws_x.new")
	})
	t.Run("a plan of another source is judged by itself", func(t *testing.T) {
		inv := loadBoth(t, "-- main.tf --\nresource \"aws_x\" \"other\" {}\n"+plan)
		diff(t, addresses(inv), []string{"aws_x.other", "aws_x.a", "module.far", `module.far.aws_x.b["k"]`})
	})
	t.Run("two plans of one source are judged apart", func(t *testing.T) {
		fsys := tree(source + plan)
		fsys["prod.json"] = fsys["plan.json"]
		inv, err := (&Loader{}).Load(context.Background(), fsys, []string{"main.tf", "plan.json", "prod.json"})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, addresses(inv), []string{"aws_x.a", "module.far", `module.far.aws_x.b["k"]`, "aws_x.a", "module.far", `module.far.aws_x.b["k"]`})
	})
}

// TestPlanFaults holds that a plan that cannot be read is told of.
func TestPlanFaults(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no JSON", `x`, "read plan p.json: want a JSON object"},
		{"another format", `{"format_version":"2.0"}`, `its format version is "2.0": want 1`},
		{"no format", `{}`, "it has no format version"},
		{"cut off", `{"format_version":"1.2","resource_changes":[{"address":"a`, "unexpected EOF"},
		{"deep", `{"format_version":"1.2","prior_state":` + strings.Repeat(`{"a":`, 200_000), "exceeded max depth"},
		{"UTF-16", "\xff\xfe{\x00", "the text is UTF-16"},
		{"a part", `{"format_version":"1.2","complete":false,"resource_changes":null}`, "is not complete"},
		{"an error", `{"format_version":"1.2","errored":true}`, "is not complete"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{"p.json": {Data: []byte(tt.text)}}
			inv, err := (&Loader{}).Load(context.Background(), fsys, []string{"p.json"})
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(messages(inv), "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("problems %q, want %q", all, tt.want)
			}
		})
	}
	t.Run("numbers that take seconds to write", func(t *testing.T) {
		fsys := fstest.MapFS{"p.json": {Data: []byte(`{"format_version":"1.2","variables":{"x":{"value":1e999999999}},"resource_changes":[{"address":"a.b","type":"a","name":"b","change":{"actions":["create"],"after":{"n":1e999999999}}}]}`)}}
		inv, err := (&Loader{}).Load(context.Background(), fsys, []string{"p.json"})
		if err != nil {
			t.Fatal(err)
		}
		subject(t, inv, "a.b")
	})
}
