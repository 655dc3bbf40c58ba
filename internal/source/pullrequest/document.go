package pullrequest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

const (
	maxDepth  = 64        // of nested JSON; GitHub's answers have about 8
	maxValues = 1_000_000 // in one snapshot; the largest pull requests have about 200,000
)

// A document is the JSON of a snapshot and where each of its values stands.
type document struct {
	name   string
	value  any // JSON types; numbers are json.Number
	source *annexgate.Source
}

// parse reads content, the bytes of the file called name. Every error begins
// with its place in the file.
func parse(name string, content []byte) (*document, error) {
	b := &builder{text: content, file: position.New(name, content)}
	body := bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	b.base = len(content) - len(body)
	if err := b.check(body); err != nil {
		return nil, err
	}
	b.decoder = json.NewDecoder(bytes.NewReader(body))
	b.decoder.UseNumber()
	start := b.next()
	value, source, err := b.value(1)
	if err != nil {
		return nil, err
	}
	source.At = b.file.Location(start, b.end())
	return &document{name: name, value: value, source: source}, nil
}

// A builder makes a document from the tokens of encoding/json.
type builder struct {
	decoder *json.Decoder
	text    []byte
	base    int // bytes before the JSON: the byte order mark
	file    *position.File
	count   int
}

func (b *builder) faultAt(start, end int, format string, args ...any) error {
	return fmt.Errorf("%s: %w", b.file.Location(start, end), fmt.Errorf(format, args...))
}

// check refuses what encoding/json would mend or describe without its place.
func (b *builder) check(body []byte) error {
	if bytes.HasPrefix(b.text, []byte{0xff, 0xfe}) || bytes.HasPrefix(b.text, []byte{0xfe, 0xff}) {
		return b.faultAt(0, 0, "the snapshot is UTF-16: save it as UTF-8")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return b.faultAt(0, 0, "the snapshot is empty: want a JSON object with pull_request")
	}
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return b.faultAt(b.base+i, b.base+i+1, "byte %#02x is not UTF-8", body[i])
		}
		i += size
	}
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		at := b.base + max(0, int(syntax.Offset)-1)
		return b.faultAt(at, at+1, "the snapshot is not JSON: %w", err)
	}
	return err
}

// end is the offset behind the last token.
func (b *builder) end() int { return b.base + int(b.decoder.InputOffset()) }

// next is the offset of the next token.
func (b *builder) next() int {
	for i := b.end(); i < len(b.text); i++ {
		switch b.text[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return i
		}
	}
	return len(b.text)
}

// value reads the next value. The caller, who knows its key, sets the place.
func (b *builder) value(depth int) (any, *annexgate.Source, error) {
	start := b.next()
	if depth > maxDepth {
		return nil, nil, b.faultAt(start, start+1, "more than %d levels of nesting", maxDepth)
	}
	if b.count++; b.count > maxValues {
		return nil, nil, b.faultAt(start, start+1, "more than %d values", maxValues)
	}
	token, err := b.decoder.Token()
	if err != nil {
		return nil, nil, b.faultAt(start, start+1, "the snapshot is not JSON: %w", err)
	}
	switch token {
	case json.Delim('{'):
		return b.object(depth)
	case json.Delim('['):
		return b.array(depth)
	}
	return token, &annexgate.Source{}, nil
}

func (b *builder) object(depth int) (any, *annexgate.Source, error) {
	object := map[string]any{}
	source := &annexgate.Source{Fields: map[string]*annexgate.Source{}}
	for b.decoder.More() {
		start := b.next()
		token, err := b.decoder.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, nil, b.faultAt(start, start+1, "the snapshot is not JSON: want a key")
		}
		if _, twice := object[key]; twice {
			return nil, nil, b.faultAt(start, b.end(), "the key %s stands twice in one object", quote(key))
		}
		value, at, err := b.value(depth + 1)
		if err != nil {
			return nil, nil, err
		}
		at.At = b.file.Location(start, b.end())
		object[key], source.Fields[key] = value, at
	}
	return object, source, b.close()
}

func (b *builder) array(depth int) (any, *annexgate.Source, error) {
	items := []any{}
	source := &annexgate.Source{}
	for b.decoder.More() {
		start := b.next()
		value, at, err := b.value(depth + 1)
		if err != nil {
			return nil, nil, err
		}
		at.At = b.file.Location(start, b.end())
		items, source.Items = append(items, value), append(source.Items, at)
	}
	return items, source, b.close()
}

func (b *builder) close() error {
	if _, err := b.decoder.Token(); err != nil {
		return b.faultAt(b.end(), b.end(), "the snapshot is not JSON: %w", err)
	}
	return nil
}
