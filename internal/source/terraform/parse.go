package terraform

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// parseFile reads one .tf or .tf.json file. It returns nil when nothing of it
// can be used, and what hcl could make of it otherwise. names receives the
// attributes that its expressions ask for.
func (s *store) parseFile(name string, shapes *shapes, names map[string]bool) *body {
	src, err := s.read(name)
	if err != nil {
		s.problem(annexgate.Unread, annexgate.Location{File: name}, "read %s: %v", name, err)
		return nil
	}
	f := &file{name: name, src: src, lines: position.New(name, src), names: names}
	if strings.HasSuffix(name, ".json") {
		return s.parseJSON(f, shapes)
	}
	return s.parseNative(f)
}

func (s *store) parseNative(f *file) *body {
	if !utf8.Valid(f.src) {
		s.problem(annexgate.Unread, annexgate.Location{File: f.name}, "parse %s: the text is not UTF-8", f.name)
		return nil
	}
	if err := s.limits.nesting(f.src, false); err != nil {
		s.problem(annexgate.Unread, annexgate.Location{File: f.name}, "parse %s: %v", f.name, err)
		return nil
	}
	src, skipped := bytes.CutPrefix(f.src, []byte("\xef\xbb\xbf"))
	start := hcl.InitialPos
	if skipped {
		start.Byte = 3
	}
	parsed, diags := hclsyntax.ParseConfig(src, f.name, start)
	s.diagnose(f, diags, annexgate.Unread)
	if parsed == nil {
		return nil
	}
	in, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	in.Blocks = intact(in.Blocks, diags)
	return f.fromSyntax(in, "", false)
}

// intact returns the blocks without those that an error lies in. The parser
// recovers from an error, but what it makes of the rest of that block may lack
// arguments that are written there.
func intact(blocks hclsyntax.Blocks, diags hcl.Diagnostics) hclsyntax.Blocks {
	if !diags.HasErrors() {
		return blocks
	}
	var kept hclsyntax.Blocks
	for i, b := range blocks {
		start, end := b.TypeRange.Start.Byte, math.MaxInt
		if i+1 < len(blocks) {
			end = blocks[i+1].TypeRange.Start.Byte
		}
		broken := slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool {
			return d.Severity == hcl.DiagError && (d.Subject == nil || d.Subject.Start.Byte >= start && d.Subject.Start.Byte < end)
		})
		if !broken {
			kept = append(kept, b)
		}
	}
	return kept
}

var errNotUTF8 = errors.New("the text is not UTF-8")

// expression parses an expression that stands as text inside attribute a.
func (s *store) expression(text string, a *attribute) (hclsyntax.Expression, error) {
	if err := s.limits.nesting([]byte(text), false); err != nil {
		return nil, err
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), a.file.name, a.rng.Start)
	if diags.HasErrors() {
		return nil, fmt.Errorf("parse %q: %s", clip(text), plainMessage(diags[0]))
	}
	return e, nil
}

// template parses a template that starts at the given place of f.
func (l limits) template(text string, f *file, at hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics) {
	if !utf8.ValidString(text) {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Invalid template", Detail: errNotUTF8.Error()}}
	}
	if err := l.nesting([]byte(text), true); err != nil {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Invalid template", Detail: err.Error()}}
	}
	return hclsyntax.ParseTemplate([]byte(text), f.name, at)
}

func clip(text string) string {
	if len(text) > 80 {
		return strings.ToValidUTF8(text[:80], "") + "..."
	}
	return text
}
