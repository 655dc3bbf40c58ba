package soa

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
)

var today = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

var rotation = &annexgate.Policy{ID: "terraform.aws.kms.rotation", Controls: []string{"A.8.24"}}

func read(t *testing.T, text string) *Statement {
	t.Helper()
	s, err := Read("soa.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a misspelt key":        {"version: 1\ncontrols:\n  A.8.24:\n    aplicable: true\n", `soa.yaml:4:5: unknown key "aplicable": did you mean applicable?`},
		"a control of 2013":     {"version: 1\ncontrols:\n  A.10.1.1: {}\n", `soa.yaml:3:3: "A.10.1.1" is no control of ISO/IEC 27001:2022: of the 2013 edition; want A.8.24`},
		"a control that is not": {"version: 1\ncontrols:\n  A.8.99: {}\n", `soa.yaml:3:3: "A.8.99" is no control of ISO/IEC 27001:2022: want an ID like A.8.24`},
		"a control there twice": {"version: 1\ncontrols:\n  A.8.24: {}\n  A.8.24: {}\n", `soa.yaml:4:3: "A.8.24" is there twice`},
		"another word":          {"version: 1\ncontrols:\n  A.8.24: {implementation: polcy}\n", `soa.yaml:3:28: unknown value "polcy": did you mean policy?`},
		"no date":               {"version: 1\ncontrols:\n  A.8.24: {review: soon}\n", `soa.yaml:3:20: want a date like 2027-01-31 here`},
		"no version":            {"controls: {}\n", `soa.yaml:1:1: the version is missing: want version: 1`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read("soa.yaml", []byte(c.text))
			if err == nil || err.Error() != c.want || !errors.Is(err, annexgate.ErrUsage) {
				t.Errorf("got %v, want the usage error %s", err, c.want)
			}
		})
	}
}

func TestExcluded(t *testing.T) {
	s := read(t, `version: 1
controls:
  A.7.1: {applicable: false, justification: "There is no office."}
  A.7.2: {applicable: false}
  A.7.3: {applicable: false, justification: "", owner: "@acme/security"}
  A.7.4: {applicable: false, justification: "Rented.", derived: [justification]}
  A.7.5: {applicable: false, justification: "Rented.", derived: [applicable]}
  A.7.6: {applicable: true, justification: "There is one."}
  A.7.7: {justification: "There is one."}
`)
	want := map[string]string{"A.7.1": "There is no office."}
	if diff := cmp.Diff(want, s.Excluded()); diff != "" {
		t.Errorf("only an exclusion with a reason that a person wrote counts:\n%s", diff)
	}
	if got := (*Statement)(nil).Excluded(); len(got) != 0 {
		t.Errorf("no statement excludes %v", got)
	}
}

// about returns what the check says of one control.
func about(faults []Fault, id string) []string {
	var said []string
	for _, f := range faults {
		if f.Control == id {
			said = append(said, f.At.String()+": "+f.Message)
		}
	}
	return said
}

func TestCheck(t *testing.T) {
	const whole = `justification: "Keys protect card data.", owner: "@acme/security", review: 2027-06-30`
	for name, c := range map[string]struct {
		entry  string
		owners []string
		want   []string
	}{
		"a whole entry":                             {entry: `{implementation: policy, ` + whole + `}`},
		"no justification":                          {entry: `{implementation: policy, owner: "@acme/security", review: 2027-06-30}`, want: []string{"soa.yaml:3:3: the justification is missing"}},
		"an exclusion without a reason":             {entry: `{applicable: false, owner: "@acme/security", review: 2027-06-30}`, want: []string{"soa.yaml:3:24: it is excluded without a reason: write the justification; until then it is applicable"}},
		"an exclusion with one":                     {entry: `{applicable: false, ` + whole + `}`},
		"a review on its last day":                  {entry: `{implementation: policy, justification: x, owner: "@acme/security", review: 2026-11-21}`},
		"a review that is overdue":                  {entry: `{implementation: policy, justification: x, owner: "@acme/security", review: 2026-11-19}`, want: []string{"soa.yaml:3:87: the review was due on 2026-11-19, 2 days ago"}},
		"no review":                                 {entry: `{implementation: policy, justification: x, owner: "@acme/security"}`, want: []string{"soa.yaml:3:3: the date of the next review is missing"}},
		"no owner":                                  {entry: `{implementation: policy, justification: x, review: 2027-06-30}`, want: []string{"soa.yaml:3:3: the owner is missing"}},
		"an owner that CODEOWNERS does not know":    {entry: `{implementation: policy, ` + whole + `}`, owners: []string{"@acme/dev"}, want: []string{"soa.yaml:3:85: CODEOWNERS does not know the owner @acme/security"}},
		"an owner that it knows in other letters":   {entry: `{implementation: policy, ` + whole + `}`, owners: []string{"@ACME/Security"}},
		"no implementation":                         {entry: `{` + whole + `}`, want: []string{"soa.yaml:3:3: the implementation is missing: want policy, manual, both or planned"}},
		"people without evidence":                   {entry: `{implementation: manual, ` + whole + `}`, want: []string{"soa.yaml:3:3: people implement it, and nothing says where the evidence is"}},
		"people with evidence":                      {entry: `{implementation: manual, evidence: [wiki/keys], ` + whole + `}`},
		"what is derived is nobody's word":          {entry: `{implementation: policy, derived: [implementation], ` + whole + `}`, want: []string{"soa.yaml:3:28: implementation: derived by annexgate and confirmed by nobody: correct it and remove derived"}},
		"planned needs neither policy nor evidence": {entry: `{implementation: planned, ` + whole + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := read(t, "version: 1\ncontrols:\n  A.8.24: "+c.entry+"\n")
			got := about(s.Check([]*annexgate.Policy{rotation}, c.owners, today), "A.8.24")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheckFindsWhatNoPolicySupports(t *testing.T) {
	s := read(t, "version: 1\ncontrols:\n  A.8.25: {implementation: both, evidence: [x], justification: x, owner: o@acme.com, review: 2027-06-30}\n")
	want := []string{"soa.yaml:3:28: it is claimed to be covered by policies, and no policy supports it"}
	if diff := cmp.Diff(want, about(s.Check([]*annexgate.Policy{rotation}, nil, today), "A.8.25")); diff != "" {
		t.Error(diff)
	}
	missing := s.Check(nil, nil, today)
	if n := len(missing); n != 93 {
		t.Errorf("%d findings, want one for each of the 92 controls that it does not mention, and one more", n)
	}
}

func TestDraftNeedsOnlyPeople(t *testing.T) {
	var b strings.Builder
	if err := Draft(&b, []*annexgate.Policy{rotation}); err != nil {
		t.Fatal(err)
	}
	s := read(t, b.String())
	if len(s.Entries) != len(control.All()) {
		t.Errorf("%d controls, want %d", len(s.Entries), len(control.All()))
	}
	for id, want := range map[string]Implementation{"A.8.24": Both, "A.5.4": Manual, "A.8.25": Planned} {
		e := s.Find(id)
		if e.Implementation != want || !e.derived("implementation") || !e.Applicable {
			t.Errorf("%s is %s, derived %v, want %s", id, e.Implementation, e.Derived, want)
		}
	}
	if got := s.Excluded(); len(got) != 0 {
		t.Errorf("the draft excludes %v", got)
	}
	for _, f := range s.Check([]*annexgate.Policy{rotation}, nil, today) {
		if strings.Contains(f.Message, "no policy supports it") || strings.Contains(f.Message, "does not mention") {
			t.Errorf("what was derived is wrong: %s", f)
		}
	}
}

func TestOwners(t *testing.T) {
	got := Owners("# @nobody\n* @acme/dev dana@acme.com # @late\n/infra/ @acme/dev\n/docs/\n@acme/path @mia\n")
	if diff := cmp.Diff([]string{"@acme/dev", "@mia", "dana@acme.com"}, got); diff != "" {
		t.Error(diff)
	}
}

const hostile = `version: 1
controls:
  A.5.1: {justification: "=HYPERLINK(\"http://evil\")", owner: "@acme/security", implementation: planned}
  A.5.2: {justification: "a|b <img src=x> [l](http://x) ` + "`" + `c` + "`" + `", owner: "-1+1", evidence: ["\te[31m\u202Ex", "line\nbreak"]}
  A.5.3: {applicable: false, justification: "+1", risks: ["＝1", " =2", "R-1"]}
`

func TestCSVHoldsNoFormula(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, "csv", read(t, hostile).Rows(nil)); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 94 {
		t.Fatalf("%d lines, want 93 controls and a head", len(records))
	}
	for _, record := range records {
		for _, cell := range record {
			if text := strings.TrimLeft(cell, " \u3000\u00a0"); text != "" && strings.ContainsAny(text[:1], "=+-@\t\r\n|%") || strings.HasPrefix(text, "＝") {
				t.Errorf("%q is a formula", cell)
			}
			if strings.ContainsAny(cell, "\x1b\u202e\n\t") {
				t.Errorf("%q is not inert", cell)
			}
		}
	}
	if got := records[1][4]; got != `'=HYPERLINK("http://evil")` {
		t.Errorf("the text itself is %q", got)
	}
}

func TestMarkdownIsInert(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, "markdown", read(t, hostile).Rows(nil)); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "| A.") {
			rows++
			if n := strings.Count(line, "|"); n != len(columns)+1 {
				t.Errorf("%d bars in a row of %d cells: %s", n, len(columns), line)
			}
			if strings.ContainsAny(line, "<>[]()`@\x1b\u202e") {
				t.Errorf("not inert: %s", line)
			}
		}
	}
	if rows != 93 {
		t.Errorf("%d rows, want 93", rows)
	}
}

func TestTextAndJSON(t *testing.T) {
	rows := read(t, hostile).Rows([]*annexgate.Policy{{ID: "p", Controls: []string{"A.5.3"}}})
	var text, document strings.Builder
	if err := Write(&text, "text", rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"93 controls: 2 applicable, 1 excluded, 90 not stated.", "A.5.1   Policies for information security (2013: A.5.1.1, A.5.1.2)",
		"  policies       p\n", `line\nbreak`, "A.5.7   Threat intelligence (new in 2022)",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	if err := Write(&document, "json", rows); err != nil {
		t.Fatal(err)
	}
	var got struct{ Controls []Row }
	if err := json.Unmarshal([]byte(document.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, got.Controls); diff != "" {
		t.Error(diff)
	}
	if err := Write(&text, "pdf", rows); err == nil || !errors.Is(err, annexgate.ErrUsage) {
		t.Errorf("an unknown format is %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("version: 1\ncontrols:\n  A.8.24: {applicable: false, justification: x, derived: [owner], review: 2027-01-31}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read("soa.yaml", []byte(text))
		if err != nil {
			if !errors.Is(err, annexgate.ErrUsage) {
				t.Errorf("%v is no usage error", err)
			}
			return
		}
		var b strings.Builder
		for format := range formats {
			if err := Write(&b, format, s.Rows(nil)); err != nil {
				t.Error(err)
			}
		}
		s.Check(nil, nil, today)
	})
}
