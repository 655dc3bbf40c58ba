package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Four kinds of cty mark travel with values: where an unknown came from
// (*origin), which block a known value was read from (edge), that a value is
// sensitive, and that it is ephemeral.

// An origin says why a value is not known.
type origin struct {
	item    *item              // the managed resource that settles it; nil when none does
	text    string             // as a reference: ${aws_kms_key.k.arn}; empty for what was computed from it
	reason  string             // for the reader, when it is not a reference
	from    annexgate.Location // where the uncertainty enters
	parts   []*origin          // what it was computed from
	pending bool               // every part is settled by a managed resource
	shape   *shape             // of a JSON text, as far as it is known; may be nil
}

// An edge marks a known value that was read from a block.
type edge struct{ item *item }

// sensitiveMark marks what must not be printed.
type sensitiveMark struct{}

// ephemeralMark marks what exists only while Terraform runs. It is not printed
// either: secrets are what ephemeral values are for.
type ephemeralMark struct{}

// unknown returns an unknown value of a type and of one origin.
func unknown(t cty.Type, o *origin) cty.Value { return cty.UnknownVal(t).Mark(o) }

// origins returns those among marks, in a stable order.
func origins(marks cty.ValueMarks) []*origin {
	var found []*origin
	for m := range marks {
		if o, ok := m.(*origin); ok {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, compareOrigins)
	return slices.CompactFunc(found, func(a, b *origin) bool { return compareOrigins(a, b) == 0 && a.item == b.item })
}

func compareOrigins(a, b *origin) int {
	return cmp.Or(strings.Compare(a.text, b.text), strings.Compare(a.reason, b.reason), a.from.Compare(b.from))
}

// referenceText returns how an unknown with these marks reads inside a
// template, and whether all of it is settled by managed resources.
func referenceText(marks cty.ValueMarks) (string, bool) {
	list := origins(marks)
	if len(list) != 1 || !list[0].pending || list[0].text == "" {
		return "", false
	}
	return list[0].text, true
}

// derive replaces the origins of an unknown value by one that was computed
// from them. text is how the result reads as a reference; empty if it does not
// read as one.
func derive(v cty.Value, text string) cty.Value {
	bare, marks := v.Unmark()
	parts := origins(marks)
	if bare.IsKnown() || len(parts) == 0 {
		return v
	}
	made := &origin{text: text, from: parts[0].from, pending: true}
	for _, p := range parts {
		made.pending = made.pending && p.pending
		// A long chain of computations keeps its sources, not its steps.
		if len(p.parts) > 0 {
			made.parts = append(made.parts, p.parts...)
		} else {
			made.parts = append(made.parts, p)
		}
	}
	slices.SortFunc(made.parts, compareOrigins)
	made.parts = slices.Compact(made.parts)
	if len(made.parts) > 64 {
		made.parts = made.parts[:64]
	}
	if !made.pending {
		made.text = ""
	}
	made.reason = made.explain()
	out := cty.ValueMarks{made: {}}
	for m := range marks {
		if _, ok := m.(*origin); !ok {
			out[m] = struct{}{}
		}
	}
	return bare.WithMarks(out)
}

// explain says what a computed value waits for: the first source that no
// resource settles, else the first resource.
func (o *origin) explain() string {
	for _, p := range o.parts {
		if !p.pending {
			return p.reason
		}
	}
	return "depends on " + strings.TrimSuffix(strings.TrimPrefix(o.parts[0].text, "${"), "}") + ", which is settled at apply"
}

// settle turns the origins on a known value into plain edges: what was unknown
// did not matter for it.
func settle(v cty.Value) cty.Value {
	bare, marks := v.Unmark()
	if len(marks) == 0 || !bare.IsKnown() {
		return v
	}
	return bare.WithMarks(edgesOnly(marks))
}

func edgesOnly(marks cty.ValueMarks) cty.ValueMarks {
	for m := range marks {
		if _, ok := m.(*origin); ok {
			out := cty.ValueMarks{}
			for m := range marks {
				if o, ok := m.(*origin); ok {
					o.each(func(it *item) { out[edge{it}] = struct{}{} })
					continue
				}
				out[m] = struct{}{}
			}
			return out
		}
	}
	return marks
}

// each calls visit for every block that the value depends on.
func (o *origin) each(visit func(*item)) {
	if o.item != nil {
		visit(o.item)
	}
	for _, p := range o.parts {
		p.each(visit)
	}
}

func addMarks(to, from cty.ValueMarks) {
	for m := range from {
		to[m] = struct{}{}
	}
}

// keepSensitive marks v sensitive if by is.
func keepSensitive(v, by cty.Value) cty.Value {
	if by.HasMark(sensitiveMark{}) {
		return v.Mark(sensitiveMark{})
	}
	return v
}
