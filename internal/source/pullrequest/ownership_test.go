package pullrequest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestCodeowners(t *testing.T) {
	for name, test := range map[string]struct{ file, path, want string }{
		"last match wins":                        {"* @acme/all\n/infra/ @acme/platform", "infra/main.tf", "2 [@acme/platform]"},
		"an earlier, narrower line loses":        {"/infra/ @acme/platform\n* @acme/all", "infra/main.tf", "2 [@acme/all]"},
		"no owner un-owns":                       {"* @acme/all\n/docs/", "docs/index.md", "2 []"},
		"no line matches":                        {"/docs/ @acme/docs", "infra/main.tf", "0 []"},
		"case counts":                            {"/Infra/ @acme/platform", "infra/main.tf", "0 []"},
		"a star stays in its folder":             {"docs/* @acme/docs", "docs/build/index.md", "0 []"},
		"a folder without slash is anywhere":     {"apps/ @octocat", "src/apps/main.go", "1 [@octocat]"},
		"a leading slash is the root":            {"/apps/ @octocat", "src/apps/main.go", "0 []"},
		"a slash inside is the root too":         {"src/apps @octocat", "lib/src/apps/main.go", "0 []"},
		"two stars":                              {"**/logs @octocat", "build/deep/logs/a.txt", "1 [@octocat]"},
		"an extension":                           {"*.tf @acme/platform", "infra/modules/db/main.tf", "1 [@acme/platform]"},
		"several owners, then a comment":         {"*.tf @acme/platform @erik sec@acme.engineering # all of infra", "a.tf", "1 [@acme/platform @erik sec@acme.engineering]"},
		"CRLF":                                   {"* @acme/all\r\n*.tf @erik\r\n", "a.tf", "2 [@erik]"},
		"a bad line is skipped, the rest stands": {"* @acme/all\n*.tf erik\n*.go @erik", "a.tf", "1 [@acme/all] skipped 2: invalid owner format 'erik' at position 6"},
		"no negation":                            {"* @acme/all\n!*.tf @erik", "a.tf", "1 [@acme/all] skipped 2: ! (negation) is not part of CODEOWNERS"},
		"no character classes":                   {"* @acme/all\n[a-z].tf @erik", "a.tf", "1 [@acme/all] skipped 2: [ ] (character class) is not part of CODEOWNERS"},
		"no escape of #":                         {"* @acme/all\n\\#a.tf @erik", "#a.tf", "1 [@acme/all] skipped 2: a pattern cannot contain #, escaped or not"},
		"a # inside does not un-own the rest":    {"* @acme/all\n/infra#/ @erik", "infra/a.tf", "1 [@acme/all] skipped 2: a pattern cannot contain #, escaped or not"},
		"a slash alone":                          {"* @acme/all\n/ @erik", "a.tf", "1 [@acme/all] skipped 2: the pattern / matches nothing"},
		"too many stars":                         {"* @acme/all\n/a*** @erik", "a.tf", "1 [@acme/all] skipped 2: pattern cannot contain three consecutive asterisks"},
		"an escaped space":                       {`/my\ infra/ @erik`, "my infra/a.tf", "1 [@erik]"},
		"a letter beyond ASCII":                  {"/über/ @erik", "über/a.tf", "1 [@erik]"},
		"and no other letter in its place":       {"/über/ @erik", "aber/a.tf", "0 []"},
		"wildcards beside it":                    {"/d?cs/*ü* @erik", "döcs/grün.md", "1 [@erik]"},
		"punctuation":                            {"/app/$id,x=~'&:.tsx @erik", "app/$id,x=~'&:.tsx", "1 [@erik]"},
		"a line feed in a name escapes no owner": {"* @acme/all", "a\nb/c.tf", "1 [@acme/all]"},
		"a long line does not hide the rest":     {"/" + strings.Repeat("a", 70_000) + " @erik\n* @acme/all", "a.tf", "2 [@acme/all] skipped 1: a pattern of more than 1000 bytes"},
		"a long list of owners does not either":  {"* " + strings.Repeat("@erik ", 20_000) + "\n*.tf @acme/all", "a.tf", "2 [@acme/all] skipped 1: the line is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := parseCodeowners(test.file)
			if err != nil {
				t.Fatal(err)
			}
			got := "0 []"
			if r := set.match(test.path); r != nil {
				got = fmt.Sprintf("%d %s", r.line, r.owners)
			}
			for _, line := range set.skipped {
				got += fmt.Sprintf(" skipped %d: %s", line.line, line.why)
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// covered tells, for each changed path, its line, owners and approvers, and
// then what is undecided.
func covered(s *annexgate.Subject) string {
	facts := s.Facts["ownership"].(object)
	var got []string
	paths, _ := facts["paths"].([]any)
	for _, p := range paths {
		p := p.(object)
		entry := fmt.Sprintf("%s:%s %s by %s", p["path"], p["codeowners_line"], p["owners"], p["approved_by"])
		if p["undecided"].(bool) {
			entry += "?"
		}
		got = append(got, entry)
	}
	if u, ok := facts["undecided"].(annexgate.UnknownValue); ok {
		got = append(got, "undecided: "+u.Reason)
	}
	return strings.Join(got, ", ")
}

func files(list ...any) func(object) {
	return func(snap object) {
		snap["files"] = list
		snap["pull_request"].(object)["changed_files"] = len(list)
	}
}

func TestOwnership(t *testing.T) {
	file := func(name, status string) object { return object{"filename": name, "status": status} }
	owners := func(text string) func(object) { return with("codeowners", text) }

	for name, test := range map[string]struct {
		edits []func(object)
		want  string
	}{
		"a member of the owning team approves":  {nil, "infra/main.tf:1 [@acme/platform] by [erik]"},
		"an owner by login, in other letters":   {[]func(object){owners("* @ERIK")}, "infra/main.tf:1 [@ERIK] by [erik]"},
		"somebody else approves":                {[]func(object){owners("* @nora")}, "infra/main.tf:1 [@nora] by []"},
		"team names in other letters":           {[]func(object){owners("* @Acme/Platform")}, "infra/main.tf:1 [@Acme/Platform] by [erik]"},
		"an approval that does not count":       {[]func(object){reviews(approval(1, "erik", object{"commit_id": oldSHA}))}, "infra/main.tf:1 [@acme/platform] by []"},
		"the author covers nothing":             {[]func(object){owners("* @mia"), reviews(approval(1, "mia"), approval(2, "erik"))}, "infra/main.tf:1 [@mia] by []"},
		"the author in the owning team neither": {[]func(object){reviews(approval(1, "mia"), approval(2, "nora"))}, "infra/main.tf:1 [@acme/platform] by []"},
		"a deletion counts":                     {[]func(object){files(file("infra/old.tf", "removed"))}, "infra/old.tf:1 [@acme/platform] by [erik]"},
		"a rename counts for both paths": {
			[]func(object){owners("/a/ @nora\n/b/ @erik"), files(object{"filename": "b/x.tf", "previous_filename": "a/x.tf", "status": "renamed"})},
			"b/x.tf:2 [@erik] by [erik], a/x.tf:1 [@nora] by []",
		},
		"a copy counts for the new path": {
			[]func(object){owners("/a/ @nora\n/b/ @erik"), files(object{"filename": "b/x.tf", "previous_filename": "a/x.tf", "status": "copied"})},
			"b/x.tf:2 [@erik] by [erik]",
		},
		"nobody owns it":                      {[]func(object){owners("")}, "infra/main.tf:0 [] by []"},
		"no codeowners":                       {[]func(object){without("codeowners")}, "undecided: the snapshot has no codeowners"},
		"codeowners too large for GitHub":     {[]func(object){owners(strings.Repeat("#", 3_000_001))}, "undecided: CODEOWNERS has more than 3 MB: GitHub does not load it"},
		"more rules and paths than can match": {[]func(object){owners(strings.Repeat("a\n", 19_999)), files(file(strings.Repeat("p", 20_000), "added"))}, "undecided: CODEOWNERS has too many rules to match with so many paths"},
		"no files":                            {[]func(object){without("files")}, "undecided: the snapshot has no files"},
		"too few files": {
			[]func(object){func(snap object) { snap["pull_request"].(object)["changed_files"] = 2 }},
			"infra/main.tf:1 [@acme/platform] by [erik], undecided: the snapshot lists 1 of 2 files",
		},
		"no teams":                           {[]func(object){without("teams")}, "infra/main.tf:1 [@acme/platform] by []?, undecided: the snapshot has no teams"},
		"a team that is not listed":          {[]func(object){owners("* @acme/sec")}, "infra/main.tf:1 [@acme/sec] by []?, undecided: the snapshot's teams do not list the members of @acme/sec"},
		"no teams, and nobody approved":      {[]func(object){without("teams"), reviews()}, "infra/main.tf:1 [@acme/platform] by []"},
		"no teams, but an owner by login":    {[]func(object){without("teams"), owners("* @acme/platform @erik")}, "infra/main.tf:1 [@acme/platform @erik] by [erik]"},
		"an owner by e-mail address":         {[]func(object){owners("* erik@acme.example")}, "infra/main.tf:1 [erik@acme.example] by []?, undecided: the owner erik@acme.example is an e-mail address: nobody can tell whose account it is"},
		"an approval that may count":         {[]func(object){without("permissions")}, "infra/main.tf:1 [@acme/platform] by []?, undecided: the snapshot has no permissions"},
		"one that may count, by a stranger":  {[]func(object){without("permissions"), owners("* @nora")}, "infra/main.tf:1 [@nora] by []"},
		"no reviews":                         {[]func(object){without("reviews")}, "infra/main.tf:1 [@acme/platform] by []?, undecided: the snapshot has no reviews"},
		"no reviews, of a path nobody owns":  {[]func(object){without("reviews"), owners("/docs/ @erik")}, "infra/main.tf:0 [] by []"},
		"a path once, though touched by two": {[]func(object){files(file("a", "added"), object{"filename": "b", "previous_filename": "a", "status": "renamed"})}, "a:1 [@acme/platform] by [erik], b:1 [@acme/platform] by [erik]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := covered(load(t, test.edits...)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestPathsPointAtTheirFile(t *testing.T) {
	s := load(t, files(object{"filename": "a", "status": "added"}, object{"filename": "c", "previous_filename": "b", "status": "renamed"}))
	var got []string
	for _, p := range s.Facts["ownership"].(object)["paths"].([]any) {
		got = append(got, fmt.Sprint(p.(object)["path"], p.(object)["at"]))
	}
	if want := "a[files 0 filename] c[files 1 filename] b[files 1 previous_filename]"; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestSkippedLinesAreNotices(t *testing.T) {
	doc := `{"pull_request": {"number": 7, "head": {"sha": "` + headSHA + `"}, "base": {"sha": "` + headSHA + `"}, "user": {"id": 1, "login": "mia", "type": "User"}},
		"codeowners": "* @acme/all\n!x @erik\n"}`
	inventory, err := loadText(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := "pr.json:2:3: CODEOWNERS line 2 is skipped: ! (negation) is not part of CODEOWNERS"
	if got := inventory.Problems; len(got) != 1 || got[0].String() != want || got[0].Loss != annexgate.Notice {
		t.Errorf("got %v, want the notice %s", got, want)
	}
}

func TestMatchingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	snap := &snapshot{
		source:     &annexgate.Source{},
		codeowners: "* @erik",
		files:      []changedFile{{name: "a"}},
	}
	if _, _, err := own(ctx, snap, judgement{}); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
