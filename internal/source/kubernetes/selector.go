package kubernetes

import (
	"iter"
	"regexp"
	"slices"
)

// Labels that controllers add to the pods they make.
const (
	jobName       = "batch.kubernetes.io/job-name"
	formerJobName = "job-name"
	podName       = "statefulset.kubernetes.io/pod-name"
)

// ordinal is what tells the pods of a stateful set apart. In an index and in a
// requirement the label stands without it.
var ordinal = regexp.MustCompile(`-[0-9]+$`)

// podLabels yields the labels of the pods of m.
func (m *member) podLabels() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for key, value := range m.labels {
			if !yield(key, text(value)) {
				return
			}
		}
		switch {
		case m.kind == "Job" && m.group == "batch":
			_ = yield(jobName, m.name) && yield(formerJobName, m.name)
		case m.kind == "StatefulSet":
			yield(podName, m.name)
		}
	}
}

// label returns the value of one label of the pods of m.
func (m *member) label(key string) (string, bool) {
	for k, value := range m.podLabels() {
		if k == key {
			return value, true
		}
	}
	return "", false
}

// A requirement is one condition of a label selector.
type requirement struct {
	key      string
	operator string
	values   []string
}

// selector reads a label selector. It reports false for one that Kubernetes
// refuses and for one that is not there.
func selector(value any) (requirements []requirement, ok bool) {
	s, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	requirements = equalities(s["matchLabels"])
	for _, item := range list(s["matchExpressions"]) {
		r := requirement{key: text(mapping(item)["key"]), operator: text(mapping(item)["operator"])}
		for _, v := range list(mapping(item)["values"]) {
			r.values = append(r.values, podLabelValue(r.key, text(v)))
		}
		switch r.operator {
		case "In", "NotIn", "Exists", "DoesNotExist":
			requirements = append(requirements, r)
		default:
			return nil, false
		}
	}
	return requirements, true
}

// equalities reads labels that must all be there, such as those that a Service
// selects by.
func equalities(labels any) []requirement {
	var requirements []requirement
	for key, value := range mapping(labels) {
		requirements = append(requirements, requirement{key, "In", []string{podLabelValue(key, text(value))}})
	}
	return requirements
}

func podLabelValue(key, value string) string {
	if key == podName {
		return ordinal.ReplaceAllString(value, "")
	}
	return value
}

// met reports whether the pods of m meet the requirement. A label that is not
// there meets NotIn.
func (r requirement) met(m *member) bool {
	value, ok := m.label(r.key)
	switch r.operator {
	case "In":
		return ok && slices.Contains(r.values, value)
	case "NotIn":
		return !ok || !slices.Contains(r.values, value)
	case "Exists":
		return ok
	default:
		return !ok
	}
}

// selected returns the members whose pods in namespace meet all requirements,
// as one in folder means them.
func (x *index) selected(requirements []requirement, namespace, folder string) []int {
	var found []int
	for _, id := range x.candidates(requirements, namespace) {
		x.budget.steps -= 1 + len(requirements)
		if x.budget.steps < 0 {
			return nil
		}
		for _, i := range x.find(id, folder) {
			m := &x.members[i]
			if !slices.ContainsFunc(requirements, func(r requirement) bool { return !r.met(m) }) {
				found = append(found, i)
			}
		}
	}
	return found
}

// candidates returns the fewest families that the index can narrow the
// requirements down to.
func (x *index) candidates(requirements []requirement, namespace string) []identity {
	best := x.pods[namespace].identities()
	for _, r := range requirements {
		var these []identity
		switch r.operator {
		case "In":
			for _, value := range r.values {
				these = append(these, x.equal[label{namespace, r.key, value}].identities()...)
			}
		case "Exists":
			these = x.having[label{namespace, r.key, ""}].identities()
		default:
			continue
		}
		if len(these) < len(best) {
			best = these
		}
	}
	return best
}

func (r *roster) identities() []identity {
	if r == nil {
		return nil
	}
	return r.list
}
