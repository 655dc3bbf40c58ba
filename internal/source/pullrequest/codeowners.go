package pullrequest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hmarr/codeowners"
)

// Facts about CODEOWNERS that this file lives with:
//
//   - GitHub takes the last line that matches. A line with no owner leaves its
//     paths without one, on purpose. There is no negation ("!"), no character
//     class ("[ ]") and no escape of "#"; such lines are skipped. Case counts.
//   - GitHub does not load a file of more than 3 MB.
//   - hmarr/codeowners gives up on the whole file at the first bad line, drops
//     what follows a line of more than 64 KiB without a word, takes everything
//     behind a "#" inside a pattern for a comment (so that `/c#/ @acme/dev`
//     would leave /c without owner), panics on the pattern "/", refuses
//     characters that file names may have, and its patterns do not match
//     across a line feed in a file name. So it gets one line at a time, after
//     the checks below, in its own alphabet.
const (
	maxCodeowners = 3_000_000
	maxRules      = 20_000
	maxPattern    = 1_000 // bytes; bounds the regular expression that a pattern becomes
)

// A rule is one line of CODEOWNERS.
type rule struct {
	line    int // from 1
	owners  []string
	matcher codeowners.Rule
	swapped []string // old, new pairs for strings.NewReplacer; see alphabet
}

// A skippedLine is a line that is no rule, and why.
type skippedLine struct {
	line int
	why  string
}

// A ruleset is a CODEOWNERS file.
type ruleset struct {
	rules   []rule
	skipped []skippedLine
}

// parseCodeowners reads the text of a CODEOWNERS file.
func parseCodeowners(text string) (*ruleset, error) {
	if len(text) > maxCodeowners {
		return nil, fmt.Errorf("CODEOWNERS has more than 3 MB: GitHub does not load it")
	}
	set := &ruleset{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		parsed, err := parseRule(line)
		if err != nil {
			set.skipped = append(set.skipped, skippedLine{number, err.Error()})
			continue
		}
		parsed.line = number
		set.rules = append(set.rules, parsed)
		if len(set.rules) > maxRules {
			return nil, fmt.Errorf("CODEOWNERS has more than %d rules", maxRules)
		}
	}
	return set, nil
}

func parseRule(line string) (rule, error) {
	pattern, rest := splitPattern(line)
	switch {
	case len(pattern) > maxPattern:
		return rule{}, fmt.Errorf("a pattern of more than %d bytes", maxPattern)
	case strings.HasPrefix(pattern, "!"):
		return rule{}, errors.New("! (negation) is not part of CODEOWNERS")
	case strings.ContainsAny(pattern, "[]"):
		return rule{}, errors.New("[ ] (character class) is not part of CODEOWNERS")
	case strings.Contains(pattern, "#"):
		return rule{}, errors.New("a pattern cannot contain #, escaped or not")
	case strings.Trim(pattern, "/") == "":
		return rule{}, errors.New("the pattern / matches nothing")
	}
	spelled, swapped := alphabet(pattern)
	owners, _, _ := strings.Cut(rest, "#")
	rules, err := codeowners.ParseFile(strings.NewReader(spelled+owners), codeowners.WithOwnerMatchers(ownerMatchers))
	if err != nil {
		cause := strings.TrimPrefix(err.Error(), "line 1: ")
		return rule{}, errors.New(shorten(cause, 200))
	}
	if len(rules) != 1 {
		return rule{}, errors.New("the line is too long")
	}
	r := rule{matcher: rules[0], swapped: swapped}
	for _, owner := range rules[0].Owners {
		r.owners = append(r.owners, owner.String())
	}
	return r, nil
}

// ownerMatchers are the library's but for e-mail addresses, whose top-level
// domains it takes to have at most six letters.
var ownerMatchers = []codeowners.OwnerMatcher{
	codeowners.OwnerMatchFunc(func(s string) (codeowners.Owner, error) {
		if !email.MatchString(s) {
			return codeowners.Owner{}, codeowners.ErrNoMatch
		}
		return codeowners.Owner{Value: s, Type: codeowners.EmailOwner}, nil
	}),
	codeowners.OwnerMatchFunc(codeowners.MatchTeamOwner),
	codeowners.OwnerMatchFunc(codeowners.MatchUsernameOwner),
}

var email = regexp.MustCompile(`^[^@\s]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// splitPattern splits a line at the first white space that is not escaped.
func splitPattern(line string) (pattern, rest string) {
	escaped := false
	for i, r := range line {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == ' ' || r == '\t':
			return line[:i], line[i:]
		}
	}
	return line, ""
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	allowed = letters + "*?./@_+-\\() \t"
)

// alphabet spells pattern in the characters that the library accepts: each
// other character changes places with a letter that the pattern does not have.
// Since no wildcard tells letters apart, a path in the same spelling matches
// exactly when the path itself does.
func alphabet(pattern string) (spelled string, swapped []string) {
	free := func(c string) bool { return !strings.Contains(pattern, c) }
	unused := letters
	done := map[rune]bool{}
	for _, r := range pattern {
		if done[r] || strings.ContainsRune(allowed, r) {
			continue
		}
		done[r] = true
		for unused != "" && !free(unused[:1]) {
			unused = unused[1:]
		}
		if unused == "" {
			return pattern, nil // the library will refuse the line
		}
		swapped = append(swapped, string(r), unused[:1], unused[:1], string(r))
		unused = unused[1:]
	}
	if swapped == nil {
		return pattern, nil
	}
	return strings.NewReplacer(swapped...).Replace(pattern), swapped
}

// match returns the rule that decides about path, the last that matches, or
// nil.
func (set *ruleset) match(path string) *rule {
	// No pattern has a line feed; the control picture is one character too.
	path = strings.ReplaceAll(path, "\n", "␊")
	for i := len(set.rules) - 1; i >= 0; i-- {
		r := &set.rules[i]
		spelled := path
		if r.swapped != nil {
			spelled = strings.NewReplacer(r.swapped...).Replace(path)
		}
		if ok, err := r.matcher.Match(spelled); ok && err == nil {
			return r
		}
	}
	return nil
}
