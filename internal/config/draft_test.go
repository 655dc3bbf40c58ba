package config

import (
	"regexp"
	"strings"
	"testing"
)

func TestDraft(t *testing.T) {
	for name, d := range map[string]Draft{
		"of an empty repository": {},
		"of a whole one": {
			Inputs: []string{"2 Terraform files"}, VarFiles: []string{`env/a "b".tfvars`},
			CI: []CI{Systems[0].CI, Systems[1].CI}, Approvers: []string{"@acme/security"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := d.Write(&b); err != nil {
				t.Fatal(err)
			}
			config, err := Read(FileName, []byte(b.String()))
			if err != nil {
				t.Fatalf("it does not pass its own validation: %v\n%s", err, b.String())
			}
			if len(config.Trust.Approvers) != len(d.Approvers) {
				t.Errorf("approvers are %v", config.Trust.Approvers)
			}
			whole, err := Read(FileName, []byte(inForce(b.String())))
			if err != nil {
				t.Fatalf("what is commented out is not valid: %v\n%s", err, inForce(b.String()))
			}
			for _, k := range keys {
				if _, there := whole.At(k.name); !there {
					t.Errorf("it does not mention %s", k.name)
				}
			}
		})
	}
}

// inForce uncomments every line that is configuration.
func inForce(text string) string {
	return regexp.MustCompile(`(?m)^( *)#([^ \n])`).ReplaceAllString(text, "$1$2")
}
