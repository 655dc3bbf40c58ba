package evidence

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// WriteText writes the records for people, the oldest first.
func WriteText(w io.Writer, found *Found) error {
	p := &printer{}
	p.line("commit %s", found.Commit)
	if len(found.Records) == 0 {
		p.line("no evidence")
	}
	for _, record := range found.Records {
		p.line("")
		p.record(record.Statement)
	}
	if len(found.Broken) > 0 {
		p.line("\nnot readable as records")
		for _, broken := range found.Broken {
			p.line("  %s: %s", broken.Place, broken.Err)
		}
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// A printer collects lines. Every text in them is made inert.
type printer struct{ strings.Builder }

func (p *printer) line(format string, args ...any) {
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			args[i] = inert.Text(arg)
		case error:
			args[i] = inert.Text(arg.Error())
		case []string:
			args[i] = inert.Text(strings.Join(arg, ", "))
		}
	}
	p.WriteString(inert.Log(strings.TrimRight(fmt.Sprintf(format, args...), " ")) + "\n")
}

func (p *printer) record(s *Statement) {
	r := &s.Predicate
	e := r.Evaluator
	p.line("record %s", r.RecordID)
	p.line("  made      %s, in %s", r.Execution.FinishedAt.UTC().Format(time.RFC3339),
		r.Execution.FinishedAt.Sub(r.Execution.StartedAt).Round(time.Millisecond).String())
	p.line("  by        %s %s (opa %s, %s, %s)", e.Tool, e.Version, e.OPAVersion, e.GoVersion, e.Platform)
	p.line("  kind      %s, %s, signature %s", r.RecordType, r.Trust.Level, r.Signature)
	for _, subject := range s.Subject {
		d := subject.Digest
		p.line("  about     %s %s", subject.Name, cmp.Or(d.GitCommit, d.GitTree, d.SHA256))
	}
	for _, in := range r.Inputs {
		p.line("  input     %s, %d files, %s", in.Kind, in.ItemCount, in.Completeness)
	}
	p.line("  policies  %d, sha256 %s", r.Policy.Count, cmp.Or(r.Policy.SHA256, "unknown"))
	p.rules(r.Trust)
	p.line("  verdict   %s", verdict(r.Decision))
	p.measures(r.Measures)
	p.controls(r.Controls)
	p.blocking(r)
	p.exceptions(r)
	p.degraded(r.Degraded)
	p.omitted(r.Omitted)
}

// rules says whose rules judged, when they were not those of the change itself.
func (p *printer) rules(t Trust) {
	if t.PolicyBase == "" {
		return
	}
	p.line("  rules of  %s, the base of the change", t.PolicyBase)
	for _, c := range t.RuleChanges {
		p.line("    %-9s %s: %s", c.Change, c.Part, c.File)
	}
}

func (p *printer) measures(m Measures) {
	if m.Applicable == 0 {
		return // of a version that did not measure
	}
	p.line("  measures  %d of %d applicable controls have automated evidence; %d exceptions open, %d overdue; baseline %d, the oldest %d days",
		m.Automated, m.Applicable, m.Open, m.Overdue, m.Baseline, m.BaselineOldest)
	for _, e := range m.Exceptions {
		left := fmt.Sprintf("%d days left", e.DaysLeft)
		if e.Overdue {
			left = fmt.Sprintf("overdue for %d days", -e.DaysLeft)
		}
		p.line("    %s  %s, open for %d days, %s", e.ID, e.Owner, e.Days, left)
	}
}

func verdict(d Decision) string {
	switch {
	case d.Mode == "advisory":
		return d.Outcome + " (advisory: nothing blocks)"
	case d.FailOn == "":
		return d.Outcome
	}
	return fmt.Sprintf("%s (%s and above block; %d findings do)", d.Outcome, d.FailOn, d.BlockingCount)
}

// controls prints a line for each control that was tested, or should have
// been, and one for the others.
func (p *printer) controls(controls []Control) {
	p.line("  controls  passed/failed/unknown/waived of total")
	untested := 0
	for _, c := range controls {
		if c.Status == annexgate.NotTested {
			untested++
			continue
		}
		n := c.Population
		p.line("    %-14s %-7s %d/%d/%d/%d of %d  %s%s", string(c.Status), c.ID,
			n.Passed, n.Failed, n.Unknown, n.Waived, n.Total, c.Title, former(c.Former))
		if c.Status != annexgate.Satisfied && c.Reason != "" {
			p.line("    %-14s %-7s %s", "", "", c.Reason)
		}
	}
	if untested > 0 {
		p.line("    %-14s %d controls: nothing in scope, or no policy", string(annexgate.NotTested), untested)
	}
}

func former(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return " (2013: " + strings.Join(ids, ", ") + ")"
}

func (p *printer) blocking(r *Record) {
	if r.Decision.BlockingCount == 0 {
		return
	}
	p.line("  blocking  %d findings", r.Decision.BlockingCount)
	blocks := map[string]bool{}
	for _, id := range r.Decision.Blocking {
		blocks[id] = true
	}
	listed := 0
	for _, f := range r.Findings {
		if !blocks[f.ID] {
			continue
		}
		listed++
		p.line("    %s%s", at(f.Location), f.Message)
		p.line("      %s, %s, %s; finding %s", f.RuleID, f.Severity, f.ControlIDs, f.ID)
		if f.Why != "" {
			p.line("      because %s", f.Why)
		}
	}
	if more := r.Decision.BlockingCount - listed; more > 0 {
		p.line("    and %d more that the record does not list", more)
	}
}

// exceptions prints the waivers, and how many findings they and the baseline
// accept.
func (p *printer) exceptions(r *Record) {
	inBaseline := 0
	for _, f := range r.Findings {
		if f.Status == "baseline" {
			inBaseline++
		}
	}
	if inBaseline > 0 {
		p.line("  baseline  accepts %d of the findings that the record lists", inBaseline)
	}
	if len(r.Exceptions) == 0 {
		return
	}
	p.line("  waivers   state, ID, findings")
	for _, e := range r.Exceptions {
		until := "without end"
		if e.ExpiresAt != nil {
			until = "until " + e.ExpiresAt.Format(time.DateOnly)
		}
		p.line("    %-8s %s, %d: %s", e.State, e.ID, e.Findings, cmp.Or(e.Reason, "no reason"))
		p.line("      %s of %s, approved by %s, %s", e.Scope.Rule, cmp.Or(e.Owner, "nobody"), cmp.Or(e.ApprovedBy, "nobody"), until)
	}
}

func (p *printer) degraded(list []Degraded) {
	if len(list) == 0 {
		return
	}
	p.line("  degraded  what this record cannot say")
	for _, d := range list {
		p.line("    %s: %s%s", d.Code, at(d.Location), d.Explanation)
	}
}

func (p *printer) omitted(o *Omitted) {
	if o == nil {
		return
	}
	p.line("  omitted   to keep the record small: %d files, %d modules, %d findings, %d exceptions, %d degradations, %d rule results",
		o.Files, o.Modules, o.Findings, o.Exceptions, o.Degraded, o.Rules)
}

// at returns place in front of a message.
func at(place *Place) string {
	if place == nil {
		return ""
	}
	l := annexgate.Location{File: place.Path, Line: place.StartLine, Column: place.StartColumn}
	return l.String() + ": "
}
