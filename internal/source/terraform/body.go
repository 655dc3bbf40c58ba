package terraform

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// A file is one parsed file.
type file struct {
	name    string
	src     []byte
	lines   *position.File
	nesting int // how deeply its expressions nest at most
	depth   int // of the expression being rewritten

	fixed *annexgate.Location // where all of it is said to be; nil where ranges tell
	names map[string]bool     // receives the attributes that expressions ask for
}

func (f *file) location(r hcl.Range) annexgate.Location {
	if f.fixed != nil {
		return *f.fixed
	}
	if f.name == "" { // the command line or the environment
		return annexgate.Location{}
	}
	return f.lines.Location(r.Start.Byte, r.End.Byte)
}

// text returns the source of an expression on one line, for messages and
// references. It is cut after 200 bytes.
func (f *file) text(r hcl.Range) string {
	if r.Start.Byte < 0 || r.Start.Byte > r.End.Byte || r.End.Byte > len(f.src) {
		return "..."
	}
	text := strings.Join(strings.Fields(string(f.src[r.Start.Byte:min(r.End.Byte, r.Start.Byte+1000)])), " ")
	if len(text) > 200 {
		text = text[:200]
		for !utf8.ValidString(text) && text != "" {
			text = text[:len(text)-1]
		}
		text += "..."
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// A body is what stands between the braces of a block, in source order, in
// either syntax.
type body struct {
	attrs  []*attribute
	blocks []*block

	byKind map[string][]*block // made by index
	byName map[string]*attribute
}

// manyParts is from where on it pays to index the parts of a body.
const manyParts = 16

// index prepares a body of many parts for being asked for them.
func (b *body) index() *body {
	if len(b.blocks) > manyParts {
		b.byKind = map[string][]*block{}
		for _, child := range b.blocks {
			b.byKind[child.produces()] = append(b.byKind[child.produces()], child)
		}
	}
	if len(b.attrs) > manyParts {
		b.byName = map[string]*attribute{}
		for _, a := range b.attrs {
			if b.byName[a.name] == nil {
				b.byName[a.name] = a
			}
		}
	}
	return b
}

// An attribute is one argument.
type attribute struct {
	name string
	expr hclsyntax.Expression
	file *file
	rng  hcl.Range // name, equals sign and value
}

func (a *attribute) at() annexgate.Location { return a.file.location(a.rng) }

// A block is one block, of any level.
type block struct {
	kind   string // resource, ingress, dynamic
	labels []string
	body   *body
	file   *file
	header hcl.Range // type and labels, up to the opening brace
	rng    hcl.Range // the whole of it
}

func (b *block) at() annexgate.Location { return b.file.location(b.rng) }

// attr returns the attribute of that name, or nil.
func (b *body) attr(name string) *attribute {
	if b.byName != nil {
		return b.byName[name]
	}
	for _, a := range b.attrs {
		if a.name == name {
			return a
		}
	}
	return nil
}

// ofKind returns the blocks of a kind, in source order. A dynamic block is of
// the kind it generates.
func (b *body) ofKind(kind string) []*block {
	if b.byKind != nil {
		return b.byKind[kind]
	}
	var found []*block
	for _, child := range b.blocks {
		if child.produces() == kind {
			found = append(found, child)
		}
	}
	return found
}

// produces returns the kind of block that a static or dynamic block stands for.
func (b *block) produces() string {
	if b.kind == "dynamic" && len(b.labels) == 1 {
		return b.labels[0]
	}
	return b.kind
}

// settings are arguments that are read as they stand and not evaluated, by the
// kind of the block around them.
var settings = map[string][]string{
	"resource":  {"depends_on", "provider"},
	"data":      {"depends_on", "provider"},
	"ephemeral": {"depends_on", "provider"},
	"module":    {"depends_on", "providers"},
	"output":    {"depends_on"},
	"variable":  {"type"},
	"lifecycle": {"ignore_changes", "replace_triggered_by"},
	"provider":  {"alias", "version"},
}

// fromSyntax converts a body of the native syntax. top tells that around is a
// top-level block, or lifecycle in one.
func (f *file) fromSyntax(in *hclsyntax.Body, around string, top bool) *body {
	out := &body{}
	for _, a := range in.Attributes {
		expr := a.Expr
		if !top || !slices.Contains(settings[around], a.Name) {
			expr = f.rewrite(expr)
		}
		out.attrs = append(out.attrs, &attribute{name: a.Name, expr: expr, file: f, rng: a.SrcRange})
	}
	slices.SortFunc(out.attrs, func(a, b *attribute) int { return cmp.Compare(a.rng.Start.Byte, b.rng.Start.Byte) })
	for _, child := range in.Blocks {
		header := hcl.RangeBetween(child.TypeRange, child.OpenBraceRange)
		out.blocks = append(out.blocks, &block{
			kind: child.Type, labels: child.Labels, file: f, header: header,
			rng:  hcl.RangeBetween(header, child.CloseBraceRange),
			body: f.fromSyntax(child.Body, child.Type, around == "" || top && child.Type == "lifecycle"),
		})
	}
	return out.index()
}
