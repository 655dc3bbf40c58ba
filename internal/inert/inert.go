// Package inert makes text of unknown origin harmless to show. Names, titles,
// messages and source lines come from the change under test: whoever wrote them
// may try to steer a terminal, a log or a browser.
package inert

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s on one line, with every character that does more than show
// itself written as an escape: control characters (ESC, newline, the C1 set),
// bidirectional overrides and other invisible format characters, line and
// paragraph separators, private and unassigned characters. Bytes that are not
// UTF-8 become the replacement character, as they do in JSON.
func Text(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !Rune(r) || r == utf8.RuneError }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteString(Escape(r))
	}
	return b.String()
}

// Rune reports whether a terminal or a browser shows r and does nothing else:
// letters, marks, digits, punctuation, symbols and spaces.
func Rune(r rune) bool {
	return r >= ' ' && r < 0x7f || r > 0x7f && unicode.IsGraphic(r)
}

// Escape returns r as a reader can see it: as it is when it is harmless, else
// as the escape that Go and JSON programmers know.
func Escape(r rune) string {
	switch {
	case Rune(r):
		return string(r)
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}
