// Package report writes a run in the formats that people and programs read,
// and reads back what it wrote as JSON.
//
// # Decisions
//
// Text from the examined change (names, messages, source lines) is hostile.
// Package inert decides for every format what may be shown as it is. Text and
// SARIF show the rest as visible escapes; JSON keeps it whole and writes it as
// \u escapes, so that no format can act on a terminal. Workflow commands of
// GitHub Actions, whose log shows what we print, are broken up everywhere.
//
// The catalogue of controls comes with the run, not from package control: a
// saved run is then reported with the titles it was judged under.
//
// Colour and width are told, never detected. The command line knows whether it
// writes to a terminal.
package report

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Options say how a format may look. The zero value suits a file.
type Options struct {
	Color bool // the text format may use ANSI colours
	Width int  // columns that the text format keeps source lines and prose within; 0 means 100
}

// A format writes one run.
type format func(w io.Writer, run *annexgate.Run, opts Options) error

// formats is the one place that knows every format. To add one, write its
// function in a file of its own and add its line here; TestFormats then asks
// for its golden file.
var formats = map[string]format{
	"json":  writeJSON,
	"sarif": writeSARIF,
	"text":  writeText,
}

// Formats returns the names that Write accepts, sorted.
func Formats() []string {
	return slices.Sorted(maps.Keys(formats))
}

// Known returns a usage error if there is no format called name, so that a
// caller can tell before the work starts.
func Known(name string) error {
	if _, ok := formats[name]; ok {
		return nil
	}
	message := fmt.Sprintf("unknown format %q: want one of %s", name, strings.Join(Formats(), ", "))
	if near := nearest(name, Formats()); near != "" {
		message += "\nhint: did you mean " + near + "?"
	}
	return annexgate.Usage(errors.New(message))
}

// Write writes run to w in the named format. An unknown name is a usage error.
func Write(w io.Writer, name string, run *annexgate.Run, opts Options) error {
	if err := Known(name); err != nil {
		return err
	}
	if err := formats[name](w, run, opts); err != nil {
		return fmt.Errorf("write %s report: %w", name, err)
	}
	return nil
}

// nearest returns the one of names that a person who wrote name most likely
// meant: at most two edits away, and fewer edits than it has letters. It
// returns "" when there is none.
func nearest(name string, names []string) string {
	best, least := "", 3
	for _, candidate := range names {
		// A name much longer than the candidate cannot be near, and need not be
		// measured.
		if len(name) > len(candidate)+2 {
			continue
		}
		if d := edits(strings.ToLower(name), candidate); d < least && d < len(name) {
			best, least = candidate, d
		}
	}
	return best
}

// edits returns the number of bytes to insert, delete or replace that turn a
// into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
