package terraform

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A plan is what `terraform show -json` says of a plan file. It holds the
// values that Terraform worked out, and of the configuration only what refers
// to what: no place in a file, no block that a dynamic block made.
type plan struct {
	name    string // the file
	at      annexgate.Location
	partial bool // it was made of a part of the configuration, or broke off

	variables map[string]any
	outputs   map[string]planOutput
	changes   []*planned
	providers map[string]planProvider
	root      planModule

	byAddress map[string]*planned
	keys      map[string][]any // of the instances of a resource or module call, by its address without key
	used      map[string]bool  // addresses that a subject stands for
}

type planOutput struct {
	Sensitive bool `json:"sensitive"`
	Value     any  `json:"value"`
}

// A planned is one instance of a resource or data source, and what the plan
// does with it.
type planned struct {
	Address  string     `json:"address"`
	Previous string     `json:"previous_address"`
	Module   string     `json:"module_address"`
	Mode     string     `json:"mode"`
	Type     string     `json:"type"`
	Name     string     `json:"name"`
	Index    any        `json:"index"`
	Deposed  string     `json:"deposed"`
	Change   planChange `json:"change"`
}

type planChange struct {
	Actions         []string       `json:"actions"`
	Before          any            `json:"before"`
	After           any            `json:"after"`
	Unknown         any            `json:"after_unknown"`
	BeforeSensitive any            `json:"before_sensitive"`
	Sensitive       any            `json:"after_sensitive"`
	ReplacePaths    []any          `json:"replace_paths"`
	Importing       map[string]any `json:"importing"`
}

// gone reports whether the plan leaves nothing of the instance.
func (p *planned) gone() bool {
	for _, action := range p.Change.Actions {
		if action != "delete" && action != "forget" {
			return false
		}
	}
	return len(p.Change.Actions) > 0
}

// A planModule is the configuration of a module.
type planModule struct {
	Resources []planResource        `json:"resources"`
	Calls     map[string]planCall   `json:"module_calls"`
	Outputs   map[string]planResult `json:"outputs"`
	Variables map[string]struct {
		Default   json.RawMessage `json:"default"`
		Sensitive bool            `json:"sensitive"`
	} `json:"variables"`
}

type planResource struct {
	Address      string         `json:"address"`
	Mode         string         `json:"mode"`
	Type         string         `json:"type"`
	Name         string         `json:"name"`
	Provider     string         `json:"provider_config_key"`
	Expressions  map[string]any `json:"expressions"`
	Count        any            `json:"count_expression"`
	ForEach      any            `json:"for_each_expression"`
	DependsOn    []string       `json:"depends_on"`
	Provisioners []struct {
		Type        string         `json:"type"`
		Expressions map[string]any `json:"expressions"`
	} `json:"provisioners"`
}

type planCall struct {
	Source      string         `json:"source"`
	Version     string         `json:"version_constraint"`
	Expressions map[string]any `json:"expressions"`
	Count       any            `json:"count_expression"`
	ForEach     any            `json:"for_each_expression"`
	DependsOn   []string       `json:"depends_on"`
	Module      planModule     `json:"module"`
}

type planResult struct {
	Sensitive  bool `json:"sensitive"`
	Expression any  `json:"expression"`
}

type planProvider struct {
	Name        string         `json:"name"`
	Alias       string         `json:"alias"`
	Module      string         `json:"module_address"`
	Expressions map[string]any `json:"expressions"`
}

// A planState holds what Terraform read before it planned: data sources.
type planState struct {
	Values struct {
		Root planStateModule `json:"root_module"`
	} `json:"values"`
}

type planStateModule struct {
	Address   string `json:"address"`
	Resources []struct {
		Address   string          `json:"address"`
		Mode      string          `json:"mode"`
		Type      string          `json:"type"`
		Name      string          `json:"name"`
		Index     any             `json:"index"`
		Values    json.RawMessage `json:"values"`
		Sensitive json.RawMessage `json:"sensitive_values"`
	} `json:"resources"`
	Children []planStateModule `json:"child_modules"`
}

// isPlan reports whether the name is that of a plan, among the files that
// discovery hands over.
func isPlan(name string) bool {
	base := path.Base(name)
	return stem(base) == "" && !strings.HasSuffix(base, ".tfvars") && !strings.HasSuffix(base, ".tfvars.json")
}

// readPlan reads a plan, one part at a time, since a plan can be large. It
// returns nil when there is no judging by it.
func (s *store) readPlan(name string) *plan {
	p := &plan{
		name: name, at: annexgate.Location{File: name},
		byAddress: map[string]*planned{}, keys: map[string][]any{}, used: map[string]bool{},
	}
	if err := s.decodePlan(p); err != nil {
		s.problem(annexgate.Unread, p.at, "read plan %s: %v", name, err)
		return nil
	}
	if p.partial {
		s.problem(annexgate.Partial, p.at, "plan %s is not complete: it was made with -target, or planning ended with an error; make a whole one", name)
	}
	p.index()
	return p
}

func (s *store) decodePlan(p *plan) error {
	f, err := s.fsys.Open(p.name)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errNotRegular)
	}
	sum := sha256.New()
	counted := &counter{r: io.TeeReader(f, sum), left: s.limits.planBytes}
	text := bufio.NewReader(counted)
	switch bom, _ := text.Peek(3); {
	case bytes.Equal(bom, []byte("\xef\xbb\xbf")):
		_, _ = text.Discard(3)
	case bytes.HasPrefix(bom, []byte("\xff\xfe")):
		return errors.New("the text is UTF-16; write it as UTF-8, in PowerShell with Out-File -Encoding utf8")
	}
	d := json.NewDecoder(text)
	d.UseNumber()
	if err := p.decode(d, s.limits); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, text); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inputs[p.name] = annexgate.Input{
		Kind: annexgate.Terraform, File: p.name, SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: counted.n,
	}
	return nil
}

// A counter counts what is read and ends with an error beyond a limit.
type counter struct {
	r       io.Reader
	n, left int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	if c.n > c.left {
		return 0, fmt.Errorf("%w: want at most %d bytes", errTooLarge, c.left)
	}
	return n, err
}

// decode reads the parts of a plan as they come.
func (p *plan) decode(d *json.Decoder, l limits) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("want a JSON object"), err)
	}
	version := ""
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "format_version":
			err = d.Decode(&version)
			if major, _, _ := strings.Cut(version, "."); err == nil && major != "0" && major != "1" {
				return fmt.Errorf("its format version is %q: want 1", clip(version))
			}
		case "errored":
			err = p.unless(d, true)
		case "complete":
			err = p.unless(d, false)
		case "variables":
			err = p.decodeVariables(d)
		case "planned_values":
			var values struct{ Outputs map[string]planOutput }
			err = d.Decode(&values)
			p.outputs = values.Outputs
		case "resource_changes":
			err = p.decodeChanges(d, l)
		case "prior_state":
			var state planState
			if err = d.Decode(&state); err == nil {
				err = p.addState(state.Values.Root, l)
			}
		case "configuration":
			var c struct {
				Providers map[string]planProvider `json:"provider_config"`
				Root      planModule              `json:"root_module"`
			}
			err = d.Decode(&c)
			p.providers, p.root = c.Providers, c.Root
		default:
			var skipped json.RawMessage
			err = d.Decode(&skipped)
		}
		if err != nil {
			return fmt.Errorf("%v: %w", key, err)
		}
	}
	if version == "" {
		return errors.New("it has no format version")
	}
	_, err := d.Token()
	return err
}

// unless marks the plan as partial when the flag that comes next is bad.
func (p *plan) unless(d *json.Decoder, bad bool) error {
	var flag bool
	err := d.Decode(&flag)
	p.partial = p.partial || flag == bad && err == nil
	return err
}

func (p *plan) decodeVariables(d *json.Decoder) error {
	var variables map[string]struct{ Value any }
	if err := d.Decode(&variables); err != nil {
		return err
	}
	p.variables = map[string]any{}
	for name, v := range variables {
		p.variables[name] = v.Value
	}
	return nil
}

func (p *plan) decodeChanges(d *json.Decoder, l limits) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		if t == nil && err == nil {
			return nil // null
		}
		return errors.Join(errors.New("want a list"), err)
	}
	for d.More() {
		c := &planned{}
		if err := d.Decode(c); err != nil {
			return err
		}
		if err := p.add(c, l); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (p *plan) add(c *planned, l limits) error {
	if len(p.changes) >= l.instances {
		return fmt.Errorf("more than %d resources", l.instances)
	}
	if c.Address != "" && c.Type != "" && c.Deposed == "" { // what is deposed is destroyed beside the instance
		p.changes = append(p.changes, c)
	}
	return nil
}

// addState adds the data sources that were read.
func (p *plan) addState(m planStateModule, l limits) error {
	for _, r := range m.Resources {
		if r.Mode != "data" {
			continue
		}
		c := &planned{Address: r.Address, Module: m.Address, Mode: r.Mode, Type: r.Type, Name: r.Name, Index: r.Index}
		if err := decodeNumbers(r.Values, &c.Change.After); err != nil {
			return err
		}
		if err := decodeNumbers(r.Sensitive, &c.Change.Sensitive); err != nil {
			return err
		}
		if err := p.add(c, l); err != nil {
			return err
		}
	}
	for _, child := range m.Children {
		if err := p.addState(child, l); err != nil {
			return err
		}
	}
	return nil
}

func decodeNumbers(text json.RawMessage, into any) error {
	if len(text) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	return d.Decode(into)
}
