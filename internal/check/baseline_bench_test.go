package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/annexgate/annexgate/internal/accept"
	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/policies"
)

// BenchmarkBaseline is a repository of 2,000 findings in 100 directories: to
// judge it, to write its baseline, and to judge it with that.
func BenchmarkBaseline(b *testing.B) {
	dir := b.TempDir()
	for i := range 100 {
		var text strings.Builder
		for j := range 20 {
			fmt.Fprintf(&text, "resource \"aws_kms_key\" \"k%d\" {\n}\n\n", j)
		}
		stack := filepath.Join(dir, fmt.Sprintf("stack%03d", i))
		if err := os.MkdirAll(stack, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(stack, "main.tf"), []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	low := annexgate.Low
	judge := func(b *testing.B) *annexgate.Run {
		run, _, err := Run(context.Background(), Options{
			Dir: dir, Policies: []policy.Source{{FS: policies.FS, Index: policies.Index, Digest: policies.Digest}},
			Only: []string{"terraform.aws.kms.rotation"}, FailOn: &low, Now: time.Now,
		})
		if err != nil {
			b.Fatal(err)
		}
		return run
	}
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if run := judge(b); run.Verdict != annexgate.Blocked || len(run.Decisions) != 2000 {
				b.Fatalf("%s, %d decisions", run.Verdict, len(run.Decisions))
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		_ = os.Remove(filepath.Join(dir, "baseline.yaml"))
		for b.Loop() {
			text := accept.WriteBaseline(accept.Present(judge(b)))
			_ = os.Remove(filepath.Join(dir, "baseline.yaml"))
			b.ReportMetric(float64(len(text)), "bytes")
		}
		if err := os.WriteFile(filepath.Join(dir, "baseline.yaml"), accept.WriteBaseline(accept.Present(judge(b))), 0o644); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("check with it", func(b *testing.B) {
		for b.Loop() {
			if run := judge(b); run.Verdict != annexgate.Clear || len(run.Baseline) != 2000 {
				b.Fatalf("%s, %d entries", run.Verdict, len(run.Baseline))
			}
		}
	})
}
