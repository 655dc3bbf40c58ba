package internal

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// layers lists the packages from the bottom up. A package imports only from
// layers below its own.
var layers = [][]string{
	{"annexgate"},
	{"position", "inert", "redact", "workload", "glob", "prose"},
	{"strictyaml"},
	{"control", "gitrepo", "accept", "config", "chart"},
	{"soa", "discover", "source/terraform", "source/kubernetes", "source/pullrequest"},
	{"source", "policy", "gate", "evidence", "report", "inspect", "action"},
	{"eval"},
	{"check", "policytest"},
	{"cli"},
}

func TestLayers(t *testing.T) {
	level := map[string]int{}
	for i, names := range layers {
		for _, name := range names {
			level[name] = i
		}
	}

	root := os.DirFS(".")
	err := fs.WalkDir(root, ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/testdata/") {
			return err
		}
		from := path.Dir(file)
		if from == "." {
			return nil
		}
		if _, ok := level[from]; !ok {
			t.Errorf("%s: package %s is in no layer", file, from)
		}
		src, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range src.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			_, to, ours := strings.Cut(imported, "/internal/")
			if ours && level[to] >= level[from] {
				t.Errorf("%s imports %s, which is not below it", file, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
