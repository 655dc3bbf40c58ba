package policytest

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/annexgate/annexgate/internal/annexgate"
)

//go:embed scaffold
var templates embed.FS

// A ScaffoldFile is one file of a new policy.
type ScaffoldFile struct {
	Name   string // slash-separated, inside the folder of policies
	Text   []byte
	Shared bool // all policies of the folder use it: one that is there stays
}

// Scaffold returns the files that a policy called id starts from: its rule, its
// Rego test and its examples, for the kind of subject that id starts with, and
// what the folder of policies needs beside it. schemas holds the JSON Schemas of
// the kinds, in schema. The files hold to the rules for policies as they are.
//
// The error says what is wrong with id.
func Scaffold(id string, schemas fs.FS) ([]ScaffoldFile, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	kind, _, _ := strings.Cut(id, ".")
	names, err := fs.Glob(templates, path.Join("scaffold", kind, "*.tmpl"))
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	folder := strings.ReplaceAll(id, ".", "/")
	var files []ScaffoldFile
	for _, name := range names {
		text, err := fill(name, id)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(path.Base(name), ".tmpl")
		if rest, ok := strings.CutPrefix(base, "rule"); ok {
			base = path.Base(folder) + rest
		}
		files = append(files, ScaffoldFile{Name: path.Join(folder, base), Text: text})
	}
	schema := path.Join("schema", kind+".json")
	text, err := fs.ReadFile(schemas, schema)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	lint, err := fill("scaffold/regal.yaml.tmpl", id)
	if err != nil {
		return nil, err
	}
	return append(files,
		ScaffoldFile{Name: schema, Text: text, Shared: true},
		ScaffoldFile{Name: ".regal.yaml", Text: lint, Shared: true},
	), nil
}

// rank puts the rule and its test before the examples.
func rank(name string) int {
	if strings.HasPrefix(path.Base(name), "rule") {
		return 0
	}
	return 1
}

// fill returns the text of the template called name for the policy called id.
func fill(name, id string) ([]byte, error) {
	t, err := template.New(path.Base(name)).Delims("[[", "]]").ParseFS(templates, name)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, struct{ Package string }{"policies." + id})
	return text.Bytes(), err
}

// maxID is the number of characters of the longest ID, which is a path too.
const maxID = 120

var idWord = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkID says what is wrong with id.
func checkID(id string) error {
	kinds := []string{string(annexgate.Terraform), string(annexgate.Kubernetes), string(annexgate.PullRequest)}
	words := strings.Split(id, ".")
	if len(id) > maxID {
		return fmt.Errorf("the ID has %d characters: want at most %d", len(id), maxID)
	}
	for _, word := range words {
		switch {
		case !idWord.MatchString(word):
			return fmt.Errorf("ID %q: %q is no word of lower-case letters, digits and underscores that starts with a letter: want an ID such as terraform.acme.bucket_owner", id, word)
		case ast.IsKeyword(word):
			return fmt.Errorf("ID %q: %q means something else in Rego: choose another word", id, word)
		}
	}
	switch {
	case !slices.Contains(kinds, words[0]):
		return fmt.Errorf("ID %q: %q is no kind of subject: want an ID that starts with %s", id, words[0], strings.Join(kinds, ", "))
	case len(words) < 2:
		return fmt.Errorf("ID %q: want at least two words with a dot between, such as %s.acme.bucket_owner", id, words[0])
	case strings.HasSuffix(id, "_test"):
		return fmt.Errorf("ID %q: a file that ends with _test holds tests: choose another word", id)
	}
	return nil
}
