package terraform

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// resolve evaluates a reference that starts at the module's own names.
func (s *scope) resolve(t hcl.Traversal) (cty.Value, hcl.Diagnostics) {
	if !s.ev.spend(1) {
		return s.ev.exhausted(cty.DynamicPseudoType), nil
	}
	root := t.RootName()
	name, named := "", false
	if len(t) > 1 {
		name, named = stepName(t[1])
	}
	switch root {
	case "var":
		return s.whole(t, named, "input variable", s.mod.variable, name)
	case "local":
		return s.whole(t, named, "local value", s.mod.local, name)
	case "path":
		return s.whole(t, named, "path", s.path, name)
	case "terraform", "tofu":
		return s.whole(t, named, root, s.terraform, name)
	case "each", "count":
		return s.whole(t, named, root, s.repetition(root), name)
	case "self":
		if s.item == nil {
			return s.dynamic("self is not known here", t)
		}
		return place{scope: s, set: s.item.set, item: s.item, rest: t[1:]}.value()
	case "ephemeral":
		return s.dynamic("ephemeral values exist only while Terraform runs", t)
	}
	p, ok := s.place(t)
	if !ok {
		return cty.DynamicVal, undeclared(t, "block")
	}
	return p.value()
}

// whole evaluates root.name and follows the rest of the reference into it.
func (s *scope) whole(t hcl.Traversal, named bool, what string, find func(string) (cty.Value, bool), name string) (cty.Value, hcl.Diagnostics) {
	if !named {
		return cty.DynamicVal, undeclared(t, what)
	}
	v, ok := find(name)
	if !ok {
		return cty.DynamicVal, undeclared(t, what)
	}
	if v.HasMark(sensitiveMark{}) {
		s.ev.hidden++
	}
	return t[2:].TraverseRel(v)
}

func (s *scope) dynamic(reason string, t hcl.Traversal) (cty.Value, hcl.Diagnostics) {
	return unknown(cty.DynamicPseudoType, &origin{reason: fmt.Sprintf("%s: %s", traversalText(t), reason)}), nil
}

func undeclared(t hcl.Traversal, what string) hcl.Diagnostics {
	r := t.SourceRange()
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Subject: &r, Summary: "Reference to undeclared " + what,
		Detail: fmt.Sprintf("There is no %s here.", traversalText(t)),
	}}
}

func (s *scope) path(name string) (cty.Value, bool) {
	switch name {
	case "root":
		return cty.StringVal("."), true
	case "module":
		if rel, err := filepath.Rel(s.ev.dir, s.mod.mod.dir); err == nil {
			return cty.StringVal(filepath.ToSlash(rel)), true
		}
		return cty.StringVal(path.Clean(s.mod.mod.dir)), true
	case "cwd":
		return unknown(cty.String, &origin{reason: "path.cwd depends on where Terraform runs"}), true
	}
	return cty.NilVal, false
}

func (s *scope) terraform(name string) (cty.Value, bool) {
	switch name {
	case "workspace":
		return cty.StringVal(s.ev.workspace), true
	case "applying":
		return unknown(cty.Bool, &origin{reason: "terraform.applying is known only while Terraform runs"}), true
	}
	return cty.NilVal, false
}

// repetition returns what each or count offer.
func (s *scope) repetition(root string) func(string) (cty.Value, bool) {
	return func(name string) (cty.Value, bool) {
		if s.item == nil || s.item.key == cty.NilVal {
			return cty.NilVal, false
		}
		isCount := s.item.set.body.attr("count") != nil
		switch {
		case root == "count" && name == "index" && isCount, root == "each" && name == "key" && !isCount:
			return s.item.key, true
		case root == "each" && name == "value" && !isCount:
			return s.item.value, true
		}
		return cty.NilVal, false
	}
}

// from returns where a variable is declared.
func (v *variable) from() annexgate.Location { return v.file.location(v.header) }
