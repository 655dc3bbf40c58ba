package annexgate

import (
	"fmt"
	"strings"
)

// A Policy is one rule and what its metadata says about it.
type Policy struct {
	ID          string // terraform.aws.s3.public_access
	Title       string // the requirement, as a sentence in the good state
	Description string // why it matters, in Markdown
	Severity    Severity
	Kind        Kind     // the first part of ID
	Types       []string // the types of the subjects it examines
	Controls    []string // Annex A identifiers of the 2022 edition, the primary one first: A.8.3
	Remediation string   // what to do about a failure; starts with a verb; Markdown
	Aliases     []string // short code first, then the IDs of equivalent checks: AWS-S3-001, trivy:AWS-0086
	Links       []Link
	Settings    []Setting
	File        string // the file of its rule, slash-separated
	SHA256      string // of the bytes of File, in hexadecimal
}

// A Link leads to further reading.
type Link struct {
	URL   string
	Title string
}

// A Setting is a parameter that an organisation may change.
type Setting struct {
	Name        string // unique among all policies: data.settings.<name>
	Type        string // boolean, integer, number, string, list or map
	Description string
	Default     any // in JSON types
}

// A Control is one control of ISO/IEC 27001:2022, Annex A.
type Control struct {
	ID     string   // A.8.24
	Title  string   // short title
	Theme  string   // Organizational, People, Physical or Technological
	Former []string // the controls of the 2013 edition it replaces: A.10.1.1
	Manual bool     // no gate can show it: evidence is collected by people
}

// Severity orders policies by how much a failure matters.
type Severity int

// The severities, from the least to the most severe.
const (
	Low Severity = iota + 1
	Medium
	High
	Critical
)

var severityNames = map[Severity]string{Low: "low", Medium: "medium", High: "high", Critical: "critical"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity returns the severity that name names, in any case.
func ParseSeverity(name string) (Severity, error) {
	for severity, known := range severityNames {
		if strings.EqualFold(name, known) {
			return severity, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: want low, medium, high or critical", name)
}
