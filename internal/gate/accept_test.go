package gate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

var bucketPolicy = &annexgate.Policy{ID: "terraform.s3", Severity: annexgate.High, Kind: annexgate.Terraform, Controls: []string{"A.8.3"}}

// failing returns the result of one finding on a subject.
func failing(scope, address string) annexgate.Result {
	return annexgate.Result{
		Policy: bucketPolicy, Outcome: annexgate.Fail,
		Subject: &annexgate.Subject{Kind: annexgate.Terraform, Address: address, Scope: scope},
		Findings: []annexgate.Finding{{
			Message: address + " is open", Address: address, At: annexgate.Location{File: scope + "/main.tf", Line: 3},
			Fingerprint: annexgate.Fingerprint(bucketPolicy.ID, address, nil, ""),
		}},
	}
}

func entry(scope, address string) annexgate.BaselineEntry {
	return annexgate.BaselineEntry{
		Policy: bucketPolicy.ID, Address: address, Scope: scope, Since: day("2026-01-01"),
		Fingerprint: annexgate.Fingerprint(bucketPolicy.ID, address, nil, ""),
	}
}

func acceptances(results []annexgate.Result) *Acceptances {
	a := &Acceptances{
		Named:    func(p *annexgate.Policy, name string) bool { return p.ID == name },
		Policies: []*annexgate.Policy{bucketPolicy},
		Complete: func(*annexgate.Policy) bool { return true },
		Now:      now,
	}
	for _, r := range results {
		a.Subjects = append(a.Subjects, r.Subject)
	}
	return a
}

// accepted tells in a word for each result what accepts its first finding.
func accepted(results []annexgate.Result) []string {
	var words []string
	for _, r := range results {
		switch a := r.Findings[0].Accepted; {
		case a == nil:
			words = append(words, "open")
		case a.Waiver != nil:
			words = append(words, a.Waiver.ID)
		case a.Baseline != nil:
			words = append(words, "baseline "+a.Baseline.Scope)
		default:
			words = append(words, "excluded: "+a.Excluded)
		}
	}
	return words
}

func TestBaseline(t *testing.T) {
	for name, c := range map[string]struct {
		entries []annexgate.BaselineEntry
		results []annexgate.Result
		others  []*annexgate.Subject // that pass
		want    []string
		fixed   []bool
	}{
		"what is in it does not block": {
			[]annexgate.BaselineEntry{entry("live", "b.logs")},
			[]annexgate.Result{failing("live", "b.logs"), failing("live", "b.new")},
			nil,
			[]string{"baseline live", "open"},
			[]bool{false},
		},
		"the same address in another root module is another finding": {
			[]annexgate.BaselineEntry{entry("staging", "b.logs")},
			[]annexgate.Result{failing("prod", "b.logs"), failing("staging", "b.logs")},
			nil,
			[]string{"open", "baseline staging"},
			[]bool{false},
		},
		"one that is fixed covers no other that comes": {
			[]annexgate.BaselineEntry{entry("staging", "b.logs")},
			[]annexgate.Result{failing("prod", "b.logs")},
			[]*annexgate.Subject{{Scope: "staging", Address: "b.logs"}},
			[]string{"open"},
			[]bool{true},
		},
		"one that moved with its directory is the same": {
			[]annexgate.BaselineEntry{entry("live", "b.logs")},
			[]annexgate.Result{failing("infra", "b.logs")},
			nil,
			[]string{"baseline live"},
			[]bool{false},
		},
		"one that moved covers one place": {
			[]annexgate.BaselineEntry{entry("live", "b.logs")},
			[]annexgate.Result{failing("a", "b.logs"), failing("b", "b.logs")},
			nil,
			[]string{"baseline live", "open"},
			[]bool{false},
		},
		"what is gone is fixed": {
			[]annexgate.BaselineEntry{entry("live", "b.logs")}, nil, nil, nil, []bool{true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := acceptances(c.results)
			a.Baseline, a.Subjects = c.entries, append(a.Subjects, c.others...)
			if governance := Accept(c.results, a); len(governance) > 0 {
				t.Errorf("unasked: %v", governance)
			}
			if diff := cmp.Diff(c.want, accepted(c.results)); diff != "" {
				t.Error(diff)
			}
			for i, e := range a.Baseline {
				if e.Fixed != c.fixed[i] {
					t.Errorf("entry %d is fixed: %t", i, e.Fixed)
				}
			}
		})
	}
}

func TestTheBaselineDoesNotExcuseWhatIsIntroduced(t *testing.T) {
	results := []annexgate.Result{failing("live", "b.logs")}
	results[0].Findings[0].Novelty = annexgate.Introduced
	a := acceptances(results)
	a.Baseline = []annexgate.BaselineEntry{entry("live", "b.logs")}
	Accept(results, a)
	f := results[0].Findings[0]
	if f.Accepted != nil || f.Why != "it was in the baseline of 2026-01-01, was fixed, and came back" {
		t.Errorf("got %+v", f)
	}
}

func TestAnEntryIsFixedOnlyWhenEverythingWasExamined(t *testing.T) {
	a := acceptances(nil)
	a.Baseline = []annexgate.BaselineEntry{entry("live", "b.logs"), {Policy: "terraform.unknown", Fingerprint: "x"}}
	a.Complete = func(*annexgate.Policy) bool { return false }
	Accept(nil, a)
	if a.Baseline[0].Fixed || a.Baseline[1].Fixed {
		t.Error("fixed, although nobody can tell")
	}
	a.Complete = func(*annexgate.Policy) bool { return true }
	Accept(nil, a)
	if !a.Baseline[0].Fixed || a.Baseline[1].Fixed {
		t.Error("the one of a known policy is fixed, and of the other nobody can tell")
	}
}

func TestGovernance(t *testing.T) {
	waiver := func(id string, state annexgate.WaiverState, address string) annexgate.Waiver {
		return annexgate.Waiver{
			ID: id, Policy: bucketPolicy.ID, Address: address, State: state, Expires: day("2026-10-01"),
			At: annexgate.Location{File: "waivers.yaml", Line: 4, Column: 5},
		}
	}
	for name, c := range map[string]struct {
		waiver   annexgate.Waiver
		partial  bool
		want     string // of the finding of the subject
		policy   string
		message  string
		severity annexgate.Severity
	}{
		"an active one that covers something": {waiver: waiver("EX-1", annexgate.WaiverActive, "b.*"), want: "EX-1"},
		"an expired one": {
			waiver: waiver("EX-1", annexgate.WaiverExpired, "b.*"), want: "open",
			policy: "governance.waiver.expired", severity: annexgate.High,
			message: "waiver EX-1 ended on 2026-10-01, 51 days ago; it would cover 1 finding",
		},
		"an expired one that covered nothing": {
			waiver: waiver("EX-1", annexgate.WaiverExpired, "c.*"), want: "open",
			policy: "governance.waiver.expired", message: "waiver EX-1 ended on 2026-10-01, 51 days ago", severity: annexgate.High,
		},
		"an invalid one": {
			waiver: func() annexgate.Waiver {
				w := waiver("EX-1", annexgate.WaiverInvalid, "b.*")
				w.Faults = []string{"owner is missing", "reason is missing"}
				return w
			}(), want: "open",
			policy: "governance.waiver.invalid", message: "waiver EX-1 accepts nothing: owner is missing; reason is missing", severity: annexgate.High,
		},
		"one that is not in force yet": {waiver: waiver("EX-1", annexgate.WaiverNotYet, "c.*"), want: "open"},
		"one that covers nothing": {
			waiver: waiver("EX-1", annexgate.WaiverActive, "c.*"), want: "open",
			policy: "governance.waiver.unmatched", message: "waiver EX-1 covers nothing any more", severity: annexgate.Low,
		},
		"one that covers nothing of a part": {waiver: waiver("EX-1", annexgate.WaiverActive, "c.*"), partial: true, want: "open"},
	} {
		t.Run(name, func(t *testing.T) {
			results := []annexgate.Result{failing("live", "b.logs")}
			a := acceptances(results)
			a.Waivers = []annexgate.Waiver{c.waiver}
			a.Complete = func(*annexgate.Policy) bool { return !c.partial }
			governance := Accept(results, a)
			if got := accepted(results)[0]; got != c.want {
				t.Errorf("the finding is %s, want %s", got, c.want)
			}
			if c.policy == "" {
				if len(governance) > 0 {
					t.Fatalf("unasked: %+v", governance[0])
				}
				return
			}
			if len(governance) != 1 {
				t.Fatalf("%d results about the waiver", len(governance))
			}
			g := governance[0]
			if g.Policy.ID != c.policy || g.Findings[0].Message != c.message || g.Policy.Severity != c.severity || g.Findings[0].At != c.waiver.At {
				t.Errorf("got %s %s at %s: %s", g.Policy.ID, g.Policy.Severity, g.Findings[0].At, g.Findings[0].Message)
			}
		})
	}
}

func TestTwoWaiversOfOneIDAreTwoSubjects(t *testing.T) {
	a := acceptances(nil)
	a.Waivers = []annexgate.Waiver{{ID: "A", Faults: []string{"x"}, State: annexgate.WaiverInvalid}, {ID: "A", Faults: []string{"x"}, State: annexgate.WaiverInvalid}}
	governance := Accept(nil, a)
	if governance[0].Subject.Address == governance[1].Subject.Address {
		t.Error("a saved run could not be read")
	}
}

func TestExcluded(t *testing.T) {
	two := *bucketPolicy
	two.Controls = []string{"A.8.3", "A.8.24"}
	none := *bucketPolicy
	none.Controls = nil
	results := []annexgate.Result{failing("live", "b.a"), failing("live", "b.b"), failing("live", "b.c")}
	results[1].Policy, results[2].Policy = &two, &none
	a := acceptances(results)
	a.Excluded = map[string]string{"A.8.3": "no information", "A.5.1": ""}
	Accept(results, a)
	if diff := cmp.Diff([]string{"excluded: no information", "open", "open"}, accepted(results)); diff != "" {
		t.Error(diff)
	}
}

func TestCompare(t *testing.T) {
	passes := failing("live", "b.mended")
	passes.Outcome, passes.Findings = annexgate.Pass, nil
	doubtful := failing("live", "b.doubtful")
	doubtful.Outcome = annexgate.Unknown
	wasDoubtful := failing("live", "b.certain")
	wasDoubtful.Outcome = annexgate.Unknown
	now := []annexgate.Result{failing("live", "b.old"), failing("live", "b.new"), passes, doubtful, failing("live", "b.certain"), failing("moved", "b.moved")}
	base := []annexgate.Result{
		failing("live", "b.old"), failing("live", "b.mended"), failing("live", "b.gone"), failing("live", "b.doubtful"),
		wasDoubtful, failing("before", "b.moved"),
	}
	var subjects []*annexgate.Subject
	for _, r := range now {
		subjects = append(subjects, r.Subject)
	}
	fixed := Compare(now, base, subjects, func(*annexgate.Policy) bool { return true })
	var got []string
	for _, r := range now {
		for _, f := range r.Findings {
			got = append(got, f.Address+" "+string(f.Novelty))
		}
	}
	want := []string{"b.old existing", "b.new introduced", "b.doubtful existing", "b.certain introduced", "b.moved existing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = nil
	for _, f := range fixed {
		got = append(got, f.Address)
	}
	if diff := cmp.Diff([]string{"b.mended", "b.gone"}, got); diff != "" {
		t.Error(diff)
	}
	if fixed := Compare(now, base, subjects, func(*annexgate.Policy) bool { return false }); len(fixed) > 0 {
		t.Error("fixed, although not everything was examined")
	}
}

// BenchmarkAccept is 2,000 findings, all in the baseline, beside 200 waivers.
func BenchmarkAccept(b *testing.B) {
	var results []annexgate.Result
	a := acceptances(nil)
	for i := range 2000 {
		r := failing(fmt.Sprintf("stack%d", i/50), fmt.Sprintf("aws_s3_bucket.b%d", i))
		results = append(results, r)
		a.Subjects = append(a.Subjects, r.Subject)
		a.Baseline = append(a.Baseline, entry(r.Subject.Scope, r.Subject.Address))
	}
	for i := range 200 {
		a.Waivers = append(a.Waivers, annexgate.Waiver{ID: fmt.Sprint(i), Policy: bucketPolicy.ID, Address: fmt.Sprintf("*.b%d", 10*i), Path: "**/*.tf", State: annexgate.WaiverActive, Expires: day("2027-01-01")})
	}
	for b.Loop() {
		Accept(results, a)
	}
	if strings.Contains(strings.Join(accepted(results), " "), "open") {
		b.Fatal("a finding is open")
	}
}
