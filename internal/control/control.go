// Package control is the catalogue of ISO/IEC 27001 Annex A: the 93 controls of
// the 2022 edition and the 114 of the 2013 edition that they replace.
//
// # Decisions
//
// The catalogue is data, two CSV files that a person can check against the
// standard. It holds identifiers and short titles; the standard's own text is
// licensed and not repeated. What a control of 2022 replaces is derived from
// the correspondence in annex-a-2013.csv alone (ISO/IEC 27002:2022, Annex B), so
// the two directions cannot disagree.
package control

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
	"sync"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Framework names the edition that annexgate reports against.
const Framework = "ISO/IEC 27001:2022"

//go:embed annex-a-2022.csv
var edition2022 []byte

//go:embed annex-a-2013.csv
var edition2013 []byte

var catalogue = sync.OnceValue(load)

// All returns the controls of the 2022 edition in the order of Annex A.
func All() []annexgate.Control { return slices.Clone(catalogue()) }

// Find returns the control that id names in the 2022 edition: A.8.24.
func Find(id string) (annexgate.Control, bool) {
	i := slices.IndexFunc(catalogue(), func(c annexgate.Control) bool { return c.ID == id })
	if i < 0 {
		return annexgate.Control{}, false
	}
	return catalogue()[i], true
}

// Successors returns the 2022 identifiers that replace a control of the 2013
// edition: A.10.1.1 leads to A.8.24. It returns none for an unknown id.
func Successors(former string) []string {
	var ids []string
	for _, c := range catalogue() {
		if slices.Contains(c.Former, former) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// Note says what a gate can show of a control of the 2022 edition, and what it
// cannot.
func Note(id string) string {
	for _, row := range tables().current {
		if row["id"] == id {
			return row["note"]
		}
	}
	return ""
}

// FormerTitle returns the title of a control of the 2013 edition.
func FormerTitle(id string) string {
	for _, row := range tables().former {
		if row["id"] == id {
			return row["title"]
		}
	}
	return ""
}

type editions struct{ current, former []map[string]string }

var tables = sync.OnceValue(func() editions { return editions{rows(edition2022), rows(edition2013)} })

func load() []annexgate.Control {
	former := map[string][]string{}
	for _, row := range tables().former {
		for _, id := range strings.Split(row["iso27001_2022_ids"], ";") {
			former[id] = append(former[id], row["id"])
		}
	}
	var controls []annexgate.Control
	for _, row := range tables().current {
		controls = append(controls, annexgate.Control{
			ID:     row["id"],
			Title:  row["title"],
			Theme:  row["theme"],
			Former: former[row["id"]],
			Manual: row["automatable_by"] == "manual",
		})
	}
	return controls
}

// rows reads an embedded table; a test holds it to its shape.
func rows(table []byte) []map[string]string {
	records, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		panic(err) // the file is part of the program
	}
	var out []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		out = append(out, row)
	}
	return out
}
