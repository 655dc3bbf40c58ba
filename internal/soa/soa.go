// Package soa reads the Statement of Applicability, checks it and shows it as
// the document that an auditor asks for.
//
// # Decisions
//
// What is missing is not an error of the file: a statement grows. Read refuses
// only what it cannot understand; Check finds what an auditor would.
//
// An exclusion counts when it has a justification that a person wrote. One
// without, or with one that Init derived, leaves out nothing. So a statement
// can only ever make the gate more lenient with a reason on record.
//
// Init marks what it worked out as derived, in the file itself, until somebody
// removes the mark: the program may prepare a statement, it must not make one.
package soa

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// Version is the version of the format.
const Version = "1"

// An Implementation is how a control is implemented.
type Implementation string

// The implementations.
const (
	Policy  Implementation = "policy"  // the gate's policies show it
	Manual  Implementation = "manual"  // people do it, and keep evidence
	Both    Implementation = "both"    // policies show a part of it
	Planned Implementation = "planned" // nobody does it yet
)

// A Statement is a Statement of Applicability.
type Statement struct {
	File    string
	Entries []Entry // in the order of Annex A
}

// An Entry is what the statement says of one control.
type Entry struct {
	Control        annexgate.Control
	Applicable     bool
	Justification  string
	Owner          string // who answers for it: @login, @organisation/team or an e-mail address
	Implementation Implementation
	Risks          []string  // IDs of the risks that it treats
	Evidence       []string  // where manual evidence is kept
	Review         time.Time // the day by which somebody looks at it again
	Derived        []string  // names of the fields that Init filled in and nobody has confirmed
	At             annexgate.Location

	places map[string]annexgate.Location // of its fields
}

// at returns where the entry gives a field, or else the entry itself.
func (e *Entry) at(field string) annexgate.Location {
	if at, given := e.places[field]; given {
		return at
	}
	return e.At
}

// derived reports whether field is still what Init filled in.
func (e *Entry) derived(field string) bool { return slices.Contains(e.Derived, field) }

// Excluded returns the justification of every control that the statement
// leaves out, by ID.
func (s *Statement) Excluded() map[string]string {
	excluded := map[string]string{}
	if s == nil {
		return excluded
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		if !e.Applicable && e.Justification != "" && !e.derived("justification") && !e.derived("applicable") {
			excluded[e.Control.ID] = e.Justification
		}
	}
	return excluded
}

// Find returns the entry of a control, or nil.
func (s *Statement) Find(id string) *Entry {
	if s == nil {
		return nil
	}
	i := slices.IndexFunc(s.Entries, func(e Entry) bool { return e.Control.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Entries[i]
}

// Read reads text, the content of the file called name. The error is a usage
// error that joins every fault, each with its place.
func Read(name string, text []byte) (*Statement, error) {
	y, root, err := strictyaml.Open(name, text)
	if err != nil {
		return nil, err
	}
	s := &Statement{File: name}
	if root == nil {
		return s, nil
	}
	r := &reader{y, s}
	version := ""
	r.Object(root, strictyaml.Fields{
		"version": func(node *yaml.Node) {
			if version = node.Value; version != Version {
				r.Fault(node, "version %q: this annexgate reads version %s", version, Version)
			}
		},
		"controls": r.controls,
	})
	if version == "" && !r.Faulty() {
		r.Fault(root, "the version is missing: want version: %s", Version)
	}
	order := map[string]int{}
	for i, c := range control.All() {
		order[c.ID] = i
	}
	slices.SortStableFunc(s.Entries, func(a, b Entry) int { return order[a.Control.ID] - order[b.Control.ID] })
	return s, r.Err()
}

type reader struct {
	*strictyaml.Reader
	statement *Statement
}

func (r *reader) controls(node *yaml.Node) {
	r.Each(node, func(key, value *yaml.Node) {
		c, known := control.Find(key.Value)
		if !known {
			r.Fault(key, "%q is no control of %s%s", key.Value, control.Framework, successors(key.Value))
			return
		}
		e := Entry{Control: c, Applicable: true, At: r.At(key), places: map[string]annexgate.Location{}}
		r.entry(value, &e)
		r.statement.Entries = append(r.statement.Entries, e)
	})
}

func successors(id string) string {
	if next := control.Successors(id); len(next) > 0 {
		return ": of the 2013 edition; want " + strings.Join(next, " or ")
	}
	return ": want an ID like A.8.24"
}

// fieldNames are what an entry may say, in the order of Init.
var fieldNames = []string{"applicable", "justification", "owner", "implementation", "risks", "evidence", "review"}

func (r *reader) entry(node *yaml.Node, e *Entry) {
	fields := strictyaml.Fields{
		"applicable":    func(n *yaml.Node) { e.Applicable = r.Bool(n) },
		"justification": func(n *yaml.Node) { e.Justification = r.blank(n) },
		"owner":         func(n *yaml.Node) { e.Owner = r.blank(n) },
		"implementation": func(n *yaml.Node) {
			e.Implementation = Implementation(r.OneOf(n, string(Policy), string(Manual), string(Both), string(Planned)))
		},
		"risks":    func(n *yaml.Node) { e.Risks = r.Texts(n) },
		"evidence": func(n *yaml.Node) { e.Evidence = r.Texts(n) },
		"review":   func(n *yaml.Node) { e.Review = r.Date(n) },
	}
	for name, read := range fields {
		fields[name] = func(n *yaml.Node) { e.places[name] = r.At(n); read(n) }
	}
	fields["derived"] = func(n *yaml.Node) {
		r.Items(n, func(item *yaml.Node) { e.Derived = append(e.Derived, r.OneOf(item, fieldNames...)) })
	}
	r.Object(node, fields)
}

// blank returns a text that may be left empty until somebody fills it in, on
// one line.
func (r *reader) blank(node *yaml.Node) string {
	if node.Kind == yaml.ScalarNode && strings.TrimSpace(node.Value) == "" {
		return ""
	}
	return strings.Join(strings.Fields(r.Text(node)), " ")
}
