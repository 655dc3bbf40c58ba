package terraform

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A shape is what a JSON text decodes to, as far as it is known. Where parts of
// it are not, the text is an unknown value as a whole; its origin keeps the
// shape, so that the known parts can be judged.
type shape struct {
	text    string // the text; empty while it is not known
	content any    // in the types of Subject.Values
	written []writing
}

// A writing is where one statement of a policy stands: in a data source, whose
// values the path leads into.
type writing struct {
	item *item
	path []any
}

// A shapeMark is on a text that a data source made. It counts only as long as
// the text is still that one.
type shapeMark struct{ shape *shape }

// withShape lets the unknown value v remember the shape of its text.
func withShape(v cty.Value, s *shape) cty.Value {
	bare, marks := v.Unmark()
	if s == nil || bare.IsKnown() || len(origins(marks)) == 0 {
		return v
	}
	if len(origins(marks)) > 1 {
		first := settlement(bare, marks)
		bare, marks = derive(v, "").Unmark()
		if u, ok := first.(annexgate.UnknownValue); ok {
			made := *origins(marks)[0]
			made.reason, made.from = u.Reason, u.From
			marks = replaceOrigins(marks, &made)
		}
	}
	made := *origins(marks)[0]
	made.shape = s
	return bare.WithMarks(replaceOrigins(marks, &made))
}

// replaceOrigins returns marks with o in place of all origins.
func replaceOrigins(marks cty.ValueMarks, o *origin) cty.ValueMarks {
	out := cty.ValueMarks{o: {}}
	for m := range marks {
		if _, ok := m.(*origin); !ok {
			out[m] = struct{}{}
		}
	}
	return out
}

// shapeOf returns the shape that a value remembers, or nil.
func shapeOf(v cty.Value, marks cty.ValueMarks) *shape {
	if !v.IsKnown() {
		if list := origins(marks); len(list) == 1 {
			return list[0].shape
		}
		return nil
	}
	if v.IsNull() || v.Type() != cty.String {
		return nil
	}
	var found []*shape
	for m := range marks {
		if m, ok := m.(shapeMark); ok && m.shape.text == v.AsString() {
			found = append(found, m.shape)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return slices.MinFunc(found, func(a, b *shape) int { return strings.Compare(a.firstAddress(), b.firstAddress()) })
}

func (s *shape) firstAddress() string {
	if len(s.written) == 0 || s.written[0].item == nil {
		return ""
	}
	return s.written[0].item.address
}

// encodedShape returns the shape of what jsonencode makes of v.
func encodedShape(v cty.Value) *shape {
	content, _ := (&exporter{}).value(v, nil, nil)
	if _, whole := content.(annexgate.UnknownValue); whole {
		return nil
	}
	return &shape{content: content}
}

// note keeps the shape of the text at path, for the facts.
func (x *exporter) noteShape(v cty.Value, marks cty.ValueMarks, path []any) {
	if x.shapes == nil || len(path) == 0 || len(marks) == 0 {
		return
	}
	if s := shapeOf(v, marks); s != nil {
		x.shapes[annexgate.Path(path).String()] = s
	}
}

// decodeJSON reads a JSON text. It reports false for text that is none, is too
// large or nests too deeply.
func decodeJSON(text string) (any, bool) {
	if len(text) > maxDocument || (limits{}).orDefaults().jsonNesting([]byte(text)) != nil {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var content any
	if decoder.Decode(&content) != nil || decoder.More() {
		return nil, false
	}
	return content, true
}

// An outline is the text of a template with gaps where parts are not known. It
// keeps itself only while the text may be JSON.
type outline struct {
	text   strings.Builder
	gaps   []any // what stands in each: a Reference, an UnknownValue or a *shape
	begun  bool
	unfit  bool
	quoted bool // the text so far ends inside a JSON string
	escape bool // and behind a backslash
}

// Two characters that are in no text, in a private area, stand around the
// number of a gap.
const gapOpen, gapClose = "\uE0F0", "\uE0F1"

// write adds known text.
func (o *outline) write(text string) {
	if o.unfit {
		return
	}
	if !o.begun {
		trimmed := strings.TrimLeft(text, " \t\r\n")
		if trimmed == "" {
			return
		}
		if trimmed[0] != '{' && trimmed[0] != '[' {
			o.unfit = true
			return
		}
		o.begun = true
	}
	if o.text.Len()+len(text) > maxDocument || strings.Contains(text, gapOpen) {
		o.unfit = true
		return
	}
	for i := range len(text) {
		switch {
		case o.escape:
			o.escape = false
		case o.quoted && text[i] == '\\':
			o.escape = true
		case text[i] == '"':
			o.quoted = !o.quoted
		}
	}
	o.text.WriteString(text)
}

// gap adds a part that is not known.
func (o *outline) gap(v cty.Value, marks cty.ValueMarks) {
	if o.unfit || !o.begun {
		o.unfit = true
		return
	}
	part := settlement(v, marks)
	if s := shapeOf(v, marks); s != nil && !o.quoted {
		part = s
	}
	token := gapOpen + strconv.Itoa(len(o.gaps)) + gapClose
	if !o.quoted {
		token = `"` + token + `"`
	}
	o.gaps = append(o.gaps, part)
	o.text.WriteString(token)
}

// shape returns what the text decodes to, or nil if it is not JSON.
func (o *outline) shape() *shape {
	if o.unfit || len(o.gaps) == 0 {
		return nil
	}
	content, ok := decodeJSON(o.text.String())
	if !ok {
		return nil
	}
	return &shape{content: o.fill(content)}
}

// fill puts what stands in the gaps into content.
func (o *outline) fill(content any) any {
	switch content := content.(type) {
	case string:
		return o.fillText(content)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(content)) {
			content[key] = o.fill(content[key])
		}
	case []any:
		for i := range content {
			content[i] = o.fill(content[i])
		}
	}
	return content
}

func (o *outline) fillText(text string) any {
	var filled strings.Builder
	found := false
	for {
		before, rest, ok := strings.Cut(text, gapOpen)
		number, after, closed := strings.Cut(rest, gapClose)
		n, err := strconv.Atoi(number)
		if !ok || !closed || err != nil || n < 0 || n >= len(o.gaps) {
			break
		}
		found = true
		filled.WriteString(before)
		switch part := o.gaps[n].(type) {
		case *shape:
			return part.content
		case annexgate.Reference:
			filled.WriteString(string(part))
		default:
			return part
		}
		text = after
	}
	filled.WriteString(text)
	if found {
		return annexgate.Reference(filled.String())
	}
	return filled.String()
}
