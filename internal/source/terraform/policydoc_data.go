package terraform

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The data source aws_iam_policy_document reads nothing: it puts together a
// text. What it does is written down in the documentation of the AWS provider;
// what that leaves open (the order of lists, which statement an override
// replaces, single texts and lists) is as the provider does it since version 4.
// Of former versions the arguments source_json and override_json are kept.

const (
	defaultVersion = "2012-10-17"
	documentType   = "aws_iam_policy_document"
)

// synthetic returns an attribute of a data source that needs no provider. rest
// starts with its name.
func (it *item) synthetic(rest hcl.Traversal) (cty.Value, bool) {
	if it.set.kind != "data" || it.set.labels[0] != documentType || len(rest) != 1 {
		return cty.NilVal, false
	}
	switch name, _ := stepName(rest[0]); name {
	case "json":
		return it.policyText("\x00json", renderIndented), true
	case "minified_json":
		return it.policyText("\x00minified", renderCompact), true
	}
	return cty.NilVal, false
}

// policyText returns the policy as a text. Where parts are not known, neither
// is the text, and it keeps the shape.
func (it *item) policyText(memo string, render func(*policyDocument) (string, bool)) cty.Value {
	ev := it.set.in.ev
	return ev.onceFor(it, memo, it.set.header, func() cty.Value {
		d := it.policyDocument()
		text, whole := render(d)
		if !ev.spendText(len(text)) {
			return ev.exhausted(cty.String)
		}
		s := &shape{content: d.content()}
		for _, st := range d.statements {
			s.written = append(s.written, st.writing)
			d.marks[edge{st.item}] = struct{}{}
		}
		if whole && len(annexgate.Unknowns(s.content)) == 0 && !hasReference(s.content) {
			s.text = text
			return cty.StringVal(text).WithMarks(edgesOnly(d.marks)).WithMarks(cty.NewValueMarks(shapeMark{s}))
		}
		v := cty.UnknownVal(cty.String).RefineNotNull().WithMarks(d.marks)
		if len(origins(d.marks)) == 0 {
			v = v.Mark(&origin{reason: it.address + " is not known", from: it.set.file.location(it.set.header)})
		}
		if !whole {
			text = ""
		}
		return withShape(derive(v, text), s)
	})
}

// A policyDocument is a policy that is being put together. Values are in the
// types of Subject.Values.
type policyDocument struct {
	version, id any
	statements  []policyStatement
	marks       cty.ValueMarks // of all that it was made of
}

// A policyStatement is one statement: an object, or an UnknownValue.
type policyStatement struct {
	content any
	writing
}

func (s policyStatement) sid() any {
	content, _ := s.content.(map[string]any)
	sid, _ := element(content, "Sid")
	return sid
}

// content returns the policy as an object.
func (d *policyDocument) content() map[string]any {
	statements := make([]any, len(d.statements))
	for i, s := range d.statements {
		statements[i] = s.content
	}
	content := map[string]any{"Version": d.version, "Statement": statements}
	if d.id != nil && d.id != "" {
		content["Id"] = d.id
	}
	return content
}

// merge adds another policy: its version if it is later, its identifier if it
// has one, its statements, each in place of the one with the same Sid.
func (d *policyDocument) merge(other *policyDocument) {
	if other.id != nil && other.id != "" {
		d.id = other.id
	}
	d.version = laterVersion(d.version, other.version)
	for _, s := range other.statements {
		d.put(s)
	}
}

func (d *policyDocument) put(s policyStatement) {
	if sid, ok := s.sid().(string); ok && sid != "" {
		for i := range d.statements {
			if d.statements[i].sid() == sid {
				d.statements[i] = s
				return
			}
		}
	}
	d.statements = append(d.statements, s)
}

func laterVersion(a, b any) any {
	for _, v := range []any{a, b} {
		if isUnsettled(v) {
			return v
		}
	}
	first, _ := a.(string)
	second, _ := b.(string)
	return max(first, second)
}

// policyDocument puts the policy of a data source together.
func (it *item) policyDocument() *policyDocument {
	d := &policyDocument{version: "", marks: cty.NewValueMarks(edge{it})}
	for _, name := range []string{"source_json", "source_policy_documents"} {
		for _, source := range it.otherDocuments(d, name) {
			it.checkSids(d, source)
			d.merge(source)
		}
	}
	d.merge(it.ownDocument(d))
	for _, name := range []string{"override_policy_documents", "override_json"} {
		for _, over := range it.otherDocuments(d, name) {
			d.override(over)
		}
	}
	return d
}

// override merges a policy over d. One that is not known may replace every
// statement that has a Sid.
func (d *policyDocument) override(over *policyDocument) {
	for _, s := range over.statements {
		why, unknown := s.content.(annexgate.UnknownValue)
		if !unknown {
			continue
		}
		for i := range d.statements {
			if sid := d.statements[i].sid(); sid != nil && sid != "" {
				d.statements[i].content = why
			}
		}
	}
	d.merge(over)
}

// checkSids notes statements that the provider refuses to merge. They are all
// kept, so that none hides another.
func (it *item) checkSids(d, source *policyDocument) {
	taken := map[string]bool{}
	for _, s := range d.statements {
		if sid, ok := s.sid().(string); ok {
			taken[sid] = true
		}
	}
	for i := range source.statements {
		s := &source.statements[i]
		sid, ok := s.sid().(string)
		if !ok || sid == "" {
			continue
		}
		if taken[sid] {
			it.set.in.ev.store.problem(annexgate.Notice, it.set.file.location(it.set.header),
				"%s: two statements have the Sid %q; all are judged", it.address, clip(sid))
			content := maps.Clone(s.content.(map[string]any))
			if key, ok := elementName(content, "Sid"); ok {
				delete(content, key)
			}
			s.content = content
		}
		taken[sid] = true
	}
}

// argument returns an argument as a subject's values have it, and the shapes of
// texts in it.
func (it *item) argument(d *policyDocument, name string) (any, map[string]*shape) {
	v, kind := it.configured(name)
	if kind == absent {
		return nil, nil
	}
	_, paths := v.UnmarkDeepWithPaths()
	for _, p := range paths {
		addMarks(d.marks, p.Marks)
	}
	x := &exporter{shapes: map[string]*shape{}}
	value, _ := x.value(v, []any{name}, nil)
	return value, x.shapes
}

// otherDocuments returns the policies that an argument gives.
func (it *item) otherDocuments(d *policyDocument, name string) []*policyDocument {
	value, shapes := it.argument(d, name)
	list, isList := value.([]any)
	if !isList && value != nil {
		list = []any{value}
	}
	var all []*policyDocument
	for i, item := range list {
		path := []any{name}
		if isList {
			path = append(path, i)
		}
		if item != nil && item != "" {
			all = append(all, it.otherDocument(item, shapes[annexgate.Path(path).String()], path))
		}
	}
	return all
}

// otherDocument reads a policy that is given as a text.
func (it *item) otherDocument(value any, s *shape, path []any) *policyDocument {
	unknown := func(why annexgate.UnknownValue) *policyDocument {
		return &policyDocument{version: "", statements: []policyStatement{{content: why, writing: writing{it, path}}}}
	}
	if text, ok := value.(string); ok && s == nil {
		content, ok := decodeJSON(text)
		if !ok {
			at := it.set.file.location(it.set.header)
			it.set.in.ev.store.problem(annexgate.Notice, at, "%s: %s is not JSON", it.address, annexgate.Path(path))
			return unknown(annexgate.UnknownValue{Reason: fmt.Sprintf("%s is not JSON", annexgate.Path(path)), From: at})
		}
		s = &shape{content: content}
	}
	if s == nil {
		return unknown(asUnknown(value))
	}
	content, ok := s.content.(map[string]any)
	if !ok {
		return unknown(asUnknown(s.content))
	}
	d := &policyDocument{version: ""}
	if version, ok := element(content, "Version"); ok {
		d.version = version
	}
	d.id, _ = element(content, "Id")
	key, _ := elementName(content, "Statement")
	items, isList := content[key].([]any)
	if !isList && content[key] != nil {
		items = []any{content[key]}
	}
	for i, item := range items {
		at := append(slices.Clone(path), key)
		if isList {
			at = append(at, i)
		}
		st := policyStatement{item, writing{it, at}}
		if i < len(s.written) {
			st.writing = s.written[i]
		}
		if isUnsettled(item) {
			st.content = asUnknown(item)
		}
		d.statements = append(d.statements, st)
	}
	return d
}

// ownDocument reads the statement blocks.
func (it *item) ownDocument(d *policyDocument) *policyDocument {
	own := &policyDocument{version: defaultVersion}
	if version, _ := it.argument(d, "version"); version != nil && version != "" {
		own.version = version
	}
	own.id, _ = it.argument(d, "policy_id")
	value, _ := it.argument(d, "statement")
	blocks, ok := blockList(value)
	if !ok && value != nil {
		own.statements = []policyStatement{{asUnknown(value), writing{it, []any{"statement"}}}}
		return own
	}
	for i, b := range blocks {
		s := policyStatement{asUnknown(b), writing{it, []any{"statement", i}}}
		if b, ok := b.(map[string]any); ok {
			s.content = ownStatement(b)
		}
		own.statements = append(own.statements, s)
	}
	it.checkSids(&policyDocument{}, own)
	return own
}
