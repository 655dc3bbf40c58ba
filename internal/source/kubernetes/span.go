package kubernetes

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// span returns the byte offsets between which a scalar is written, its quotes
// included, its anchor and tag not. The parser tells only where it starts; at
// is that offset.
func span(text []byte, at int, n *yaml.Node) (start, end int) {
	if n.Value == "" && n.Style&quoted == 0 {
		return at, at // nothing is written
	}
	at = skipProperties(text, at)
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return at, endOfQuoted(text, at, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return at, endOfQuoted(text, at, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && strings.TrimSpace(n.Value) == "":
		return at, endOfLine(text, at)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return at, endOfBlock(text, at)
	case bytes.HasPrefix(text[at:], []byte(n.Value)):
		return at, at + len(n.Value)
	default: // a plain scalar over several lines: its first line tells enough
		return at, endOfLine(text, at)
	}
}

// skipProperties returns the offset behind anchors and tags.
func skipProperties(text []byte, at int) int {
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && !bytes.ContainsRune([]byte(" \t\r\n"), rune(text[at])) {
			at++
		}
		for at < len(text) && bytes.ContainsRune([]byte(" \t\r\n"), rune(text[at])) {
			at++
		}
	}
	return at
}

func endOfQuoted(text []byte, at int, quote byte) int {
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// endOfBlock returns the end of the last line of a block scalar whose header
// is at at. Its lines are as far indented as the first of them, or blank.
func endOfBlock(text []byte, at int) int {
	end := endOfLine(text, at)
	indent := -1
	for next := lineAfter(text, end); next < len(text); next = lineAfter(text, next) {
		line := text[next:lineEnd(text, next)]
		content := bytes.TrimLeft(line, " ")
		if len(bytes.TrimSpace(content)) == 0 {
			continue
		}
		here := len(line) - len(content)
		if indent < 0 {
			indent = max(here, 1)
		}
		if here < indent {
			break
		}
		end = endOfLine(text, next)
	}
	return end
}

// lineEnd returns the offset of the line feed that ends the line around at.
func lineEnd(text []byte, at int) int {
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(text)
}

// endOfLine returns the offset behind the last character of the line around at
// that is not blank.
func endOfLine(text []byte, at int) int {
	return at + len(bytes.TrimRight(text[at:lineEnd(text, at)], " \t\r"))
}

// lineAfter returns the offset of the line behind the one around at.
func lineAfter(text []byte, at int) int {
	return min(lineEnd(text, at)+1, len(text))
}
