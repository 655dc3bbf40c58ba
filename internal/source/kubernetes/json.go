package kubernetes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// openingJSON returns the offset of the brace that a section of JSON starts
// with, behind a document marker if there is one.
func openingJSON(text []byte) (int, bool) {
	rest := bytes.TrimPrefix(text, byteOrderMark)
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if marker(rest, "---") {
		rest = bytes.TrimLeft(rest[3:], " \t\r\n")
	}
	return len(text) - len(rest), len(rest) > 0 && rest[0] == '{'
}

// parseJSON reads the stream of JSON values that starts at the offset at of a
// section.
func parseJSON(l *layout, s section, at int) ([]document, *fault) {
	r := &jsonReader{layout: l, base: s.start + at, text: l.text[s.start+at : s.end]}
	if at, ok := invalid(r.text); ok {
		return nil, r.fault(at, errors.New("text is not valid UTF-8"))
	}
	r.decoder = json.NewDecoder(bytes.NewReader(r.text))
	r.decoder.UseNumber()
	var docs []document
	for {
		value, source, err := r.next(0)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, r.fault(r.at, err)
		}
		docs = append(docs, document{values: value, source: source, notices: r.notices.list()})
		r.notices = notices{}
	}
}

// A jsonReader turns the tokens of JSON into values with places.
type jsonReader struct {
	layout  *layout
	base    int // offset of text in the file
	text    []byte
	decoder *json.Decoder
	at      int // behind the last token
	inside  int // objects and arrays that are still open
	notices notices
}

// token returns the next token and where it stands.
func (r *jsonReader) token() (json.Token, annexgate.Location, error) {
	start := r.at
	for start < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[start]) >= 0 {
		start++
	}
	token, err := r.decoder.Token()
	if errors.Is(err, io.EOF) && r.inside > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		r.at = start
		return nil, annexgate.Location{}, err
	}
	r.at = int(r.decoder.InputOffset())
	switch token {
	case json.Delim('{'), json.Delim('['):
		r.inside++
	case json.Delim('}'), json.Delim(']'):
		r.inside--
	}
	return token, r.layout.file.Location(r.base+start, r.base+r.at), nil
}

func (r *jsonReader) next(depth int) (any, *annexgate.Source, error) {
	token, at, err := r.token()
	if err != nil {
		return nil, nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth > maxDepth {
			return nil, nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
		}
		if token == '{' {
			return r.object(at, depth)
		}
		return r.array(at, depth)
	case json.Number:
		number, err := jsonNumber(token)
		return number, &annexgate.Source{At: at}, err
	default:
		return token, &annexgate.Source{At: at}, nil
	}
}

func (r *jsonReader) object(at annexgate.Location, depth int) (any, *annexgate.Source, error) {
	m := newFields(0, at)
	for r.decoder.More() {
		token, at, err := r.token()
		if err != nil {
			return nil, nil, err
		}
		value, source, err := r.next(depth + 1)
		if err != nil {
			return nil, nil, err
		}
		key, _ := token.(string)
		m.set(key, at, value, source, false, &r.notices)
	}
	_, _, err := r.token()
	return m.values, m.source, err
}

func (r *jsonReader) array(at annexgate.Location, depth int) (any, *annexgate.Source, error) {
	items := []any{}
	sources := []*annexgate.Source{}
	for r.decoder.More() {
		value, source, err := r.next(depth + 1)
		if err != nil {
			return nil, nil, err
		}
		items, sources = append(items, value), append(sources, source)
	}
	_, _, err := r.token()
	return items, &annexgate.Source{At: at, Items: sources}, err
}

// jsonNumber returns the canonical form of a number.
func jsonNumber(n json.Number) (json.Number, error) {
	out, ok := json.Number(""), false
	if decimal.MatchString(n.String()) {
		out, ok = integer(n.String())
	} else {
		out, ok = floating(n.String())
	}
	if !ok {
		return "", fmt.Errorf("number %s is out of range", shorten(n.String()))
	}
	return out, nil
}

func (r *jsonReader) fault(at int, err error) *fault {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = max(int(syntax.Offset)-1, 0)
	}
	reason := err.Error()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		reason = "the text ends inside an object"
	}
	return &fault{at: r.layout.file.Location(r.base+at, r.base+at+1), reason: reason}
}
