package accept

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// spans tells for each inline waiver its line and the lines it is about.
func spans(name, text string) (got []string) {
	for _, w := range Inline(name, []byte(text)) {
		got = append(got, fmt.Sprintf("%s at %d: %d-%d", w.Policy, w.At.Line, w.Span.Line, w.Span.EndLine))
	}
	return got
}

func TestInlineHCL(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"above a block":                  {"# annexgate:ignore p\nresource \"a\" \"b\" {\n  c = 1\n}\nd = 2\n", []string{"p at 1: 2-4"}},
		"on the first line of a block":   {"resource \"a\" \"b\" { # annexgate:ignore p\n  c = 1\n}\n", []string{"p at 1: 1-3"}},
		"on a line":                      {"a {\n  c = 1 // annexgate:ignore p\n  d = 2\n}\n", []string{"p at 2: 2-2"}},
		"above a line":                   {"a {\n  # annexgate:ignore p\n  c = 1\n  d = 2\n}\n", []string{"p at 2: 3-3"}},
		"above a value of several lines": {"a {\n  # annexgate:ignore p\n  c = [\n    1,\n    {\n    },\n  ]\n  d = 2\n}\n", []string{"p at 2: 3-7"}},
		"above a text of several lines":  {"a {\n  # annexgate:ignore p\n  c = <<EOT\n# annexgate:ignore no\nEOT\n  d = 2\n}\n", []string{"p at 2: 3-5"}},
		"several above a block":          {"# annexgate:ignore p\n# why\n// annexgate:ignore q\na {\n}\n", []string{"p at 1: 4-5", "q at 3: 4-5"}},
		"with an empty line between":     {"# annexgate:ignore p\n\na {\n}\n", []string{"p at 1: 0-0"}},
		"at the end":                     {"a {\n}\n# annexgate:ignore p", []string{"p at 3: 0-0"}},
		"in a block comment":             {"/* annexgate:ignore p */\na {\n}\n", []string{"p at 1: 2-3"}},
		"in a block comment on the line": {"a {\n  b = 1 /* annexgate:ignore p */\n}\n", []string{"p at 2: 2-2"}},
		"not in a text":                  {"a = \"# annexgate:ignore p\"\n", nil},
		"not in the middle of a comment": {"# see annexgate:ignore p\na {}\n", nil},
		"not as part of a word":          {"# annexgate:ignored p\na {}\n", nil},
		"in what does not parse":         {"a {{{\n# annexgate:ignore p\nb = 1\n", []string{"p at 2: 3-3"}},
		"more closed than was opened":    {"}}}\n# annexgate:ignore p\na {\n}\n", []string{"p at 2: 3-4"}},
		"with a byte order mark":         {"\ufeff# annexgate:ignore p\na {\n}\n", []string{"p at 1: 2-3"}},
		"with CRLF":                      {"# annexgate:ignore p\r\na {\r\n}\r\n", []string{"p at 1: 2-3"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, spans("main.tf", c.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInlineYAML(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"above a document":               {"# annexgate:ignore p\nkind: Pod\nspec:\n  a: 1\n---\nkind: Pod\n", []string{"p at 1: 2-4"}},
		"above a later document":         {"kind: Pod\n---\n# annexgate:ignore p\nkind: Pod\nspec: 1\n", []string{"p at 3: 4-6"}},
		"above a key":                    {"kind: Pod\nspec:\n  # annexgate:ignore p\n  a:\n    b: 1\n\n    c: 2\n  d: 3\n", []string{"p at 3: 4-7"}},
		"above an item":                  {"a:\n  # annexgate:ignore p\n  - b: 1\n    c: 2\n  - d: 3\n", []string{"p at 2: 3-4"}},
		"above a list as deep":           {"kind: x\n# annexgate:ignore p\na:\n- b: 1\n  c: 2\n- d\ne: 1\n", []string{"p at 2: 3-6"}},
		"on a line":                      {"kind: x\na: 1 # annexgate:ignore p\nb: 2\n", []string{"p at 2: 2-2"}},
		"on the line of a key":           {"kind: x\na: # annexgate:ignore p\n  b: 2\nc: 3\n", []string{"p at 2: 2-3"}},
		"not in a text of lines":         {"kind: x\na: |\n  # annexgate:ignore p\n  b\nc: 1 # annexgate:ignore q\n", []string{"q at 5: 5-5"}},
		"not in a folded text in a list": {"a:\n  - b: >-\n      # annexgate:ignore p\n    # annexgate:ignore q\n    c: 1\n", []string{"q at 4: 5-5"}},
		"not in an item that is a text":  {"a:\n  - |\n    # annexgate:ignore p\n  # annexgate:ignore q\n  - c\n", []string{"q at 4: 5-5"}},
		"not in quotes":                  {"kind: x\na: \"b # annexgate:ignore p\"\nc: 'it''s # annexgate:ignore p'\n", nil},
		"an apostrophe opens no quote":   {"kind: x\na: it's # annexgate:ignore p\n", []string{"p at 2: 2-2"}},
		"not without a space":            {"kind: x\na: b#annexgate:ignore p\n", nil},
		"comments within a block":        {"kind: x\n# annexgate:ignore p\na:\n  b: 1\n# deeper\n  c: 2\nd: 1\n", []string{"p at 2: 3-6"}},
		"in a template":                  {"{{ if .x }}\nkind: x\n{{ end }}\n# annexgate:ignore p\na: {{ .y }}\n", []string{"p at 4: 5-5"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, spans("deploy.yaml", c.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := spans("main.py", "# annexgate:ignore p\n"); got != nil {
		t.Errorf("another language: %v", got)
	}
}

func TestParseIgnore(t *testing.T) {
	for text, want := range map[string]annexgate.Waiver{
		`p reason="by # hand" owner=@web approved_by=@ciso ticket=SEC-1 created=2026-11-01 not_before=2026-11-02 expires=2027-01-31 key=acl`: {
			Policy: "p", Reason: "by # hand", Owner: "@web", ApprovedBy: "@ciso", Ticket: "SEC-1", Key: "acl",
			Created: on("2026-11-01"), NotBefore: on("2026-11-02"), Expires: on("2027-01-31"),
		},
		``:                        {},
		`: p`:                     {Policy: "p"},
		`reason=x`:                {Reason: "x"},
		`p because of it`:         {Policy: "p", Faults: []string{`"because": want name=value, with the value in quotes when it has spaces`, `"of": want name=value, with the value in quotes when it has spaces`, `"it": want name=value, with the value in quotes when it has spaces`}},
		`p ownr=x`:                {Policy: "p", Faults: []string{`unknown key "ownr": did you mean owner?`}},
		`p owner=x owner=y`:       {Policy: "p", Owner: "x", Faults: []string{"owner is there twice"}},
		`p expires=tomorrow`:      {Policy: "p", Faults: []string{`expires "tomorrow": want a date like 2027-01-31`}},
		`p reason="never closed`:  {Policy: "p", Reason: "never closed", Faults: []string{"a quote is not closed"}},
		strings.Repeat("x", 9999): {Faults: []string{"a comment of more than 2000 bytes"}},
	} {
		var got annexgate.Waiver
		parseIgnore(&got, text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.60s: %s", text, diff)
		}
	}
}

func TestPeers(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       []string // tool, names, lines
	}{
		"trivy above a block":        {"a.tf", "#trivy:ignore:AVD-AWS-0086\na {\n}\n", []string{"trivy [AWS-0086] 2-3"}},
		"trivy, several":             {"a.tf", "a {\n  b = 1 #trivy:ignore:aws-s3-a,aws-s3-b\n}\n", []string{"trivy [aws-s3-a aws-s3-b] 2-2"}},
		"trivy, everything":          {"a.tf", "#trivy:ignore:*\na {}\n", []string{"trivy [] 2-2"}},
		"tfsec":                      {"a.tf", "# tfsec:ignore:aws-s3-block-public-acls\na {}\n", []string{"tfsec [aws-s3-block-public-acls] 2-2"}},
		"checkov inside a block":     {"a.tf", "a {\n  #checkov:skip=CKV_AWS_20:it is a site\n  b = 1\n}\n", []string{"checkov [CKV_AWS_20] 1-4 it is a site"}},
		"checkov, several":           {"a.tf", "a {\n  #checkov:skip=CKV_AWS_20,CKV_AWS_18: no\n}\n", []string{"checkov [CKV_AWS_20 CKV_AWS_18] 1-3 no"}},
		"checkov in annotations":     {"a.yaml", "kind: Pod\nmetadata:\n  annotations:\n    checkov.io/skip1: CKV_K8S_20=an agent\n---\nkind: Pod\n", []string{"checkov [CKV_K8S_20] 1-4 an agent"}},
		"kube-linter":                {"a.yaml", "kind: Pod\nmetadata:\n  annotations:\n    ignore-check.kube-linter.io/host-pid: \"an agent\"\n", []string{"kube-linter [host-pid] 1-5 an agent"}},
		"kics, a line":               {"a.yaml", "a: 1\n# kics-scan ignore-line\nb:\n  c: 1\n", []string{"kics [] 3-4"}},
		"kics, a file":               {"a.tf", "# kics-scan ignore\na {}\n", []string{"kics [] 1-1073741824"}},
		"kics, some rules":           {"a.tf", "# kics-scan disable=e38a8e0a-b88b-4902-b3fe-b0fcb17d5c10,x\na {}\n", []string{"kics [e38a8e0a-b88b-4902-b3fe-b0fcb17d5c10 x] 1-1073741824"}},
		"terrascan":                  {"a.tf", "a {\n  #ts:skip=AC_AWS_0214 because\n}\n", []string{"terrascan [AC_AWS_0214] 1-3 because"}},
		"kubesec":                    {"a.yaml", "kind: x\na: 1 # kubesec:ignore HostPID\n", []string{"kubesec [HostPID] 2-2"}},
		"nosec":                      {"a.tf", "a {\n b = 1 # nosec G101\n}\n", []string{"nosec [G101] 2-2"}},
		"semgrep":                    {"a.yaml", "kind: x\na: 1 # nosemgrep: a.b-c\n", []string{"semgrep [a.b-c] 2-2"}},
		"none":                       {"a.tf", "# please ignore: nothing\na = \"trivy:ignore:x\"\n", nil},
		"ours is not another tool's": {"a.tf", "# annexgate:ignore p\na {}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range Peers(c.file, []byte(c.text)) {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %v %d-%d %s", p.Tool, p.Names, p.Span.Line, p.Span.EndLine, p.Reason)))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPeerWaivers(t *testing.T) {
	peer := Peers("a.tf", []byte("# trivy:ignore:A,B:exp:2027-01-31\na {}\n"))[0]
	got := peer.Waivers()
	if len(got) != 2 || got[0].Policy != "A" || got[1].Policy != "B" || got[0].Expires != on("2027-01-31") || got[0].Reason == "" || got[0].ID == got[1].ID {
		t.Errorf("got %+v", got)
	}
	unreadable := Peers("a.tf", []byte("# trivy:ignore:A:exp:soon\na {}\n"))[0].Waivers()[0]
	if unreadable.Expires.IsZero() || unreadable.Expires.After(now) {
		t.Errorf("an end that nobody can read is %s", unreadable.Expires)
	}
}

func TestAFileOfCommentsCostsNoMinutes(t *testing.T) {
	text := strings.Repeat("# annexgate:ignore p\n", 200_000)
	for _, name := range []string{"a.tf", "a.yaml"} {
		if got := len(Inline(name, []byte(text))); got != maxComments {
			t.Errorf("%s: %d waivers", name, got)
		}
	}
}

// FuzzInline holds that no text makes it panic, and that lines are in the file.
func FuzzInline(f *testing.F) {
	f.Add("# annexgate:ignore p reason=\"x\"\na {\n}\n")
	f.Add("a: |\n  # annexgate:ignore p\n- b: 1 # checkov:skip=A:b\n---\n...\n")
	f.Add("/* annexgate:ignore */ ${ %{ << EOT\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, name := range []string{"a.tf", "a.yaml"} {
			for _, w := range Inline(name, []byte(text)) {
				if w.Span.Line > w.Span.EndLine || w.Span.EndLine > lines || w.At.Line > lines {
					t.Errorf("%s: %+v of %d lines", name, w.Span, lines)
				}
			}
			Peers(name, []byte(text))
		}
	})
}

func TestAdd(t *testing.T) {
	w := valid()
	w.Reason = hostile
	for name, text := range map[string]string{
		"no file":                   "",
		"only a comment":            "# ours\n",
		"an empty list":             "version: 1\nwaivers: []\n",
		"nothing behind the key":    "version: 1\nwaivers:\n",
		"no list":                   "version: 1\n",
		"a list as deep as its key": "version: 1\nwaivers:\n- {id: A, policy: p}\n",
		"no line feed at the end":   "version: 1\nwaivers:\n    - id: A\n      policy: p",
		"a key behind it":           "waivers:\n  - id: A\n    reason: |\n      x\n\n\n# end\nversion: 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			before, err := ReadWaivers("w.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			added, err := Add("w.yaml", []byte(text), w)
			if err != nil {
				t.Fatal(err)
			}
			after, err := ReadWaivers("w.yaml", added)
			if err != nil {
				t.Fatalf("%v\n%s", err, added)
			}
			got := after[len(after)-1]
			if len(after) != len(before)+1 || got.ID != w.ID || got.Policy != w.Policy || got.Expires != w.Expires || len(got.Faults) > 0 {
				t.Errorf("got %+v of\n%s", got, added)
			}
			for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
				if !strings.Contains(string(added), strings.TrimSuffix(line, " []")) {
					t.Errorf("%q is gone:\n%s", line, added)
				}
			}
		})
	}
	if _, err := Add("w.yaml", []byte("version: 1\nwaivers: [{id: A}]\n"), w); err == nil || !strings.Contains(err.Error(), "add this one by hand") {
		t.Errorf("a list on one line: %v", err)
	}
}

func TestNextID(t *testing.T) {
	waivers := []annexgate.Waiver{{ID: "EX-2026-009"}, {ID: "EX-2025-100"}, {ID: "EX-2026-x"}, {ID: "other"}}
	if got := NextID(waivers, 2026); got != "EX-2026-010" {
		t.Errorf("got %s", got)
	}
	if got := NextID(nil, 2027); got != "EX-2027-001" {
		t.Errorf("got %s", got)
	}
}
