package check

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/gitrepo"
)

// maxRuleFile bounds what is read of one file that says how to judge, in
// bytes.
const maxRuleFile = 16 << 20

// A ruleFiles is where the files come from that say how to judge: the work
// tree, or the base commit of the change under test.
type ruleFiles struct {
	root string        // of the repository; empty when there is none to read from
	head fs.FS         // the work tree
	fsys fs.FS         // what judges: head, or base
	base *gitrepo.Tree // nil without a base
	fork *gitrepo.Tree // where the change began; nil when that is the base, or unknown

	configName string   // the file of the configuration in the repository; may not exist
	policyDirs []string // in the repository
}

// headRules reads rules from the work tree of place, which may be nil.
func headRules(place *discover.Place) (*ruleFiles, error) {
	if place == nil {
		return &ruleFiles{}, nil
	}
	root, err := os.OpenRoot(place.Root)
	if err != nil {
		return nil, fmt.Errorf("open the repository: %w", err)
	}
	return &ruleFiles{root: place.Root, head: root.FS(), fsys: root.FS()}, nil
}

// openRules reads rules from the base that o names, or from the work tree.
func openRules(ctx context.Context, o Options, place *discover.Place) (*ruleFiles, error) {
	f, err := headRules(place)
	if err != nil || o.Base == "" {
		return f, err
	}
	if place.Repo == nil {
		return nil, annexgate.Usage(errors.New("--base: there is no git repository to read it from"))
	}
	f.base, err = place.Repo.TreeFS(ctx, o.Base)
	if errors.Is(err, gitrepo.ErrUnknownRevision) {
		return nil, annexgate.Usage(fmt.Errorf("--base: %w\nhint: a shallow clone may not have it: fetch it, or clone with the whole history", err))
	}
	if err != nil {
		return nil, fmt.Errorf("read the rules of %s: %w", o.Base, err)
	}
	f.fsys = f.base
	return f, f.openFork(ctx, place.Repo)
}

// openFork finds where the change began. Since then, the rules of the base may
// have changed, which is not the doing of the change under test.
func (f *ruleFiles) openFork(ctx context.Context, repo *gitrepo.Repo) error {
	if _, err := repo.Resolve(ctx, "HEAD"); err != nil {
		return nil // nothing is committed here
	}
	commit, err := repo.MergeBase(ctx, f.base.Commit())
	if err != nil || commit == f.base.Commit() {
		return err
	}
	f.fork, err = repo.TreeFS(ctx, commit)
	return err
}

func (f *ruleFiles) close() {
	for _, tree := range []*gitrepo.Tree{f.base, f.fork} {
		if tree != nil {
			tree.Close()
		}
	}
}

// inside returns the name in the repository of a file or directory that o
// names, and whether it is in there. What is written as a path in the
// repository is one, wherever its links lead: the change under test may have
// put them there.
func (f *ruleFiles) inside(o Options, name string) (string, bool) {
	if f.root == "" {
		return "", false
	}
	dir, err := filepath.EvalSymlinks(o.Dir)
	if err != nil {
		dir = o.Dir
	}
	full := absolute(dir, name)
	if rel, err := filepath.Rel(f.root, full); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel), true
	}
	if full, err = filepath.EvalSymlinks(full); err != nil {
		return "", false
	}
	rel, err := filepath.Rel(f.root, full)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// read returns a file of what judges, or nil when there is none.
func (f *ruleFiles) read(name string) ([]byte, error) {
	if f.fsys == nil {
		return nil, nil
	}
	return readRule(f.fsys, name)
}

func readRule(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("read %s: %w", name, err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRuleFile+1))
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("read %s: %w", name, err))
	}
	if len(text) > maxRuleFile {
		return nil, annexgate.Usage(fmt.Errorf("read %s: more than %d MiB", name, maxRuleFile>>20))
	}
	return append([]byte{}, text...), nil // an empty file is not none
}

// onlyAtHead reports whether the change under test brings name.
func (f *ruleFiles) onlyAtHead(name string) bool {
	if f.base == nil {
		return false
	}
	_, atBase := fs.Stat(f.base, name)
	_, atHead := fs.Stat(f.head, name)
	return errors.Is(atBase, fs.ErrNotExist) && atHead == nil
}

// The parts of a rule change.
const (
	partConfig   = "configuration"
	partPolicy   = "policy"
	partSoA      = "statement of applicability"
	partWaivers  = "waivers"
	partBaseline = "baseline"
)

// A ruleChange is a file that differs, and what identifies its new content.
type ruleChange struct {
	annexgate.RuleChange
	digest string
}

// changes compares the rules of the base with those of the work tree, and
// leaves out what the change left as it was when it began. Line ends do not
// count: git may have changed them on the way.
func (f *ruleFiles) changes(c *config.Config) ([]ruleChange, error) {
	if f.base == nil {
		return nil, nil
	}
	parts := map[string]string{c.Baseline: partBaseline, c.Waivers.File: partWaivers, c.SoA: partSoA}
	if f.configName != "" {
		parts[f.configName] = partConfig
	}
	for _, dir := range f.policyDirs {
		for _, fsys := range []fs.FS{f.base, f.head} {
			if err := addRules(fsys, dir, parts); err != nil {
				return nil, err
			}
		}
	}
	var changes []ruleChange
	for name, part := range parts {
		before, err := readRule(f.base, name)
		if err != nil {
			return nil, err
		}
		after, err := readRule(f.head, name)
		if err != nil {
			return nil, err
		}
		began := before
		if f.fork != nil {
			if began, err = readRule(f.fork, name); err != nil {
				return nil, err
			}
		}
		if change := difference(before, after); change != "" && difference(began, after) != "" {
			sum := sha256.Sum256(after)
			changes = append(changes, ruleChange{annexgate.RuleChange{File: name, Part: part, Change: change}, hex.EncodeToString(sum[:])})
		}
	}
	slices.SortFunc(changes, func(a, b ruleChange) int { return strings.Compare(a.File, b.File) })
	return changes, nil
}

func addRules(fsys fs.FS, dir string, parts map[string]string) error {
	err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !entry.IsDir() && strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") {
			parts[name] = partPolicy
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("compare the policies in %s: %w", dir, err)
	}
	return nil
}

// difference says what became of a file, or nothing.
func difference(before, after []byte) string {
	lines := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }
	switch {
	case before == nil && after == nil, before != nil && after != nil && bytes.Equal(lines(before), lines(after)):
		return ""
	case before == nil:
		return "added"
	case after == nil:
		return "removed"
	}
	return "changed"
}
