package accept

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func on(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestReadWaivers(t *testing.T) {
	got, err := ReadWaivers("waivers.yaml", []byte(`# ours
version: 1
waivers:
  - id: EX-1
    policy: CKV_AWS_20
    address: aws_s3_bucket.*
    path: infra/**
    key: acl
    fingerprint: 5c7f01d25c7f01d25c7f01d25c7f01d2
    reason: >
      it moves
      in January
    owner: "@web"
    approved_by: "@ciso"
    ticket: 4711
    created: 2026-11-01
    not_before: 2026-11-02
    expires: 2027-01-15
  - policy: A.8.24
`))
	if err != nil {
		t.Fatal(err)
	}
	want := annexgate.Waiver{
		ID: "EX-1", Policy: "CKV_AWS_20", Address: "aws_s3_bucket.*", Path: "infra/**", Key: "acl",
		Fingerprint: "5c7f01d25c7f01d25c7f01d25c7f01d2", Reason: "it moves in January", Ticket: "4711", Owner: "@web", ApprovedBy: "@ciso",
		Created: on("2026-11-01"), NotBefore: on("2026-11-02"), Expires: on("2027-01-15"),
		At: annexgate.Location{File: "waivers.yaml", Line: 4, Column: 5, EndLine: 18, EndColumn: 24},
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if got[1].ID != derivedID(&annexgate.Waiver{Policy: "A.8.24"}) || got[1].At.Line != 19 {
		t.Errorf("got %+v", got[1])
	}
}

func TestOneFaultyWaiverIsNotTheFile(t *testing.T) {
	got, err := ReadWaivers("w.yaml", []byte(`version: 1
waivers:
  - {id: [a], policy: p, colour: red, created: yesterday}
  - {id: EX-2, policy: p}
  - just a text
`))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{
			"w.yaml:3:10: want a text here",
			`w.yaml:3:26: unknown key "colour": want one of address, approved_by, created, expires, fingerprint, id, key, not_before, owner, path, policy, reason, ticket`,
			"w.yaml:3:48: want a date like 2027-01-31 here",
		},
		nil,
		{"w.yaml:5:5: want keys and values here"},
	}
	for i, w := range got {
		if diff := cmp.Diff(want[i], w.Faults); diff != "" {
			t.Errorf("waiver %d: %s", i, diff)
		}
	}
}

func TestReadWaiversRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"what is no YAML":            {"waivers: [\n", "read w.yaml: "},
		"a misspelt key":             {"version: 1\nwaiver: []\n", `w.yaml:2:1: unknown key "waiver": did you mean waivers?`},
		"no version":                 {"waivers: []\n", "w.yaml:1:1: the version is missing: want version: 1"},
		"a later version":            {"version: 2\n", `w.yaml:1:10: version "2": this annexgate reads version 1`},
		"a mapping for a list":       {"version: 1\nwaivers: {a: 1}\n", "w.yaml:2:10: want a list here"},
		"more than anybody approved": {"version: 1\nwaivers:\n" + strings.Repeat("- {}\n", maxWaivers+2), "w.yaml:10003:3: more than 10000 waivers"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadWaivers("w.yaml", []byte(c.text))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, annexgate.ErrUsage) {
				t.Errorf("got %v, want the usage error %s", err, c.want)
			}
		})
	}
	for _, text := range []string{"", "# nothing yet\n", "version: 1\n", "version: 1\nwaivers:\n"} {
		if got, err := ReadWaivers("w.yaml", []byte(text)); len(got) > 0 || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

var now = on("2026-11-21").Add(10 * time.Hour)

var (
	high     = &annexgate.Policy{ID: "terraform.aws.s3.public_access", Severity: annexgate.High, Controls: []string{"A.8.3"}}
	critical = &annexgate.Policy{ID: "terraform.aws.iam.admin", Severity: annexgate.Critical, Controls: []string{"A.8.3", "A.8.2"}}
)

func named(p *annexgate.Policy, name string) bool {
	for _, id := range p.Controls {
		if id == name {
			return true
		}
	}
	return p.ID == name || strings.HasPrefix(p.ID, name+".")
}

func valid() annexgate.Waiver {
	return annexgate.Waiver{
		ID: "EX-1", Policy: high.ID, Address: "*", Reason: "r", Ticket: "t", Owner: "@web", ApprovedBy: "@ciso",
		Created: on("2026-11-01"), Expires: on("2027-01-15"),
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*annexgate.Waiver)
		at     time.Time // instead of now
		state  annexgate.WaiverState
		fault  string
	}{
		"a whole one is active":                {func(*annexgate.Waiver) {}, time.Time{}, annexgate.WaiverActive, ""},
		"a moment before its end it is":        {func(*annexgate.Waiver) {}, on("2027-01-15").Add(-1), annexgate.WaiverActive, ""},
		"a waiver ends at its expiry":          {func(*annexgate.Waiver) {}, on("2027-01-15"), annexgate.WaiverExpired, ""},
		"it starts with its first day":         {func(w *annexgate.Waiver) { w.NotBefore = on("2026-12-01") }, on("2026-12-01"), annexgate.WaiverActive, ""},
		"before that it does not":              {func(w *annexgate.Waiver) { w.NotBefore = on("2026-12-01") }, time.Time{}, annexgate.WaiverNotYet, ""},
		"no policy":                            {func(w *annexgate.Waiver) { w.Policy = "" }, time.Time{}, annexgate.WaiverInvalid, "policy is missing: want an ID or its beginning, an alias or a control"},
		"a policy that is none":                {func(w *annexgate.Waiver) { w.Policy = "terraform.aw" }, time.Time{}, annexgate.WaiverInvalid, `no policy is called "terraform.aw": annexgate policies list shows them`},
		"a severity":                           {func(w *annexgate.Waiver) { w.Policy = "HIGH" }, time.Time{}, annexgate.WaiverInvalid, "policy HIGH is a severity: want an ID or its beginning, an alias or a control"},
		"no scope":                             {func(w *annexgate.Waiver) { w.Address = "" }, time.Time{}, annexgate.WaiverInvalid, `scope is missing: want address, path or fingerprint; address: "*" accepts it everywhere`},
		"a malformed path":                     {func(w *annexgate.Waiver) { w.Path = "[" }, time.Time{}, annexgate.WaiverInvalid, `path "[": a [ is not closed, or nothing is in it`},
		"a fingerprint that is none":           {func(w *annexgate.Waiver) { w.Fingerprint = "5c7f" }, time.Time{}, annexgate.WaiverInvalid, `fingerprint "5c7f": want 32 hexadecimal digits, as -o json has them`},
		"no reason":                            {func(w *annexgate.Waiver) { w.Reason = "" }, time.Time{}, annexgate.WaiverInvalid, "reason is missing: want why the failure is accepted"},
		"no owner":                             {func(w *annexgate.Waiver) { w.Owner = "" }, time.Time{}, annexgate.WaiverInvalid, "owner is missing: want who answers for it"},
		"no approver":                          {func(w *annexgate.Waiver) { w.ApprovedBy = "" }, time.Time{}, annexgate.WaiverInvalid, "approved_by is missing: want who approved it"},
		"no ticket":                            {func(w *annexgate.Waiver) { w.Ticket = "" }, time.Time{}, annexgate.WaiverInvalid, "ticket is missing: want where its removal is followed up"},
		"an owner who approves":                {func(w *annexgate.Waiver) { w.ApprovedBy = " Web " }, time.Time{}, annexgate.WaiverInvalid, " Web  is owner and approver: want the approval of another"},
		"no date of creation":                  {func(w *annexgate.Waiver) { w.Created = time.Time{} }, time.Time{}, annexgate.WaiverInvalid, "created is missing: want a date like 2026-11-21"},
		"no end":                               {func(w *annexgate.Waiver) { w.Expires = time.Time{} }, time.Time{}, annexgate.WaiverInvalid, "expires is missing: want a date like 2027-01-31"},
		"a creation to come":                   {func(w *annexgate.Waiver) { w.Created = on("2026-12-01") }, time.Time{}, annexgate.WaiverInvalid, "created 2026-12-01 lies ahead"},
		"where it is tomorrow already":         {func(w *annexgate.Waiver) { w.Created = on("2026-11-22") }, time.Time{}, annexgate.WaiverActive, ""},
		"an end before its creation":           {func(w *annexgate.Waiver) { w.Expires = w.Created }, time.Time{}, annexgate.WaiverInvalid, "expires 2026-11-01 is not after created 2026-11-01"},
		"a start behind its end":               {func(w *annexgate.Waiver) { w.NotBefore = w.Expires }, time.Time{}, annexgate.WaiverInvalid, "not_before 2027-01-15 is not before expires 2027-01-15"},
		"the longest term":                     {func(w *annexgate.Waiver) { w.Expires = w.Created.Add(90 * day) }, time.Time{}, annexgate.WaiverActive, ""},
		"a day more":                           {func(w *annexgate.Waiver) { w.Expires = w.Created.Add(91 * day) }, time.Time{}, annexgate.WaiverInvalid, "it runs for 91 days: want at most 90 for severity high"},
		"of several policies the worst counts": {func(w *annexgate.Waiver) { w.Policy = "A.8.3" }, time.Time{}, annexgate.WaiverInvalid, "it runs for 75 days: want at most 30 for severity critical"},
		"what is read with a fault":            {func(w *annexgate.Waiver) { w.Faults = []string{"unknown key"} }, time.Time{}, annexgate.WaiverInvalid, "unknown key"},
		"another tool's has other rules":       {func(w *annexgate.Waiver) { *w = annexgate.Waiver{Peer: "trivy", Inline: true} }, time.Time{}, annexgate.WaiverActive, ""},
		"but for its end":                      {func(w *annexgate.Waiver) { *w = annexgate.Waiver{Peer: "trivy", Expires: on("2026-01-01")} }, time.Time{}, annexgate.WaiverExpired, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := valid()
			c.change(&w)
			at := now
			if !c.at.IsZero() {
				at = c.at
			}
			list := []annexgate.Waiver{w}
			Validate(list, Rules{
				Now: at, Policies: []*annexgate.Policy{high, critical}, Named: named,
				MaxDays: map[annexgate.Severity]int{annexgate.High: 90, annexgate.Critical: 30},
			})
			if list[0].State != c.state || strings.Join(list[0].Faults, "; ") != c.fault {
				t.Errorf("it is %s: %q\nwant %s: %q", list[0].State, list[0].Faults, c.state, c.fault)
			}
		})
	}
}

func TestApproverAndAuthor(t *testing.T) {
	for name, c := range map[string]struct {
		approver string
		authors  []Author
		fault    bool
		known    bool
	}{
		"another name":                       {"Dana K", []Author{{Name: "Erik"}}, false, true},
		"the same name":                      {"dana  k", []Author{{Name: "Dana K", Email: "d@example.com"}}, true, true},
		"the same address":                   {"D@example.com", []Author{{Name: "Dana K", Email: "d@Example.com"}}, true, true},
		"another address":                    {"e@example.com", []Author{{Name: "Dana K", Email: "d@example.com"}}, false, true},
		"the same login":                     {"@Dana", []Author{{Name: "x", Email: "y@z", Login: "dana"}}, true, true},
		"another login":                      {"@erik", []Author{{Login: "dana"}}, false, true},
		"a login in an address":              {"@dana", []Author{{Name: "Dana K", Email: "4100201+dana@users.noreply.github.com"}}, true, true},
		"an old one, too":                    {"@dana", []Author{{Email: "dana@users.noreply.github.com"}}, true, true},
		"another login than in the address":  {"@erik", []Author{{Email: "4100201+dana@users.noreply.github.com"}}, false, true},
		"a login beside an address":          {"@dana", []Author{{Name: "Dana K", Email: "d@example.com"}}, false, false},
		"an address beside a login":          {"d@example.com", []Author{{Login: "dana"}}, false, false},
		"one of several authors":             {"@dana", []Author{{Login: "erik"}, {Login: "dana"}}, true, true},
		"one of several that nobody knows":   {"@dana", []Author{{Login: "erik"}, {Name: "x"}}, false, false},
		"nobody knows anything":              {"@dana", nil, false, false},
		"an author without a name is nobody": {"dana", []Author{{}}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := valid()
			w.ApprovedBy = c.approver
			list := []annexgate.Waiver{w}
			unverified := Validate(list, Rules{
				Now: now, Policies: []*annexgate.Policy{high}, Named: named,
				Authors: func(annexgate.Waiver) []Author { return c.authors },
			})
			if got := len(list[0].Faults) > 0; got != c.fault {
				t.Errorf("faults %q", list[0].Faults)
			}
			if got := len(unverified) == 0; got != c.known {
				t.Errorf("known: %t", got)
			}
		})
	}
}
