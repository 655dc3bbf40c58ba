package annexgate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Kind names a family of subjects. It is also the name of the folder that
// holds their policies and of the schema of their input.
type Kind string

// The kinds of subject.
const (
	Terraform   Kind = "terraform"
	Kubernetes  Kind = "kubernetes"
	PullRequest Kind = "pullrequest"
	Governance  Kind = "governance" // what decides about the others: a waiver, a baseline; judged by annexgate itself
)

// A Subject is one thing a policy examines: a Terraform block, a Kubernetes
// object or a pull request.
//
// Values and Facts hold JSON types: nil, bool, string, json.Number,
// map[string]any and []any. Two further types may stand for any value inside
// them: Reference and UnknownValue. An absent value and a Terraform null are left
// out.
type Subject struct {
	Kind    Kind
	Type    string // aws_s3_bucket, Deployment, pull_request
	Name    string // logs
	Address string // module.store["eu"].aws_s3_bucket.logs[0], Deployment/payments/api; that of the resource for an object written in Terraform
	Module  string // address of the Terraform module around it: module.store["eu"]; empty for a root

	// Scope is the set that Address is unique in: the directory of the
	// Terraform root module, the file of a Kubernetes object. With Kind and
	// Address it identifies the subject within a run: a Terraform resource that
	// makes a Kubernetes object is one subject of either kind.
	Scope string

	Values    map[string]any // what was written
	Sensitive []Path         // paths into Values of what is never shown; see package redact
	Facts     map[string]any // what the loader worked out, by the name under which policies see it beside values

	Provider *Subject // the Terraform provider block that serves it, whose values Facts repeat; may be nil

	References []*Subject // what the subject refers to, in the order of Compare
	Referrers  []*Subject // what refers to the subject, in the order of Compare

	At     Location // the whole of it
	Source *Source  // where each of the Values was written
}

// Compare orders subjects by scope, address and kind.
func (s *Subject) Compare(t *Subject) int {
	return cmp.Or(strings.Compare(s.Scope, t.Scope), strings.Compare(s.Address, t.Address), strings.Compare(string(s.Kind), string(t.Kind)))
}

// Block returns what policies see of the subject. Its values are those of
// Values and Facts, and may hold the same types.
func (s *Subject) Block() map[string]any {
	block := map[string]any{
		"kind":    string(s.Kind),
		"type":    s.Type,
		"name":    s.Name,
		"address": s.Address,
		"module":  s.Module,
		"values":  s.Values,
	}
	if s.Values == nil {
		block["values"] = map[string]any{}
	}
	maps.Copy(block, s.Facts)
	return block
}

// A Reference stands for a value that another managed resource settles at
// apply. It is set; its text is not known. Policies see it as an opaque string
// that starts with "${".
type Reference string

// An UnknownValue stands for a value that nobody can tell before apply, perhaps not
// even whether it is set.
type UnknownValue struct {
	Reason string   // variable "region" has no value
	From   Location // where the uncertainty enters
}

// An UnknownPath is one UnknownValue and where it stands in a subject's values.
type UnknownPath struct {
	Path Path
	UnknownValue
}

// Unknowns returns the unknown parts of value, in the order of their paths.
func Unknowns(value any) []UnknownPath {
	var found []UnknownPath
	collectUnknowns(value, nil, &found)
	return found
}

func collectUnknowns(value any, at Path, found *[]UnknownPath) {
	switch value := value.(type) {
	case UnknownValue:
		*found = append(*found, UnknownPath{Path: slices.Clone(at), UnknownValue: value})
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			collectUnknowns(value[key], append(at, key), found)
		}
	case []any:
		for i, item := range value {
			collectUnknowns(item, append(at, i), found)
		}
	}
}

// An Input is one file that was examined.
type Input struct {
	Kind   Kind   `json:"kind"`
	File   string `json:"file"`   // slash-separated, relative to the repository root
	SHA256 string `json:"sha256"` // of its bytes, in hexadecimal
	Bytes  int    `json:"bytes"`
}

// NewInput describes content, the bytes of file.
func NewInput(kind Kind, file string, content []byte) Input {
	sum := sha256.Sum256(content)
	return Input{Kind: kind, File: file, SHA256: hex.EncodeToString(sum[:]), Bytes: len(content)}
}

// An Inventory is what a loader made of its inputs.
type Inventory struct {
	Subjects []*Subject     // in the order of Compare
	Outputs  map[string]any // output values of Terraform root modules, in the types of Subject.Values
	Inputs   []Input
	Problems []Problem
}

// A Problem is a fault in what is examined: a file that does not parse, a
// module that is not there. It reaches the report and the record; it does not
// end the run.
type Problem struct {
	Kind    Kind     // the kind of subjects that it may hide; empty means every kind
	Message string   // in lower case, with the next step where there is one
	At      Location // the zero value where no file is at fault
	Loss    Loss
}

func (p Problem) String() string {
	if p.At.File == "" {
		return p.Message
	}
	return fmt.Sprintf("%s: %s", p.At, p.Message)
}

// A Loss says what a problem costs.
type Loss int

const (
	// Unread means that an input could not be examined. A run with such a
	// problem is never clear. It is the zero value: a problem that says nothing
	// of its cost must not read as harmless.
	Unread Loss = iota
	// Partial means that something known to be there was not examined, such as
	// a module that is not installed. The controls it may bear on are
	// undetermined; the gate goes by what it saw.
	Partial
	// Notice means that everything was examined.
	Notice
)
