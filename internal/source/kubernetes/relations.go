package kubernetes

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const (
	// maxRelations bounds the relations of one run. They are the loader's output,
	// and objects that all select each other have the square of their number.
	maxRelations = 1_000_000
	// maxSteps bounds the objects that are looked at to find them.
	maxSteps = 20_000_000
)

// An identity names an object of a cluster.
type identity struct {
	group     string // of the API, without its version; "" for the core group
	kind      string
	namespace string // "" for what belongs to no namespace
	name      string
}

// A member is a subject of a set and what relations ask of it.
type member struct {
	*annexgate.Subject
	identity
	folder string         // that its file is in
	pod    map[string]any // the pod's spec, if it runs containers
	labels map[string]any // of its pods
}

// relate fills in References and Referrers of subjects, which are applied
// together and are in the order of Compare, until budget is spent.
func relate(subjects []*annexgate.Subject, budget *budget) {
	x := newIndex(subjects, budget)
	for i := range x.members {
		m := &x.members[i]
		found := x.referencesOf(m)
		slices.Sort(found)
		found = slices.Compact(found)
		if budget.relations -= len(found); budget.spent() {
			return
		}
		for _, to := range found {
			if to == i {
				continue
			}
			m.References = append(m.References, subjects[to])
			subjects[to].Referrers = append(subjects[to].Referrers, m.Subject)
		}
	}
}

// A budget is what may still be spent on relations.
type budget struct{ relations, steps int }

func newBudget() *budget { return &budget{maxRelations, maxSteps} }

func (b *budget) spent() bool { return b.relations < 0 || b.steps < 0 }

// problem says that relations are missing.
func (b *budget) problem() annexgate.Problem {
	return annexgate.Problem{
		Kind: annexgate.Kubernetes, Loss: annexgate.Partial,
		Message: fmt.Sprintf("the objects have more than %d relations: not all were followed; check fewer files at a time", maxRelations),
	}
}

// groups names the API group of kinds that have moved to another.
var groups = map[identity]string{
	{group: "extensions", kind: "Deployment"}:    "apps",
	{group: "extensions", kind: "DaemonSet"}:     "apps",
	{group: "extensions", kind: "ReplicaSet"}:    "apps",
	{group: "extensions", kind: "Ingress"}:       "networking.k8s.io",
	{group: "extensions", kind: "NetworkPolicy"}: "networking.k8s.io",
}

// global lists kinds that belong to no namespace, as far as relations lead to
// or from them.
var global = map[string]bool{"ClusterRole": true, "ClusterRoleBinding": true}

// identify returns the identity of a kind and name of an API version.
func identify(apiVersion, kind, namespace, name string) identity {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group = ""
	}
	return inGroup(group, kind, namespace, name)
}

func inGroup(group, kind, namespace, name string) identity {
	if moved, ok := groups[identity{group: group, kind: kind}]; ok {
		group = moved
	}
	switch {
	case global[kind]:
		namespace = ""
	case namespace == "":
		namespace = "default"
	}
	return identity{group, kind, namespace, name}
}

// An index finds the members of a set.
type index struct {
	members []member
	named   map[identity]family

	// The pods of a namespace, by label, as the families they are of.
	pods   map[string]*roster
	equal  map[label]*roster
	having map[label]*roster // the value is left out

	budget *budget
}

type label struct{ namespace, key, value string }

// A family is the members that have one identity: in plain manifests, variants
// of one object that lie in different folders. It knows which of them lie in or
// below each folder.
type family map[string][]int

// A roster is a list of families without doubles.
type roster struct {
	list []identity
	has  map[identity]bool
}

func (r *roster) enter(id identity) {
	if !r.has[id] {
		r.has[id] = true
		r.list = append(r.list, id)
	}
}

func newIndex(subjects []*annexgate.Subject, budget *budget) *index {
	x := &index{
		members: make([]member, len(subjects)), named: map[identity]family{}, budget: budget,
		pods: map[string]*roster{}, equal: map[label]*roster{}, having: map[label]*roster{},
	}
	for i, s := range subjects {
		metadata := mapping(s.Values["metadata"])
		m := member{Subject: s, folder: path.Dir(s.Scope)}
		m.identity = identify(text(s.Values["apiVersion"]), s.Type, text(metadata["namespace"]), s.Name)
		m.readPod()
		x.members[i] = m
		x.enter(i)
	}
	return x
}

// readPod takes over what the workload facts say about the pods.
func (m *member) readPod() {
	pod := mapping(mapping(m.Facts["workload"])["pod"])
	if pod == nil {
		return
	}
	m.pod = mapping(pod["spec"])
	owner := m.Values
	steps := list(pod["path"])
	for _, step := range steps[:len(steps)-1] {
		owner = mapping(owner[text(step)])
	}
	m.labels = mapping(mapping(owner["metadata"])["labels"])
}

// enter takes member i into the index.
func (x *index) enter(i int) {
	m := &x.members[i]
	f := x.named[m.identity]
	if f == nil {
		f = family{}
		x.named[m.identity] = f
	}
	for folder := m.folder; ; folder = path.Dir(folder) {
		f[folder] = append(f[folder], i)
		if folder == "." || folder == "/" {
			break
		}
	}
	if m.pod == nil {
		return
	}
	rosterOf(x.pods, m.namespace).enter(m.identity)
	for key, value := range m.podLabels() {
		rosterOf(x.equal, label{m.namespace, key, value}).enter(m.identity)
		rosterOf(x.having, label{m.namespace, key, ""}).enter(m.identity)
	}
}

func rosterOf[K comparable](rosters map[K]*roster, key K) *roster {
	r := rosters[key]
	if r == nil {
		r = &roster{has: map[identity]bool{}}
		rosters[key] = r
	}
	return r
}

// find returns the members that id means to one in folder: those of the
// nearest folder around it that has any.
func (x *index) find(id identity, folder string) []int {
	f := x.named[id]
	for f != nil {
		if found := f[folder]; len(found) > 0 {
			x.budget.steps -= len(found)
			return found
		}
		if folder == "." || folder == "/" {
			break
		}
		folder = path.Dir(folder)
	}
	return nil
}
