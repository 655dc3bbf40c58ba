package policies_test

import (
	"context"
	"testing"

	"github.com/annexgate/annexgate/internal/policytest"
	"github.com/annexgate/annexgate/policies"
)

// TestPolicies holds the library to the rules for policies. A policy's checks
// are sub-tests under its ID:
//
//	go test ./policies -run 'TestPolicies/terraform.aws.s3.public_access'
func TestPolicies(t *testing.T) {
	cases, err := policytest.Run(context.Background(), policies.FS)
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
