package soa

import (
	"fmt"
	"io"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
)

const draftHead = `# Statement of Applicability, %s.
#
# annexgate soa check finds what is missing; annexgate soa show prints it for an
# auditor. For each control:
#   applicable      true, or false to exclude it
#   justification   why it applies, or why it does not; an exclusion counts only with one
#   owner           who answers for it, as CODEOWNERS names them
#   implementation  policy (the gate shows it), manual (people do), both, or planned
#   risks           IDs of the risks that it treats
#   evidence        where manual evidence is kept
#   review          the day by which somebody looks at it again: 2027-06-30
#   derived         what annexgate filled in; remove it once you have made it yours
version: %s
controls:
`

// Draft writes a statement of all controls, filled in as far as policies and
// the catalogue tell, and marks that as derived.
func Draft(w io.Writer, policies []*annexgate.Policy) error {
	supported := Support(policies)
	var b strings.Builder
	fmt.Fprintf(&b, draftHead, control.Framework, Version)
	theme := ""
	for _, c := range control.All() {
		if c.Theme != theme {
			theme = c.Theme
			fmt.Fprintf(&b, "\n  # %s controls\n", theme)
		}
		implementation, why := derive(c, len(supported[c.ID]))
		former := "new in 2022"
		if len(c.Former) > 0 {
			former = "2013: " + strings.Join(c.Former, ", ")
		}
		fmt.Fprintf(&b, "\n  %s: # %s (%s)\n", c.ID, c.Title, former)
		fmt.Fprintf(&b, "    applicable: true\n    justification: \"\"\n    owner: \"\"\n")
		fmt.Fprintf(&b, "    implementation: %s # %s\n", implementation, why)
		fmt.Fprintf(&b, "    risks: []\n    evidence: []\n")
		fmt.Fprintf(&b, "    derived: [applicable, implementation]\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// derive returns how c may be implemented, and what speaks for it. No policy
// shows the whole of a control, so it is never policy alone.
func derive(c annexgate.Control, policies int) (Implementation, string) {
	switch {
	case policies == 1:
		return Both, "1 policy supports it"
	case policies > 1:
		return Both, fmt.Sprintf("%d policies support it", policies)
	case c.Manual:
		return Manual, "no gate can show it"
	}
	return Planned, "no policy supports it"
}
