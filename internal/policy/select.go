package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
)

// Select returns the policies that only names, all when it is empty, without
// those that skip names, in the given order.
//
// A name is the ID of a policy or the beginning of one (terraform.aws), an
// alias (AWS-S3-001, trivy:AWS-0086), a control of either edition (A.8.24) or a
// severity. A name that stands for nothing is a usage error.
func Select(policies []*annexgate.Policy, only, skip []string) ([]*annexgate.Policy, error) {
	for _, name := range slices.Concat(only, skip) {
		if !slices.ContainsFunc(policies, func(p *annexgate.Policy) bool { return Named(p, name) }) {
			return nil, annexgate.Usage(fmt.Errorf("no policy is called %q\nhint: %s", name, suggest(policies, name)))
		}
	}
	var selected []*annexgate.Policy
	for _, p := range policies {
		named := func(name string) bool { return Named(p, name) }
		if (len(only) == 0 || slices.ContainsFunc(only, named)) && !slices.ContainsFunc(skip, named) {
			selected = append(selected, p)
		}
	}
	return selected, nil
}

// Named reports whether name stands for p, in one of the ways of Select.
func Named(p *annexgate.Policy, name string) bool {
	switch {
	case p.ID == name, strings.HasPrefix(p.ID, name+"."):
		return true
	case slices.ContainsFunc(p.Aliases, func(alias string) bool { return isAlias(alias, name) }), slices.Contains(p.Controls, name):
		return true
	case strings.EqualFold(p.Severity.String(), name):
		return true
	}
	return slices.ContainsFunc(control.Successors(name), func(id string) bool { return slices.Contains(p.Controls, id) })
}

// Find returns the one policy that name stands for: by its ID, one of its
// aliases, or a beginning of its ID that no other has. The error is a usage
// error; it lists the policies when there are several.
func Find(policies []*annexgate.Policy, name string) (*annexgate.Policy, error) {
	var found []string
	var last *annexgate.Policy
	for _, p := range policies {
		if p.ID == name {
			return p, nil
		}
		if strings.HasPrefix(p.ID, name) || slices.ContainsFunc(p.Aliases, func(alias string) bool { return isAlias(alias, name) }) {
			found, last = append(found, p.ID), p
		}
	}
	switch {
	case name == "":
		return nil, annexgate.Usage(errors.New("the name of the policy is empty\nhint: annexgate policies list shows them"))
	case len(found) == 0:
		return nil, annexgate.Usage(fmt.Errorf("no policy is called %q\nhint: %s", name, suggest(policies, name)))
	case len(found) > 1:
		return nil, annexgate.Usage(fmt.Errorf("%q stands for %d policies:\n  %s\nhint: give the whole ID of one", name, len(found), strings.Join(found, "\n  ")))
	}
	return last, nil
}

// isAlias reports whether name is alias, with or without the tool in front:
// CKV_AWS_3 for checkov:CKV_AWS_3.
func isAlias(alias, name string) bool {
	_, bare, _ := strings.Cut(alias, ":")
	return alias == name || bare != "" && bare == name
}

func suggest(policies []*annexgate.Policy, name string) string {
	if _, known := control.Find(name); known || len(control.Successors(name)) > 0 {
		return "no policy supports control " + name + "; annexgate policies list shows which do"
	}
	best, distance := "", 1+len(name)/3
	for _, p := range policies {
		for _, candidate := range append([]string{p.ID}, p.Aliases...) {
			if d := levenshtein.Distance(name, candidate, nil); d < distance {
				best, distance = candidate, d
			}
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "annexgate policies list shows them; a name is an ID or its beginning, an alias, a control or a severity"
}
