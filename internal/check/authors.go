package check

import (
	"context"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/accept"
	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/gitrepo"
)

// authors knows who wrote waivers. It asks git once for each file that holds
// one.
type authors struct {
	*collector
	texts  map[string][]byte // of the files that hold waivers
	lines  map[string][]gitrepo.Line
	logins map[string]string // of the commits in the pull request, by commit
	author string            // login of the author of the pull request
	err    error
}

func (c *collector) newAuthors(waiverFile string, text []byte) *authors {
	a := &authors{collector: c, texts: map[string][]byte{}, lines: map[string][]gitrepo.Line{}, logins: map[string]string{}}
	if text != nil {
		a.texts[waiverFile] = text
	}
	for _, s := range c.loaded.Subjects {
		if s.Kind != annexgate.PullRequest {
			continue
		}
		pr, _ := s.Values["pull_request"].(map[string]any)
		a.author = login(pr["user"])
		commits, _ := s.Values["commits"].([]any)
		for _, commit := range commits {
			entry, _ := commit.(map[string]any)
			if sha, _ := entry["sha"].(string); sha != "" {
				a.logins[sha] = login(entry["author"])
			}
		}
	}
	return a
}

func login(user any) string {
	values, _ := user.(map[string]any)
	name, _ := values["login"].(string)
	return name
}

// of returns who wrote the lines of a waiver, but for the one with its
// approver. Where the history does not tell, it is whoever opened the pull
// request.
func (a *authors) of(ctx context.Context, w annexgate.Waiver) []accept.Author {
	lines := a.blame(ctx, w.At.File)
	written := strings.Split(string(a.texts[w.At.File]), "\n")
	var found []accept.Author
	told := map[accept.Author]bool{}
	for n := w.At.Line; n <= max(w.At.Line, w.At.EndLine) && n > 0 && n <= len(written); n++ {
		text := strings.TrimSpace(written[n-1])
		if text == "" || strings.HasPrefix(text, "#") && !w.Inline || strings.HasPrefix(text, "approved_by:") {
			continue
		}
		author := accept.Author{Login: a.author}
		if n <= len(lines) && lines[n-1].Commit != "" {
			l := lines[n-1]
			author = accept.Author{Name: l.Name, Email: l.Email, Login: a.logins[l.Commit]}
		}
		if !told[author] {
			told[author] = true
			found = append(found, author)
		}
	}
	return found
}

// since returns when the line at a place was written, or now when the history
// does not know.
func (a *authors) since(ctx context.Context, at annexgate.Location, now time.Time) time.Time {
	lines := a.blame(ctx, at.File)
	if at.Line < 1 || at.Line > len(lines) || lines[at.Line-1].Commit == "" {
		return now.Truncate(24 * time.Hour)
	}
	return lines[at.Line-1].When.Truncate(24 * time.Hour)
}

func (a *authors) blame(ctx context.Context, file string) []gitrepo.Line {
	if lines, asked := a.lines[file]; asked || a.repo == nil || a.err != nil {
		return lines
	}
	var lines []gitrepo.Line
	lines, a.err = a.repo.Blame(ctx, a.revision, file, a.texts[file])
	a.lines[file] = lines
	return lines
}
