package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/prose"
)

// text returns the text report of decisions and nothing else.
func text(t *testing.T, decisions ...annexgate.Decision) string {
	t.Helper()
	return write(t, "text", &annexgate.Run{Decisions: decisions, Verdict: annexgate.Blocked, FailOn: annexgate.High}, Options{})
}

// at returns a decision at a line of a file.
func at(p *annexgate.Policy, file string, number int) annexgate.Decision {
	s := bucket(fmt.Sprintf("aws_s3_bucket.b%d", number), file)
	return failing(p, s, annexgate.Location{File: file, Line: number, Column: 1, EndLine: number, EndColumn: 2}, "it is wrong")
}

func TestTextExplainsAPolicyOnceInAFile(t *testing.T) {
	got := text(t, at(ownerTag, "a.tf", 1), at(ownerTag, "a.tf", 2), at(openPort, "a.tf", 3), at(ownerTag, "a.tf", 4), at(ownerTag, "b.tf", 1))
	for what, want := range map[string]int{
		"Add an `aws_s3_bucket_logging`":           2, // once in a.tf, once in b.tf
		"S3 buckets log access":                    3, // behind each stretch of findings
		"Name the networks":                        1,
		": low (does not block): it is wrong":      4,
		"a.tf:3:1: high (blocks): it is wrong":     1,
		"a.tf: 4 findings\n":                       1,
		"b.tf: 1 finding\n":                        1,
		"1 blocking, 4 not blocking, 0 not judged": 1,
	} {
		if n := strings.Count(got, what); n != want {
			t.Errorf("%q is there %d times, want %d", what, n, want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestTextShowsTheSourceOfOnePlaceOnce(t *testing.T) {
	first, second := at(ownerTag, "a.tf", 1), at(ownerTag, "a.tf", 1)
	first.Findings[0].Excerpt = []string{"resource {"}
	second.Findings[0].Excerpt = []string{"resource {"}
	second.Subject = bucket("aws_s3_bucket.b2", "a.tf")
	got := text(t, first, second)
	if n := strings.Count(got, "resource {"); n != 1 {
		t.Errorf("the source is there %d times:\n%s", n, got)
	}
	if n := strings.Count(got, "it is wrong"); n != 2 {
		t.Errorf("%d findings are there, want 2:\n%s", n, got)
	}
}

func TestTextFindingsOfOneDecisionStandInTheirFiles(t *testing.T) {
	d := at(openPort, "a.tf", 1)
	d.Findings = append(d.Findings, annexgate.Finding{Message: "and here", At: annexgate.Location{File: "c.tf", Line: 9, Column: 2}})
	got := text(t, d, at(ownerTag, "b.tf", 1))
	var files []string
	for _, m := range regexp.MustCompile(`(?m)^(\S+): \d+ finding`).FindAllStringSubmatch(got, -1) {
		files = append(files, m[1])
	}
	if want := []string{"a.tf", "b.tf", "c.tf"}; !slices.Equal(files, want) {
		t.Errorf("files %v, want %v\n%s", files, want, got)
	}
}

func TestTextColorAddsNothingButColor(t *testing.T) {
	plain := write(t, "text", fixture(), Options{})
	colored := write(t, "text", fixture(), Options{Color: true})
	if colored == plain {
		t.Fatal("there is no colour")
	}
	if diff := cmp.Diff(plain, regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored, "")); diff != "" {
		t.Errorf("(-plain +colored):\n%s", diff)
	}
}

func TestTextKeepsToItsWidth(t *testing.T) {
	for _, width := range []int{40, 72, 120} {
		got := write(t, "text", fixture(), Options{Width: width})
		for l := range strings.Lines(got) {
			l = strings.TrimSuffix(l, "\n")
			// Places, messages and names stay on one line, so that they can be
			// found; a longest word may stand out.
			source := regexp.MustCompile(`^ *\d* \|`).MatchString(l)
			words := strings.HasPrefix(l, "              ") && strings.Contains(strings.TrimSpace(l), " ")
			if (source || words) && prose.Width(l) > width {
				t.Errorf("width %d: %d columns: %q", width, prose.Width(l), l)
			}
		}
	}
}

func TestTextUnknowns(t *testing.T) {
	d := at(encryption, "a.tf", 1)
	d.Outcome, d.Blocks, d.Findings[0].Why = annexgate.Unknown, false, ""
	for i := range 5 {
		doubt := annexgate.Doubt{Address: fmt.Sprintf("var.v%d", i), UnknownValue: annexgate.UnknownValue{Reason: "no value", From: annexgate.Location{File: "v.tf", Line: i + 1, Column: 1}}}
		d.Findings[0].Unknowns = append(d.Findings[0].Unknowns, doubt, doubt)
	}
	bare := at(ownerTag, "b.tf", 1)
	bare.Outcome, bare.Findings = annexgate.Unknown, nil
	got := text(t, d, bare)
	want := `Not judged, because of values that are unknown: 1 possible finding

a.tf:1:1: high (does not block): it is wrong
    unknown:  var.v0: no value (v.tf:1:1)
              var.v1: no value (v.tf:2:1)
              var.v2: no value (v.tf:3:1)
              and others
    policy:   RDS instances are encrypted at rest (terraform.aws.rds.encryption)

Not judged, because the policy could not (see the problems below): 1 outcome

b.tf:1:1: low (does not block): aws_s3_bucket.b1: no reason is given
    policy:   S3 buckets log access (terraform.aws.s3.logging)
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got:\n%s\nwant it to start with:\n%s", got, want)
	}
}

func TestTextControls(t *testing.T) {
	control := func(id string, status annexgate.Status, p annexgate.Population, reason string) annexgate.ControlResult {
		return annexgate.ControlResult{Control: annexgate.Control{ID: id, Title: "Title"}, Status: status, Population: p, Reason: reason}
	}
	run := &annexgate.Run{Verdict: annexgate.Clear, Controls: []annexgate.ControlResult{
		control("A.5.1", annexgate.Satisfied, annexgate.Population{Total: 12, Passed: 12}, "all pass"),
		control("A.5.2", annexgate.Waived, annexgate.Population{Total: 3, Passed: 1, Waived: 2}, "a waiver"),
		control("A.5.3", annexgate.Undetermined, annexgate.Population{}, "main.tf was not examined"),
		control("A.5.4", annexgate.NotTested, annexgate.Population{}, "no policy"),
		control("A.5.5", annexgate.NotTested, annexgate.Population{}, "no subject"),
		control("A.5.6", annexgate.NotApplicable, annexgate.Population{}, "excluded"),
	}}
	want := `Controls of ISO/IEC 27001:2022, Annex A

status        control  passed  failed  unknown  waived  total  title
satisfied     A.5.1        12       0        0       0     12  Title
waived        A.5.2         1       0        0       2      3  Title
undetermined  A.5.3         0       0        0       0      0  Title
              main.tf was not examined
2 controls not tested: no policy or nothing in scope
1 control not applicable: excluded by the Statement of Applicability

`
	got := write(t, "text", run, Options{})
	if !strings.HasPrefix(got, want) {
		t.Errorf("got:\n%s\nwant it to start with:\n%s", got, want)
	}
}

func TestTextLastLines(t *testing.T) {
	low, high, pass := at(ownerTag, "a.tf", 1), at(openPort, "a.tf", 2), passing(ownerTag, bucket("b", "a.tf"))
	unknown := at(encryption, "a.tf", 3)
	waits := at(encryption, "a.tf", 3)
	waits.Outcome = annexgate.Unknown
	unknown.Outcome, unknown.Blocks, unknown.Findings[0].Why = annexgate.Unknown, false, ""
	unread := annexgate.Problem{Message: "cannot be parsed"}
	notice := annexgate.Problem{Message: "by the way", Loss: annexgate.Notice}
	for name, tc := range map[string]struct {
		run  annexgate.Run
		want string
	}{
		"blocked": {
			annexgate.Run{Verdict: annexgate.Blocked, FailOn: annexgate.High, Decisions: []annexgate.Decision{high, low, pass}},
			"blocked: 1 blocking, 1 not blocking, 0 not judged; 0 problems, 1 check passed\nnext: fix the findings that say \"blocks\", then run annexgate check again\n",
		},
		"an unknown outcome may block": {
			annexgate.Run{Verdict: annexgate.Blocked, FailOn: annexgate.High, Decisions: []annexgate.Decision{waits}},
			"blocked: 1 blocking, 0 not blocking, 0 not judged; 0 problems, 0 checks passed\nnext: fix the findings that say \"blocks\", then run annexgate check again\n",
		},
		"clear, all passed": {
			annexgate.Run{Verdict: annexgate.Clear, FailOn: annexgate.High, Decisions: []annexgate.Decision{pass, pass}},
			"clear: 0 blocking, 0 not blocking, 0 not judged; 0 problems, 2 checks passed\nnext: nothing to do\n",
		},
		"clear, below the threshold": {
			annexgate.Run{Verdict: annexgate.Clear, FailOn: annexgate.High, Decisions: []annexgate.Decision{low}},
			"clear: 0 blocking, 1 not blocking, 0 not judged; 0 problems, 0 checks passed\nnext: nothing blocks (--fail-on high); fix what is found when you can\n",
		},
		"clear, because nothing may block": {
			annexgate.Run{Verdict: annexgate.Clear, Decisions: []annexgate.Decision{low}},
			"clear: 0 blocking, 1 not blocking, 0 not judged; 0 problems, 0 checks passed\nnext: nothing blocks (--fail-on never); fix what is found when you can\n",
		},
		"clear, with unknowns": {
			annexgate.Run{Verdict: annexgate.Clear, FailOn: annexgate.High, Decisions: []annexgate.Decision{unknown}},
			"clear: 0 blocking, 0 not blocking, 1 not judged; 0 problems, 0 checks passed\nnext: nothing blocks; what could not be judged is listed above\n",
		},
		"inconclusive, for a problem": {
			annexgate.Run{Verdict: annexgate.Inconclusive, Problems: []annexgate.Problem{unread}},
			"inconclusive: 0 blocking, 0 not blocking, 0 not judged; 1 problem, 0 checks passed\nnext: mend the problems above, so that everything can be judged\n",
		},
		"inconclusive, for want of subjects": {
			annexgate.Run{Verdict: annexgate.Inconclusive, Problems: []annexgate.Problem{notice}},
			"inconclusive: 0 blocking, 0 not blocking, 0 not judged; 1 problem, 0 checks passed\nnext: name a path that holds something to judge: annexgate check PATH\n",
		},
		"inconclusive, for unknowns": {
			annexgate.Run{Verdict: annexgate.Inconclusive, Decisions: []annexgate.Decision{unknown}},
			"inconclusive: 0 blocking, 0 not blocking, 1 not judged; 0 problems, 0 checks passed\nnext: see above what could not be judged\n",
		},
		"a run that nobody judged is not clear": {
			annexgate.Run{},
			"inconclusive: 0 blocking, 0 not blocking, 0 not judged; 0 problems, 0 checks passed\nnext: name a path that holds something to judge: annexgate check PATH\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := write(t, "text", &tc.run, Options{})
			if !strings.HasSuffix(got, tc.want) {
				t.Errorf("got:\n%s\nwant it to end with:\n%s", got, tc.want)
			}
		})
	}
}
