package accept

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestFind(t *testing.T) {
	subject := &annexgate.Subject{Address: "aws_s3_bucket.logs"}
	finding := annexgate.Finding{
		Address: `module.m["a"].aws_s3_bucket.logs`, Key: "acl", Fingerprint: "f",
		At: annexgate.Location{File: "infra/live/s3.tf", Line: 7},
	}
	for name, c := range map[string]struct {
		waiver annexgate.Waiver
		want   bool
	}{
		"the policy":                          {annexgate.Waiver{Policy: high.ID}, true},
		"the beginning of its ID":             {annexgate.Waiver{Policy: "terraform.aws"}, true},
		"its control":                         {annexgate.Waiver{Policy: "A.8.3"}, true},
		"another policy":                      {annexgate.Waiver{Policy: critical.ID}, false},
		"no policy at all":                    {annexgate.Waiver{Address: "*"}, false},
		"but of another tool":                 {annexgate.Waiver{Peer: "kics"}, true},
		"the address":                         {annexgate.Waiver{Policy: "A.8.3", Address: `module.m["a"].aws_s3_bucket.logs`}, true},
		"a glob over it":                      {annexgate.Waiver{Policy: "A.8.3", Address: `module.*.aws_s3_bucket.*`}, true},
		"a glob that ends too early":          {annexgate.Waiver{Policy: "A.8.3", Address: `module.*.aws_s3`}, false},
		"brackets stand for themselves":       {annexgate.Waiver{Policy: "A.8.3", Address: `module.m[a].*`}, false},
		"the path":                            {annexgate.Waiver{Policy: "A.8.3", Path: "infra/**"}, true},
		"a star stops at a slash":             {annexgate.Waiver{Policy: "A.8.3", Path: "infra/*"}, false},
		"the key":                             {annexgate.Waiver{Policy: "A.8.3", Key: "acl"}, true},
		"another key":                         {annexgate.Waiver{Policy: "A.8.3", Key: "policy"}, false},
		"the fingerprint":                     {annexgate.Waiver{Policy: "A.8.3", Fingerprint: "f"}, true},
		"another fingerprint":                 {annexgate.Waiver{Policy: "A.8.3", Fingerprint: "g"}, false},
		"all that is set must match":          {annexgate.Waiver{Policy: "A.8.3", Fingerprint: "f", Key: "policy"}, false},
		"a malformed path matches nothing":    {annexgate.Waiver{Policy: "A.8.3", Path: "["}, false},
		"the lines of an inline one":          {annexgate.Waiver{Policy: "A.8.3", Inline: true, Span: annexgate.Location{File: "infra/live/s3.tf", Line: 6, EndLine: 7}}, true},
		"other lines":                         {annexgate.Waiver{Policy: "A.8.3", Inline: true, Span: annexgate.Location{File: "infra/live/s3.tf", Line: 8, EndLine: 9}}, false},
		"the lines of another file":           {annexgate.Waiver{Policy: "A.8.3", Inline: true, Span: annexgate.Location{File: "s3.tf", Line: 6, EndLine: 7}}, false},
		"an inline one that is about nothing": {annexgate.Waiver{Policy: "A.8.3", Inline: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.waiver.State = annexgate.WaiverActive
			waivers := []annexgate.Waiver{c.waiver}
			got := NewSet(waivers, named).Find(high, subject, &finding)
			if (got != nil) != c.want || (waivers[0].Matches == 1) != c.want {
				t.Errorf("found %v, %d matches", got, waivers[0].Matches)
			}
		})
	}
}

func TestOnlyAnActiveWaiverAccepts(t *testing.T) {
	waivers := []annexgate.Waiver{
		{ID: "invalid", Policy: "A.8.3"},
		{ID: "expired", Policy: "A.8.3", State: annexgate.WaiverExpired, Expires: on("2030-01-01")},
		{ID: "not yet", Policy: "A.8.3", State: annexgate.WaiverNotYet, Expires: on("2030-01-01")},
		{ID: "short", Policy: "A.8.3", State: annexgate.WaiverActive, Expires: on("2027-01-01")},
		{ID: "long", Policy: "A.8.3", State: annexgate.WaiverActive, Expires: on("2027-02-01")},
		{ID: "shorter", Policy: "A.8.3", State: annexgate.WaiverActive, Expires: on("2026-12-01")},
	}
	got := NewSet(waivers, named).Find(high, &annexgate.Subject{}, &annexgate.Finding{})
	if got == nil || got.ID != "long" {
		t.Errorf("got %+v, want the one that runs longest", got)
	}
	for _, w := range waivers {
		if w.Matches != 1 {
			t.Errorf("%s counts %d matches", w.ID, w.Matches)
		}
	}
}

func TestMatchAddress(t *testing.T) {
	for pattern, c := range map[string]struct{ yes, no []string }{
		"a":       {[]string{"a"}, []string{"", "aa", "A"}},
		"*":       {[]string{"", "a", "a.b"}, nil},
		"a*":      {[]string{"a", "ab"}, []string{"ba"}},
		"*a":      {[]string{"a", "ba"}, []string{"ab"}},
		"a*a":     {[]string{"aa", "aba"}, []string{"a"}},
		"a*b*c":   {[]string{"abc", "axbxc", "abbc"}, []string{"acb", "ac", "abcx"}},
		"b[*]":    {[]string{"b[*]", "b[0]"}, []string{"b"}},
		"**x**":   {[]string{"x", "axb"}, []string{"ab"}},
		"a*ab*ab": {[]string{"aabab"}, []string{"aab", "abab"}},
	} {
		for _, address := range c.yes {
			if !matchAddress(pattern, address) {
				t.Errorf("%s does not match %q", pattern, address)
			}
		}
		for _, address := range c.no {
			if matchAddress(pattern, address) {
				t.Errorf("%s matches %q", pattern, address)
			}
		}
	}
	// Backtracking would take for ever.
	if matchAddress(strings.Repeat("a*", 5000)+"b", strings.Repeat("a", 50000)) {
		t.Error("it matches")
	}
}

func TestPair(t *testing.T) {
	mark := func(scope string) Mark { return Mark{"f", scope, "b"} }
	for name, c := range map[string]struct {
		before, now []string
		there       []string
		want        map[string]string // now to before
	}{
		"the same scope":                     {[]string{"a", "b"}, []string{"b", "a"}, []string{"a", "b"}, map[string]string{"a": "a", "b": "b"}},
		"it moved":                           {[]string{"a"}, []string{"z"}, []string{"z"}, map[string]string{"z": "a"}},
		"the old place is still there":       {[]string{"a"}, []string{"z"}, []string{"a", "z"}, map[string]string{}},
		"one of two moved":                   {[]string{"a", "b"}, []string{"b", "z"}, []string{"b", "z"}, map[string]string{"b": "b", "z": "a"}},
		"it is at its place and another too": {[]string{"a"}, []string{"z", "a"}, []string{"a", "z"}, map[string]string{"a": "a"}},
		"several moved, in their order":      {[]string{"b", "a"}, []string{"z", "y", "x"}, []string{"z", "y", "x"}, map[string]string{"x": "a", "y": "b"}},
		"marks that are there twice":         {[]string{"a", "a"}, []string{"z", "z", "y"}, []string{"z", "y"}, map[string]string{"y": "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			var before, now []Mark
			for _, s := range c.before {
				before = append(before, mark(s))
			}
			for _, s := range c.now {
				now = append(now, mark(s))
			}
			pairs := Pair(before, now, func(scope, address string) bool {
				return address == "b" && strings.Contains(strings.Join(c.there, ""), scope)
			})
			got := map[string]string{}
			for n, b := range pairs {
				got[n.Scope] = b.Scope
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
