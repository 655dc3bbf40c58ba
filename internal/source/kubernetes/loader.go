package kubernetes

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/chart"
)

// maxParsed bounds the text that is parsed at one time, in bytes. Parsing takes
// some thirty times as much memory.
const maxParsed = 48 << 20

// A Loader reads Kubernetes manifests. The zero value is ready to use.
type Loader struct {
	Values chart.Values      // that all charts are rendered with, over their own
	Inputs []annexgate.Input // the files that Values come from
}

// A manifestFile is what one file holds.
type manifestFile struct {
	name     string
	input    annexgate.Input
	subjects []*annexgate.Subject
	problems []annexgate.Problem
	overlay  *kustomization // if it is a kustomization

	attempted bool // to build it
}

// Load reads the Kubernetes objects in files, which may be any YAML or JSON.
// Only files that hold objects become inputs. It returns an error only when
// ctx ends.
func (l Loader) Load(ctx context.Context, fsys fs.FS, files []string) (*annexgate.Inventory, error) {
	files = slices.Compact(slices.Sorted(slices.Values(files)))
	files, roots := splitCharts(fsys, files)
	read, err := readAll(ctx, fsys, files)
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	built, used := buildAll(ctx, newFiles(fsys), read)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("build kustomizations: %w", err)
	}
	rendered, err := l.renderAll(ctx, fsys, roots)
	if err != nil {
		return nil, fmt.Errorf("render charts: %w", err)
	}
	return collect(slices.Concat(built, rendered, []rendering{plain(read, used)})), nil
}

// readAll reads and parses files.
func readAll(ctx context.Context, fsys fs.FS, files []string) ([]manifestFile, error) {
	read := make([]manifestFile, len(files))
	parsing := semaphore.NewWeighted(maxParsed)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range files {
		group.Go(func() error {
			f, err := load(ctx, fsys, name, parsing)
			read[i] = f
			return err
		})
	}
	return read, group.Wait()
}

// plain returns the set of the objects that are applied as they are written.
// Files that went into a rendering, and what kustomizations apply as patches,
// are not among them.
func plain(read []manifestFile, used map[string]bool) rendering {
	var set rendering
	patches := patchFiles(read)
	for i := range read {
		f := &read[i]
		if patches[f.name] {
			f.subjects = nil
			f.problems = slices.DeleteFunc(f.problems, func(p annexgate.Problem) bool { return p.Loss == annexgate.Notice })
		}
		set.problems = append(set.problems, f.problems...)
		if used[f.name] {
			continue
		}
		if f.overlay != nil && !f.attempted {
			set.problems = append(set.problems, f.overlay.problems...)
		}
		set.subjects = append(set.subjects, f.subjects...)
		if len(f.subjects) > 0 {
			set.inputs = append(set.inputs, f.input)
		}
	}
	slices.SortFunc(set.subjects, (*annexgate.Subject).Compare)
	return set
}

// collect relates the objects of each set and puts the sets together.
func collect(sets []rendering) *annexgate.Inventory {
	all := &annexgate.Inventory{}
	relations := newBudget()
	known := map[string]bool{}
	for _, set := range sets {
		relate(set.subjects, relations)
		all.Subjects = append(all.Subjects, set.subjects...)
		all.Problems = append(all.Problems, set.problems...)
		for _, input := range set.inputs {
			if !known[input.File] {
				known[input.File] = true
				all.Inputs = append(all.Inputs, input)
			}
		}
	}
	if relations.spent() {
		all.Problems = append(all.Problems, relations.problem())
	}
	slices.SortFunc(all.Subjects, (*annexgate.Subject).Compare)
	slices.SortFunc(all.Inputs, func(a, b annexgate.Input) int { return strings.Compare(a.File, b.File) })
	annexgate.SortProblems(all.Problems)
	all.Problems = slices.Compact(all.Problems)
	return all
}

// load reads and parses one file.
func load(ctx context.Context, fsys fs.FS, name string, parsing *semaphore.Weighted) (manifestFile, error) {
	f := manifestFile{name: name}
	if err := ctx.Err(); err != nil {
		return f, err
	}
	content, err := readFile(fsys, name)
	if err != nil {
		f.problem(annexgate.Unread, annexgate.Location{}, "read file: %v", cause(err))
		return f, nil
	}
	text := toUTF8(content)
	if bytes.IndexByte(text, 0) >= 0 && !looksLikeManifest(text) {
		f.problem(annexgate.Notice, annexgate.Location{}, "not text, in spite of its name: it is not a manifest")
		return f, nil
	}
	if !mayHoldManifest(text) && !isKustomization(name) {
		return f, nil
	}
	weight := min(int64(len(text)), maxParsed)
	if err := parsing.Acquire(ctx, weight); err != nil {
		return f, err
	}
	defer parsing.Release(weight)
	f.input = annexgate.NewInput(annexgate.Kubernetes, name, content)
	f.parse(text)
	return f, nil
}

// parse reads the documents of the file.
func (f *manifestFile) parse(text []byte) {
	l := newLayout(f.name, text)
	seen := map[string]int{}
	for _, s := range l.sections() {
		docs, fault := parseSection(l, s)
		for _, d := range docs {
			f.add(d, seen)
		}
		if fault == nil {
			continue
		}
		if section := text[s.start:s.end]; looksLikeManifest(section) || isKustomization(f.name) {
			f.problem(annexgate.Unread, fault.at, "%s", explain(fault, section))
		}
	}
}

// parseSection reads a section as JSON if that is what it is, else as YAML.
func parseSection(l *layout, s section) ([]document, *fault) {
	at, ok := openingJSON(l.text[s.start:s.end])
	if !ok {
		return parseYAML(l, s)
	}
	docs, jsonFault := parseJSON(l, s, at)
	if jsonFault == nil {
		return docs, nil
	}
	docs, yamlFault := parseYAML(l, s)
	if yamlFault != nil && strings.HasSuffix(l.file.Name(), ".json") {
		return docs, jsonFault
	}
	return docs, yamlFault
}

// explain says why text does not parse and what to do.
func explain(f *fault, text []byte) string {
	message := "manifest does not parse: " + f.reason
	if bytes.Contains(text, []byte("{{")) {
		message += "; it looks like a template: render it before the check"
	}
	return message
}

// add takes in the objects of a document. seen counts their addresses.
func (f *manifestFile) add(d document, seen map[string]int) {
	if k := asKustomization(f.name, d); k != nil {
		f.overlay = k
		return
	}
	found, problems := objects(d)
	f.problems = append(f.problems, problems...)
	if len(found) > 0 {
		f.problems = append(f.problems, d.notices...)
	}
	for _, o := range found {
		s := o.subject(f.name)
		if seen[s.Address]++; seen[s.Address] > 1 {
			f.problem(annexgate.Notice, s.Source.At, "%s stands in this file more than once", s.Address)
			s.Address = numbered(s.Address, seen)
		}
		f.subjects = append(f.subjects, s)
	}
}

// numbered returns the address with a number behind it that makes it unique.
func numbered(address string, seen map[string]int) string {
	for n := seen[address]; ; n++ {
		candidate := address + "#" + strconv.Itoa(n)
		if seen[candidate] == 0 {
			seen[candidate] = 1
			return candidate
		}
	}
}

func (f *manifestFile) problem(loss annexgate.Loss, at annexgate.Location, format string, args ...any) {
	at.File = f.name
	f.problems = append(f.problems, annexgate.Problem{
		Kind: annexgate.Kubernetes, Message: fmt.Sprintf(format, args...), At: at, Loss: loss,
	})
}
