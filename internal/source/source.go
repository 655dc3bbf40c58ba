// Package source is the table of loaders: what turns the files of one kind
// into the subjects that policies examine.
package source

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/source/kubernetes"
	"github.com/annexgate/annexgate/internal/source/pullrequest"
	"github.com/annexgate/annexgate/internal/source/terraform"
)

// A Loader turns files of one kind into subjects.
//
// A fault in a file is a problem in the inventory, and the other files are
// still read. An error means that nothing could be judged at all.
type Loader interface {
	// Load reads files, which are slash-separated paths inside fsys. It reads
	// nothing outside fsys and executes nothing.
	Load(ctx context.Context, fsys fs.FS, files []string) (*annexgate.Inventory, error)
}

// loaders is the one place that knows every loader. To add a kind of input,
// write its package and add its line here.
var loaders = map[annexgate.Kind]Loader{
	annexgate.Terraform:   &terraform.Loader{},
	annexgate.Kubernetes:  kubernetes.Loader{},
	annexgate.PullRequest: pullrequest.Loader{},
}

// A Batch is the files of one kind below one folder.
type Batch struct {
	Kind  annexgate.Kind
	FS    fs.FS
	Files []string // slash-separated paths inside FS

	// Loader reads the files; nil means the one of the kind, as it is.
	Loader Loader
}

// Load reads all batches, side by side, into one inventory.
func Load(ctx context.Context, batches ...Batch) (*annexgate.Inventory, error) {
	loaded := make([]*annexgate.Inventory, len(batches))
	group, ctx := errgroup.WithContext(ctx)
	for i, b := range batches {
		if len(b.Files) == 0 {
			continue
		}
		group.Go(func() (err error) {
			loader := b.Loader
			if loader == nil {
				loader = loaders[b.Kind]
			}
			if loader == nil {
				return fmt.Errorf("no loader reads inputs of kind %q", b.Kind)
			}
			loaded[i], err = loader.Load(ctx, b.FS, b.Files)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return merge(loaded), nil
}

func merge(parts []*annexgate.Inventory) *annexgate.Inventory {
	all := &annexgate.Inventory{Outputs: map[string]any{}}
	for _, part := range parts {
		if part == nil {
			continue
		}
		all.Subjects = append(all.Subjects, part.Subjects...)
		all.Inputs = append(all.Inputs, part.Inputs...)
		all.Problems = append(all.Problems, part.Problems...)
		maps.Copy(all.Outputs, part.Outputs)
	}
	slices.SortStableFunc(all.Subjects, (*annexgate.Subject).Compare)
	slices.SortFunc(all.Inputs, func(a, b annexgate.Input) int { return strings.Compare(a.File, b.File) })
	annexgate.SortProblems(all.Problems)
	return all
}
