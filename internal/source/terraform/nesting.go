package terraform

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// hcl v2.25 recurses once for each level of nesting and dies of stack overflow,
// which no program can recover from (hashicorp/hcl issue 809). So text is
// measured before it is parsed.

// scanFree is the size up to which it pays to count bytes before lexing.
const scanFree = 64 << 10

// nestingBound counts the bytes that could nest, wherever they stand. Dots and
// single hyphens are too common to count: names have them. A
// template nests with its brace.
func nestingBound(src []byte) (brackets, operators int) {
	for i, c := range src {
		switch c {
		case '(', '[', '{':
			brackets++
		case '!', '?', '+', '*', '/', '%', '&', '|', '<', '>':
			operators++
		case '-':
			if i+1 < len(src) && (src[i+1] == '-' || src[i+1] == ' ') {
				operators++
			}
		}
	}
	return brackets, operators
}

// nesting fails when src nests more deeply than the parser survives: brackets,
// templates and, because each wraps what stands before it, operators.
func (l limits) nesting(src []byte, template bool) error {
	if len(src) <= scanFree {
		brackets, operators := nestingBound(src)
		if brackets <= l.brackets && brackets+operators <= l.operators {
			return nil
		}
	}
	lex := hclsyntax.LexConfig
	if template {
		lex = hclsyntax.LexTemplate
	}
	tokens, _ := lex(src, "", hcl.InitialPos) // the parser reports its errors
	return l.measure(tokens)
}

func (l limits) measure(tokens hclsyntax.Tokens) error {
	type level struct {
		operators int
		lines     bool // a line break ends an expression here
		control   bool // of a template: %{ if }
		parts     int  // of a template
	}
	stack := []level{{lines: true}}
	sum, melding := 0, 0
	for i, token := range tokens {
		top := &stack[len(stack)-1]
		switch token.Type {
		case hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit:
			// The parser takes quadratic time to join the lines of a text.
			top.parts++
			if melding += top.parts; melding > l.parts {
				return fmt.Errorf("line %d: a text of too many lines or parts", token.Range.Start.Line)
			}
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			isFor := i+1 < len(tokens) && string(tokens[i+1].Bytes) == "for"
			stack = append(stack, level{
				lines:   token.Type == hclsyntax.TokenOBrace && !isFor,
				control: token.Type == hclsyntax.TokenTemplateControl,
			})
			sum++
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			// What follows a bracket, [0] or .name, may wrap what was closed; a
			// template's conditions wrap up to their ends.
			wraps := token.Type == hclsyntax.TokenCParen || token.Type == hclsyntax.TokenCBrack || top.control
			if len(stack) > 1 {
				sum -= top.operators + 1
				stack = stack[:len(stack)-1]
			}
			if wraps {
				stack[len(stack)-1].operators++
				sum++
			}
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			if top.lines && bytes.HasSuffix(token.Bytes, []byte("\n")) {
				sum -= top.operators
				top.operators = 0
			}
		case hclsyntax.TokenComma:
			sum -= top.operators
			top.operators = 0
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenEqual:
		default:
			top.operators++
			sum++
		}
		if len(stack) > l.brackets || sum > l.operators {
			return fmt.Errorf("line %d nests too deeply: want at most %d brackets and %d operators inside each other",
				token.Range.Start.Line, l.brackets, l.operators)
		}
	}
	return nil
}

// jsonNesting fails when JSON text nests more deeply than its parser survives.
func (l limits) jsonNesting(src []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		if depth > l.brackets {
			return errors.New("nests too deeply: want at most " + fmt.Sprint(l.brackets) + " levels")
		}
	}
	return nil
}
