package pullrequest

import (
	"fmt"
	"strings"
)

// A Question is one of the security checklist.
type Question struct {
	ID   string // stable: lower-case letters, digits, - and _
	Text string // as it is asked, in Markdown of one line
}

// DefaultQuestions returns the questions that a change is asked when nobody
// says otherwise.
func DefaultQuestions() []Question {
	return []Question{
		{"auth", "Does this change affect authentication or authorisation?"},
		{"logging", "Does this change log the security events it should?"},
		{"untrusted-input", "Does this change handle untrusted input?"},
		{"dependencies", "Does this change bring a new third-party dependency?"},
		{"api-surface", "Does this change expose new API surface?"},
	}
}

// Template returns the checklist of questions as Markdown for a pull-request
// template. Parsed as it is, every question is unanswered.
func Template(questions []Question) string {
	var b strings.Builder
	b.WriteString(`## Security checklist

<!--
  Tick one box for each question. Explain on the ticked line, behind a colon:
  - [x] Not applicable: documentation only
  Leave the comments at the ends of the lines: they name the questions.
-->

`)
	for _, q := range questions {
		fmt.Fprintf(&b, "- **%s** <!-- annexgate:%s -->\n", q.Text, q.ID)
		b.WriteString("  - [ ] Yes\n  - [ ] No\n  - [ ] Not applicable\n")
	}
	return b.String()
}
