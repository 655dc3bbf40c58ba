package discover

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// globs are patterns of paths to leave out.
type globs []*regexp.Regexp

func compileGlobs(patterns []string) (globs, error) {
	var compiled globs
	for _, pattern := range patterns {
		glob, err := compileGlob(pattern)
		if err != nil {
			return nil, annexgate.Usage(fmt.Errorf("exclude %q: %w", pattern, err))
		}
		compiled = append(compiled, glob)
	}
	return compiled, nil
}

// match reports whether a pattern matches name or a directory above it.
func (g globs) match(name string) bool {
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if g.matchOne(name) {
			return true
		}
	}
	return false
}

// matchOne reports whether a pattern matches name itself.
func (g globs) matchOne(name string) bool {
	for _, glob := range g {
		if glob.MatchString(name) {
			return true
		}
	}
	return false
}

// compileGlob reads a pattern of slash-separated paths relative to the root.
// In it, * stands for any characters but a slash, ? for one, [ab-z] and [!a]
// for one of a set, {a,b} for either, \ for the next character as it is, and
// ** as a whole step for any number of steps, also none. A leading "./" or "/"
// and a trailing "/" mean nothing.
func compileGlob(pattern string) (*regexp.Regexp, error) {
	trimmed := strings.TrimPrefix(strings.TrimPrefix(pattern, "./"), "/")
	trimmed = strings.TrimSuffix(trimmed, "/")
	if trimmed == "" {
		return nil, fmt.Errorf("an empty pattern would leave nothing out")
	}
	c := globCompiler{in: trimmed}
	c.out.WriteString(`(?s)\A`)
	for c.at < len(c.in) {
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	if c.braces > 0 {
		return nil, fmt.Errorf("a { is not closed")
	}
	c.out.WriteString(`\z`)
	return regexp.Compile(c.out.String())
}

type globCompiler struct {
	in     string
	at     int
	braces int
	out    strings.Builder
}

// next translates one element of the pattern.
func (c *globCompiler) next() error {
	rest := c.in[c.at:]
	startOfStep := c.at == 0 || c.in[c.at-1] == '/'
	switch {
	case startOfStep && strings.HasPrefix(rest, "**/"):
		c.take(3, `(?:[^/]+/)*`)
	case startOfStep && rest == "**":
		c.take(2, `.+`)
	case rest[0] == '*':
		c.take(1, `[^/]*`)
	case rest[0] == '?':
		c.take(1, `[^/]`)
	case rest[0] == '{':
		c.braces++
		c.take(1, `(?:`)
	case rest[0] == '}' && c.braces > 0:
		c.braces--
		c.take(1, `)`)
	case rest[0] == ',' && c.braces > 0:
		c.take(1, `|`)
	case rest[0] == '[':
		return c.set(rest)
	case rest[0] == '\\':
		if len(rest) == 1 {
			return fmt.Errorf(`nothing follows the \ at the end`)
		}
		c.at++
		c.literal(c.in[c.at:])
	default:
		c.literal(rest)
	}
	return nil
}

func (c *globCompiler) take(n int, translation string) {
	c.at += n
	c.out.WriteString(translation)
}

// literal takes one character as it is.
func (c *globCompiler) literal(rest string) {
	for i := range rest {
		if i > 0 {
			rest = rest[:i]
			break
		}
	}
	c.take(len(rest), regexp.QuoteMeta(rest))
}

// set takes a set of characters.
func (c *globCompiler) set(rest string) error {
	end := strings.IndexByte(rest[1:], ']')
	if end <= 0 {
		return fmt.Errorf("a [ is not closed, or nothing is in it")
	}
	members := rest[1 : end+1]
	negated := members[0] == '!' || members[0] == '^'
	if negated {
		members = members[1:]
	}
	if members == "" || strings.ContainsAny(members, `/\[`) {
		return fmt.Errorf(`the set %s is empty or holds one of / \ [`, rest[:end+2])
	}
	translation := "[" + strings.ReplaceAll(members, "^", `\^`) + "]"
	if negated {
		translation = "[^/" + translation[1:]
	}
	if _, err := regexp.Compile(translation); err != nil {
		return fmt.Errorf("the set %s is not a set of characters", rest[:end+2])
	}
	c.take(end+2, translation)
	return nil
}
