package evidence

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestLatest(t *testing.T) {
	dir, repo := repository(t)
	store := InGit(repo)
	if last, err := store.Latest(t.Context()); last != nil || err != nil {
		t.Errorf("without a record it is %v, %v", last, err)
	}
	first := entry(t, repo, time.Unix(2000, 0))
	git(t, dir, "commit", "--quiet", "--allow-empty", "-m", "later")
	second := entry(t, repo, time.Unix(1000, 0)) // of a clock that is slow
	for _, e := range []Entry{first, second} {
		if err := store.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	last, err := store.Latest(t.Context())
	if err != nil || last == nil || last.Predicate.RecordID != second.ID || last.Commit() != second.Commit {
		t.Errorf("the last record is %v, %v, want what was appended last", last, err)
	}
	commit := git(t, dir, "commit-tree", "-p", Ref, "-m", "something else", Ref+"^{tree}")
	git(t, dir, "update-ref", Ref, commit)
	if last, err := store.Latest(t.Context()); err == nil {
		t.Errorf("a strange tip is taken for the record %v", last)
	}
}

func TestRulesOfTheBaseAreRecorded(t *testing.T) {
	r := run()
	r.RuleBase = strings.Repeat("b", 40)
	for i := range 60 {
		r.RuleChanges = append(r.RuleChanges, annexgate.RuleChange{File: fmt.Sprintf("rules/%02d\x1b.rego", i), Part: "policy", Change: "added"})
	}
	r.Measures = annexgate.Measures{
		Applicable: 90, Automated: 30, Overdue: 1, Baseline: 12, Oldest: 40,
		Exceptions: []annexgate.ExceptionAge{
			{ID: "EX-1", Owner: "@acme/dev", Days: 20, DaysLeft: 10}, {ID: "EX-2", Owner: "@dana", Days: 100, DaysLeft: -3, Overdue: true},
		},
	}
	s, err := New(r, testID)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Predicate
	if got.Trust.PolicyOrigin != "base" || got.Trust.PolicyBase != r.RuleBase || len(got.Trust.RuleChanges) != maxListed {
		t.Errorf("trust is %s of %s with %d changes", got.Trust.PolicyOrigin, got.Trust.PolicyBase, len(got.Trust.RuleChanges))
	}
	want := Measures{Applicable: 90, Automated: 30, Open: 2, Overdue: 1, Exceptions: r.Measures.Exceptions, Baseline: 12, BaselineOldest: 40}
	if diff := cmp.Diff(want, got.Measures); diff != "" {
		t.Error(diff)
	}
	text := text(t, found(t, r))
	for _, want := range []string{
		"  rules of  " + r.RuleBase + ", the base of the change\n",
		`    added     policy: rules/00\x1b.rego`,
		"  measures  30 of 90 applicable controls have automated evidence; 2 exceptions open, 1 overdue; baseline 12, the oldest 40 days\n",
		"    EX-1  @acme/dev, open for 20 days, 10 days left\n",
		"    EX-2  @dana, open for 100 days, overdue for 3 days\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q:\n%s", want, text)
		}
	}
}
