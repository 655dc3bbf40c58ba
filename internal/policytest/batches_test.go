package policytest

import (
	"fmt"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestBatches(t *testing.T) {
	for name, c := range map[string]struct {
		kind  annexgate.Kind
		files []string
		want  string
	}{
		"a manifest":                          {annexgate.Kubernetes, []string{"fail.yaml"}, "kubernetes [fail.yaml]; "},
		"Terraform for a Kubernetes policy":   {annexgate.Kubernetes, []string{"fail.tf"}, "terraform [fail.tf]; "},
		"a folder of both":                    {annexgate.Kubernetes, []string{"a.tf", "b.yml", "c.tf.json"}, "terraform [a.tf c.tf.json]; kubernetes [b.yml]; "},
		"JSON is of the policy's kind":        {annexgate.PullRequest, []string{"pass.json"}, "pullrequest [pass.json]; "},
		"what has no kind is of the policy's": {annexgate.Terraform, []string{"a.tf", "templates/x.tpl"}, "terraform [a.tf templates/x.tpl]; "},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, b := range batches(c.kind, nil, c.files) {
				got += fmt.Sprintf("%s %v; ", b.Kind, b.Files)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
