package discover

import (
	"fmt"
	"path"
	"regexp"

	"github.com/annexgate/annexgate/internal/annexgate"
	globpattern "github.com/annexgate/annexgate/internal/glob"
)

// globs are patterns of paths to leave out.
type globs []*regexp.Regexp

func compileGlobs(patterns []string) (globs, error) {
	var compiled globs
	for _, pattern := range patterns {
		glob, err := globpattern.Compile(pattern)
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
