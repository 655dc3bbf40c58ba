package pullrequest

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A question is a list item whose first line ends in a comment with its ID:
//
//   - **Does it affect authentication?** <!-- annexgate:auth -->
//   - [ ] Yes
//   - [x] No
//   - [ ] Not applicable
//
// with the three boxes as a list inside the item. What counts as a box is what
// GitHub shows as one, so a Markdown parser decides: not what stands in code,
// in a comment or behind a backslash, nor `[ x ]`; but any bullet, `[X]`, and
// boxes in quotes and in <details>. Emphasis and links are not parsed: they
// change no box, and parsing emphasis takes quadratic time.

const (
	maxBody        = 65_536 // characters; GitHub accepts no more
	maxQuestion    = 500    // characters of a question that are kept
	maxExplanation = 2_000  // characters of an explanation that are kept
)

// The answers to a question.
const (
	answerYes        = "yes"
	answerNo         = "no"
	answerNA         = "na"
	answerUnanswered = "unanswered" // no box is ticked
	answerAmbiguous  = "ambiguous"  // several are, or one that is no answer, or the question stands twice
	answerMissing    = "missing"    // the body does not have the question
)

// An answer is what the body says to one question.
type answer struct {
	answer      string
	text        string // the question as it stands there
	explanation string
}

// checklistFacts is what policies see as checklist.
func checklistFacts(s *snapshot) map[string]any {
	gap := s.gap("body")
	if n := utf8.RuneCountInString(s.body); n > maxBody {
		gap = &annexgate.UnknownValue{
			Reason: fmt.Sprintf("pull_request.body has %d characters: GitHub accepts %d", n, maxBody),
			From:   s.source.Find(annexgate.Path{"pull_request", "body"}),
		}
	}
	if gap != nil {
		return map[string]any{"questions": *gap}
	}
	answers := readChecklist(s.body)
	for _, q := range DefaultQuestions() {
		if _, ok := answers[q.ID]; !ok {
			answers[q.ID] = answer{answer: answerMissing}
		}
	}
	questions := make(map[string]any, len(answers))
	for id, a := range answers {
		questions[id] = map[string]any{
			"answer":      a.answer,
			"text":        shorten(a.text, maxQuestion),
			"explanation": shorten(a.explanation, maxExplanation),
		}
	}
	return map[string]any{"questions": questions}
}

// newMarkdown parses blocks as GitHub does, and of the inlines what bears on
// boxes and comments.
func newMarkdown() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
		),
	)
}

// readChecklist returns the answers in body by the ID of their question.
func readChecklist(body string) map[string]answer {
	source := []byte(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body))
	answers := map[string]answer{}
	walk(newMarkdown().Parse(text.NewReader(source)), func(n ast.Node) {
		item, ok := n.(*ast.ListItem)
		if !ok || item.FirstChild() == nil {
			return
		}
		line := readLine(item.FirstChild(), source)
		for _, id := range line.ids {
			_, twice := answers[id]
			a := readAnswer(item, line, source)
			if twice || len(line.ids) > 1 {
				a.answer = answerAmbiguous
			}
			answers[id] = a
		}
	})
	return answers
}

// walk calls visit for root and everything in it, in order. It does not
// recurse: quotes nest as deep as a body is long.
func walk(root ast.Node, visit func(ast.Node)) {
	for n := root; n != nil; {
		visit(n)
		if n.FirstChild() != nil {
			n = n.FirstChild()
			continue
		}
		for n != root && n.NextSibling() == nil {
			n = n.Parent()
		}
		if n == root {
			return
		}
		n = n.NextSibling()
	}
}

// A line is the first block of a list item.
type line struct {
	text    string   // its first line; of a question, up to the line with its ID
	rest    string   // what follows
	ids     []string // of the comments on it
	box     bool
	checked bool
}

var (
	marker   = regexp.MustCompile(`^<!--\s*annexgate:([a-z0-9][a-z0-9_-]{0,63})\s*-->$`)
	comment  = regexp.MustCompile(`(?s)^<!--.*-->$`)
	spaces   = regexp.MustCompile(`\s+`)
	emphasis = strings.NewReplacer("*", "", "_", "")
	boxed    = regexp.MustCompile(`^\s*\[[ \txX]\](\s|$)`)
)

// readLine reads block, the first of a list item, or a paragraph.
func readLine(block ast.Node, source []byte) line {
	var l line
	if block == nil || block.Kind() != ast.KindTextBlock && block.Kind() != ast.KindParagraph {
		return l
	}
	var b strings.Builder
	marked := 0
	for n := block.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *extast.TaskCheckBox:
			// The parser takes `[x]Yes` for a box; GitHub wants a space behind it.
			first := block.Lines().At(0)
			l.box = boxed.Match(first.Value(source))
			l.checked = l.box && n.IsChecked
			if !l.box {
				b.WriteString("[?]")
			}
		case *ast.RawHTML:
			raw := string(n.Segments.Value(source))
			if m := marker.FindStringSubmatch(raw); m != nil {
				l.ids = append(l.ids, m[1])
				marked = b.Len()
			} else if !comment.MatchString(raw) {
				b.WriteString(raw) // <del>Yes</del> is not Yes
			}
		default:
			writeText(&b, n, source)
		}
	}
	first, rest := b.String(), ""
	if i := strings.IndexByte(first[marked:], '\n'); i >= 0 {
		first, rest = first[:marked+i], first[marked+i:]
	}
	l.text, l.rest = plain(first), plain(rest)
	return l
}

// writeText writes the text of an inline with its line breaks.
func writeText(b *strings.Builder, n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Text:
		b.Write(n.Value(source))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte('\n')
		}
	case *ast.CodeSpan:
		b.WriteByte('`')
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			writeText(b, c, source)
		}
		b.WriteByte('`')
	}
}

// plain takes entities and surplus white space out of text.
func plain(s string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(s), " "))
}

// option is the label of a box: the answer, then nothing, or an explanation
// behind punctuation. `No longer` is not an answer.
var option = regexp.MustCompile(`(?i)^[*_]*(yes|no|n/a|na|not applicable)[*_]*\s*(?:$|[.,;:!—–(-][*_]*\s*(.*)$)`)

var optionAnswers = map[string]string{
	"yes": answerYes, "no": answerNo, "n/a": answerNA, "na": answerNA, "not applicable": answerNA,
}

// readOption returns the answer that a box stands for, which is ambiguous when
// its label is none.
func readOption(label string) (answer, explanation string) {
	m := option.FindStringSubmatch(label)
	if m == nil {
		return answerAmbiguous, label
	}
	return optionAnswers[strings.ToLower(m[1])], strings.TrimSpace(strings.TrimSuffix(m[2], ")"))
}

// readAnswer reads the boxes of item, whose first line is question. An item
// that is a box itself, without boxes inside, is answered with yes by ticking
// it.
func readAnswer(item ast.Node, question line, source []byte) answer {
	a := answer{answer: answerUnanswered, text: strings.TrimSpace(emphasis.Replace(question.text))}
	explanations := []string{question.rest}
	labels := map[string]int{}
	ticked := 0
	for child := item.FirstChild().NextSibling(); child != nil; child = child.NextSibling() {
		if child.Kind() != ast.KindList {
			explanations = append(explanations, paragraph(child, source))
			continue
		}
		for inner := child.FirstChild(); inner != nil; inner = inner.NextSibling() {
			l := readLine(inner.FirstChild(), source)
			if len(l.ids) > 0 {
				continue // a question of its own
			}
			if !l.box {
				explanations = append(explanations, l.text, l.rest)
				continue
			}
			label, why := readOption(l.text)
			labels[label]++
			if l.checked {
				ticked++
				a.answer = label
				explanations = append(explanations, why, l.rest, below(inner, source))
			}
		}
	}
	a.explanation = plain(strings.Join(explanations, " "))
	if len(labels) == 0 && question.box && question.checked {
		a.answer = answerYes
	}
	if ticked > 1 || labels[a.answer] > 1 || len(labels) > 0 && question.checked {
		a.answer = answerAmbiguous
	}
	return a
}

// below returns what is written under the first line of a list item: further
// paragraphs, and the items of one list.
func below(item ast.Node, source []byte) string {
	var b strings.Builder
	for child := item.FirstChild().NextSibling(); child != nil; child = child.NextSibling() {
		b.WriteString(paragraph(child, source) + " ")
		if child.Kind() != ast.KindList {
			continue
		}
		for inner := child.FirstChild(); inner != nil; inner = inner.NextSibling() {
			if l := readLine(inner.FirstChild(), source); !l.box {
				b.WriteString(l.text + " " + l.rest + " ")
			}
		}
	}
	return b.String()
}

func paragraph(n ast.Node, source []byte) string {
	l := readLine(n, source)
	return l.text + " " + l.rest
}
