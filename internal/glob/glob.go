// Package glob matches slash-separated paths against patterns.
package glob

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Compile reads a pattern of slash-separated paths relative to a root.
// In it, * stands for any characters but a slash, ? for one, [ab-z] and [!a]
// for one of a set, {a,b} for either, \ for the next character as it is, and
// ** as a whole step for any number of steps, also none. A leading "./" or "/"
// and a trailing "/" mean nothing.
func Compile(pattern string) (*regexp.Regexp, error) {
	trimmed := strings.TrimPrefix(strings.TrimPrefix(pattern, "./"), "/")
	trimmed = strings.TrimSuffix(trimmed, "/")
	if trimmed == "" {
		return nil, errors.New("the pattern is empty")
	}
	c := compiler{in: trimmed}
	c.out.WriteString(`(?s)\A`)
	for c.at < len(c.in) {
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	if c.braces > 0 {
		return nil, errors.New("a { is not closed")
	}
	c.out.WriteString(`\z`)
	return regexp.Compile(c.out.String())
}

type compiler struct {
	in     string
	at     int
	braces int
	out    strings.Builder
}

// next translates one element of the pattern.
func (c *compiler) next() error {
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
			return errors.New(`nothing follows the \ at the end`)
		}
		c.at++
		c.literal(c.in[c.at:])
	default:
		c.literal(rest)
	}
	return nil
}

func (c *compiler) take(n int, translation string) {
	c.at += n
	c.out.WriteString(translation)
}

// literal takes one character as it is.
func (c *compiler) literal(rest string) {
	for i := range rest {
		if i > 0 {
			rest = rest[:i]
			break
		}
	}
	c.take(len(rest), regexp.QuoteMeta(rest))
}

// set takes a set of characters.
func (c *compiler) set(rest string) error {
	end := strings.IndexByte(rest[1:], ']')
	if end <= 0 {
		return errors.New("a [ is not closed, or nothing is in it")
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
