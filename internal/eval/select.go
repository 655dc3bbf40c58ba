package eval

import (
	"fmt"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Names that a policy may give as a subject beside a subject's own type.
const (
	anyType = "*"       // every subject of the policy's kind
	podSpec = "PodSpec" // every Kubernetes object that describes pods
)

// A selector knows which policies apply to which subjects, from the metadata
// alone.
type selector struct {
	byType map[annexgate.Kind]map[string][]*annexgate.Policy
}

func newSelector(policies []*annexgate.Policy) *selector {
	s := &selector{byType: map[annexgate.Kind]map[string][]*annexgate.Policy{}}
	for _, p := range policies {
		if s.byType[p.Kind] == nil {
			s.byType[p.Kind] = map[string][]*annexgate.Policy{}
		}
		for _, t := range p.Types {
			s.byType[p.Kind][t] = append(s.byType[p.Kind][t], p)
		}
	}
	return s
}

// Applicable returns the policies that apply to at least one of subjects, in
// the order given.
func Applicable(policies []*annexgate.Policy, subjects []*annexgate.Subject) []*annexgate.Policy {
	s := newSelector(policies)
	needed := map[*annexgate.Policy]bool{}
	seen := map[string]bool{}
	for _, subject := range subjects {
		// What applies hangs on these alone.
		key := fmt.Sprint(subject.Kind, " ", subject.Type, " ", subject.Facts["workload"] != nil)
		if seen[key] {
			continue
		}
		seen[key] = true
		for _, p := range s.policies(subject) {
			needed[p] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(policies), func(p *annexgate.Policy) bool { return !needed[p] })
}

// policies returns those that apply to subject, each once.
func (s *selector) policies(subject *annexgate.Subject) []*annexgate.Policy {
	names := []string{subject.Type, anyType}
	if subject.Facts["workload"] != nil {
		names = append(names, podSpec)
	}
	var applicable []*annexgate.Policy
	seen := map[*annexgate.Policy]bool{}
	for _, name := range names {
		for _, p := range s.byType[subject.Kind][name] {
			if !seen[p] {
				seen[p] = true
				applicable = append(applicable, p)
			}
		}
	}
	return applicable
}
