package pullrequest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const (
	headSHA = "9c1f0e5b7a2d4c6e8f0a1b2c3d4e5f6a7b8c9d0e"
	oldSHA  = "1b7d2f40c95e4a3b8d6f7e0a9c8b7a6d5e4f3c2b"
)

type object = map[string]any

// base returns a snapshot without a gap: mia opened the pull request and wrote
// its one commit, erik approved the head.
func base() object {
	return object{
		"pull_request": object{
			"number": 7, "body": "", "commits": 1, "changed_files": 1,
			"head": object{"sha": headSHA}, "base": object{"sha": strings.Repeat("b", 40)},
			"user": user("mia"),
		},
		"reviews":     []any{approval(1, "erik")},
		"commits":     []any{commitBy("mia", headSHA)},
		"files":       []any{object{"filename": "infra/main.tf", "status": "modified"}},
		"timeline":    []any{},
		"permissions": object{"erik": object{"permission": "write", "role_name": "write"}, "nora": object{"permission": "write", "role_name": "maintain"}},
		"teams":       object{"acme/platform": []any{"Erik", "mia"}},
		"codeowners":  "* @acme/platform\n",
	}
}

var ids = map[string]int{"mia": 101, "erik": 102, "nora": 103, "renovate[bot]": 104, "web-flow": webFlow, "ghost": ghost}

func user(login string) object {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return object{"login": login, "id": ids[login], "type": kind}
}

func approval(id int, login string, changes ...object) object {
	r := object{
		"id": id, "user": user(login), "state": "APPROVED", "commit_id": headSHA,
		"submitted_at": "2026-11-20T12:00:00Z",
	}
	for _, change := range changes {
		for key, value := range change {
			r[key] = value
		}
	}
	return r
}

func commitBy(login, sha string) object {
	person := object{"name": login, "email": login + "@acme.example", "date": "2026-11-20T09:00:00Z"}
	return object{
		"sha": sha, "author": user(login), "committer": user(login),
		"commit": object{"author": person, "committer": person, "message": "infra: move exports"},
	}
}

// without returns an edit that leaves sections out.
func without(sections ...string) func(object) {
	return func(snap object) {
		for _, section := range sections {
			delete(snap, section)
		}
	}
}

func with(section string, value any) func(object) {
	return func(snap object) { snap[section] = value }
}

// load loads the base snapshot as edits change it.
func load(t *testing.T, edits ...func(object)) *annexgate.Subject {
	t.Helper()
	snap := base()
	for _, edit := range edits {
		edit(snap)
	}
	text, err := json.MarshalIndent(snap, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	inventory, err := loadText(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Subjects[0]
}

func loadText(text string) (*annexgate.Inventory, error) {
	fsys := fstest.MapFS{"pr.json": {Data: []byte(text)}}
	return Loader{}.Load(context.Background(), fsys, []string{"pr.json"})
}

func TestMalformedSnapshotIsAUsageError(t *testing.T) {
	valid := `"pull_request": {"number": 7, "head": {"sha": "` + headSHA + `"}, "base": {"sha": "` + headSHA + `"}, "user": {"id": 1, "login": "mia", "type": "User"}}`
	for name, test := range map[string]struct{ text, want string }{
		"empty":                    {" \n", "pr.json:1:1: the snapshot is empty: want a JSON object with pull_request"},
		"not JSON":                 {"{\n  \"reviews\": nope\n}", "pr.json:2:15: the snapshot is not JSON: invalid character 'o' in literal null (expecting 'u')"},
		"cut off":                  {"{\n  \"reviews\": [", "pr.json:2:14: the snapshot is not JSON: unexpected end of JSON input"},
		"trailing data":            {"{}\n{}", "pr.json:2:1: the snapshot is not JSON: invalid character '{' after top-level value"},
		"a list":                   {"[]", "pr.json:1:1: the snapshot: want an object with pull_request, found a list"},
		"no pull_request":          {"{}", "pr.json:1:1: pull_request: want an object, found nothing"},
		"null pull_request":        {"{\n  \"pull_request\": null}", "pr.json:2:3: pull_request: want an object, found null"},
		"no number":                {"{\n  \"pull_request\": {}}", "pr.json:2:3: pull_request.number: want a whole number, found nothing"},
		"a fractional number":      {`{"pull_request": {"number": 7.5}}`, "pr.json:1:19: pull_request.number: want a whole number, found the number 7.5"},
		"no head":                  {`{"pull_request": {"number": 7}}`, "pr.json:1:2: pull_request.head: want an object, found nothing"},
		"a head that is no commit": {`{"pull_request": {"number": 7, "head": {"sha": "main"}}}`, `pr.json:1:41: pull_request.head.sha: want a commit ID of 40 or 64 hexadecimal digits, found the string "main"`},
		"no base":                  {`{"pull_request": {"number": 7, "head": {"sha": "` + headSHA + `"}}}`, "pr.json:1:2: pull_request.base: want an object, found nothing"},
		"no user":                  {`{"pull_request": {"number": 7, "head": {"sha": "` + headSHA + `"}, "base": {"sha": "` + headSHA + `"}}}`, "pr.json:1:2: pull_request.user: want an account, found nothing"},
		"a misspelt section":       {"{" + valid + ",\n \"review\": []}", `pr.json:2:2: review: unknown key "review": did you mean "reviews"?`},
		"a foreign key":            {"{" + valid + ",\n \"organization\": []}", `pr.json:2:2: organization: unknown key "organization": want one of body_edits, check_runs, codeowners, collected_at, commits, files, permissions, pull_request, requested_reviewers, reviews, rules, teams, timeline`},
		"a section of wrong type":  {"{" + valid + ",\n \"files\": {}}", "pr.json:2:2: files: want a list, found an object"},
		"a field of wrong type":    {"{" + valid + ",\n \"files\": [{\"filename\": true}]}", "pr.json:2:13: files[0].filename: want a string, found true"},
		"an item of wrong type":    {"{" + valid + ",\n \"reviews\": [\n  7]}", "pr.json:3:3: reviews[0]: want an object, found the number 7"},
		"a time that is none":      {"{" + valid + ",\n \"collected_at\": \"yesterday\"}", `pr.json:2:2: collected_at: want a time such as 2026-11-21T10:00:00Z, found the string "yesterday"`},
		"a rename from nowhere":    {"{" + valid + ",\n \"files\": [{\"filename\": \"a\", \"status\": \"renamed\"}]}", "pr.json:2:12: files[0].previous_filename: want a string, found nothing"},
		"a key twice":              {"{\n\"reviews\": [],\n\"reviews\": []}", `pr.json:3:1: the key "reviews" stands twice in one object`},
		"invalid UTF-8":            {"{\"title\": \"\xff\"}", "pr.json:1:12: byte 0xff is not UTF-8"},
		"UTF-16":                   {"\xff\xfe{\x00}\x00", "pr.json:1:1: the snapshot is UTF-16: save it as UTF-8"},
		"deep nesting":             {strings.Repeat("[", 100) + strings.Repeat("]", 100), "pr.json:1:65: more than 64 levels of nesting"},
		"very deep nesting":        {strings.Repeat("[", 20_000), "pr.json:1:10001: the snapshot is not JSON: invalid character '[' exceeded max depth"},
		"control characters":       {"{\"\\u001b[31m\\u202ex\": 1,\"pull_request\": {}}", `pr.json:1:2: ["\x1b[31m\u202ex"]: unknown key "\x1b[31m\u202ex": want one of body_edits, check_runs, codeowners, collected_at, commits, files, permissions, pull_request, requested_reviewers, reviews, rules, teams, timeline`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadText(test.text)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if !errors.Is(err, annexgate.ErrUsage) {
				t.Error("the error is no usage error")
			}
		})
	}
}

func TestSnapshotThatIsNotThereIsAUsageError(t *testing.T) {
	_, err := Loader{}.Load(context.Background(), fstest.MapFS{}, []string{"pr.json"})
	if want := "read pull-request snapshot pr.json: file does not exist"; err == nil || err.Error() != want || !errors.Is(err, annexgate.ErrUsage) {
		t.Errorf("got %v, want the usage error %q", err, want)
	}
}

func TestSubject(t *testing.T) {
	text := "\xef\xbb\xbf{\r\n  \"pull_request\": {\r\n    \"number\": 12345678901234567,\r\n    \"head\": {\"sha\": \"" + headSHA +
		"\"},\r\n    \"base\": {\"sha\": \"" + headSHA + "\"},\r\n    \"user\": {\"id\": 1, \"login\": \"mia\", \"type\": \"User\"},\r\n    \"id\": 9007199254740993\r\n  },\r\n" +
		"  \"check_runs\": null\r\n}"
	inventory, err := loadText(text)
	if err != nil {
		t.Fatal(err)
	}
	s := inventory.Subjects[0]
	if s.Address != "pull_request/12345678901234567" || s.Kind != annexgate.PullRequest || s.Type != "pull_request" {
		t.Errorf("got %s %s %s", s.Kind, s.Type, s.Address)
	}
	if got := s.Values["pull_request"].(object)["id"]; got != json.Number("9007199254740993") {
		t.Errorf("id is %v: numbers must keep their digits", got)
	}
	for _, test := range []struct {
		path annexgate.Path
		want string
	}{
		{nil, "pr.json:3:5"},
		{annexgate.Path{"reviews"}, "pr.json:3:5"},
		{annexgate.Path{"pull_request", "head", "sha"}, "pr.json:4:14"},
		{annexgate.Path{"pull_request", "body"}, "pr.json:2:3"},
	} {
		if got := s.Source.Find(test.path).String(); got != test.want {
			t.Errorf("%s is at %s, want %s", test.path, got, test.want)
		}
	}
	if at := s.At; at.Line != 1 || at.EndLine != 10 {
		t.Errorf("the subject is at lines %d to %d, want 1 to 10", at.Line, at.EndLine)
	}
}

func TestWhatIsMissingIsUnknown(t *testing.T) {
	s := load(t, without("reviews", "codeowners"), with("check_runs", nil))
	for path, want := range map[string]string{
		"reviews":                 "the snapshot has no reviews",
		"codeowners":              "the snapshot has no codeowners",
		"check_runs":              "the snapshot has no check_runs",
		"rules":                   "the snapshot has no rules",
		"pull_request.draft":      "the snapshot's pull_request has no draft",
		"pull_request.additions":  "the snapshot's pull_request has no additions",
		"pull_request.requested_": "",
	} {
		got := ""
		for _, u := range annexgate.Unknowns(s.Values) {
			if u.Path.String() == path {
				got = u.Reason
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if _, ok := s.Values["commits"].([]any); !ok {
		t.Error("commits are there and must stay")
	}
}

func TestShortListsAreProblems(t *testing.T) {
	snap := base()
	pr := snap["pull_request"].(object)
	pr["commits"], pr["changed_files"] = 2, 3
	text, _ := json.Marshal(snap)
	inventory, err := loadText(string(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range inventory.Problems {
		got = append(got, p.Message)
		if p.Loss != annexgate.Partial || p.Kind != annexgate.PullRequest {
			t.Errorf("%s: kind %s, loss %d", p, p.Kind, p.Loss)
		}
	}
	want := "the snapshot lists 1 of 2 commits; the snapshot lists 1 of 3 files"
	if strings.Join(got, "; ") != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestHostileText(t *testing.T) {
	long := strings.Repeat("::error::\x1b[2J\u202e<script>\r\n", 1<<16)
	s := load(t, func(snap object) {
		pr := snap["pull_request"].(object)
		pr["title"], pr["body"] = long, long
		snap["reviews"] = []any{approval(1, "erik", object{"body": long, "user": object{"id": 5, "type": long, "login": long}})}
		snap["files"] = []any{object{"filename": long, "status": "added"}}
		snap["codeowners"] = long
	})
	questions := s.Facts["checklist"].(object)["questions"]
	if u, ok := questions.(annexgate.UnknownValue); !ok || !strings.Contains(u.Reason, "GitHub accepts 65536") {
		t.Errorf("checklist of a body of %d bytes: %v", len(long), questions)
	}
	review, _ := json.Marshal(s.Facts["review"])
	if len(review) > 2000 {
		t.Errorf("the facts about one review take %d bytes", len(review))
	}
}

func TestSnapshotsAreBounded(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"bytes":  {strings.Repeat(" ", maxSnapshot+1), "read pull-request snapshot pr.json: larger than 64 MiB"},
		"values": {"[" + strings.Repeat("0,", maxValues) + "0]", "pr.json:1:2000000: more than 1000000 values"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := loadText(test.text); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// BenchmarkLoad reads a pull request of 3,000 files and 250 commits, the most
// that GitHub's API lists, with 120 reviews and 200 lines of CODEOWNERS.
func BenchmarkLoad(b *testing.B) {
	snap := base()
	changed, history, opinions, owners := []any{}, []any{}, []any{}, "* @acme/platform\n"
	for i := range 3000 {
		changed = append(changed, object{"filename": fmt.Sprintf("services/s%d/infra/main.tf", i), "status": "modified", "patch": strings.Repeat("+ line\n", 100)})
	}
	for i := range 249 {
		history = append(history, commitBy("mia", fmt.Sprintf("%040x", i)))
	}
	for i := range 120 {
		opinions = append(opinions, approval(i, "erik", object{"state": "COMMENTED"}))
	}
	for i := range 200 {
		owners += fmt.Sprintf("/services/s%d*/ @erik\n", i)
	}
	files(changed...)(snap)
	commits(append(history, commitBy("mia", headSHA))...)(snap)
	snap["reviews"], snap["codeowners"] = opinions, owners
	text, err := json.Marshal(snap)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := loadText(string(text)); err != nil {
			b.Fatal(err)
		}
	}
}
