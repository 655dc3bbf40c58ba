package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing/fstest"
)

// packed reads the packed chart called name into c. What is in it has no
// places of its own: its templates are found at the archive.
func (r *reader) packed(c *Chart, name string, depth int) error {
	content, err := r.file(name)
	if err != nil {
		return err
	}
	files, err := unpack(content)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	inner := &reader{fsys: files, bytes: r.bytes}
	for top := range files {
		dir, rest, _ := strings.Cut(top, "/")
		if rest != "Chart.yaml" {
			continue
		}
		part, err := inner.chart(dir, depth+1)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		part.place(name)
		c.add(part)
		r.bytes = inner.bytes
		return nil
	}
	return fmt.Errorf("%s holds no chart", name)
}

// unpack returns the files of a packed chart, in memory.
func unpack(content []byte) (fstest.MapFS, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	total := 0
	for archive := tar.NewReader(io.LimitReader(zipped, 2*maxChart)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg {
			continue // folders; links, which helm does not follow either
		}
		data, err := io.ReadAll(io.LimitReader(archive, maxFile+1))
		if err != nil {
			return nil, err
		}
		if total += len(data); total > maxChart || len(data) > maxFile || len(files) > maxFiles {
			return nil, errors.New("it is too large")
		}
		files[strings.TrimPrefix(path.Clean("/"+header.Name), "/")] = &fstest.MapFile{Data: data}
	}
}

// place makes all templates of c stand in file.
func (c *Chart) place(file string) {
	c.Dir = file
	for i := range c.templates {
		c.templates[i].file = file
	}
	for _, part := range c.parts {
		part.place(file)
	}
}
