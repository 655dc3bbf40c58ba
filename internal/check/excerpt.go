package check

import (
	"io/fs"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// maxExcerpt is how many lines of source a finding carries.
const maxExcerpt = 6

// excerpt gives each finding the lines of source that it is about. A file that
// is gone by now leaves the finding without.
func (l *Loaded) excerpt(decisions []annexgate.Decision) {
	type input struct { // a snapshot outside the root may have the name of a file inside
		kind annexgate.Kind
		file string
	}
	read := map[input][]string{}
	for _, d := range decisions {
		for i := range d.Findings {
			f := &d.Findings[i]
			in := input{d.Subject.Kind, f.At.File}
			lines, ok := read[in]
			if !ok {
				lines = l.lines(in.kind, in.file)
				read[in] = lines
			}
			first, last := f.At.Line-1, max(f.At.Line, f.At.EndLine)
			if first >= 0 && first < len(lines) {
				f.Excerpt = lines[first:min(last, first+maxExcerpt, len(lines))]
			}
		}
	}
}

func (l *Loaded) lines(kind annexgate.Kind, file string) []string {
	for _, b := range l.batches {
		if b.Kind != kind {
			continue
		}
		if text, err := fs.ReadFile(b.FS, file); err == nil {
			lines := strings.Split(string(text), "\n")
			for i := range lines {
				lines[i] = strings.TrimSuffix(lines[i], "\r")
			}
			return lines
		}
	}
	return nil
}
