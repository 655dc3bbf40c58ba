package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/report"
)

// Outputs are where reports go. Their files are opened before the work starts,
// so that one that cannot be written costs no run.
type outputs struct {
	env  Env
	list []output
}

type output struct {
	format string
	file   *outputFile // nil: standard output
}

func openOutputs(env Env, specs []string) (*outputs, error) {
	if len(specs) == 0 {
		specs = []string{"text"}
	}
	out := &outputs{env: env}
	for _, spec := range specs {
		o, err := out.open(spec)
		if err != nil {
			out.close()
			return nil, err
		}
		out.list = append(out.list, o)
	}
	return out, nil
}

func (o *outputs) open(spec string) (output, error) {
	format, name, toFile := strings.Cut(spec, "=")
	if err := report.Known(format); err != nil {
		return output{}, fmt.Errorf("--output: %w", err)
	}
	switch {
	case !toFile && slices.ContainsFunc(o.list, func(o output) bool { return o.file == nil }):
		return output{}, usagef("--output: two reports to standard output: give one a file, as in %s=FILE", format)
	case !toFile:
		return output{format: format}, nil
	case name == "":
		return output{}, usagef("--output %s: the file is missing: want %s=FILE", spec, format)
	}
	file, err := openFile(o.env, name)
	if err != nil {
		return output{}, usagef("--output: %v", err)
	}
	return output{format, file}, nil
}

func (o *outputs) write(run *annexgate.Run) error {
	for _, out := range o.list {
		if err := o.writeOne(out, run); err != nil {
			return fmt.Errorf("write the %s report: %w", out.format, err)
		}
	}
	return nil
}

func (o *outputs) writeOne(out output, run *annexgate.Run) error {
	if out.file != nil {
		return out.file.replace(func(w io.Writer) error { return report.Write(w, out.format, run, report.Options{}) })
	}
	options := report.Options{}
	if columns, terminal := o.env.Width(o.env.Stdout); terminal {
		options = report.Options{Color: o.env.Getenv("NO_COLOR") == "", Width: columns}
	}
	return report.Write(o.env.Stdout, out.format, run, options)
}

func (o *outputs) close() {
	for _, out := range o.list {
		if out.file != nil {
			out.file.close()
		}
	}
}

// An outputFile is a file that a command will write. What it held stays until
// there is something to replace it with.
type outputFile struct {
	file  *os.File
	fresh bool // it was not there before and holds nothing yet
}

func openFile(env Env, name string) (*outputFile, error) {
	if !filepath.IsAbs(name) {
		dir, err := env.Getwd()
		if err != nil {
			return nil, err
		}
		name = filepath.Join(dir, name)
	}
	_, err := os.Stat(name)
	fresh := errors.Is(err, fs.ErrNotExist)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	return &outputFile{file, fresh}, nil
}

// replace writes the file anew.
func (f *outputFile) replace(write func(io.Writer) error) error {
	if info, err := f.file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := f.file.Truncate(0); err != nil {
			return err
		}
	}
	f.fresh = false
	return write(f.file)
}

// close closes the file, and removes it when it was made for nothing.
func (f *outputFile) close() {
	f.file.Close()
	if f.fresh {
		os.Remove(f.file.Name())
	}
}
