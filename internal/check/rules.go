package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/internal/soa"
)

// Rules are what a run judges by.
type Rules struct {
	Config   *config.Config // with what the options say over it
	Library  *policy.Library
	Policies []*annexgate.Policy // selected, by ID
	LeftOut  []string            // IDs of the others
	Settings map[string]any
	SoA      *soa.Statement // nil when there is none

	files *ruleFiles
}

// ReadFile returns a file of the repository that has a say in the judgement,
// from the commit whose rules judge. Without that file, it is nil.
func (r *Rules) ReadFile(name string) ([]byte, error) { return r.files.read(name) }

// LoadRules reads the configuration, the policies and the Statement of
// Applicability that o names, from the work tree. place is where the run takes
// place; it may be nil, and then only a configuration that o names is read.
func LoadRules(o Options, place *discover.Place) (*Rules, error) {
	files, err := headRules(place)
	if err != nil {
		return nil, err
	}
	configured, err := files.config(o)
	if err != nil {
		return nil, err
	}
	return loadRules(o, files, configured)
}

// loadRules loads what configured names.
func loadRules(o Options, files *ruleFiles, configured *config.Config) (*Rules, error) {
	sources, err := files.policies(o, configured)
	if err != nil {
		return nil, err
	}
	library, err := policy.Load(sources...)
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("load policies: %w", err))
	}
	r := &Rules{Config: configured, Library: library, files: files}
	all := library.Policies()
	if r.Policies, err = policy.Select(all, configured.Policies.Only, configured.Policies.Skip); err != nil {
		if configured.Name != "" && len(o.Only)+len(o.Skip) == 0 {
			err = fmt.Errorf("%s: %w", configured.Name, err)
		}
		return nil, err
	}
	for _, p := range all {
		if !slices.Contains(r.Policies, p) {
			r.LeftOut = append(r.LeftOut, p.ID)
		}
	}
	overrides := map[string]policy.Value{}
	for name, v := range configured.Settings {
		overrides[name] = policy.Value(v)
	}
	if r.Settings, err = policy.Settings(all, overrides); err != nil {
		return nil, err
	}
	if !o.NoStatement {
		r.SoA, err = files.statement(configured)
	}
	return r, err
}

// ReadRules reads what o says to judge by, and judges nothing.
func ReadRules(ctx context.Context, o Options) (*Rules, error) {
	place, err := discover.Locate(ctx, o.Dir, o.Paths)
	if err != nil {
		return nil, err
	}
	files, err := openRules(ctx, o, place)
	if err != nil {
		return nil, err
	}
	defer files.close()
	configured, err := files.config(o)
	if err != nil {
		return nil, err
	}
	return loadRules(o, files, configured)
}

// config reads the configuration that o names, or the one at the root, and
// puts what o says over it.
func (f *ruleFiles) config(o Options) (*config.Config, error) {
	configured := config.Default()
	name, inside := config.FileName, f.root != ""
	if o.Config != "" {
		name, inside = f.inside(o, o.Config)
	}
	if inside {
		text, err := f.read(name)
		if err != nil {
			return nil, err
		}
		if text == nil && o.Config != "" && !f.onlyAtHead(name) {
			return nil, annexgate.Usage(fmt.Errorf("read configuration %s: no such file", o.Config))
		}
		if text != nil {
			if configured, err = config.Read(name, text); err != nil {
				return nil, err
			}
		}
		f.configName = name
	} else if o.Config != "" {
		text, err := os.ReadFile(absolute(o.Dir, o.Config))
		if err != nil {
			return nil, annexgate.Usage(fmt.Errorf("read configuration: %w", err))
		}
		if configured, err = config.Read(o.Config, text); err != nil {
			return nil, err
		}
	}
	o.over(configured)
	return configured, nil
}

// over puts what the options say over what the file says.
func (o Options) over(c *config.Config) {
	if len(o.Only) > 0 {
		c.Policies.Only = o.Only
	}
	if len(o.Skip) > 0 {
		c.Policies.Skip = o.Skip
	}
	if len(o.Exclude) > 0 {
		c.Inputs.Exclude = o.Exclude
	}
	if o.Timeout > 0 {
		c.Policies.Timeout = o.Timeout
	}
	if o.FailOn != nil {
		c.Gate.FailOn = *o.FailOn
	}
}

// policies returns the folders of policies. A folder of the repository is read
// from the commit whose rules judge; one outside is the caller's.
func (f *ruleFiles) policies(o Options, c *config.Config) ([]policy.Source, error) {
	sources := slices.Clone(o.Policies)
	if !c.Policies.Builtin {
		for i := range sources {
			sources[i].Index = []*annexgate.Policy{} // their helpers are still there to import
		}
	}
	names := c.Policies.Dirs
	if len(o.PolicyDirs) > 0 {
		names = nil
		for _, dir := range o.PolicyDirs {
			name, inside := f.inside(o, dir)
			if !inside {
				root, err := os.OpenRoot(absolute(o.Dir, dir))
				if err != nil {
					return nil, annexgate.Usage(fmt.Errorf("open policies: %w", err))
				}
				sources = append(sources, policy.Source{Name: filepath.ToSlash(dir), FS: root.FS()})
				continue
			}
			names = append(names, name)
		}
	}
	for _, name := range names {
		source, err := f.policyDir(name)
		if err != nil {
			return nil, err
		}
		if source.FS != nil {
			sources = append(sources, source)
		}
		f.policyDirs = append(f.policyDirs, name)
	}
	return sources, nil
}

// policyDir opens a folder of policies in the repository. One that only the
// change has is no source yet.
func (f *ruleFiles) policyDir(name string) (policy.Source, error) {
	if f.fsys == nil {
		return policy.Source{}, nil
	}
	info, err := fs.Stat(f.fsys, name)
	if errors.Is(err, fs.ErrNotExist) && f.onlyAtHead(name) {
		return policy.Source{}, nil
	}
	if err == nil && !info.IsDir() {
		err = errors.New("not a directory")
	}
	if err != nil {
		return policy.Source{}, annexgate.Usage(fmt.Errorf("open policies in %s: %w", name, err))
	}
	sub, err := fs.Sub(f.fsys, name)
	return policy.Source{Name: name, FS: sub}, err
}

// statement reads the Statement of Applicability, if there is one. A file that
// the configuration names has to be there.
func (f *ruleFiles) statement(c *config.Config) (*soa.Statement, error) {
	text, err := f.read(c.SoA)
	if err != nil {
		return nil, err
	}
	at, named := c.At("soa.file")
	if text == nil && named && !f.onlyAtHead(c.SoA) {
		return nil, annexgate.Usage(fmt.Errorf("%s: there is no %s\nhint: annexgate soa init writes one", at, c.SoA))
	}
	if text == nil {
		return nil, nil
	}
	return soa.Read(c.SoA, text)
}

func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
