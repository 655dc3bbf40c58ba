package annexgate

import (
	"slices"
	"testing"
)

func TestLocationString(t *testing.T) {
	for name, c := range map[string]struct {
		location Location
		want     string
	}{
		"a place is a link for an editor": {Location{File: "a/b.tf", Line: 3, Column: 7, EndLine: 4}, "a/b.tf:3:7"},
		"a file as a whole has no line":   {Location{File: "a/b.tf"}, "a/b.tf"},
		"no place is nothing":             {Location{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.location.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLocationCompare(t *testing.T) {
	sorted := []Location{
		{},
		{File: "a.tf"},
		{File: "a.tf", Line: 1, Column: 1, EndLine: 1, EndColumn: 2},
		{File: "a.tf", Line: 1, Column: 1, EndLine: 1, EndColumn: 9},
		{File: "a.tf", Line: 1, Column: 1, EndLine: 2, EndColumn: 1},
		{File: "a.tf", Line: 1, Column: 5},
		{File: "a.tf", Line: 2, Column: 1},
		{File: "a.tf", Line: 10, Column: 1},
		{File: "b.tf"},
	}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := a.Compare(b), slices.Compare([]int{i}, []int{j}); got != want {
				t.Errorf("%+v to %+v is %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestPathString(t *testing.T) {
	for name, c := range map[string]struct {
		path Path
		want string
	}{
		"as one would write it":                   {Path{"ingress", 0, "cidr_blocks"}, "ingress[0].cidr_blocks"},
		"the subject itself is nothing":           {nil, ""},
		"indexes follow each other":               {Path{"a", 1, 20}, "a[1][20]"},
		"an index may come first":                 {Path{0, "a"}, "[0].a"},
		"dashes and digits read well":             {Path{"x-1", "2"}, "x-1.2"},
		"a dot in a key is no step":               {Path{"labels", "app.kubernetes.io/name"}, `labels["app.kubernetes.io/name"]`},
		"a bracket in a key is no index":          {Path{"a[0]"}, `["a[0]"]`},
		"a quote is escaped":                      {Path{`a"b`}, `["a\"b"]`},
		"a line break is escaped":                 {Path{"a\nb"}, `["a\nb"]`},
		"letters of other scripts are in quotes":  {Path{"größe"}, `["größe"]`},
		"an empty key is there":                   {Path{"a", ""}, `a[""]`},
		"a key of digits is not an index":         {Path{"a", "0"}, "a.0"},
		"a key that looks like a path is not one": {Path{"a.b"}, `["a.b"]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.path.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// FuzzPathString holds paths that differ to texts that differ: fingerprints and
// the engine's unknown values go by them.
func FuzzPathString(f *testing.F) {
	f.Add("a.b", "a", 0)
	f.Add(`a"]["b`, "", 1)
	f.Add("[0]", "0", 0)
	f.Fuzz(func(t *testing.T, one, two string, index int) {
		paths := []Path{
			{one}, {one, two}, {two, one}, {one, index}, {index, one}, {one, index, two}, {one + "." + two}, {one + two},
		}
		for i, a := range paths {
			for _, b := range paths[:i] {
				if !slices.Equal(a, b) && a.String() == b.String() {
					t.Errorf("%#v and %#v are both %s", a, b, a)
				}
			}
		}
	})
}

func TestSourceFind(t *testing.T) {
	at := func(line int) Location { return Location{File: "main.tf", Line: line} }
	source := &Source{At: at(1), Fields: map[string]*Source{
		"acl": {At: at(2)},
		"rule": {At: at(3), Items: []*Source{
			{At: at(4), Fields: map[string]*Source{"port": {At: at(5)}}},
			nil,
		}},
	}}
	for name, c := range map[string]struct {
		path Path
		want int
	}{
		"no path is the whole":                        {nil, 1},
		"a field":                                     {Path{"acl"}, 2},
		"a field of an item":                          {Path{"rule", 0, "port"}, 5},
		"what is absent is found around it":           {Path{"rule", 0, "protocol"}, 4},
		"what is absent at the top is the whole":      {Path{"tags", "owner"}, 1},
		"an index behind the last is the list":        {Path{"rule", 7, "port"}, 3},
		"an index before the first is the list":       {Path{"rule", -1}, 3},
		"an item that is written nowhere is the list": {Path{"rule", 1, "port"}, 3},
		"a key into a list is the list":               {Path{"rule", "port"}, 3},
		"an index into an object is the object":       {Path{0}, 1},
		"a path into a scalar is the scalar":          {Path{"acl", 0, "x"}, 2},
		"a step of another type is no step":           {Path{"rule", 0.5}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			if got := source.Find(c.path); got != at(c.want) {
				t.Errorf("got %s, want %s", got, at(c.want))
			}
		})
	}
	if got := (*Source)(nil).Find(Path{"acl"}); got != (Location{}) {
		t.Errorf("without a source it is at %v", got)
	}
}
