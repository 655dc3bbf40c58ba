package check

import (
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
)

// Rules are what a run judges by.
type Rules struct {
	Library  *policy.Library
	Policies []*annexgate.Policy // selected, by ID
	LeftOut  []string            // IDs of the others
	Settings map[string]any
}

// LoadRules loads the policies of o and selects among them, and reads the
// configuration. place is where the run takes place; it may be nil, and then
// only a configuration that o names is read.
func LoadRules(o Options, place *discover.Place) (*Rules, error) {
	library, err := policy.Load(o.Policies...)
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("load policies: %w", err))
	}
	r := &Rules{Library: library}
	all := library.Policies()
	if r.Policies, err = policy.Select(all, o.Only, o.Skip); err != nil {
		return nil, err
	}
	for _, p := range all {
		if !slices.Contains(r.Policies, p) {
			r.LeftOut = append(r.LeftOut, p.ID)
		}
	}
	configured, err := readConfig(o, place)
	if err != nil {
		return nil, err
	}
	overrides := map[string]policy.Value{}
	for name, v := range configured.Settings {
		overrides[name] = policy.Value(v)
	}
	r.Settings, err = policy.Settings(all, overrides)
	return r, err
}

// readConfig reads the configuration that o names, or the one at the root.
func readConfig(o Options, place *discover.Place) (*config.Config, error) {
	name, file := o.Config, o.Config
	switch {
	case name == "" && place == nil:
		return &config.Config{}, nil
	case name == "":
		name, file = config.FileName, filepath.Join(place.Root, config.FileName)
	case !filepath.IsAbs(file):
		file = filepath.Join(o.Dir, file)
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && o.Config == "" {
		return &config.Config{}, nil
	}
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("read configuration: %w", err))
	}
	return config.Read(name, text)
}
