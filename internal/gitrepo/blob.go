package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// totalLimit bounds what one call of Blobs holds in memory, in bytes.
const totalLimit = 128 << 20

// A Blob is one file of a tree.
type Blob struct {
	Path    string // from the root of the tree, slash-separated
	Size    int64  // in bytes
	Content []byte // nil when Size is over the limit
}

// Blobs returns the files below the folder dir in the tree of ref, in the
// order of their paths. Content of more than limit bytes is not read. Without
// the ref or the folder, there are none.
func (r *Repo) Blobs(ctx context.Context, ref, dir string, limit int64) ([]Blob, error) {
	blobs, err := r.blobs(ctx, ref, dir, limit)
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", dir, ref, err)
	}
	return blobs, nil
}

func (r *Repo) blobs(ctx context.Context, ref, dir string, limit int64) ([]Blob, error) {
	tip, err := r.Tip(ctx, ref)
	if tip == "" || err != nil {
		return nil, err
	}
	out, err := r.git(ctx, "ls-tree", "-r", "-z", "--long", "--full-tree", tip, "--", strings.TrimSuffix(dir, "/")+"/")
	if err != nil {
		return nil, err
	}

	var blobs []Blob
	var wanted []int // indexes of the blobs to read
	var names bytes.Buffer
	var total int64
	for entry := range entries(out) { // mode SP type SP object SP size TAB path
		about, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		if len(fields) != 4 || (fields[0] != "100644" && fields[0] != "100755") {
			continue
		}
		size, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("size of %q: %w", path, err)
		}
		blobs = append(blobs, Blob{Path: path, Size: size})
		if size > limit {
			continue
		}
		if total += size; total > totalLimit {
			return nil, fmt.Errorf("more than %d MiB of files", totalLimit>>20)
		}
		wanted = append(wanted, len(blobs)-1)
		names.WriteString(fields[2] + "\n")
	}
	if len(wanted) == 0 {
		return blobs, nil
	}

	contents, err := command{dir: r.root, stdin: names.Bytes()}.run(ctx, "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	for _, i := range wanted {
		blobs[i].Content, contents, err = nextObject(contents)
		if err != nil {
			return nil, fmt.Errorf("content of %q: %w", blobs[i].Path, err)
		}
	}
	return blobs, nil
}

// nextObject takes one object off what cat-file --batch prints: object SP type
// SP size LF content LF.
func nextObject(out []byte) (content, rest []byte, err error) {
	header, rest, _ := bytes.Cut(out, []byte("\n"))
	fields := strings.Fields(string(header))
	if len(fields) != 3 {
		return nil, nil, fmt.Errorf("git answers %q", header)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil || size < 0 || size >= len(rest) {
		return nil, nil, fmt.Errorf("git answers %q", header)
	}
	return rest[:size:size], rest[size+1:], nil
}
