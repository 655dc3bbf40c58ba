package terraform

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// weaker are the places where Terraform knows more than we do before a plan,
// and why.
var weaker = map[string]string{}

// TestConfigurations holds whole configurations against what Terraform plans.
// Its answers are the last file of each archive in testdata/oracle: addresses,
// values, which of them are unknown or sensitive. Where Terraform refuses a
// configuration, there must be a problem, or an unknown where it is refused
// for one.
//
// go test -update asks the terraform on the machine. Those that use a provider
// need one of that name, with the types they use, in a mirror that
// TF_CLI_CONFIG_FILE names.
func TestConfigurations(t *testing.T) {
	names, err := filepath.Glob("testdata/oracle/configurations/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	compared, unsure := 0, 0
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				askPlan(t, archive)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			answer := archive.Files[len(archive.Files)-1]
			archive.Files = archive.Files[:len(archive.Files)-1]
			inv := load(t, &Loader{}, string(txtar.Format(archive)))
			switch answer.Name {
			case "error":
				if len(inv.Problems) == 0 && !doubtful(inv) {
					t.Error("no problem is told of")
				}
			case "plan":
				for _, p := range inv.Problems {
					t.Errorf("problem: %v", p)
				}
				same, open := holdAgainst(t, inv, answer.Data)
				compared, unsure = compared+same, unsure+open
			default:
				t.Fatalf("no answer of Terraform: run go test -update")
			}
		})
	}
	t.Logf("%d configurations; %d values agree, %d are unknown to us alone", len(names), compared, unsure)
}

// doubtful reports whether one instance stands for an unknown number of them.
func doubtful(inv *annexgate.Inventory) bool {
	return slices.ContainsFunc(addresses(inv), func(a string) bool { return strings.HasSuffix(a, "[*]") })
}

// An answer is what Terraform plans for one resource.
type answer struct {
	Address   string `json:"address"`
	Mode      string `json:"mode"`
	After     any    `json:"after"`
	Unknown   any    `json:"after_unknown"`
	Sensitive any    `json:"after_sensitive"`
}

func holdAgainst(t *testing.T, inv *annexgate.Inventory, text []byte) (same, open int) {
	t.Helper()
	var answers []answer
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&answers); err != nil {
		t.Fatal(err)
	}
	subjects := byAddress(inv)
	var want []string
	for _, a := range answers {
		want = append(want, a.Address)
		s := subjects[a.Address]
		if s == nil {
			continue
		}
		l := &leaves{t: t, address: a.Address}
		values, _ := overlay(a.After, a.Unknown).(map[string]any)
		for _, name := range sortedKeys(values) {
			l.compare(s.Values[name], values[name], annexgate.Path{name})
		}
		for name := range s.Values {
			if _, ok := values[name]; !ok {
				t.Errorf("%s.%s is not in the plan", a.Address, name)
			}
		}
		same, open = same+l.same, open+l.open
		for _, path := range truePaths(a.Sensitive, nil) {
			if !slices.ContainsFunc(s.Sensitive, func(p annexgate.Path) bool { return strings.HasPrefix(path.String(), p.String()) }) {
				t.Errorf("%s.%s is not held sensitive", a.Address, path)
			}
		}
	}
	var got []string
	for _, s := range inv.Subjects {
		if s.Facts["provider"] != nil && !strings.HasPrefix(s.Type, "data.") {
			got = append(got, s.Address)
		}
	}
	slices.Sort(want)
	diff(t, got, want)
	return same, open
}

// leaves compares values leaf by leaf.
type leaves struct {
	t          *testing.T
	address    string
	same, open int
}

func (l *leaves) compare(ours, theirs any, at annexgate.Path) {
	l.t.Helper()
	if mark, ok := theirs.(map[string]any); ok && len(mark) == 1 && mark["unknown"] == true {
		if known(ours) && !strings.HasSuffix(at.String(), ".id") && l.notEmpty(ours) {
			l.t.Errorf("%s.%s is %s, and unknown to Terraform", l.address, at, asJSON(l.t, ours))
		}
		return
	}
	if !known(ours) && ours != nil {
		l.open++
		if _, ok := weaker[l.address+"."+at.String()]; !ok {
			l.t.Errorf("%s.%s is not known, and %s to Terraform", l.address, at, asJSON(l.t, theirs))
		}
		return
	}
	switch theirs := theirs.(type) {
	case map[string]any:
		object, _ := ours.(map[string]any)
		for _, key := range unionKeys(theirs, object) {
			l.compare(object[key], theirs[key], append(at[:len(at):len(at)], key))
		}
		return
	case []any:
		list, _ := ours.([]any)
		if len(list) != len(theirs) {
			l.t.Errorf("%s.%s is %s, want %s", l.address, at, asJSON(l.t, ours), asJSON(l.t, theirs))
			return
		}
		for i := range theirs {
			l.compare(list[i], theirs[i], append(at[:len(at):len(at)], i))
		}
		return
	}
	l.same++
	if ours == nil && theirs == nil || ours != nil && theirs != nil && sameText(ours, theirs) {
		return
	}
	l.t.Errorf("%s.%s is %s, want %s", l.address, at, asJSON(l.t, ours), asJSON(l.t, theirs))
}

func (l *leaves) notEmpty(v any) bool { return !empty(v) }

// askPlan replaces the last file of the archive by what Terraform says.
func askPlan(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "plan" || f.Name == "error" })
	dir := t.TempDir()
	for _, f := range archive.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) ([]byte, bool) {
		cmd := exec.Command("terraform", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return out, err == nil
	}
	refuse := func(out []byte) {
		summary := "refused\n"
		for line := range strings.Lines(string(out)) {
			if _, text, ok := strings.Cut(line, "Error: "); ok {
				summary = text
				break
			}
		}
		archive.Files = append(archive.Files, txtar.File{Name: "error", Data: []byte(summary)})
	}
	if out, ok := run("init", "-no-color"); !ok {
		refuse(out)
		return
	}
	if out, ok := run("plan", "-no-color", "-out=plan.bin"); !ok {
		refuse(out)
		return
	}
	out, ok := run("show", "-json", "plan.bin")
	if !ok {
		t.Fatalf("terraform show: %s", out)
	}
	var plan struct {
		Changes []struct {
			answer
			Change answer `json:"change"`
		} `json:"resource_changes"`
	}
	d := json.NewDecoder(bytes.NewReader(out[bytes.IndexByte(out, '{'):]))
	d.UseNumber()
	if err := d.Decode(&plan); err != nil {
		t.Fatal(err)
	}
	b := bytes.NewBufferString("[")
	for i, c := range plan.Changes {
		c.Change.Address, c.Change.Mode = c.Address, c.Mode
		text, err := json.Marshal(c.Change)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(text)
	}
	b.WriteString("\n]\n")
	archive.Files = append(archive.Files, txtar.File{Name: "plan", Data: b.Bytes()})
}
