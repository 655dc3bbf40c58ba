package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// TestReadBack saves a run and reads it back: every format writes the same of
// both.
func TestReadBack(t *testing.T) {
	run := fixture()
	back, err := Read(strings.NewReader(write(t, "json", run, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Formats() {
		for _, opts := range []Options{{}, {Color: true, Width: 60}} {
			if diff := cmp.Diff(write(t, name, run, opts), write(t, name, back, opts)); diff != "" {
				t.Errorf("%s %+v (-saved +read):\n%s", name, opts, diff)
			}
		}
	}
}

func TestReadBackKeepsWhatNoOtherFormatShows(t *testing.T) {
	run := fixture()
	back, err := Read(strings.NewReader(write(t, "json", run, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Decisions) != len(run.Decisions) || len(back.Subjects) != len(run.Subjects) {
		t.Fatalf("%d decisions on %d subjects, want %d on %d", len(back.Decisions), len(back.Subjects), len(run.Decisions), len(run.Subjects))
	}
	for i, d := range run.Decisions {
		if e := back.Decisions[i]; d.Outcome != e.Outcome || d.Policy.ID != e.Policy.ID || keyOf(d.Subject).Scope != e.Subject.Scope {
			t.Errorf("decision %d is %s of %s, want %s of %s", i, e.Outcome, e.Policy.ID, d.Outcome, d.Policy.ID)
		}
	}
	for i, d := range back.Decisions {
		for _, f := range d.Findings {
			if diff := cmp.Diff(pathText(run.Decisions[i].Findings[0].Path), pathText(d.Findings[0].Path)); diff != "" {
				t.Errorf("path of %q (-want +got):\n%s", f.Message, diff)
			}
		}
	}
	if !back.Started.Equal(run.Started) || back.Started.Location().String() != "UTC" {
		t.Errorf("started %v, want %v in UTC", back.Started, run.Started)
	}
}

func TestSubjectValuesAreNotSaved(t *testing.T) {
	run := fixture()
	run.Subjects[2].Values = map[string]any{"password": "correct horse"}
	run.Subjects[2].Facts = map[string]any{"password": "correct horse"}
	got := write(t, "json", run, Options{})
	if strings.Contains(got, "correct horse") {
		t.Error("a subject's values are in the document")
	}
	if strings.Contains(got, "ci:token") {
		t.Error("the credentials of the remote are in the document")
	}
}

func TestReadRefuses(t *testing.T) {
	const policies = `"policies":[{"id":"p","severity":"high"}],"subjects":[{"address":"s"}]`
	doc := func(members string) string {
		return `{"version":"1","fail_on":"never","verdict":"clear",` + members + `}`
	}
	if _, err := Read(strings.NewReader(doc(policies + `,"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"fail"}],"passes":[{"policy":"p","addresses":["s"]}],"later":1`))); err != nil {
		t.Fatalf("the document that the cases vary: %v", err)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"what is not JSON":                 {`<html>`, "invalid character"},
		"an empty file":                    {``, "EOF"},
		"half a document":                  {`{"version":"1","tool":`, "unexpected EOF"},
		"a document of something else":     {`{"runs":[]}`, "it has no version"},
		"another version":                  {`{"version":"2","tool":7}`, `it has version "2" of the format: this annexgate reads version "1"`},
		"text behind the end":              {doc(policies) + `{}`, "text behind the end"},
		"an unknown verdict":               {`{"version":"1","fail_on":"high","verdict":"fine"}`, `unknown verdict "fine"`},
		"an unknown threshold":             {`{"version":"1","fail_on":"huge","verdict":"clear"}`, `unknown severity "huge"`},
		"an unknown severity":              {doc(`"policies":[{"id":"p","severity":"huge"}]`), `policy "p": unknown severity "huge"`},
		"a policy that is there twice":     {doc(`"policies":[{"id":"p","severity":"low"},{"id":"p","severity":"low"}]`), `policy "p" is there twice`},
		"a subject that is there twice":    {doc(`"subjects":[{"address":"s"},{"address":"s"}]`), `subject "s" in scope "" is there twice`},
		"a decision without its policy":    {doc(policies + `,"decisions":[{"policy":"q","subject":{"address":"s"}}]`), `decision 0: policy "q" is not among the policies`},
		"a decision without its subject":   {doc(policies + `,"decisions":[{"policy":"p","subject":{"scope":"x","address":"s"}}]`), `decision 0: subject "s" in scope "x" is not among the subjects`},
		"a pass without its subject":       {doc(policies + `,"passes":[{"policy":"p","addresses":["s","t"]}]`), `pass 0: subject "t" in scope "" is not among the subjects`},
		"an unknown outcome":               {doc(policies + `,"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"passed"}]`), `decision 0: unknown outcome "passed"`},
		"no outcome":                       {doc(policies + `,"decisions":[{"policy":"p","subject":{"address":"s"}}]`), `decision 0: unknown outcome ""`},
		"a path with a fraction":           {doc(policies + `,"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"fail","findings":[{"path":["a",1.5]}]}]`), "decision 0: finding 0: path: 1.5 is not an index"},
		"a path with an object":            {doc(policies + `,"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"unknown","findings":[{"unknowns":[{"path":[{}]}]}]}]`), "decision 0: finding 0: path: want strings and numbers"},
		"an unknown status of a control":   {doc(`"controls":[{"id":"A.5.1","status":"green"}]`), `control "A.5.1": unknown status "green"`},
		"an unknown state of a waiver":     {doc(`"waivers":[{"id":"EX-1","state":"fine"}]`), `waiver "EX-1": unknown state "fine"`},
		"a waiver that ends at no date":    {doc(`"waivers":[{"id":"EX-1","state":"active","expires":"soon"}]`), `waiver "EX-1": "soon" is not a date`},
		"an entry since no date":           {doc(`"baseline":[{"since":"x"}]`), `entry 0 of the baseline: "x" is not a date`},
		"a waiver that accepts nothing":    {doc(`"waivers":[{"id":"EX-1","state":"expired"}],` + policies + `,"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"fail","findings":[{"accepted":{"waiver":"EX-1"}}]}]`), `decision 0: finding 0: accepted: there is no active waiver "EX-1"`},
		"an entry that is not there":       {doc(policies + `,"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"fail","findings":[{"accepted":{"baseline":0}}]}]`), `accepted: there is no entry 0 of the baseline`},
		"an acceptance of nothing":         {doc(`"fixed":[{"accepted":{}}]`), `fixed finding 0: accepted: want a waiver`},
		"an unknown novelty":               {doc(`"fixed":[{"novelty":"old"}]`), `fixed finding 0: unknown novelty "old"`},
		"an unknown loss":                  {doc(`"problems":[{"message":"m","loss":"none"}]`), `problem 0: unknown loss "none"`},
		"a nesting that exhausts a parser": {`{"version":"1","settings":` + strings.Repeat(`{"a":`, 20000), "exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			run, err := Read(strings.NewReader(tc.text))
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "read run: ") {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			if run != nil {
				t.Error("it returns a run nevertheless")
			}
		})
	}
}

// TestReadBackTellsKindsApart holds that a resource and the object it makes may
// have the same address.
func TestReadBackTellsKindsApart(t *testing.T) {
	policy := func(id string, kind annexgate.Kind) *annexgate.Policy {
		return &annexgate.Policy{ID: id, Kind: kind, Severity: annexgate.Low}
	}
	run := &annexgate.Run{Verdict: annexgate.Clear, Policies: []*annexgate.Policy{policy("kubernetes.p", annexgate.Kubernetes), policy("terraform.p", annexgate.Terraform)}}
	for _, p := range run.Policies {
		s := &annexgate.Subject{Kind: p.Kind, Address: "kubernetes_pod.p", Scope: "infra"}
		run.Subjects = append(run.Subjects, s)
		run.Decisions = append(run.Decisions, annexgate.Decision{Result: annexgate.Result{Policy: p, Subject: s, Outcome: annexgate.Pass}})
	}
	var saved bytes.Buffer
	if err := writeJSON(&saved, run, Options{}); err != nil {
		t.Fatal(err)
	}
	read, err := Read(&saved)
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Decisions) != 2 {
		t.Fatalf("decisions: %v", read.Decisions)
	}
	for _, d := range read.Decisions {
		if d.Subject.Kind != d.Policy.Kind {
			t.Errorf("%s examined a subject of kind %s", d.Policy.ID, d.Subject.Kind)
		}
	}
}

func TestReadStopsAtALimit(t *testing.T) {
	_, err := decode(endless{}, 1<<16)
	if err == nil || err.Error() != "it is larger than 65536 bytes" {
		t.Errorf("got %v", err)
	}
}

// endless is white space without end, which a JSON reader skips.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// FuzzRead holds that no document makes Read or a format panic, and that what
// was read is saved and read again without a change.
func FuzzRead(f *testing.F) {
	golden, err := os.ReadFile("testdata/run.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(`{"version":"1","fail_on":"low","verdict":"blocked","policies":[{"id":"p","severity":"low"}],"subjects":[{"address":"s","at":{"file":"../f","line":-1,"end_line":99}}],"decisions":[{"policy":"p","subject":{"address":"s"},"outcome":"fail","findings":[{"at":{"file":"/f","line":1,"column":-3,"end_line":-2,"end_column":1},"excerpt":["\u0000"]}]},{"policy":"p","subject":{"address":"s"},"outcome":"unknown"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var first bytes.Buffer
		if err := Write(&first, "json", run, Options{}); err != nil {
			return // a time that no year has
		}
		back, err := Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.String(), write(t, "json", back, Options{})); diff != "" {
			t.Errorf("saved twice, it differs:\n%s", diff)
		}
		for _, name := range []string{"text", "sarif"} {
			if diff := cmp.Diff(write(t, name, run, Options{}), write(t, name, back, Options{})); diff != "" {
				t.Errorf("%s differs:\n%s", name, diff)
			}
		}
	})
}

// many returns a run of n findings and as many passes as make it n*20
// decisions.
func many(n int) *annexgate.Run {
	run := fixture()
	run.Subjects, run.Decisions = nil, nil
	policies := []*annexgate.Policy{publicAccess, ownerTag, openPort, encryption, pinnedImage}
	for i := range n * 4 {
		file := fmt.Sprintf("stacks/%03d/storage.tf", i/40)
		s := bucket(fmt.Sprintf("module.stack[%d].aws_s3_bucket.bucket_%d", i/40, i), file)
		s.Scope, s.At.Line, s.At.EndLine = fmt.Sprintf("stacks/%03d", i/40), i%40*8+1, i%40*8+8
		run.Subjects = append(run.Subjects, s)
		for j, p := range policies {
			if i%4 != 0 || j > 0 {
				run.Decisions = append(run.Decisions, passing(p, s))
				continue
			}
			p = policies[i/4%len(policies)]
			at := annexgate.Location{File: file, Line: s.At.Line + 2, Column: 12, EndLine: s.At.Line + 2, EndColumn: 25}
			d := failing(p, s, at, s.Address+" is readable by anyone", "acl")
			d.Findings[0].Excerpt = []string{`  acl    = "public-read"`}
			run.Decisions = append(run.Decisions, d)
		}
	}
	return run
}

// BenchmarkWrite reports the time and the size of each format at 5,000
// findings among 100,000 decisions.
func BenchmarkWrite(b *testing.B) {
	run := many(5000)
	for _, name := range Formats() {
		b.Run(name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				size = len(write(b, name, run, Options{}))
			}
			b.ReportMetric(float64(size), "bytes")
			b.ReportAllocs()
		})
	}
}

func BenchmarkRead(b *testing.B) {
	text := write(b, "json", many(5000), Options{})
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Read(strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}
