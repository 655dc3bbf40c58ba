package policies_test

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/policytest"
	"github.com/annexgate/annexgate/policies"
)

// TestPolicies holds the library to the rules for policies. A policy's checks
// are sub-tests under its ID:
//
//	go test ./policies -run 'TestPolicies/terraform.aws.s3.public_access'
func TestPolicies(t *testing.T) {
	cases, err := policytest.Run(context.Background(), []policy.Source{{FS: policies.FS}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Subject+"/"+c.Name, func(t *testing.T) {
			if c.Fault != "" {
				t.Error(c.Fault)
			}
		})
	}
}

func TestIndexIsCurrent(t *testing.T) {
	want, err := policytest.IndexSource(policies.FS, "policies")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("index.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("index.go is stale: run go generate ./policies")
	}
}
