package pullrequest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// FuzzLoad feeds the loader snapshots. Whatever they hold, there is either a
// usage error or one subject.
func FuzzLoad(f *testing.F) {
	text, err := json.Marshal(base())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	fixture, err := os.ReadFile("../../../testdata/repos/payments/pull-request.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(fixture))
	f.Fuzz(func(t *testing.T, text string) {
		inventory, err := loadText(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "pr.json:") {
				t.Errorf("the error has no place: %v", err)
			}
			return
		}
		s := inventory.Subjects[0]
		for _, path := range []annexgate.Path{nil, {"reviews", 0, "commit_id"}, {"files", 0}} {
			if s.Source.Find(path).Line == 0 {
				t.Errorf("%s has no place", path)
			}
		}
	})
}

// FuzzChecklist feeds the reader bodies. Every answer is one of the six.
func FuzzChecklist(f *testing.F) {
	f.Add(Template(DefaultQuestions()))
	f.Add("> 1. [x] a <!-- annexgate:a -->\n>    - [X] N/A (b)\n")
	f.Add("-\n\n- <!-- annexgate:a -->\n\t- [ ]\n")
	f.Fuzz(func(t *testing.T, body string) {
		for id, a := range readChecklist(body) {
			switch a.answer {
			case answerYes, answerNo, answerNA, answerUnanswered, answerAmbiguous:
			default:
				t.Errorf("%s: answer %q", id, a.answer)
			}
		}
	})
}

// FuzzCodeowners feeds the matcher files and paths. A path belongs to no line
// but one that stands there.
func FuzzCodeowners(f *testing.F) {
	f.Add("* @acme/all\n/infra/ü?/**/x @erik # c\n", "infra/üx/a/x")
	f.Add("/ @erik\n\\  @erik\n", "a\nb")
	f.Fuzz(func(t *testing.T, file, path string) {
		set, err := parseCodeowners(file)
		if err != nil {
			return
		}
		if r := set.match(path); r != nil && (r.line < 1 || r.line > strings.Count(file, "\n")+1) {
			t.Errorf("line %d of %q", r.line, file)
		}
	})
}
