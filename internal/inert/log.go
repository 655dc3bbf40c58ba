package inert

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Log returns line, which Text has made inert, so that the log of GitHub
// Actions takes it for no workflow command. The runner reads one where a line
// starts with "::", behind any white space, and at "##[" anywhere in it.
func Log(line string) string {
	if text := strings.TrimLeft(line, " "); strings.HasPrefix(text, "::") {
		line = line[:len(line)-len(text)] + `\` + text
	}
	return strings.ReplaceAll(line, "##[", `##\[`)
}

// JSON returns text, which is JSON, with every character that is not inert as
// an escape: a terminal shows what another program reads unchanged. So is the
// bracket of "##[", which starts a workflow command.
func JSON(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("##["), []byte(`##\u005b`))
	if !bytes.ContainsFunc(text, escaped) {
		return text
	}
	safe := make([]byte, 0, len(text)+64)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if escaped(r) {
			safe = appendEscape(safe, r)
		} else {
			safe = append(safe, text[:size]...)
		}
		text = text[size:]
	}
	return safe
}

// escaped reports whether r, a character of JSON, is written as an escape.
// JSON itself has line feeds between its tokens, and escapes them inside texts.
func escaped(r rune) bool {
	return r >= 0x7f && (!Rune(r) || r == utf8.RuneError)
}

func appendEscape(text []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		text = fmt.Appendf(text, `\u%04x`, unit)
	}
	return text
}
