package policytest

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A mark is a finding that an example announces.
type mark struct {
	file    string
	line    int
	message *regexp.Regexp
}

// compareMarks checks that failures are where the marks are, and only there.
func (e *example) compareMarks(files []string, results []annexgate.Result) error {
	marks, err := e.readMarks(files)
	if err != nil {
		return err
	}
	if len(marks) == 0 {
		return fmt.Errorf("%s:1: no line is marked with: want \"...\"", e.label(e.name))
	}
	var faults []markFault
	for _, r := range results {
		for _, f := range r.Findings {
			if r.Outcome != annexgate.Fail {
				continue
			}
			i := slices.IndexFunc(marks, func(m mark) bool {
				return m.file == f.At.File && m.line == f.At.Line && m.message.MatchString(f.Message)
			})
			if i < 0 {
				faults = append(faults, markFault{f.At, fmt.Sprintf("%s: unexpected finding: %s", e.at(f.At), f.Message)})
				continue
			}
			marks = slices.Delete(marks, i, i+1)
		}
	}
	for _, m := range marks {
		faults = append(faults, markFault{
			annexgate.Location{File: m.file, Line: m.line},
			fmt.Sprintf("%s:%d: no finding matches %q", e.label(m.file), m.line, m.message),
		})
	}
	return join(faults)
}

// A markFault is a finding without a mark, or a mark without a finding.
type markFault struct {
	at   annexgate.Location
	text string
}

// join returns the faults as one error, in the order of their places.
func join(faults []markFault) error {
	if len(faults) == 0 {
		return nil
	}
	slices.SortStableFunc(faults, func(a, b markFault) int { return a.at.Compare(b.at) })
	var texts []string
	for _, f := range faults {
		texts = append(texts, f.text)
	}
	return errors.New(strings.Join(texts, "\n"))
}

var (
	wantComment = regexp.MustCompile(`(?:#|//) want ((?:"(?:[^"\\]|\\.)*"\s*)+)$`)
	quoted      = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	wantLine    = regexp.MustCompile(`^(\d+) (.+)$`)
)

// readMarks returns the marks in files, and in the files of marks beside them.
func (e *example) readMarks(files []string) ([]mark, error) {
	var marks []mark
	for _, file := range files {
		text, err := readFile(e.fsys, file)
		if err != nil {
			return nil, fmt.Errorf("%s:1: read the example: %w", e.label(file), err)
		}
		found, err := e.commentMarks(file, text)
		if err != nil {
			return nil, err
		}
		beside := strings.TrimSuffix(file, path.Ext(file)) + ".want"
		if text, err = readFile(e.fsys, beside); err == nil {
			var more []mark
			if more, err = e.fileMarks(file, beside, text); err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
		marks = append(marks, found...)
	}
	return marks, nil
}

// commentMarks returns the marks in the comments of file.
func (e *example) commentMarks(file, text string) ([]mark, error) {
	var marks []mark
	for i, line := range strings.Split(text, "\n") {
		found := wantComment.FindStringSubmatch(strings.TrimRight(line, " \r"))
		if found == nil {
			continue
		}
		for _, q := range quoted.FindAllString(found[1], -1) {
			pattern, err := strconv.Unquote(q)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: mark %s: %w", e.label(file), i+1, q, err)
			}
			message, err := regexp.Compile(pattern)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: mark: %w", e.label(file), i+1, err)
			}
			marks = append(marks, mark{file, i + 1, message})
		}
	}
	return marks, nil
}

// fileMarks returns the marks for file in the file called beside.
func (e *example) fileMarks(file, beside, text string) ([]mark, error) {
	var marks []mark
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		found := wantLine.FindStringSubmatch(strings.TrimRight(line, "\r"))
		if found == nil {
			return nil, fmt.Errorf("%s:%d: mark %q: want a line number and a regular expression", e.label(beside), i+1, line)
		}
		message, err := regexp.Compile(found[2])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: mark: %w", e.label(beside), i+1, err)
		}
		number, _ := strconv.Atoi(found[1])
		marks = append(marks, mark{file, number, message})
	}
	return marks, nil
}
