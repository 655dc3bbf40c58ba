package eval

import (
	"context"
	"fmt"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// work counts what a run does: evaluations, and subjects converted to terms.
func work(t *testing.T, subjects []*annexgate.Subject) (evaluations, converted int) {
	t.Helper()
	program, chosen := builtin(t)
	e := newEngine(program, chosen, subjects, Options{})
	if _, _, err := e.run(context.Background(), subjects); err != nil {
		t.Fatal(err)
	}
	return int(e.evaluations.Load()), int(e.terms.converted.Load())
}

func TestWorkGrowsWithSubjectsAndNoFaster(t *testing.T) {
	for name, make := range map[string]func(n int) []*annexgate.Subject{
		"known":                       func(n int) []*annexgate.Subject { return estate(n, false) },
		"unknown":                     func(n int) []*annexgate.Subject { return estate(n, true) },
		"known, around one subject":   func(n int) []*annexgate.Subject { return hub(n, false) },
		"unknown, around one subject": func(n int) []*annexgate.Subject { return hub(n, true) },
	} {
		t.Run(name, func(t *testing.T) {
			evaluations, converted := work(t, make(50))
			more, moreConverted := work(t, make(500))
			if evaluations == 0 || more > 10*evaluations+maxCases {
				t.Errorf("%d evaluations for 50 subjects, %d for 500", evaluations, more)
			}
			if converted == 0 || moreConverted > 11*converted {
				t.Errorf("%d conversions for 50 subjects, %d for 500", converted, moreConverted)
			}
		})
	}
}

func TestEachKnownSubjectIsConvertedOnce(t *testing.T) {
	subjects := hub(100, false)
	if _, converted := work(t, subjects); converted != len(subjects) {
		t.Errorf("%d conversions of %d subjects", converted, len(subjects))
	}
}

// hub returns a bucket that n versioning blocks refer to, as a module with one
// key or network and many users of it has.
func hub(n int, unknowns bool) []*annexgate.Subject {
	var status any = "Enabled"
	if unknowns {
		status = unknown
	}
	bucket := &annexgate.Subject{Kind: annexgate.Terraform, Type: "aws_s3_bucket", Name: "hub", Address: "aws_s3_bucket.hub", Values: map[string]any{}}
	subjects := []*annexgate.Subject{bucket}
	for i := range n {
		s := &annexgate.Subject{
			Kind: annexgate.Terraform, Type: "aws_s3_bucket_versioning", Name: fmt.Sprint(i), Address: fmt.Sprintf("aws_s3_bucket_versioning.a%d", i),
			Values:     map[string]any{"versioning_configuration": []any{map[string]any{"status": status}}},
			References: []*annexgate.Subject{bucket},
		}
		bucket.Referrers = append(bucket.Referrers, s)
		subjects = append(subjects, s)
	}
	return subjects
}
