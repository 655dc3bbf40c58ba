package check_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/check"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/policies"
)

const plans = "../source/terraform/testdata/plans"

// outcomes judges a copy of a fixture, without its plan or without its source.
func outcomes(t *testing.T, dir string, keep func(name string) bool) map[[2]string]annexgate.Outcome {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(root, os.DirFS(filepath.Join(plans, dir))); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || keep(entry.Name()) {
			return err
		}
		return os.Remove(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := check.Run(context.Background(), check.Options{
		Dir: root, Now: time.Now,
		Policies: []policy.Source{{FS: policies.FS, Index: policies.Index, Digest: policies.Digest}},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[[2]string]annexgate.Outcome{}
	for _, d := range run.Decisions {
		found[[2]string{d.Policy.ID, d.Subject.Address}] = d.Outcome
	}
	return found
}

// TestPlanOutcomes holds that a plan gives the outcomes that its source gives,
// but where the source alone leaves one unknown.
func TestPlanOutcomes(t *testing.T) {
	entries, err := os.ReadDir(plans)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		dir := entry.Name()
		t.Run(dir, func(t *testing.T) {
			source := outcomes(t, dir, func(name string) bool { return name != "plan.json" })
			both := outcomes(t, dir, func(string) bool { return true })
			alone := outcomes(t, dir, func(name string) bool { return name == "plan.json" })
			same, settled := compare(t, "with its plan", source, both)
			t.Logf("source and plan: %d outcomes agree, %d are unknown without the plan", same, settled)
			same, settled = compare(t, "with its source", alone, both)
			t.Logf("plan alone: %d outcomes agree, %d are unknown without the source", same, settled)
			if len(source) > 0 && same == 0 {
				t.Error("no outcome was compared")
			}
		})
	}
}

func compare(t *testing.T, what string, less, more map[[2]string]annexgate.Outcome) (same, settled int) {
	t.Helper()
	for key, outcome := range less {
		other, ok := more[key]
		switch {
		case ok && outcome == other:
			same++
		case outcome == annexgate.Unknown, !ok && strings.Contains(key[1], "[*]"): // one instance stood for all
			settled++
		default:
			t.Errorf("%s: %s is %s, and %s %s", key[1], key[0], outcome, other, what)
		}
	}
	return same, settled
}
