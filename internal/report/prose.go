package report

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// lineLimit is the number of characters of a message, name or reason that a
// report shows. It keeps one hostile name from filling a terminal.
const lineLimit = 1000

// line returns s inert, on one line, and cut at lineLimit characters.
func line(s string) string { return inert.Text(cut(s, lineLimit)) }

// valid returns s with the replacement character for each byte that is not
// UTF-8, as JSON writes it: a run looks the same after it was saved.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// pathText returns a path as people write it, on one inert line.
func pathText(p annexgate.Path) string {
	steps := make(annexgate.Path, len(p))
	for i, step := range p {
		if key, ok := step.(string); ok {
			step = valid(key)
		}
		steps[i] = step
	}
	return line(steps.String())
}

// block returns s inert line by line, as the metadata of policies is written:
// Markdown over several lines. Tabs become spaces, ends of lines "\n".
func block(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\t", "    ").Replace(strings.TrimSpace(s))
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = inert.Text(strings.TrimRight(lines[i], " "))
	}
	return strings.Join(lines, "\n")
}

// public returns the address of a repository without the user name and
// password that a remote may carry.
func public(repository string) string {
	u, err := url.Parse(repository)
	if err != nil || u.User == nil {
		return repository
	}
	u.User = nil
	return u.String()
}

// cut returns at most limit characters of s, the last three of them dots if
// something was cut off.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end, n := len(s), 0
	for i := range s {
		if n == limit-3 {
			end = i
		}
		if n++; n > limit {
			return s[:end] + "..."
		}
	}
	return s
}
