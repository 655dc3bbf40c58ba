package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// profileOf returns the profile of a policy with the given rules.
func profileOf(t *testing.T, rules string) *Profile {
	t.Helper()
	library, err := Load(Source{FS: fstest.MapFS{"terraform/test/test.rego": {Data: []byte(`# METADATA
# title: A test holds
# custom:
#   controls: [A.8.24]
#   severity: high
#   subjects: [bucket]
#   remediation: Mend it.
package policies.terraform.test

` + rules)}}})
	if err != nil {
		t.Fatal(err)
	}
	program, err := library.Compile(context.Background(), library.Policies(), map[string]any{"limit": json.Number("7")})
	if err != nil {
		t.Fatal(err)
	}
	return program.Profile(library.Policies()[0])
}

func TestProfileOfValue(t *testing.T) {
	deny := func(body string) string { return "deny contains {\"message\": \"m\"} if {\n\t" + body + "\n}\n" }
	a, inBlock := annexgate.Path{"values", "a"}, annexgate.Path{"values", "blocks", 0, "a"}
	for name, c := range map[string]struct {
		rules                string
		path                 annexgate.Path
		monotone, enumerable bool
	}{
		"a comparison with a constant":      {deny(`input.subject.values.a == "x"`), a, true, true},
		"a comparison with a setting":       {deny(`input.subject.values.a < data.settings.limit`), a, true, true},
		"below not":                         {deny(`not input.subject.values.a == "x"`), a, false, true},
		"below not, beside":                 {deny(`not input.subject.values.b == "x"; input.subject.values.a == "x"`), a, true, true},
		"a comparison with another value":   {deny(`input.subject.values.a != input.subject.values.b`), a, false, false},
		"computed with":                     {deny(`input.subject.values.a + 1 > 2`), a, true, false},
		"counted":                           {deny(`count(input.subject.values.a) > 2`), a, false, false},
		"counted, beside":                   {deny(`count(input.subject.values.b) > 2; input.subject.values.a == 1`), a, true, true},
		"its block counted":                 {deny(`some b in input.subject.values.blocks; count(b) > 2`), inBlock, false, false},
		"a neighbour in its block counted":  {deny(`some b in input.subject.values.blocks; count(b.c) > 2; b.a == 1`), inBlock, true, true},
		"the whole counted":                 {deny(`count(input.subject.values) > 2`), a, false, false},
		"walked through":                    {deny(`walk(input.subject.values, [_, v]); v == "x"`), a, true, false},
		"any attribute below not":           {deny(`some v in input.subject.values; not v == 1`), a, false, true},
		"named by a list, below not":        {deny(`some name in ["a", "b"]; not input.subject.values[name] == 1`), a, false, true},
		"an argument below not":             {deny(`_lacks(input.subject.values, "a")`) + "\n_lacks(v, name) if not v[name] == 1\n", a, false, true},
		"another argument below not":        {deny(`_lacks(input.subject.values, "b"); input.subject.values.a == 1`) + "\n_lacks(v, name) if not v[name] == 1\n", a, true, true},
		"with a default":                    {deny(`_mode(input.subject.values) == 1`) + "\ndefault _mode(_) := 1\n_mode(v) := v.a\n", a, false, true},
		"before an else":                    {deny(`_mode(input.subject.values) == 1`) + "\n_mode(v) := 2 if {\n\tv.a\n} else := 1\n", a, false, true},
		"only shown":                        {"deny contains {\"message\": $\"{input.subject.values.a}\"}\n", a, true, true},
		"shown, then compared":              {deny(`$"{input.subject.values.a}" == "x"`), a, false, false},
		"by its place in a list":            {deny(`input.subject.values.blocks[0].a == 1`), inBlock, false, true},
		"tested for being a list":           {deny(`is_array(input.subject.values.a)`), a, true, false},
		"a text for which two cases differ": {deny(`lower(input.subject.values.a) == "x"`), a, true, true},
		"a pattern that looks around":       {deny("regex.match(`\\bx`, input.subject.values.a)"), a, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := profileOf(t, c.rules)
			if got := p.Monotone(c.path); got != c.monotone {
				t.Errorf("monotone: got %v", got)
			}
			if got := p.Enumerable(c.path); got != c.enumerable {
				t.Errorf("enumerable: got %v", got)
			}
		})
	}
}

func TestProfileReadsOnlyWhatIsNamed(t *testing.T) {
	p := profileOf(t, "deny contains {\"message\": \"m\"} if {\n\tinput.subject.values.a == \"x\"\n}\n")
	if !p.Reads(annexgate.Path{"values", "a"}) || !p.Reads(annexgate.Path{"values", "a", 0, "deep"}) || p.Reads(annexgate.Path{"values", "b"}) {
		t.Error("want a and what is in it, and not b")
	}
}

// TestValuesMatchPatternsInEveryWay holds the values up against a plain search
// among short texts.
func TestValuesMatchPatternsInEveryWay(t *testing.T) {
	for _, patterns := range [][]string{
		{`^a`, `b$`},
		{`^a`, `^b`, `c`},
		{`^[0-9]+$`, `3`},
		{`(?i)^a`, `^A`},
		{`^(a|bc)$`, `b`},
		{`a.*b`, `b.*a`},
		{`^$`},
		{``},
		{`^a?b*$`, `[^ab]`},
	} {
		t.Run(strings.Join(patterns, " "), func(t *testing.T) {
			verdict := func(text string) string {
				var b strings.Builder
				for _, p := range patterns {
					fmt.Fprint(&b, regexp.MustCompile(p).MatchString(text), " ")
				}
				return b.String()
			}
			a := &analysis{transforms: map[string]bool{}}
			for _, p := range patterns {
				a.patterns = append(a.patterns, pattern{kind: "regex.match", text: p})
			}
			known := []string{"a", "b"}
			samples, ok := a.samples(known, false)
			if !ok {
				t.Fatal("the patterns are not understood")
			}
			have := map[string]bool{}
			for _, text := range samples {
				if !slices.Contains(known, text) {
					have[verdict(text)] = true
				}
			}
			short := []string{""}
			for n := 0; n < len(short) && len(short) < 4000; n++ {
				for _, r := range "abcA03x" {
					short = append(short, short[n]+string(r))
				}
			}
			for _, text := range short {
				if !slices.Contains(known, text) && !have[verdict(text)] {
					t.Fatalf("no sample stands for %q among %q", text, samples)
				}
			}
		})
	}
}

func TestValuesLieBetweenNumbers(t *testing.T) {
	p := profileOf(t, "deny contains {\"message\": \"m\"} if {\n\tinput.subject.values.a > 3\n\tinput.subject.values.a < data.settings.limit\n}\n")
	for _, want := range []string{"-1", "0", "1", "3", "4", "7", "8"} {
		if !slices.ContainsFunc(p.Values, func(v ast.Value) bool { return v.Compare(ast.Number(want)) == 0 }) {
			t.Errorf("no %s among %v", want, p.Values)
		}
	}
}
