package accept

import (
	"regexp"
	"strings"
)

// A yamlLine is one line of YAML, as far as comments need to know it. Parsing
// by line works for templates, which are no YAML yet.
type yamlLine struct {
	indent  int    // columns before the first character; -1 for an empty line
	key     int    // columns before the first character that is no "- "
	item    bool   // starts with "- "
	code    string // without its comment
	comment int    // where the comment starts, in bytes; -1 for none
	text    string
	offset  int  // of the line, in bytes
	inText  bool // part of a block scalar
}

// blockScalar matches the end of a line that a text of several lines follows.
var blockScalar = regexp.MustCompile(`(?:^|[:\-]\s+)(?:!\S+\s+)?[|>][0-9+-]{0,2}\s*$`)

func yamlComments(text []byte, wanted func(string) bool) []comment {
	lines := yamlLines(string(text))
	var found []comment
	var enclosed span
	below := 0 // the line below the comments that we are among
	for i, l := range lines {
		if l.comment < 0 || len(found) == maxComments {
			continue
		}
		c := comment{text: strings.TrimSpace(strings.TrimLeft(l.text[l.comment:], "#")), offset: l.offset + l.comment, line: i + 1}
		if !wanted(c.text) {
			continue
		}
		if i+1 > enclosed.last {
			enclosed = document(lines, i)
		}
		c.enclosed = enclosed
		if at := i; strings.TrimSpace(l.code) != "" {
			c.target = yamlBlock(lines, at, c.enclosed)
		} else {
			for at = max(at, below); at < len(lines) && lines[at].comment >= 0 && strings.TrimSpace(lines[at].code) == ""; {
				at++
			}
			below = at
			if at < len(lines) && lines[at].indent >= 0 {
				c.target = yamlBlock(lines, at, c.enclosed)
			}
		}
		found = append(found, c)
	}
	return found
}

func yamlLines(text string) []yamlLine {
	var lines []yamlLine
	inside := -1 // the least column of the text that we are in
	offset := 0
	for raw := range strings.SplitSeq(text, "\n") {
		l := yamlLine{indent: -1, comment: -1, offset: offset}
		offset += len(raw) + 1
		raw = strings.TrimSuffix(raw, "\r")
		l.text = raw
		if body := strings.TrimLeft(raw, " "); body != "" {
			l.indent = len(raw) - len(body)
		}
		if inside >= 0 && (l.indent < 0 || l.indent >= inside) {
			l.inText = true
			lines = append(lines, l)
			continue
		}
		inside = -1
		l.comment = commentStart(raw)
		l.code = raw
		if l.comment >= 0 {
			l.code = raw[:l.comment]
		}
		l.key = l.indent
		for rest := strings.TrimLeft(l.code, " "); strings.HasPrefix(rest, "- "); l.item = true {
			after := strings.TrimLeft(rest[2:], " ")
			l.key += len(rest) - len(after)
			rest = after
		}
		l.item = l.item || strings.TrimSpace(l.code) == "-"
		if blockScalar.MatchString(strings.TrimRight(l.code, " ")) {
			inside = max(l.key, 0) + 1
			if strings.TrimLeft(l.code, " -") != "" && strings.IndexAny(strings.TrimLeft(l.code, " -"), "|>") == 0 {
				inside = max(l.indent, 0) + 1 // an item that is a text itself
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// commentStart returns where the comment of a line starts: at a # outside of
// quotes that has white space, or nothing, in front.
func commentStart(line string) int {
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '"' && c == '\\', quote == '\'' && strings.HasPrefix(line[i:], "''"):
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \t[{,:", line[i-1]) >= 0):
			quote = c
		case c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			return i
		}
	}
	return -1
}

// document returns the lines of the document that a line is in.
func document(lines []yamlLine, at int) span {
	boundary := func(i int) bool {
		l := lines[i]
		return !l.inText && l.indent == 0 && (strings.HasPrefix(l.text, "---") || strings.HasPrefix(l.text, "..."))
	}
	first, last := at, at
	for first > 0 && !boundary(first-1) {
		first--
	}
	for last+1 < len(lines) && !boundary(last+1) {
		last++
	}
	return span{first + 1, last + 1}
}

// yamlBlock returns the lines of what starts at a line: the whole document when
// it is its first, else all that is deeper. A list may be as deep as its key.
func yamlBlock(lines []yamlLine, at int, within span) span {
	first := within.first - 1
	for first < at && (lines[first].indent < 0 || strings.TrimSpace(lines[first].code) == "") {
		first++
	}
	if first == at {
		return span{at + 1, within.last}
	}
	start, last := lines[at], at
	for i := at + 1; i < within.last; i++ {
		l := lines[i]
		deeper := l.indent < 0 || l.inText || l.indent > start.indent || l.indent == start.indent && l.item && !start.item
		onlyComment := l.comment >= 0 && strings.TrimSpace(l.code) == ""
		if !deeper && !onlyComment {
			break
		}
		if l.indent >= 0 && !onlyComment {
			last = i
		}
	}
	return span{at + 1, last + 1}
}
