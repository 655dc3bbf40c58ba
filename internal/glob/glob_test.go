package glob

import "testing"

func TestGlob(t *testing.T) {
	for pattern, test := range map[string]struct{ yes, no []string }{
		"a":                {yes: []string{"a"}, no: []string{"b/a", "ab", "A"}},
		"./a/":             {yes: []string{"a"}},
		"/a":               {yes: []string{"a"}, no: []string{"b/a"}},
		"*.tf":             {yes: []string{"a.tf", ".tf"}, no: []string{"a/b.tf", "atf", "a.tfvars"}},
		"**/*.tf":          {yes: []string{"a.tf", "a/b.tf", "a/b/c.tf"}, no: []string{"a.tf/b"}},
		"**":               {yes: []string{"a", "a/b/c"}},
		"a/**":             {yes: []string{"a/b", "a/b/c"}, no: []string{"a", "ab/c"}},
		"a/**/b":           {yes: []string{"a/b", "a/x/b", "a/x/y/b"}, no: []string{"a/xb", "ab"}},
		"a**b":             {yes: []string{"ab", "axb"}, no: []string{"a/b"}},
		"a?c":              {yes: []string{"abc", "aéc"}, no: []string{"ac", "a/c", "abbc"}},
		"[ab-d]x":          {yes: []string{"ax", "cx"}, no: []string{"ex", "x"}},
		"[!a]x":            {yes: []string{"bx"}, no: []string{"ax", "/x"}},
		"[^a]x":            {yes: []string{"bx"}, no: []string{"ax"}},
		"[a^]x":            {yes: []string{"^x", "ax"}, no: []string{"bx"}},
		"{a,b/c}.{tf,yml}": {yes: []string{"a.tf", "b/c.yml"}, no: []string{"c.tf", "a,b/c.tf"}},
		"a,b}":             {yes: []string{"a,b}"}},
		`\*\{`:             {yes: []string{"*{"}, no: []string{"a{"}},
		"a.b+(c)|$^":       {yes: []string{"a.b+(c)|$^"}, no: []string{"aab+(c)|$^", "a.bb"}},
		"é*":               {yes: []string{"été"}, no: []string{"ete"}},
		"a*":               {yes: []string{"a\nb"}},
	} {
		glob, err := Compile(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		for _, name := range test.yes {
			if !glob.MatchString(name) {
				t.Errorf("%s does not match %q", pattern, name)
			}
		}
		for _, name := range test.no {
			if glob.MatchString(name) {
				t.Errorf("%s matches %q", pattern, name)
			}
		}
	}
}

func TestGlobRefuses(t *testing.T) {
	for _, pattern := range []string{"", "/", "./", "[", "[a", "[]", "[!]", "[b-a]", "[/]", "{a", `a\`, "\xff"} {
		if glob, err := Compile(pattern); err == nil {
			t.Errorf("%q was taken: %v", pattern, glob)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("**/[!a-c]?{x,*.tf}/**", "a/b")
	f.Add(`\[{{[^]`, "[")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if glob, err := Compile(pattern); err == nil {
			glob.MatchString(name)
		}
	})
}
