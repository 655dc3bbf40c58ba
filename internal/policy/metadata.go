package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
)

// custom is the part of the metadata that is ours.
type custom struct {
	Controls    []string           `json:"controls"`
	Severity    string             `json:"severity"`
	Subjects    []string           `json:"subjects"`
	Remediation string             `json:"remediation"`
	Aliases     []string           `json:"aliases"`
	Settings    map[string]setting `json:"settings"`
}

type setting struct {
	Type        string `json:"type"`
	Default     any    `json:"default"`
	Description string `json:"description"`
}

// describe turns the metadata of module, the rule in file name, into a policy.
// label is the file's name as people see it. The error joins everything that is
// wrong with it.
func describe(label, name string, module *ast.Module) (*annexgate.Policy, error) {
	var meta *ast.Annotations
	for _, a := range module.Annotations {
		if a.Scope == "package" {
			meta = a
		}
	}
	if meta == nil {
		return nil, fmt.Errorf("%s:%d: the package has no METADATA comment: annexgate policies new shows what one looks like", label, module.Package.Location.Row)
	}
	ours, err := decodeCustom(meta.Custom)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", label, meta.Location.Row, err)
	}
	id := strings.TrimPrefix(packageOf(name), packageRoot+".")
	kind, _, _ := strings.Cut(id, ".")
	severity, severityErr := annexgate.ParseSeverity(ours.Severity)
	p := &annexgate.Policy{
		ID:          id,
		Title:       meta.Title,
		Description: strings.TrimSpace(meta.Description),
		Severity:    severity,
		Kind:        annexgate.Kind(kind),
		Types:       ours.Subjects,
		Controls:    ours.Controls,
		Remediation: strings.TrimSpace(ours.Remediation),
		Aliases:     ours.Aliases,
		File:        label,
	}
	for _, related := range meta.RelatedResources {
		p.Links = append(p.Links, annexgate.Link{URL: related.Ref.String(), Title: related.Description})
	}
	for _, name := range slices.Sorted(maps.Keys(ours.Settings)) {
		s := ours.Settings[name]
		p.Settings = append(p.Settings, annexgate.Setting{Name: name, Type: s.Type, Description: s.Description, Default: s.Default})
	}
	found := faults(p, module)
	if severityErr != nil {
		found = append(found, fmt.Errorf("metadata: custom.severity: %w", severityErr))
	}
	for i, fault := range found {
		found[i] = fmt.Errorf("%s:%d: %w", label, meta.Location.Row, fault)
	}
	if len(found) > 0 {
		return nil, errors.Join(found...)
	}
	return p, nil
}

func decodeCustom(values map[string]any) (custom, error) {
	var ours custom
	text, err := json.Marshal(values)
	if err != nil {
		return ours, fmt.Errorf("read metadata: %w", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&ours); err != nil {
		return ours, fmt.Errorf("read metadata, custom: %w", err)
	}
	return ours, nil
}

// faults returns what is wrong with a policy's metadata and exports.
func faults(p *annexgate.Policy, module *ast.Module) []error {
	var found []error
	wrong := func(format string, args ...any) { found = append(found, fmt.Errorf(format, args...)) }

	switch p.Kind {
	case annexgate.Terraform, annexgate.Kubernetes, annexgate.PullRequest:
	default:
		wrong("the folder %q names no kind of subject: want terraform, kubernetes or pullrequest", p.Kind)
	}
	if p.Title == "" || strings.HasSuffix(p.Title, ".") {
		wrong("metadata: title %q: want the requirement in the good state, without full stop", p.Title)
	}
	if p.Remediation == "" {
		wrong("metadata: custom.remediation is missing: say what to do about a failure")
	}
	if len(p.Types) == 0 {
		wrong("metadata: custom.subjects is missing: name the types of subject the policy examines")
	}
	if len(p.Controls) == 0 {
		wrong("metadata: custom.controls is missing: name at least one Annex A control, such as A.8.24")
	}
	for _, id := range p.Controls {
		if _, ok := control.Find(id); !ok {
			wrong("metadata: unknown control %q: %s", id, controlHint(id))
		}
	}
	for _, s := range p.Settings {
		if valid, ok := settingTypes[s.Type]; !ok || !valid(s.Default) || s.Description == "" {
			wrong("metadata: setting %s: want a type (%s), a default of that type and a description",
				s.Name, strings.Join(slices.Sorted(maps.Keys(settingTypes)), ", "))
		}
	}
	if len(module.Rules) == 0 || !slices.ContainsFunc(module.Rules, isDeny) {
		wrong("no rule deny: want a set, as in: deny contains {\"message\": ...} if { ... }")
	}
	for _, rule := range module.Rules {
		if name := rule.Head.Ref()[0].Value.String(); !isDeny(rule) && !strings.HasPrefix(strings.Trim(name, `"`), "_") {
			wrong("line %d: rule %s is public: only deny is; start the names of helpers with an underscore", rule.Location.Row, name)
		}
	}
	return found
}

func isDeny(rule *ast.Rule) bool { return rule.Head.Name == "deny" && rule.Head.Key != nil }

func controlHint(id string) string {
	if ids := control.Successors(id); len(ids) > 0 {
		return "it is of the 2013 edition; in 2022 it became " + strings.Join(ids, " and ")
	}
	return "want an identifier of " + control.Framework + ", such as A.8.24"
}
