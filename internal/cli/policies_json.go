package cli

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/inert"
)

// A policyJSON is one policy as policies list -o json writes it, in an array by
// ID, and policies show -o json, alone. Every list is there, empty or not.
//
//	{"id": "terraform.aws.rds.backup_retention",
//	 "title": "Databases keep automated backups",
//	 "description": "Markdown",
//	 "severity": "low | medium | high | critical",
//	 "kind": "terraform | kubernetes | pullrequest",
//	 "subjects": ["aws_db_instance"],           types of what it examines
//	 "controls": [{"id": "A.8.13", "title": "Information backup",
//	               "iso27001_2013": ["A.12.3.1"]}],   the primary one first
//	 "remediation": "Markdown",
//	 "aliases": ["AWS-RDS-004", "trivy:AWS-0077"],    the short code first
//	 "links": [{"url": "https://...", "title": "..."}],
//	 "settings": [{"name": "backup_retention_days",
//	               "type": "boolean | integer | number | string | list | map",
//	               "default": 7, "description": "..."}],
//	 "left_out": false,                         by the configuration
//	 "file": "terraform/aws/rds/backup_retention/backup_retention.rego",
//	 "sha256": "of that file, in hexadecimal"}
type policyJSON struct {
	ID          string        `json:"id"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Severity    string        `json:"severity"`
	Kind        string        `json:"kind"`
	Subjects    []string      `json:"subjects"`
	Controls    []controlJSON `json:"controls"`
	Remediation string        `json:"remediation"`
	Aliases     []string      `json:"aliases"`
	Links       []linkJSON    `json:"links"`
	Settings    []settingJSON `json:"settings"`
	LeftOut     bool          `json:"left_out"`
	File        string        `json:"file"`
	SHA256      string        `json:"sha256"`
}

type controlJSON struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Former []string `json:"iso27001_2013"`
}

type linkJSON struct {
	URL   string `json:"url"`
	Title string `json:"title"`
}

type settingJSON struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Default     any    `json:"default"`
	Description string `json:"description"`
}

// A policySheetJSON is what policies show -o json writes. It adds the values of
// the settings that hold here, the rule, and its examples.
//
//	{..., "values": {"backup_retention_days": 35},
//	 "rego": "the text of file",
//	 "examples": [{"name": "fail.tf", "want": "fail | pass | unknown", "text": "..."}]}
type policySheetJSON struct {
	policyJSON
	Values   map[string]any `json:"values"`
	Rego     string         `json:"rego"`
	Examples []exampleJSON  `json:"examples"`
}

type exampleJSON struct {
	Name string `json:"name"`
	Want string `json:"want"`
	Text string `json:"text"`
}

func newPolicyJSON(p *annexgate.Policy, leftOut []string) policyJSON {
	out := policyJSON{
		ID: p.ID, Title: p.Title, Description: p.Description, Severity: p.Severity.String(), Kind: string(p.Kind),
		Subjects: orEmpty(p.Types), Controls: []controlJSON{}, Remediation: p.Remediation, Aliases: orEmpty(p.Aliases),
		Links: []linkJSON{}, Settings: []settingJSON{}, LeftOut: slices.Contains(leftOut, p.ID), File: p.File, SHA256: p.SHA256,
	}
	for _, id := range p.Controls {
		c, _ := control.Find(id) // a policy is not loaded with another
		out.Controls = append(out.Controls, controlJSON{c.ID, c.Title, orEmpty(c.Former)})
	}
	for _, l := range p.Links {
		out.Links = append(out.Links, linkJSON(l))
	}
	for _, s := range p.Settings {
		out.Settings = append(out.Settings, settingJSON{s.Name, s.Type, s.Default, s.Description})
	}
	return out
}

// orEmpty returns values as JSON shows a list without any: [].
func orEmpty(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

func listJSON(env Env, shown []*annexgate.Policy, leftOut []string) error {
	all := make([]policyJSON, len(shown))
	for i, p := range shown {
		all[i] = newPolicyJSON(p, leftOut)
	}
	return writeJSON(env, all)
}

// writeJSON writes v indented and inert.
func writeJSON(env Env, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write the policies: %w", err)
	}
	_, err = env.Stdout.Write(append(inert.JSON(text), '\n'))
	return err
}
