package terraform

import (
	"maps"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A provider is the configuration that serves a resource.
type provider struct {
	name, alias string // its name in the module that configures it
	values      map[string]any
	subject     *annexgate.Subject // of the block; nil when there is none
}

// provider returns the configuration that serves a resource or data source:
// the one it names, else that of its type.
func (in *instance) provider(x *expansion) provider {
	if x.declaration.provider != "" {
		return in.plannedProvider(x.declaration.provider)
	}
	name, alias := x.labels[0], ""
	if i := strings.IndexByte(name, '_'); i > 0 {
		name = name[:i]
	}
	if a := x.body.attr("provider"); a != nil {
		if t, ok := traversalOf(a.expr); ok {
			name = t.RootName()
			if len(t) > 1 {
				alias, _ = stepName(t[1])
			}
		}
	}
	return in.configuredProvider(name, alias)
}

// configuredProvider looks a provider up in the module, then in what the
// callers pass.
func (in *instance) configuredProvider(name, alias string) provider {
	for _, b := range in.mod.providers {
		if own, _ := b.text("alias"); b.labels[0] == name && own == alias {
			made := in.providerValues(b)
			return provider{name: name, alias: alias, values: made.Values, subject: made}
		}
	}
	if in.call == nil {
		return provider{name: name, alias: alias}
	}
	if outer, outerAlias, ok := in.passed(name, alias); ok {
		return in.parent.configuredProvider(outer, outerAlias)
	}
	if alias != "" {
		return provider{name: name, alias: alias}
	}
	return in.parent.configuredProvider(name, "")
}

// passed returns the provider that the call's providers argument maps to this
// name.
func (in *instance) passed(name, alias string) (string, string, bool) {
	a := in.call.set.body.attr("providers")
	if a == nil {
		return "", "", false
	}
	want := name
	if alias != "" {
		want += "." + alias
	}
	for _, pair := range objectItems(a.expr) {
		key, keyOK := traversalOf(pair.key)
		value, valueOK := traversalOf(pair.value)
		if !keyOK || !valueOK || traversalText(key) != want {
			continue
		}
		outer := ""
		if len(value) > 1 {
			outer, _ = stepName(value[1])
		}
		return value.RootName(), outer, true
	}
	return "", "", false
}

// providerValues returns the subject of a provider block, made once.
func (in *instance) providerValues(b *block) *annexgate.Subject {
	ev := in.ev
	key := providerKey{in, b}
	if s := ev.providers[key]; s != nil {
		return s
	}
	name, address := b.labels[0], "provider."+b.labels[0]
	if alias, ok := b.text("alias"); ok {
		address += "." + alias
	}
	s := in.configurationSubject(b, "provider", name, join(in.address, address))
	ev.providers[key] = s
	return s
}

type providerKey struct {
	in *instance
	b  *block
}

// facts returns what policies see as the provider.
func (p provider) facts(values map[string]any) map[string]any {
	facts := map[string]any{"type": p.name}
	if p.alias != "" {
		facts["alias"] = p.alias
	}
	if region, ok := p.values["region"]; ok {
		facts["region"] = region
	}
	if region, ok := values["region"]; ok && strings.HasPrefix(p.name, "aws") {
		facts["region"] = region // since version 6 of the AWS provider
	}
	return facts
}

// tags returns the tags or labels in effect.
func (p provider) tags(s *annexgate.Subject) (any, bool) {
	if strings.HasPrefix(s.Type, "data.") {
		return nil, false
	}
	name, fallback := "tags", any(nil)
	switch {
	case strings.HasPrefix(s.Type, "aws_"):
		fallback = p.defaultTags()
	case strings.HasPrefix(s.Type, "google_"):
		name, fallback = "labels", p.values["default_labels"]
	}
	own, ok := s.Values[name]
	if fallback == nil {
		return own, ok
	}
	if !ok {
		return fallback, true
	}
	base, known := fallback.(map[string]any)
	over, ownKnown := own.(map[string]any)
	switch {
	case !known:
		return fallback, true
	case !ownKnown:
		return own, true
	}
	merged := maps.Clone(base)
	maps.Copy(merged, over)
	return merged, true
}

// defaultTags returns the default_tags of an AWS provider, or nil.
func (p provider) defaultTags() any {
	list, _ := p.values["default_tags"].([]any)
	if len(list) == 0 {
		return nil
	}
	block, _ := list[0].(map[string]any)
	tags := block["tags"]
	if object, ok := tags.(map[string]any); ok && len(object) == 0 {
		return nil
	}
	return tags
}

// configurationSubjects returns the subjects of provider and terraform blocks.
func (in *instance) configurationSubjects() []*annexgate.Subject {
	var subjects []*annexgate.Subject
	seen := map[string]int{}
	for _, b := range in.mod.providers {
		s := in.providerValues(b)
		if seen[s.Address]++; seen[s.Address] > 1 {
			in.ev.store.problem(annexgate.Notice, s.At, "%s is declared twice; both are judged", s.Address)
			s.Address += "#" + itoa(seen[s.Address])
		}
		subjects = append(subjects, s)
	}
	for i, b := range in.mod.settings {
		address := "terraform"
		if i > 0 {
			address += "#" + itoa(i+1)
		}
		subjects = append(subjects, in.configurationSubject(b, "terraform", "terraform", join(in.address, address)))
	}
	return subjects
}

// configurationSubject makes the subject of a block that configures Terraform
// itself.
func (in *instance) configurationSubject(b *block, typ, name, address string) *annexgate.Subject {
	if typ == "terraform" {
		b = settingsBlock(b)
	}
	made := in.ev.buildBody(in.ctx, b.body, b.file.location(b.header))
	x := &exporter{}
	value, _ := x.value(made.value, nil, nil)
	values, _ := value.(map[string]any)
	s := &annexgate.Subject{
		Kind: annexgate.Terraform, Type: typ, Name: name, Address: address, Module: in.address, Scope: in.ev.scope,
		Values: values, Facts: map[string]any{}, At: b.at(), Source: made.source,
	}
	s.Sensitive = sortPaths(x.hidden)
	return s
}

// settingsBlock returns a terraform block whose backend says its type as a
// value, and whose required_providers are literal.
func settingsBlock(b *block) *block {
	out := *b
	out.body = &body{attrs: b.body.attrs}
	for _, child := range b.body.blocks {
		copied := *child
		inner := *child.body
		if child.kind == "backend" && len(child.labels) == 1 {
			inner.attrs = append([]*attribute{textAttribute(child, "type", child.labels[0])}, inner.attrs...)
		}
		if child.kind == "required_providers" {
			inner.attrs = nil
			for _, a := range child.body.attrs {
				inner.attrs = append(inner.attrs, withoutAliases(a))
			}
		}
		copied.body = &inner
		out.body.blocks = append(out.body.blocks, &copied)
	}
	return &out
}
