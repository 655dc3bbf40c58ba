package terraform

import (
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// override merges the blocks of override files into those they name, in the
// order of the files. Attributes replace attributes one by one; nested blocks
// replace all of their kind. Both keep the place they are written at.
func (s *store) override(base, overriding []*block) []*block {
	if len(overriding) == 0 {
		return base
	}
	places := map[string][]int{}
	for i, b := range base {
		places[overrideKey(b)] = append(places[overrideKey(b)], i)
	}
	for _, o := range overriding {
		if o.kind == "locals" {
			base = overrideLocals(base, o)
			continue
		}
		i := -1
		for _, place := range places[overrideKey(o)] {
			if sameBlock(base[place], o) {
				i = place
				break
			}
		}
		if i < 0 {
			places[overrideKey(o)] = append(places[overrideKey(o)], len(base))
			if o.kind == "terraform" || o.kind == "provider" {
				base = append(base, o)
				continue
			}
			s.problem(annexgate.Notice, o.file.location(o.header), "override of a %s block that is not there; it is judged as it stands", o.kind)
			base = append(base, o)
			continue
		}
		merged := *base[i]
		merged.body = mergeBodies(base[i].body, o.body)
		base[i] = &merged
	}
	return base
}

// overrideKey is the same for blocks that may override each other.
func overrideKey(b *block) string { return b.kind + " " + strings.Join(b.labels, ".") }

// sameBlock reports whether o overrides b.
func sameBlock(b, o *block) bool {
	if b.kind != o.kind || !slices.Equal(b.labels, o.labels) {
		return false
	}
	own, _ := b.text("alias")
	other, _ := o.text("alias")
	return o.kind != "provider" || own == other
}

func mergeBodies(base, over *body) *body {
	out := &body{}
	for _, a := range base.attrs {
		if over.attr(a.name) == nil {
			out.attrs = append(out.attrs, a)
		}
	}
	out.attrs = append(out.attrs, over.attrs...)
	for _, b := range base.blocks {
		switch {
		case b.kind == "lifecycle" && len(over.ofKind("lifecycle")) > 0:
			merged := *b
			merged.body = mergeBodies(b.body, over.ofKind("lifecycle")[0].body)
			out.blocks = append(out.blocks, &merged)
		case len(over.ofKind(b.produces())) == 0:
			out.blocks = append(out.blocks, b)
		}
	}
	for _, b := range over.blocks {
		if b.kind != "lifecycle" || len(base.ofKind("lifecycle")) == 0 {
			out.blocks = append(out.blocks, b)
		}
	}
	return out.index()
}

// overrideLocals replaces local values by name, wherever they are declared.
func overrideLocals(base []*block, o *block) []*block {
	for i, b := range base {
		if b.kind != "locals" {
			continue
		}
		kept := &body{}
		for _, a := range b.body.attrs {
			if o.body.attr(a.name) == nil {
				kept.attrs = append(kept.attrs, a)
			}
		}
		merged := *b
		merged.body = kept
		base[i] = &merged
	}
	return append(base, o)
}
