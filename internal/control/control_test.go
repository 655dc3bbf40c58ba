package control

import (
	"slices"
	"strings"
	"testing"
)

func TestCatalogueIsComplete(t *testing.T) {
	themes := map[string]int{}
	manual := 0
	for _, c := range All() {
		themes[c.Theme]++
		if c.Manual {
			manual++
		}
		if c.Title == "" {
			t.Errorf("%s has no title", c.ID)
		}
	}
	for theme, want := range map[string]int{"Organizational": 37, "People": 8, "Physical": 14, "Technological": 34} {
		if themes[theme] != want {
			t.Errorf("%d controls of theme %s, want %d", themes[theme], theme, want)
		}
	}
	if manual != 26 {
		t.Errorf("%d controls are manual, want 26", manual)
	}
}

// TestCorrespondence holds the table of 2013 to the figures that
// ISO/IEC 27002:2022, Annex B gives.
func TestCorrespondence(t *testing.T) {
	former, pairs, new2022 := map[string]bool{}, 0, 0
	for _, c := range All() {
		pairs += len(c.Former)
		if len(c.Former) == 0 {
			new2022++
		}
		for _, id := range c.Former {
			former[id] = true
		}
	}
	if len(former) != 114 || pairs != 115 || new2022 != 11 {
		t.Errorf("%d controls of 2013 in %d pairs, %d new in 2022; want 114, 115, 11", len(former), pairs, new2022)
	}
	if got := Successors("A.18.2.3"); !slices.Equal(got, []string{"A.5.36", "A.8.8"}) {
		t.Errorf("A.18.2.3 became %v, want A.5.36 and A.8.8, the one split", got)
	}
	if got := Successors("A.99.1"); got != nil {
		t.Errorf("an unknown control became %v", got)
	}
}

// TestEditionsAgree compares the column of 2013 identifiers in the 2022 table,
// which nothing else reads, with what is derived.
func TestEditionsAgree(t *testing.T) {
	for i, row := range rows(edition2022) {
		var listed []string
		if ids := row["iso27001_2013_ids"]; ids != "new" {
			listed = strings.Split(ids, ";")
		}
		if derived := All()[i].Former; !slices.Equal(listed, derived) {
			t.Errorf("%s: the table lists %v, the correspondence gives %v", row["id"], listed, derived)
		}
	}
}

func TestFind(t *testing.T) {
	c, ok := Find("A.8.24")
	if !ok || c.Title != "Use of cryptography" || !slices.Equal(c.Former, []string{"A.10.1.1", "A.10.1.2"}) {
		t.Errorf("A.8.24 is %+v", c)
	}
	if _, ok := Find("A.8.99"); ok {
		t.Error("A.8.99 was found")
	}
}

func TestNotesAndFormerTitles(t *testing.T) {
	for _, c := range All() {
		if Note(c.ID) == "" {
			t.Errorf("%s has no note", c.ID)
		}
		for _, id := range c.Former {
			if FormerTitle(id) == "" {
				t.Errorf("%s has no title", id)
			}
		}
	}
	if Note("A.9.9") != "" || FormerTitle("A.8.24") != "" {
		t.Error("an unknown control has a note or a title")
	}
}
