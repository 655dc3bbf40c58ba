// Package policytest holds policies to the rules for policies: their format,
// their types, their Rego tests, and their examples, which go through the same
// loaders and the same engine as a user's files do.
//
// An example is a file or folder beside the rule whose name starts with fail,
// pass or unknown. In fail files the line of every finding is marked:
//
//	acl = "public-read" # want "regular expression for the message"
//
// A file that cannot hold comments (JSON) has its marks in a file of the same
// name with the ending .want, a line each: the line number and the expression.
package policytest

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/annexgate/annexgate/internal/policy"
)

// A Case is one check of one policy or of one helper file.
type Case struct {
	Subject string // a policy's ID, or the name of a file
	Name    string // what was checked: format, types, test_deny/one setting is off, fail.tf
	Fault   string // what is wrong, with file and line; empty when nothing is
}

// Run checks the policies below fsys, which has the layout that policy.Load
// reads. Cases are in a fixed order. An error means that the policies could not
// be loaded.
func Run(ctx context.Context, fsys fs.FS) ([]Case, error) {
	library, err := policy.Load(policy.Source{FS: fsys})
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, check := range []func(context.Context, fs.FS, *policy.Library) ([]Case, error){
		formats, types, regoTests, examples,
	} {
		found, err := check(ctx, fsys, library)
		if err != nil {
			return nil, err
		}
		cases = append(cases, found...)
	}
	return cases, nil
}

// owner names what the file called name belongs to: the ID of the policy in
// its folder, or the file itself.
func owner(library *policy.Library, name string) string {
	folder := name[:strings.LastIndex(name, "/")+1]
	for _, p := range library.Policies() {
		if strings.HasPrefix(p.File, folder) {
			return p.ID
		}
	}
	return name
}

// regoFiles returns the Rego files below fsys, tests included.
func regoFiles(fsys fs.FS) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".rego") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		files[name] = string(text)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return files, nil
}
