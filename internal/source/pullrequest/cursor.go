package pullrequest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A reader keeps the first fault that its cursors meet, so that decoding reads
// as a list of fields.
type reader struct{ err error }

// A cursor stands at one value of a document.
type cursor struct {
	reader *reader
	value  any // nil for null and for what is not there
	there  bool
	source *annexgate.Source // of the innermost value around it that is there
	path   annexgate.Path
}

func (d *document) cursor(r *reader) cursor {
	return cursor{reader: r, value: d.value, there: true, source: d.source}
}

func (c cursor) field(name string) cursor {
	next := cursor{reader: c.reader, source: c.source, path: append(slices.Clone(c.path), name)}
	if object, ok := c.value.(map[string]any); ok {
		if next.value, next.there = object[name]; next.there {
			next.source = c.source.Fields[name]
		}
	}
	return next
}

func (c cursor) items() []cursor {
	list, ok := c.value.([]any)
	if !ok {
		c.want("a list")
		return nil
	}
	items := make([]cursor, len(list))
	for i, value := range list {
		items[i] = cursor{
			reader: c.reader, value: value, there: true,
			source: c.source.Items[i], path: append(slices.Clone(c.path), i),
		}
	}
	return items
}

// absent reports whether there is nothing here, or null.
func (c cursor) absent() bool { return c.value == nil }

func (c cursor) object() cursor {
	if _, ok := c.value.(map[string]any); !ok {
		c.want("an object")
	}
	return c
}

func (c cursor) text() string {
	s, ok := c.value.(string)
	if !ok {
		c.want("a string")
	}
	return s
}

// optionalText returns the text here, or "" when there is none.
func (c cursor) optionalText() string {
	if c.absent() {
		return ""
	}
	return c.text()
}

func (c cursor) flag() bool {
	b, ok := c.value.(bool)
	if !ok {
		c.want("true or false")
	}
	return b
}

func (c cursor) integer() int64 {
	number, ok := c.value.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if !ok || err != nil || n < 0 {
		c.want("a whole number")
		return 0
	}
	return n
}

func (c cursor) time() time.Time {
	t, err := time.Parse(time.RFC3339Nano, c.text())
	if err != nil {
		c.want("a time such as 2026-11-21T10:00:00Z")
	}
	return t
}

var commitID = regexp.MustCompile(`^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`)

// commit returns the commit ID here, in lower case.
func (c cursor) commit() string {
	id := c.text()
	if !commitID.MatchString(id) {
		c.want("a commit ID of 40 or 64 hexadecimal digits")
	}
	return strings.ToLower(id)
}

// want records that something else was expected here, unless an earlier fault
// stands.
func (c cursor) want(what string) { c.fault("want " + what + ", found " + c.found()) }

func (c cursor) fault(text string) {
	if c.reader.err == nil {
		c.reader.err = fmt.Errorf("%s: %s: %s", c.source.At, pathName(c.path), text)
	}
}

func (c cursor) found() string {
	switch v := c.value.(type) {
	case nil:
		if c.there {
			return "null"
		}
		return "nothing"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + shorten(v.String(), 40)
	case string:
		return "the string " + quote(v)
	case []any:
		return "a list"
	}
	return "an object"
}

func pathName(p annexgate.Path) string {
	if len(p) == 0 {
		return "the snapshot"
	}
	return shorten(p.String(), 200)
}

// quote makes foreign text fit for a message: short, and without control
// characters.
func quote(s string) string { return strconv.QuoteToGraphic(shorten(s, 60)) }

// shorten cuts s after n characters.
func shorten(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
