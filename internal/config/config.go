// Package config reads .annexgate.yaml, the file in which an organisation says
// how the gate judges its repository.
//
// # Decisions
//
// One table, keys, names every key with what reads it and what shows it; Read
// and Entries walk it, and a test holds schema.json to it. So a key cannot be
// read without being shown, or published without being read.
//
// Names of files and globs in the configuration start from the root of the
// repository, wherever annexgate is run. There is no key for the base of a
// comparison and none for the configuration itself: a change must not choose
// by which rules it is judged. Nor is there one for a file to write: the
// configuration comes with the change, and so may a symbolic link.
package config

import (
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// FileName is the name of the file at the root of a repository.
const FileName = ".annexgate.yaml"

// Version is the version of the format.
const Version = "1"

// A Config is what the file says, over the defaults.
type Config struct {
	Name     string           // of the file; empty when there is none
	Settings map[string]Value // values of data.settings, by name
	Policies Policies
	Inputs   Inputs
	Gate     Gate
	Trust    Trust
	SoA      string // the file of the Statement of Applicability
	Waivers  Waivers
	Baseline string // the file of the baseline
	Evidence Evidence

	places map[string]annexgate.Location // of each key that the file gives
}

// A Value is one value of the file and its place.
type Value struct {
	Value any // in JSON types
	At    annexgate.Location
}

// Policies say which policies judge.
type Policies struct {
	Dirs       []string // folders of policies
	Only, Skip []string // names of policies, as policy.Select takes them
	Builtin    bool     // the policies that annexgate brings along
	Timeout    time.Duration
}

// Inputs say what is examined.
type Inputs struct {
	Exclude  []string // globs of what to leave out
	VarFiles []string // of Terraform variables
}

// A Gate says what blocks.
type Gate struct {
	FailOn       annexgate.Severity // the least severity that blocks; 0 means none does
	BlockUnknown bool               // what cannot be judged blocks as a failure does
	Advisory     bool               // nothing blocks; the run says what would
	Introduced   bool               // only what the change brings blocks, where there is a base to compare with
	Controls     []ControlGate      // by ID, in the order of the file
	Paths        []PathGate         // in the order of the file
}

// A Level is a threshold that replaces the one of the gate. What is nil stays
// as it is.
type Level struct {
	FailOn       *annexgate.Severity
	BlockUnknown *bool
	At           annexgate.Location
}

// A ControlGate is the threshold for policies that support a control.
type ControlGate struct {
	Control string // A.8.24
	Level
}

// A PathGate is the threshold for findings in certain files.
type PathGate struct {
	Glob string
	Level
}

// Trust says what a change of the rules means for the change that makes it.
type Trust struct {
	BlockRuleChanges bool     // until somebody in Approvers approves, or --allow-rule-change
	Approvers        []string // logins (@dana) and teams (@acme/security) of the forge
}

// Waivers say how long a failure may be accepted.
type Waivers struct {
	File         string
	MaxDays      map[annexgate.Severity]int // the longest term of a waiver
	HonourOthers bool                       // inline ignores of other tools count as waivers
}

// Evidence says where records go.
type Evidence struct {
	Keep bool // in the repository
}

// Default returns what holds where the file says nothing.
func Default() *Config {
	return &Config{
		Settings: map[string]Value{},
		Policies: Policies{Builtin: true},
		Gate:     Gate{FailOn: annexgate.High},
		Trust:    Trust{BlockRuleChanges: true},
		SoA:      "soa.yaml",
		Waivers: Waivers{File: "waivers.yaml", MaxDays: map[annexgate.Severity]int{
			annexgate.Low: 90, annexgate.Medium: 90, annexgate.High: 90, annexgate.Critical: 30,
		}},
		Baseline: "baseline.yaml",
		Evidence: Evidence{Keep: true},
		places:   map[string]annexgate.Location{},
	}
}

// At returns where the file gives key, a dotted name: gate.fail_on.
func (c *Config) At(key string) (annexgate.Location, bool) {
	at, given := c.places[key]
	return at, given
}

// Read reads text, the content of the file called name. The error is a usage
// error that joins every fault, each with its place.
func Read(name string, text []byte) (*Config, error) {
	r, root, err := strictyaml.Open(name, text)
	if err != nil {
		return nil, err
	}
	c := Default()
	c.Name = name
	if root == nil {
		return c, nil
	}
	read := &reader{Reader: r, config: c}
	r.Object(root, read.fields(""))
	if _, given := c.places["version"]; !given && !r.Faulty() {
		r.Fault(root, "the version is missing: want version: %s", Version)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return c, nil
}
