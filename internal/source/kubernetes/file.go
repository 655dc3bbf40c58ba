package kubernetes

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf16"
)

// maxFile bounds a file, in bytes.
const maxFile = 32 << 20

// cause returns an error without the path, which the problem names already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// readFile returns the content of a file. A file that is too large is an error
// if it was meant as a manifest, else nothing.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil || len(content) <= maxFile {
		return content, err
	}
	if largeManifest(content, file) {
		return nil, fmt.Errorf("larger than %d MiB: split it", maxFile>>20)
	}
	return nil, nil
}

// readAtMost returns what is in r, an error if it is more than limit bytes.
func readAtMost(r io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(content) > limit {
		return nil, fmt.Errorf("larger than %d MiB", limit>>20)
	}
	return content, err
}

// largeManifest reports whether the text in window and what follows it in rest
// looks like a manifest. It reuses window.
func largeManifest(window []byte, rest io.Reader) bool {
	const overlap = 64 // in bytes; longer than a key, so that none is cut in two
	version, kind := false, false
	for n, err := len(window), error(nil); ; {
		version = version || hasVersion(window[:n])
		kind = kind || hasKind(window[:n])
		if version && kind || err != nil {
			return version && kind
		}
		copy(window, window[n-overlap:n])
		n, err = io.ReadFull(rest, window[overlap:])
		n += overlap
	}
}

// toUTF8 returns text that starts with a byte order mark of UTF-16 in UTF-8.
// YAML may be written in either.
func toUTF8(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for i := 2; i+1 < len(text); i += 2 {
		units = append(units, order.Uint16(text[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}
