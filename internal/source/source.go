// Package source is the table of loaders: what turns the files of one kind
// into the subjects that policies examine.
package source

import (
	"context"
	"io/fs"

	"github.com/annexgate/annexgate/internal/annexgate"
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
