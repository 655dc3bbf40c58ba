// Package policytest holds policies to the rules for policies: their metadata,
// their format, their types, their Rego tests, and their examples, which go
// through the same loaders and the same engine as a user's files do. It also
// writes the folder that a new policy starts from, which holds to these rules.
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
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
)

// A Case is one check of one policy or of one file of helpers.
type Case struct {
	Subject string // a policy's ID, or the name of a file, which ends with .rego
	Name    string // what was checked: metadata, format a.rego, types, test_deny/one setting is off, fail.tf
	Fault   string // what is wrong, a line for each thing, with file and line; empty when nothing is
}

// A suite is what one call of Run works on.
type suite struct {
	tested  []policy.Source
	helpers []policy.Source // without policies
	files   []file          // all of tested, and the helpers of helpers
	library *policy.Library // of tested
}

// Run checks the policies of tested, which have the layout that policy.Load
// reads. What helpers hold is not checked; tested may import from their lib and
// name their schemas.
//
// Cases are in a fixed order. What builds on something that is at fault is not
// checked: neither types, Rego tests nor examples of policies that cannot be
// read, neither tests nor examples of what does not compile. An error means that
// a folder could not be read.
func Run(ctx context.Context, tested []policy.Source, helpers ...policy.Source) ([]Case, error) {
	s := &suite{tested: tested}
	for _, h := range helpers {
		h.Index = []*annexgate.Policy{} // known, and none
		s.helpers = append(s.helpers, h)
	}
	var err error
	if s.files, err = s.readFiles(); err != nil {
		return nil, err
	}
	cases := slices.Concat(s.metadata(), s.formats())
	for _, check := range []func(context.Context) ([]Case, error){s.types, s.regoTests, s.examples} {
		if Stopped(cases) {
			break
		}
		found, err := check(ctx)
		if err != nil {
			return nil, err
		}
		cases = append(cases, found...)
	}
	return cases, nil
}

// Stopped reports whether a fault in cases kept Run from running Rego tests and
// examples.
func Stopped(cases []Case) bool {
	return slices.ContainsFunc(cases, func(c Case) bool {
		return c.Fault != "" && (c.Name == caseMetadata || c.Name == caseTypes || strings.HasPrefix(c.Name, caseSyntax))
	})
}

// Names of cases that others build on.
const (
	caseMetadata = "metadata"
	caseSyntax   = "syntax "
	caseTypes    = "types"
)

// metadata loads the policies. Each fault belongs to the policy whose file it
// names; a policy without any passes.
func (s *suite) metadata() []Case {
	library, err := policy.Load(slices.Concat(s.tested, s.helpers)...)
	s.library = library
	byFile := map[string][]string{}
	for _, fault := range flatten(err) {
		label := s.fileOf(fault)
		byFile[label] = append(byFile[label], fault)
	}
	var cases []Case
	for _, f := range s.files {
		if f.lent || f.isTest() {
			continue
		}
		cases = append(cases, Case{Subject: f.subject(), Name: caseMetadata, Fault: strings.Join(byFile[f.label], "\n")})
		delete(byFile, f.label)
	}
	for _, rest := range byFile { // at most one entry: faults that name no file
		cases = append(cases, Case{Subject: "policies", Name: caseMetadata, Fault: strings.Join(rest, "\n")})
	}
	return cases
}

// flatten returns the texts of the errors that are joined in err.
func flatten(err error) []string {
	switch joined := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []string{err.Error()}
}

// fileOf returns the label of the file that a fault begins with, or "".
func (s *suite) fileOf(fault string) string {
	best := ""
	for _, f := range s.files {
		if strings.HasPrefix(fault, f.label+":") && len(f.label) > len(best) {
			best = f.label
		}
	}
	return best
}

// grouped makes a case called name for every policy and file of helpers, with
// the faults that name one of its files.
func (s *suite) grouped(name string, faults []string) []Case {
	bySubject := map[string][]string{}
	for _, fault := range faults {
		subject := "policies"
		if i := slices.IndexFunc(s.files, func(f file) bool { return f.label == s.fileOf(fault) }); i >= 0 {
			subject = s.files[i].subject()
		}
		bySubject[subject] = append(bySubject[subject], fault)
	}
	var cases []Case
	for _, f := range s.files {
		subject := f.subject()
		if f.lent && len(bySubject[subject]) == 0 || slices.ContainsFunc(cases, func(c Case) bool { return c.Subject == subject }) {
			continue
		}
		cases = append(cases, Case{Subject: subject, Name: name, Fault: strings.Join(bySubject[subject], "\n")})
	}
	if rest := bySubject["policies"]; len(rest) > 0 {
		cases = append(cases, Case{Subject: "policies", Name: name, Fault: strings.Join(rest, "\n")})
	}
	return cases
}
