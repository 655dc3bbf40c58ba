package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("differs from %s; run go test -update and read the diff\n%s", name, diff)
	}
}

func statement(t *testing.T, r *annexgate.Run) *Statement {
	t.Helper()
	s, err := New(r, testID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encoded(t *testing.T, r *annexgate.Run) []byte {
	t.Helper()
	content, err := Encode(statement(t, r))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestRecord(t *testing.T) {
	s := statement(t, run())
	if len(s.Predicate.Controls) != 93 {
		t.Errorf("%d controls, want all 93", len(s.Predicate.Controls))
	}
	// The golden file shows the controls that differ, for people to read.
	s.Predicate.Controls = slices.DeleteFunc(s.Predicate.Controls, func(c Control) bool {
		return c.Reason == "no policy supports it" && c.ID != "A.5.1"
	})
	pretty, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "record.json", append(pretty, '\n'))
}

func TestTheSameRunGivesTheSameBytes(t *testing.T) {
	want := encoded(t, run())
	for range 20 {
		if got := encoded(t, run()); !bytes.Equal(got, want) {
			t.Fatalf("differs:\n%s\n%s", got, want)
		}
	}
	if bytes.Count(want, []byte("\n")) != 1 || !bytes.HasSuffix(want, []byte("\n")) {
		t.Error("a record is one line")
	}
	if !bytes.Equal(encoded(t, large()), encoded(t, large())) {
		t.Error("a large record differs")
	}
}

func TestARecordReadsBackAsItWas(t *testing.T) {
	for name, r := range map[string]*annexgate.Run{"ordinary": run(), "large": large(), "empty": {}} {
		want := statement(t, r)
		content, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(content)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNoSourceAndNoValuesInARecord(t *testing.T) {
	content := encoded(t, run())
	for _, secret := range []string{"SOURCE-EXCERPT", "SUBJECT-VALUE"} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%s is in the record", secret)
		}
	}
}

func TestSubjectsAreWhatWasExamined(t *testing.T) {
	for name, test := range map[string]struct {
		commit annexgate.Commit
		want   []string // names of the subjects
		code   string   // in degraded
	}{
		"a commit and its tree":                    {annexgate.Commit{Repository: "git+https://github.com/a/b", Commit: testCommit, Tree: testTree}, []string{"git+https://github.com/a/b", "tree", "inputs-manifest"}, ""},
		"a commit without a remote":                {annexgate.Commit{Commit: testCommit, Tree: testTree}, []string{"commit", "tree", "inputs-manifest"}, ""},
		"a dirty work tree is not the commit's":    {annexgate.Commit{Commit: testCommit, Tree: testTree, Dirty: true}, []string{"commit", "inputs-manifest"}, "DIRTY_TREE"},
		"outside a repository there is no commit":  {annexgate.Commit{}, []string{"inputs-manifest"}, "NO_COMMIT"},
		"before the first commit there is none":    {annexgate.Commit{Repository: "git+https://github.com/a/b"}, []string{"inputs-manifest"}, "NO_COMMIT"},
		"a repository may name objects by SHA-256": {annexgate.Commit{Commit: strings.Repeat("a", 64), Tree: strings.Repeat("b", 64)}, []string{"commit", "tree", "inputs-manifest"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := run()
			r.Commit = test.commit
			s := statement(t, r)
			var got []string
			for _, subject := range s.Subject {
				got = append(got, subject.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if s.Commit() != test.commit.Commit || (s.Predicate.Change != nil) != (test.commit.Commit != "") {
				t.Errorf("commit %q, change %+v", s.Commit(), s.Predicate.Change)
			}
			if code := s.Predicate.Degraded[0].Code; test.code != "" && code != test.code {
				t.Errorf("degraded by %s first, want %s", code, test.code)
			}
		})
	}
}

func TestTheDecisionSaysWhatTheVerdictSays(t *testing.T) {
	for name, test := range map[string]struct {
		verdict annexgate.Verdict
		failOn  annexgate.Severity
		want    Decision
	}{
		"clear":                       {annexgate.Clear, annexgate.High, Decision{Outcome: "pass", Mode: "enforce", FailOn: "high"}},
		"inconclusive":                {annexgate.Inconclusive, annexgate.Low, Decision{Outcome: "error", Mode: "enforce", FailOn: "low"}},
		"a verdict that nobody gave":  {"", annexgate.Low, Decision{Outcome: "error", Mode: "enforce", FailOn: "low"}},
		"blocked":                     {annexgate.Blocked, annexgate.Critical, Decision{Outcome: "fail", Mode: "enforce", FailOn: "critical"}},
		"nothing can block: advisory": {annexgate.Clear, 0, Decision{Outcome: "pass", Mode: "advisory"}},
	} {
		r := run()
		r.Verdict, r.FailOn, r.Decisions = test.verdict, test.failOn, nil
		test.want.Blocking = []string{}
		s := statement(t, r)
		if diff := cmp.Diff(test.want, s.Predicate.Decision); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, c := range s.Predicate.Controls {
			if c.Enforced && test.failOn == 0 {
				t.Errorf("%s: %s is enforced", name, c.ID)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		id     string
		commit annexgate.Commit
	}{
		"no ID":                    {"", annexgate.Commit{}},
		"an ID that is a path":     {"../../x", annexgate.Commit{}},
		"an ID of another version": {uuid.Nil.String(), annexgate.Commit{}},
		"an ID written otherwise":  {strings.ToUpper(testID), annexgate.Commit{}},
		"a short commit":           {testID, annexgate.Commit{Commit: "6f1c", Tree: testTree}},
		"a commit that is a path":  {testID, annexgate.Commit{Commit: strings.Repeat("../a", 10), Tree: testTree}},
		"a commit without a tree":  {testID, annexgate.Commit{Commit: testCommit}},
	} {
		r := run()
		r.Commit = test.commit
		if s, err := New(r, test.id); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	r := run()
	r.Settings = map[string]any{"x": func() {}}
	if _, err := New(r, testID); err == nil {
		t.Error("settings that are no JSON have no digest")
	}
}

func TestALargeRecordStaysSmall(t *testing.T) {
	s := statement(t, large())
	content := encoded(t, large())
	if signed := base64.StdEncoding.EncodedLen(len(content)); signed > 64<<10-500 {
		t.Errorf("%d bytes, %d when signed", len(content), signed)
	}
	if len(s.Predicate.Controls) != 93 {
		t.Errorf("%d controls, want all 93 whatever the size", len(s.Predicate.Controls))
	}
	if s.Predicate.Decision.BlockingCount != 1501 || len(s.Predicate.Decision.Blocking) == 0 {
		t.Errorf("blocking %d, of which %d are listed", s.Predicate.Decision.BlockingCount, len(s.Predicate.Decision.Blocking))
	}
	for _, f := range s.Predicate.Findings {
		if !slices.Contains(s.Predicate.Decision.Blocking, f.ID) {
			t.Errorf("kept %s (%s), which does not block, before findings that do", f.ID, f.Severity)
		}
	}
	rules := 0
	for _, c := range s.Predicate.Controls {
		rules += len(c.Rules)
	}
	t.Logf("%d bytes; ordinary %d bytes; %d rule results, %d findings", len(content), len(encoded(t, run())), rules, len(s.Predicate.Findings))
	o := s.Predicate.Omitted
	if o == nil || o.Findings+len(s.Predicate.Findings) != 3005 || o.Files+filesOf(s) != 5003 ||
		o.Degraded+len(s.Predicate.Degraded) != 5002 || o.Modules+len(s.Predicate.Policy.Modules) != 602 || o.Rules+rules != 600 ||
		o.Exceptions+len(s.Predicate.Exceptions) != 502 || len(s.Predicate.Exceptions) == 0 {
		t.Errorf("omitted %+v does not add up", o)
	}
}

func filesOf(s *Statement) (n int) {
	for _, in := range s.Predicate.Inputs {
		n += len(in.Files)
	}
	return n
}

func TestAnOrdinaryRecordLeavesOutNothing(t *testing.T) {
	if s := statement(t, run()); s.Predicate.Omitted != nil {
		t.Errorf("omitted %+v", s.Predicate.Omitted)
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	if got := clip("a" + strings.Repeat("ü", maxText)); !strings.HasSuffix(got, "ü…") || len(got) > maxText+3 {
		t.Errorf("%q", got)
	}
	if got := clip(strings.Repeat("\x80", 2*maxText)); len(got) > maxText+3 {
		t.Errorf("%d bytes", len(got))
	}
}

// TestManifest compares with sha256sum, which an auditor would use.
func TestManifest(t *testing.T) {
	program, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	names := []string{"a b.tf", "b.tf", `back\slash.tf`, "new\nline.tf"} // sorted
	var inputs []annexgate.Input
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, annexgate.NewInput(annexgate.Terraform, name, []byte(name)))
	}
	cmd := exec.Command(program, append([]string{"--"}, names...)...)
	cmd.Dir = dir
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(inputs)
	if diff := cmp.Diff(string(want), string(manifest(inputs))); diff != "" {
		t.Error(diff)
	}
}

func TestNewID(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	random := func() *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte{0xff}, 10)) }
	id, err := NewID(now, random())
	if err != nil {
		t.Fatal(err)
	}
	if want := "018bcfe5-687b-7fff-bfff-ffffffffffff"; id != want {
		t.Errorf("%s, want %s", id, want)
	}
	later, err := NewID(now.Add(time.Millisecond), bytes.NewReader(make([]byte, 10)))
	if err != nil || later <= id {
		t.Errorf("%s, %v; want it behind %s", later, err, id)
	}
	if parsed := uuid.MustParse(id); parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
		t.Errorf("version %d, variant %s", parsed.Version(), parsed.Variant())
	}
	if id, err := NewID(now, bytes.NewReader(nil)); err == nil {
		t.Errorf("%s without randomness", id)
	}
}

func TestParseRefuses(t *testing.T) {
	valid := string(encoded(t, run()))
	if _, err := Parse([]byte(valid)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, new, want string }{
		"nothing":                       {valid, "", "not a record"},
		"other JSON":                    {valid, "{}", "_type"},
		"no object":                     {valid, "[]", "not a record"},
		"half of it":                    {valid, valid[:len(valid)/2], "not a record"},
		"more behind it":                {valid, valid + valid, "more follows"},
		"another statement type":        {"Statement/v1", "Statement/v2", "_type"},
		"another predicate":             {"control-evaluation/v1", "control-evaluation/v2", "predicateType"},
		"an unknown major version":      {`"schema_version":"1.0"`, `"schema_version":"2.0"`, "schema_version"},
		"an ID that is none":            {testID, "x", "record_id"},
		"a commit that is none":         {`"gitCommit":"6f`, `"gitCommit":"6F`, "gitCommit"},
		"an unknown record type":        {"local_evaluation", "opinion", "record_type"},
		"an unknown trust level":        {"local_unsigned", "absolute", "level"},
		"an unknown status":             {`"status":"satisfied"`, `"status":"fine"`, "status"},
		"an unknown outcome":            {`"decision":{"outcome":"fail"`, `"decision":{"outcome":"clear"`, "outcome"},
		"an unknown result":             {`"result":"pass"`, `"result":"passed"`, "result"},
		"an unknown completeness":       {`"completeness":"complete"`, `"completeness":"all"`, "completeness"},
		"an unknown status of findings": {`"status":"open"`, `"status":"closed"`, "findings.status"},
		"an unknown signature":          {`"signature":"none"`, `"signature":"wet"`, "signature"},
		"a nest without an end":         {valid, strings.Repeat("[", 1<<20), "not a record"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(valid, test.old) {
				t.Fatalf("the record has no %s", test.old)
			}
			_, err := Parse([]byte(strings.Replace(valid, test.old, test.new, 1)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one about %s", err, test.want)
			}
		})
	}
	later := strings.Replace(valid, `"schema_version":"1.0"`, `"schema_version":"1.7","new_field":{}`, 1)
	if _, err := Parse([]byte(later)); err != nil {
		t.Errorf("a later minor version: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	s, err := New(run(), testID)
	if err != nil {
		f.Fatal(err)
	}
	s.Predicate.Controls = s.Predicate.Controls[:1] // small inputs are tried faster
	content, err := Encode(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := Parse(content)
		if err != nil {
			return
		}
		found := &Found{Commit: s.Commit(), Records: []Stored{{s, content}}}
		var text bytes.Buffer
		if err := WriteText(&text, found); err != nil {
			t.Fatal(err)
		}
		if inert.Text(strings.ReplaceAll(text.String(), "\n", "")) != strings.ReplaceAll(text.String(), "\n", "") {
			t.Errorf("not inert: %q", text.String())
		}
	})
}
