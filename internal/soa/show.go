package soa

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/control"
	"github.com/annexgate/annexgate/internal/inert"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// A Row is one control as the statement shows it.
type Row struct {
	ID             string   `json:"id"`
	Former         []string `json:"iso27001_2013"`
	Title          string   `json:"title"`
	Theme          string   `json:"theme"`
	Stated         bool     `json:"stated"` // the statement mentions it
	Applicable     bool     `json:"applicable"`
	Justification  string   `json:"justification"`
	Owner          string   `json:"owner"`
	Implementation string   `json:"implementation"`
	Policies       []string `json:"policies"`
	Risks          []string `json:"risks"`
	Evidence       []string `json:"evidence"`
	Review         string   `json:"review"` // 2027-06-30, or empty
	Derived        []string `json:"derived"`
}

// Rows returns every control of Annex A, in its order. A control that s does
// not mention is applicable. s may be nil.
func (s *Statement) Rows(policies []*annexgate.Policy) []Row {
	supported := Support(policies)
	var rows []Row
	for _, c := range control.All() {
		row := Row{
			ID: c.ID, Former: list(c.Former), Title: c.Title, Theme: c.Theme, Applicable: true,
			Policies: list(supported[c.ID]), Risks: []string{}, Evidence: []string{}, Derived: []string{},
		}
		if e := s.Find(c.ID); e != nil {
			row.Stated, row.Applicable, row.Justification, row.Owner = true, e.Applicable, e.Justification, e.Owner
			row.Implementation = string(e.Implementation)
			row.Risks, row.Evidence, row.Derived = list(e.Risks), list(e.Evidence), list(e.Derived)
			if !e.Review.IsZero() {
				row.Review = e.Review.Format(time.DateOnly)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func list(texts []string) []string { return append([]string{}, texts...) }

var formats = map[string]func(io.Writer, []Row) error{
	"csv": writeCSV, "json": writeJSON, "markdown": writeMarkdown, "text": writeText,
}

// Known returns a usage error when format is none.
func Known(format string) error {
	if _, known := formats[format]; !known {
		names := slices.Sorted(maps.Keys(formats))
		return annexgate.Usage(fmt.Errorf("unknown format %q%s", format, strictyaml.Suggest(format, names)))
	}
	return nil
}

// Write writes rows in a format: csv, json, markdown or text.
func Write(w io.Writer, format string, rows []Row) error {
	if err := Known(format); err != nil {
		return err
	}
	return formats[format](w, rows)
}

func writeJSON(w io.Writer, rows []Row) error {
	text, err := json.MarshalIndent(struct {
		Version   string `json:"version"`
		Framework string `json:"framework"`
		Controls  []Row  `json:"controls"`
	}{Version, control.Framework, rows}, "", " ")
	if err != nil {
		return fmt.Errorf("write the statement: %w", err)
	}
	_, err = w.Write(append(inert.JSON(text), '\n'))
	return err
}

// columns are the heads of a table.
var columns = []string{
	"Control", "2013", "Title", "Applicable", "Justification", "Implementation", "Policies", "Owner", "Risks", "Evidence", "Review",
}

// cells returns a row under the heads of columns. What nobody has confirmed is
// said to be derived.
func (r Row) cells() []string {
	mark := func(field, text string) string {
		if slices.Contains(r.Derived, field) {
			return text + " (derived)"
		}
		return text
	}
	applicable := "yes"
	switch {
	case !r.Stated:
		applicable = "not stated"
	case !r.Applicable:
		applicable = "no"
	}
	cells := []string{
		r.ID, strings.Join(r.Former, ", "), r.Title, mark("applicable", applicable), mark("justification", r.Justification),
		mark("implementation", r.Implementation), strings.Join(r.Policies, ", "), r.Owner,
		strings.Join(r.Risks, ", "), strings.Join(r.Evidence, ", "), r.Review,
	}
	for i := range cells {
		cells[i] = inert.Text(cells[i])
	}
	return cells
}

func writeCSV(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	_ = out.Write(columns) // Error tells
	for _, row := range rows {
		cells := row.cells()
		for i := range cells {
			cells[i] = literal(cells[i])
		}
		_ = out.Write(cells)
	}
	out.Flush()
	return out.Error()
}

// literal keeps a spreadsheet from taking text for a formula: what starts like
// one gets an apostrophe in front, as OWASP advises. Full-width forms of the
// signs count too, and so do signs behind white space.
func literal(text string) string {
	if start := strings.TrimLeft(text, " \u00a0\u3000"); start != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(start)[0]) {
		return "'" + text
	}
	return text
}

func writeMarkdown(w io.Writer, rows []Row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Statement of Applicability\n\n%s, Annex A. %s\n", control.Framework, summary(rows))
	theme := ""
	for _, row := range rows {
		if row.Theme != theme {
			theme = row.Theme
			fmt.Fprintf(&b, "\n## %s controls\n\n| %s |\n|%s\n", theme, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		}
		cells := row.cells()
		for i := range cells {
			cells[i] = markdown(cells[i])
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var markdownEscapes = func() *strings.Replacer {
	var pairs []string
	for _, c := range "\\`*_{}[]<>()#+!|~&:@" {
		pairs = append(pairs, string(c), "&#"+fmt.Sprint(int(c))+";")
	}
	return strings.NewReplacer(pairs...)
}()

// markdown writes text so that Markdown shows it as it is: no link, no HTML, no
// end of a table cell, nobody notified.
func markdown(text string) string { return markdownEscapes.Replace(text) }

// summary counts what the statement says.
func summary(rows []Row) string {
	var excluded, silent, derived int
	for _, row := range rows {
		switch {
		case !row.Stated:
			silent++
		case !row.Applicable:
			excluded++
		}
		if len(row.Derived) > 0 {
			derived++
		}
	}
	text := fmt.Sprintf("%d controls: %d applicable, %d excluded", len(rows), len(rows)-excluded-silent, excluded)
	if silent > 0 {
		text += fmt.Sprintf(", %d not stated", silent)
	}
	if derived > 0 {
		text += fmt.Sprintf("; %d with parts that are derived and not confirmed", derived)
	}
	return text + "."
}

func writeText(w io.Writer, rows []Row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Statement of Applicability, %s\n%s\n", control.Framework, summary(rows))
	theme := ""
	for _, row := range rows {
		if row.Theme != theme {
			theme = row.Theme
			fmt.Fprintf(&b, "\n%s controls\n", theme)
		}
		cells := row.cells()
		fmt.Fprintf(&b, "\n%-7s %s%s\n", cells[0], cells[2], edition(cells[1]))
		for i, name := range columns[3:] {
			if value := cells[i+3]; value != "" {
				fmt.Fprintf(&b, "  %-14s %s\n", strings.ToLower(name), value)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func edition(former string) string {
	if former == "" {
		return " (new in 2022)"
	}
	return " (2013: " + former + ")"
}
