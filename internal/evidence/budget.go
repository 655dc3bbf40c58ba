package evidence

import "unicode/utf8"

const (
	// maxStatement is the size in bytes up to which a statement, signed and so
	// in base64, stays below 64 KiB with some hundred bytes of envelope.
	maxStatement = 48_000
	// maxText is the size in bytes of one text that comes from files or
	// policies.
	maxText = 400
)

// limits say how many entries each list of a record may have.
type limits struct{ files, modules, findings, exceptions, degraded, rules int }

// steps are tried in turn until a record is small enough. Rules are kept
// longest: they are the answer to what a control was tested with. Their limit
// is for each control.
var steps = []limits{
	{files: 200, modules: 200, findings: 200, exceptions: 100, degraded: 50, rules: 1000},
	{files: 50, modules: 200, findings: 200, exceptions: 50, degraded: 50, rules: 1000},
	{files: 0, modules: 200, findings: 100, exceptions: 25, degraded: 50, rules: 1000},
	{files: 0, modules: 0, findings: 100, exceptions: 25, degraded: 25, rules: 1000},
	{files: 0, modules: 0, findings: 50, exceptions: 10, degraded: 25, rules: 1000},
	{files: 0, modules: 0, findings: 25, exceptions: 10, degraded: 10, rules: 1000},
	{files: 0, modules: 0, findings: 25, exceptions: 5, degraded: 10, rules: 4},
	{files: 0, modules: 0, findings: 10, exceptions: 5, degraded: 5, rules: 2},
	{files: 0, modules: 0, findings: 5, exceptions: 2, degraded: 5, rules: 1},
	{files: 0, modules: 0, findings: 5, exceptions: 2, degraded: 5, rules: 0},
}

// fit returns the first statement that is small enough, or the smallest.
func fit(build func(limits) *Statement) (*Statement, error) {
	var s *Statement
	for _, l := range steps {
		s = build(l)
		content, err := Encode(s)
		if err != nil {
			return nil, err
		}
		if len(content) <= maxStatement {
			break
		}
	}
	return s, nil
}

// cut shortens a list to n entries and counts the others.
func cut[T any](list []T, n int, omitted *int) []T {
	if len(list) <= n {
		return list
	}
	*omitted += len(list) - n
	if n == 0 {
		return nil // as JSON that leaves out an empty list reads back
	}
	return list[:n]
}

// clip shortens a text to maxText bytes, at the end of a character.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
