package accept

import (
	"bytes"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxComments bounds the comments of one file that are looked at. Each may cost
// a pass over the file.
const maxComments = 1000

// A span is a range of lines; the zero value is none.
type span struct{ first, last int }

// A comment is one comment and the lines it may be about. Lines start at 1.
type comment struct {
	text     string // without its mark, trimmed
	line     int
	offset   int  // of its mark, in bytes
	target   span // what starts on its line, or below it when it stands alone
	enclosed span // the outermost block or the document that it is in
}

// comments returns the comments of a file that are wanted, in order, by the
// syntax that its name tells.
func comments(name string, text []byte, wanted func(string) bool) []comment {
	switch path.Ext(name) {
	case ".tf":
		return hclComments(name, text, wanted)
	case ".yaml", ".yml":
		return yamlComments(text, wanted)
	}
	return nil
}

// hclComments reads the tokens of HCL, which works for text that does not
// parse, too.
func hclComments(name string, text []byte, wanted func(string) bool) []comment {
	tokens, _ := hclsyntax.LexConfig(text, name, hcl.InitialPos)
	lines := statements(tokens)
	var found []comment
	next, below := 0, -1 // the line of the statement below, and the last comment of those above it
	alone := true        // nothing but white space stands before the token on its line
	for i, t := range tokens {
		if t.Type != hclsyntax.TokenComment {
			alone = t.Type == hclsyntax.TokenNewline
			continue
		}
		c := comment{text: uncomment(t.Bytes), offset: t.Range.Start.Byte, line: t.Range.Start.Line}
		if wanted(c.text) && len(found) < maxComments {
			at := c.line
			if alone {
				if i > below {
					next, below = nextStatement(tokens, i)
				}
				at = next
			}
			c.target = span{at, max(at, lines.end[at])}
			c.enclosed = lines.outermost(c.line)
			found = append(found, c)
		}
		alone = alone || bytes.HasSuffix(t.Bytes, []byte("\n"))
	}
	return found
}

// nextStatement returns the line of the first token behind the comments that
// start at a token and follow each other without an empty line between, or 0,
// and the last of these comments.
func nextStatement(tokens hclsyntax.Tokens, at int) (line, last int) {
	ended := false // the line of the comment before
	for i, t := range tokens[at:] {
		switch {
		case t.Type == hclsyntax.TokenComment:
			last = at + i
			ended = bytes.HasSuffix(t.Bytes, []byte("\n"))
		case t.Type == hclsyntax.TokenNewline && !ended:
			ended = true
		case t.Type == hclsyntax.TokenNewline, t.Type == hclsyntax.TokenEOF:
			return 0, last
		default:
			return t.Range.Start.Line, last
		}
	}
	return 0, last
}

// A layout knows where statements end.
type layout struct {
	end map[int]int // the last line of what starts on a line
	top []span      // the outermost blocks, in order
}

func (l layout) outermost(line int) span {
	for _, s := range l.top {
		if line >= s.first && line <= s.last {
			return s
		}
	}
	return span{line, line}
}

// nesting is what opens and closes in HCL.
var nesting = map[hclsyntax.TokenType]int{
	hclsyntax.TokenOBrace: 1, hclsyntax.TokenCBrace: -1,
	hclsyntax.TokenOBrack: 1, hclsyntax.TokenCBrack: -1,
	hclsyntax.TokenOParen: 1, hclsyntax.TokenCParen: -1,
	hclsyntax.TokenOHeredoc: 1, hclsyntax.TokenCHeredoc: -1,
	hclsyntax.TokenTemplateInterp: 1, hclsyntax.TokenTemplateControl: 1, hclsyntax.TokenTemplateSeqEnd: -1,
}

// statements finds, in one pass, where everything that starts on a line ends:
// at the end of the line, or where the last thing that it opens is closed.
func statements(tokens hclsyntax.Tokens) layout {
	l := layout{end: map[int]int{}}
	var open []int // the lines on which what is open was opened
	for _, t := range tokens {
		line := t.Range.Start.Line
		switch nesting[t.Type] {
		case 1:
			open = append(open, line)
		case -1:
			if len(open) == 0 {
				continue
			}
			start := open[len(open)-1]
			open = open[:len(open)-1]
			l.end[start] = max(l.end[start], line)
			if len(open) == 0 {
				l.top = append(l.top, span{start, line})
			}
		}
	}
	return l
}

// uncomment returns the first line of a comment without what marks it.
func uncomment(text []byte) string {
	s := string(text)
	for _, mark := range []string{"#", "//", "/*"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			s = rest
			break
		}
	}
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "*/"))
}
