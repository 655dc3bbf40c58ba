package policytest

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/source"
)

// endings are the ends of the names of files that are of one kind only. Others,
// such as .json, are of the kind of the policy.
var endings = []struct {
	ending string
	kind   annexgate.Kind
}{
	{".tf", annexgate.Terraform},
	{".tf.json", annexgate.Terraform},
	{".tofu", annexgate.Terraform},
	{".tofu.json", annexgate.Terraform},
	{".tfvars", annexgate.Terraform},
	{".tfvars.json", annexgate.Terraform},
	{".yaml", annexgate.Kubernetes},
	{".yml", annexgate.Kubernetes},
}

// batches sorts the files of an example by the loader that reads them: a policy
// for Kubernetes also has examples in Terraform.
func batches(kind annexgate.Kind, fsys fs.FS, files []string) []source.Batch {
	var all []source.Batch
	for _, name := range files {
		of := kind
		for _, e := range endings {
			if strings.HasSuffix(name, e.ending) {
				of = e.kind
			}
		}
		i := slices.IndexFunc(all, func(b source.Batch) bool { return b.Kind == of })
		if i < 0 {
			i = len(all)
			all = append(all, source.Batch{Kind: of, FS: fsys})
		}
		all[i].Files = append(all[i].Files, name)
	}
	return all
}
