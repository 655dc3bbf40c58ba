package pullrequest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// answers tells the answers in body, with their explanations, by ID.
func answersIn(body string) string {
	read := readChecklist(body)
	var got []string
	for _, id := range slices.Sorted(maps.Keys(read)) {
		entry := id + " " + read[id].answer
		if read[id].explanation != "" {
			entry += " (" + read[id].explanation + ")"
		}
		got = append(got, entry)
	}
	return strings.Join(got, ", ")
}

func TestTemplateIsUnanswered(t *testing.T) {
	want := "api-surface unanswered, auth unanswered, dependencies unanswered, logging unanswered, untrusted-input unanswered"
	body := Template(DefaultQuestions())
	if got := answersIn(body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, q := range DefaultQuestions() {
		if got := readChecklist(body)[q.ID].text; got != q.Text {
			t.Errorf("%s: got the text %q, want %q", q.ID, got, q.Text)
		}
	}
}

func TestChecklist(t *testing.T) {
	// The question of every case, and its three boxes as the case has them.
	const question = "- **Does it touch login?** <!-- annexgate:auth -->\n"
	boxes := func(yes, no, na string) string {
		return question + "  - " + yes + " Yes\n  - " + no + " No\n  - " + na + " Not applicable\n"
	}
	const off, on = "[ ]", "[x]"

	for name, test := range map[string]struct{ body, want string }{
		"yes":            {boxes(on, off, off), "auth yes"},
		"no":             {boxes(off, on, off), "auth no"},
		"not applicable": {boxes(off, off, on), "auth na"},
		"no box ticked":  {boxes(off, off, off), "auth unanswered"},
		"no body":        {"", ""},
		"plain text":     {"Does it touch login? No", ""},

		// What is a box.
		"a capital X":                       {boxes(off, "[X]", off), "auth no"},
		"two ticks":                         {boxes(on, on, off), "auth ambiguous"},
		"spaces inside the brackets":        {boxes(off, "[ x ]", off), "auth unanswered ([ x ] No)"},
		"a check mark":                      {boxes(off, "[✓]", off), "auth unanswered ([✓] No)"},
		"a full-width x":                    {boxes(off, "[ｘ]", off), "auth unanswered ([ｘ] No)"},
		"an escaped bracket":                {boxes(off, `\[x]`, off), `auth unanswered (\[x] No)`},
		"empty brackets":                    {boxes(off, "[]", off), "auth unanswered ([] No)"},
		"no space behind the bracket":       {question + "  - [x]No\n", "auth unanswered ([?]No)"},
		"stars as bullets":                  {"* Q <!-- annexgate:auth -->\n  * [ ] Yes\n  * [x] No\n", "auth no"},
		"pluses as bullets":                 {"+ Q <!-- annexgate:auth -->\n  + [ ] Yes\n  + [x] No\n", "auth no"},
		"numbers as bullets":                {"1. **Does it touch login?** <!-- annexgate:auth -->\n   1. [ ] Yes\n   2. [x] No\n", "auth no"},
		"CRLF":                              {strings.ReplaceAll(boxes(off, on, off), "\n", "\r\n"), "auth no"},
		"lone CR":                           {strings.ReplaceAll(boxes(off, on, off), "\n", "\r"), "auth no"},
		"tabs":                              {"-\tQ <!-- annexgate:auth -->\n\t- [x] No\n", "auth no"},
		"in a quote":                        {"> " + strings.ReplaceAll(boxes(off, on, off), "\n", "\n> "), "auth no"},
		"in details":                        {"<details><summary>Security</summary>\n\n" + boxes(off, on, off) + "\n</details>", "auth no"},
		"in details, where GitHub shows no": {"<details>\n" + boxes(off, on, off) + "</details>", ""},
		"nested under a heading of a list":  {"- Security\n  " + strings.ReplaceAll(boxes(off, on, off), "\n", "\n  "), "auth no"},
		"with blank lines between":          {strings.ReplaceAll(boxes(off, on, off), "\n", "\n\n"), "auth no"},
		"in a fence":                        {"```\n" + boxes(off, on, off) + "```\n", ""},
		"boxes in a fence":                  {question + "  ```\n  - [x] No\n  ```\n", "auth unanswered"},
		"in indented code":                  {"text\n\n    " + strings.ReplaceAll(boxes(off, on, off), "\n", "\n    "), ""},
		"in a comment":                      {"<!--\n- Q\n  - [x] No\n-->\n", ""},
		"boxes in a comment":                {question + "  <!--\n  - [x] No\n  -->\n  - [ ] Yes\n", "auth unanswered"},
		"an ID in backticks":                {"- Q `<!-- annexgate:auth -->`\n  - [x] No\n", ""},
		"an ID inside a comment":            {"- Q <!-- hint: <!-- annexgate:auth -->\n  - [x] No\n", ""},
		"an ID outside a list":              {"Q <!-- annexgate:auth -->\n\n- [x] No\n", ""},
		"an ID that is none":                {"- Q <!-- annexgate:Au th -->\n  - [x] No\n", ""},
		"boxes that moved out":              {question + "- [x] No\n", "auth unanswered"},
		"a link's definition is no trick":   {boxes(off, on, off) + "\n[x]: https://example.com\n", "auth no"},

		// What is an answer.
		"emphasis":                        {question + "  - [x] **No**\n", "auth no"},
		"another case":                    {question + "  - [x] NO\n", "auth no"},
		"n/a":                             {question + "  - [x] N/A\n", "auth na"},
		"a box with another label":        {question + "  - [x] Maybe\n  - [ ] No\n", "auth ambiguous (Maybe)"},
		"a label that says the opposite":  {question + "  - [x] No longer harmless\n", "auth ambiguous (No longer harmless)"},
		"a struck label":                  {question + "  - [x] <del>No</del>\n", "auth ambiguous (<del>No</del>)"},
		"a struck label in Markdown":      {question + "  - [x] ~~No~~\n", "auth ambiguous (~~No~~)"},
		"the same label twice":            {question + "  - [x] No\n  - [ ] No\n", "auth ambiguous"},
		"the other labels are taken out":  {question + "  - [x] No\n", "auth no"},
		"the question twice":              {boxes(off, on, off) + "\ntext\n\n" + boxes(off, on, off), "auth ambiguous"},
		"two IDs on one question":         {"- Q <!-- annexgate:auth --> <!-- annexgate:logging -->\n  - [x] No\n", "auth ambiguous, logging ambiguous"},
		"a question inside another":       {boxes(off, on, off) + "  - Q <!-- annexgate:sub -->\n    - [x] Yes\n", "auth no, sub yes"},
		"a statement to tick":             {"- [x] I have checked it <!-- annexgate:auth -->\n", "auth yes"},
		"a statement that is not":         {"- [ ] I have checked it <!-- annexgate:auth -->\n", "auth unanswered"},
		"a ticked question with boxes":    {"- [x] Q <!-- annexgate:auth -->\n  - [x] No\n", "auth ambiguous"},
		"an ID in front of the statement": {"- [x] <!-- annexgate:auth --> I have checked it\n", "auth yes"},
		"entities are what they show":     {question + "  - [x] N&#111;\n", "auth no"},

		// Explanations.
		"behind a colon":             {question + "  - [x] Yes: adds OIDC_CLIENT to the admin login\n", "auth yes (adds OIDC_CLIENT to the admin login)"},
		"behind a dash":              {question + "  - [x] Not applicable — documentation only\n", "auth na (documentation only)"},
		"in brackets":                {question + "  - [x] No (same code path)\n", "auth no (same code path)"},
		"on the next line":           {question + "  - [x] Yes\n    adds a role\n", "auth yes (adds a role)"},
		"below the box":              {question + "  - [x] Yes\n\n    adds a role\n", "auth yes (adds a role)"},
		"in a list below the box":    {question + "  - [x] Yes\n    - adds a role\n    - and a key\n", "auth yes (adds a role and a key)"},
		"below the boxes":            {boxes(on, off, off) + "\n  adds a role\n", "auth yes (adds a role)"},
		"of a box that is not":       {question + "  - [ ] Yes: adds a role\n  - [x] No\n", "auth no"},
		"comments are not":           {question + "  - [x] Yes <!-- why? -->\n", "auth yes"},
		"on the line below question": {"- Q <!-- annexgate:auth -->\n  adds a role\n  - [x] Yes\n", "auth yes (adds a role)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := answersIn(test.body); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestQuestionText(t *testing.T) {
	for body, want := range map[string]string{
		"- **Does it touch\n  login?** <!-- annexgate:a -->\n  - [x] No": "Does it touch login?",
		"- Does `it` _not_ touch  login? <!-- annexgate:a -->":           "Does `it` not touch login?",
		"- [ ] I have NOT checked <!-- annexgate:a -->":                  "I have NOT checked",
	} {
		if got := readChecklist(body)["a"].text; got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}

func TestChecklistOfTheBody(t *testing.T) {
	body := func(body any) func(object) {
		return func(snap object) { snap["pull_request"].(object)["body"] = body }
	}
	answerTo := func(s *annexgate.Subject, id string) any {
		questions, ok := s.Facts["checklist"].(object)["questions"].(object)
		if !ok {
			return s.Facts["checklist"].(object)["questions"]
		}
		return questions[id].(object)["answer"]
	}
	if got := answerTo(load(t, body(nil)), "auth"); got != "missing" {
		t.Errorf("null body: got %v, want missing", got)
	}
	if got := answerTo(load(t, body("- Q <!-- annexgate:auth -->\r\n  - [x] No\r\n")), "auth"); got != "no" {
		t.Errorf("answered: got %v, want no", got)
	}
	s := load(t, func(snap object) { delete(snap["pull_request"].(object), "body") })
	if u, ok := answerTo(s, "auth").(annexgate.UnknownValue); !ok || u.Reason != "the snapshot's pull_request has no body" {
		t.Errorf("no body: got %v, want unknown", answerTo(s, "auth"))
	}
}
