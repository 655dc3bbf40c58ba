package terraform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sync/errgroup"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A store holds what was read and parsed, once for all roots, and collects the
// problems. It is safe for concurrent use.
type store struct {
	stopped func() error // tells that the load was cancelled
	fsys    fs.FS
	limits  limits
	files   map[string][]string // the files that were asked for, by directory
	listed  []string            // their directories, sorted
	planned []string            // the plans among the files, sorted

	mu       sync.Mutex
	inputs   map[string]annexgate.Input
	problems map[annexgate.Problem]bool
	modules  map[string]func() *module
	texts    map[string]func() ([]byte, error)
	given    map[string]map[string]*attribute // values of variable files, by directory
	assigned map[string]func() []*attribute   // values of one variable file
}

func newStore(ctx context.Context, fsys fs.FS, files []string, l limits) *store {
	s := &store{
		stopped: ctx.Err, fsys: fsys, limits: l,
		files:    map[string][]string{},
		inputs:   map[string]annexgate.Input{},
		problems: map[annexgate.Problem]bool{},
		modules:  map[string]func() *module{},
		texts:    map[string]func() ([]byte, error){},
		given:    map[string]map[string]*attribute{},
		assigned: map[string]func() []*attribute{},
	}
	for _, name := range files {
		if !fs.ValidPath(name) {
			s.problem(annexgate.Unread, annexgate.Location{}, "read %q: not a path inside the repository", name)
			continue
		}
		if isPlan(name) {
			s.planned = append(s.planned, name)
			continue
		}
		s.files[path.Dir(name)] = append(s.files[path.Dir(name)], name)
	}
	for dir := range s.files {
		slices.Sort(s.files[dir])
		s.files[dir] = slices.Compact(s.files[dir])
		s.listed = append(s.listed, dir)
	}
	slices.Sort(s.listed)
	slices.Sort(s.planned)
	s.planned = slices.Compact(s.planned)
	return s
}

// problem notes a fault once, however many instances meet it.
func (s *store) problem(loss annexgate.Loss, at annexgate.Location, format string, args ...any) {
	p := annexgate.Problem{Kind: annexgate.Terraform, Message: fmt.Sprintf(format, args...), At: at, Loss: loss}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems[p] = true
}

func (s *store) sortedProblems() []annexgate.Problem {
	var problems []annexgate.Problem
	for p := range s.problems {
		problems = append(problems, p)
	}
	annexgate.SortProblems(problems)
	return problems
}

func (s *store) sortedInputs() []annexgate.Input {
	var inputs []annexgate.Input
	for _, input := range s.inputs {
		inputs = append(inputs, input)
	}
	slices.SortFunc(inputs, func(a, b annexgate.Input) int { return strings.Compare(a.File, b.File) })
	return inputs
}

// errTooLarge and errNotRegular are refusals: the file may well be there.
var (
	errTooLarge   = errors.New("the file is too large")
	errNotRegular = errors.New("not a regular file")
)

// read returns the content of a file, once read.
func (s *store) read(name string) ([]byte, error) {
	s.mu.Lock()
	text, ok := s.texts[name]
	if !ok {
		text = sync.OnceValues(func() ([]byte, error) { return s.readOnce(name) })
		s.texts[name] = text
	}
	s.mu.Unlock()
	return text()
}

func (s *store) readOnce(name string) ([]byte, error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(s.limits.fileBytes)+1))
	if err != nil {
		return nil, err
	}
	if len(text) > s.limits.fileBytes {
		return nil, fmt.Errorf("%w: want at most %d bytes", errTooLarge, s.limits.fileBytes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inputs[name] = annexgate.NewInput(annexgate.Terraform, name, text)
	return text, nil
}

// parseAll reads the modules that were asked for, in parallel.
func (s *store) parseAll(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, dir := range s.listed {
		group.Go(func() error {
			s.module(dir)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("parse terraform: %w", err)
	}
	return nil
}

// module returns the module in a directory, parsed once.
func (s *store) module(dir string) *module {
	s.mu.Lock()
	parsed, ok := s.modules[dir]
	if !ok {
		parsed = sync.OnceValue(func() *module { return s.parseModule(dir) })
		s.modules[dir] = parsed
	}
	s.mu.Unlock()
	return parsed()
}

// diagnose turns what hcl says about a file into problems. It never repeats
// the text of the file.
func (s *store) diagnose(f *file, diags hcl.Diagnostics, loss annexgate.Loss) {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		at := annexgate.Location{File: f.name}
		if d.Subject != nil {
			at = f.location(*d.Subject)
		}
		s.problem(loss, at, "%s", plainMessage(d))
	}
}

// plainMessage is hcl's message in our voice: one line, lower case, no full
// stop.
func plainMessage(d *hcl.Diagnostic) string {
	text := d.Summary
	if d.Detail != "" {
		text += ": " + d.Detail
	}
	text = strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
	if len(text) > 1 && text[1] >= 'a' && text[1] <= 'z' {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	if len(text) > 600 {
		text = strings.ToValidUTF8(text[:600], "") + "..."
	}
	return text
}
