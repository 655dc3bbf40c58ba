package terraform

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// An exporter turns cty values into those of subjects. It collects what the
// marks say on the way.
type exporter struct {
	refs   refs             // receives the blocks that values were read from; may be nil
	hidden []annexgate.Path // paths of sensitive values
	ev     *evaluator       // counts the values; may be nil

	shapes map[string]*shape // receives the shapes of JSON texts, by path; may be nil
}

// value converts v. It reports false for null, which is the same as absent.
// around are the marks of what v is a part of.
func (x *exporter) value(v cty.Value, path []any, around cty.ValueMarks) (any, bool) {
	v, marks := v.Unmark()
	if len(marks) > 0 {
		x.note(marks, path)
		if len(around) > 0 {
			merged := cty.ValueMarks{}
			addMarks(merged, around)
			addMarks(merged, marks)
			marks = merged
		}
	} else {
		marks = around
	}
	x.noteShape(v, marks, path)
	if x.full() {
		return annexgate.UnknownValue{Reason: "the module has more values than are examined"}, true
	}
	if !v.IsKnown() {
		return settlement(v, marks), true
	}
	if v.IsNull() {
		return nil, false
	}
	t := v.Type()
	switch {
	case t == cty.String:
		return v.AsString(), true
	case t == cty.Bool:
		return v.True(), true
	case t == cty.Number:
		return number(v.AsBigFloat()), true
	case t.IsMapType() || t.IsObjectType():
		return x.object(v, path, marks), true
	case t.IsListType() || t.IsTupleType() || t.IsSetType():
		return x.list(v, path, marks), true
	}
	return annexgate.UnknownValue{Reason: "the value has no form in JSON"}, true
}

func (x *exporter) object(v cty.Value, path []any, marks cty.ValueMarks) map[string]any {
	object := make(map[string]any, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		key, part := it.Element()
		name := key.AsString()
		if value, ok := x.value(part, append(path, name), marks); ok {
			object[name] = value
		}
	}
	return object
}

func (x *exporter) list(v cty.Value, path []any, marks cty.ValueMarks) []any {
	list := make([]any, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		_, part := it.Element()
		value, _ := x.value(part, append(path, len(list)), marks)
		list = append(list, value)
	}
	return list
}

// note collects what marks say of the value at path.
func (x *exporter) note(marks cty.ValueMarks, path []any) {
	for m := range marks {
		switch m := m.(type) {
		case sensitiveMark, ephemeralMark:
			x.hidden = append(x.hidden, slices.Clone(path))
		case edge:
			x.refer(m.item)
		case *origin:
			m.each(x.refer)
		}
	}
}

func (x *exporter) refer(it *item) {
	switch {
	case x.ev != nil:
		x.ev.connectTo(x.refs, it)
	case x.refs != nil:
		x.refs[it] = struct{}{}
	}
}

// full reports whether the subjects hold as many values as is allowed.
func (x *exporter) full() bool {
	if x.ev == nil {
		return false
	}
	if x.ev.exported++; x.ev.exported == x.ev.limits.exported+1 {
		x.ev.store.problem(annexgate.Unread, annexgate.Location{File: x.ev.first},
			"the module in %s has more than %d values; those beyond are unknown", x.ev.dir, x.ev.limits.exported)
	}
	return x.ev.exported > x.ev.limits.exported
}

// settlement is what stands for an unknown: a reference if exactly one managed
// resource, or a text around such, settles it.
func settlement(v cty.Value, marks cty.ValueMarks) any {
	list := origins(marks)
	if len(list) == 0 {
		return annexgate.UnknownValue{Reason: "not known before apply"}
	}
	if text, ok := referenceText(marks); ok {
		return annexgate.Reference(text)
	}
	for _, o := range list {
		if !o.pending {
			return annexgate.UnknownValue{Reason: o.reason, From: o.from}
		}
	}
	return annexgate.UnknownValue{Reason: list[0].reason, From: list[0].from}
}

// maxExponent is the binary exponent up to which numbers are evaluated. Beyond,
// turning one into text takes seconds.
const maxExponent = 8192

// writable reports whether a number can be written out in reasonable time. An
// infinite one can.
func writable(f *big.Float) bool {
	exponent := f.MantExp(nil)
	return f.IsInf() || exponent <= maxExponent && exponent >= -maxExponent
}

// number keeps all digits. Numbers are 512 bits wide.
func number(f *big.Float) any {
	switch {
	case f.IsInf():
		return annexgate.UnknownValue{Reason: "the number is not finite"}
	case !writable(f):
		return annexgate.UnknownValue{Reason: "the number has thousands of digits"}
	}
	if n, accuracy := f.Int64(); accuracy == big.Exact {
		return json.Number(strconv.FormatInt(n, 10)) // what almost all are; Text is slow at 512 bits
	}
	return json.Number(f.Text('f', -1))
}

// writeReferences replaces references by their text. It reports false if there
// are unknown values.
func writeReferences(v any) (any, bool) {
	switch v := v.(type) {
	case annexgate.UnknownValue:
		return nil, false
	case annexgate.Reference:
		return string(v), true
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, part := range v {
			plain, ok := writeReferences(part)
			if !ok {
				return nil, false
			}
			out[key] = plain
		}
		return out, true
	case []any:
		out := make([]any, len(v))
		for i, part := range v {
			plain, ok := writeReferences(part)
			if !ok {
				return nil, false
			}
			out[i] = plain
		}
		return out, true
	}
	return v, true
}
