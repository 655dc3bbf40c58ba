package chart

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// ignore is what a .helmignore file says, with helm's own rules, which are not
// those of git: the first rule that matches decides, and a rule with an
// exclamation mark ignores all that it does not match.
type ignore []ignoreRule

type ignoreRule struct {
	pattern string
	negate  bool
	folder  bool // for folders only
	whole   bool // the pattern is for the whole name, not for its last part
}

// readIgnore reads the rules in file, none if it is not there.
func readIgnore(fsys fs.FS, file string) (ignore, error) {
	rules := ignore{{pattern: "templates/.?*", whole: true}} // helm's default
	content, err := fs.ReadFile(fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return rules, nil
	}
	if err != nil {
		return nil, err
	}
	rules = rules[:0]
	for line := range strings.Lines(strings.TrimPrefix(string(content), "\ufeff")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var r ignoreRule
		line, r.negate = strings.CutPrefix(line, "!")
		line, r.folder = strings.CutSuffix(line, "/")
		r.whole = strings.Contains(line, "/")
		r.pattern = strings.TrimPrefix(line, "/")
		if _, err := path.Match(r.pattern, "a"); err != nil || strings.Contains(line, "**") {
			return nil, fmt.Errorf("%s: %q is no pattern that helm knows", file, line)
		}
		rules = append(rules, r)
	}
	return append(rules, ignoreRule{pattern: "templates/.?*", whole: true}), nil
}

func (rules ignore) match(name string, folder bool) bool {
	for _, r := range rules {
		subject := name
		if !r.whole {
			subject = path.Base(name)
		}
		matches, _ := path.Match(r.pattern, subject)
		switch {
		case r.negate && (r.folder && !folder || !matches):
			return true
		case !r.negate && matches && (folder || !r.folder):
			return true
		}
	}
	return false
}
