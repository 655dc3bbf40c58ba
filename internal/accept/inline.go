package accept

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// ignoreMark starts an inline waiver:
//
//	# annexgate:ignore POLICY reason="..." owner=@web approved_by=@ciso ticket=SEC-12 expires=2027-01-31
const ignoreMark = "annexgate:ignore"

// Inline returns the waivers in the comments of a Terraform or YAML file. A
// comment stands on the line of a finding, on the line above it, or above the
// block that holds it; above the first line of a YAML document, it is about
// the document. What it does not say of its creation, the history may.
func Inline(name string, text []byte) []annexgate.Waiver {
	if !bytes.Contains(text, []byte(ignoreMark)) {
		return nil
	}
	file := position.New(name, text)
	var waivers []annexgate.Waiver
	for _, c := range comments(name, text, isIgnore) {
		w := annexgate.Waiver{Inline: true, At: file.Location(c.offset, c.offset), Span: c.target.in(name)}
		parseIgnore(&w, strings.TrimPrefix(c.text, ignoreMark))
		w.ID = derivedID(&w)
		waivers = append(waivers, w)
	}
	return waivers
}

func isIgnore(text string) bool {
	rest, ok := strings.CutPrefix(text, ignoreMark)
	return ok && (rest == "" || strings.IndexByte(" \t:", rest[0]) >= 0)
}

func (s span) in(file string) annexgate.Location {
	return annexgate.Location{File: file, Line: s.first, EndLine: s.last}
}

// parseIgnore reads what follows the mark: a policy, then names and values.
func parseIgnore(w *annexgate.Waiver, rest string) {
	if len(rest) > maxText {
		w.Faults = append(w.Faults, fmt.Sprintf("a comment of more than %d bytes", maxText))
		return
	}
	words, err := splitWords(strings.TrimLeft(rest, ": \t"))
	if err != nil {
		w.Faults = append(w.Faults, err.Error())
	}
	texts := map[string]*string{
		"reason": &w.Reason, "owner": &w.Owner, "approved_by": &w.ApprovedBy, "ticket": &w.Ticket, "key": &w.Key,
	}
	dates := map[string]*time.Time{"created": &w.Created, "not_before": &w.NotBefore, "expires": &w.Expires}
	seen := map[string]bool{}
	for i, word := range words {
		name, value, pair := strings.Cut(word, "=")
		switch {
		case !pair && i == 0:
			w.Policy = word
		case !pair:
			w.Faults = append(w.Faults, fmt.Sprintf("%q: want name=value, with the value in quotes when it has spaces", word))
		case seen[name]:
			w.Faults = append(w.Faults, fmt.Sprintf("%s is there twice", name))
		case texts[name] != nil:
			*texts[name] = value
		case dates[name] != nil:
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				w.Faults = append(w.Faults, fmt.Sprintf("%s %q: want a date like 2027-01-31", name, value))
			}
			*dates[name] = day
		default:
			known := []string{"approved_by", "created", "expires", "key", "not_before", "owner", "reason", "ticket"}
			w.Faults = append(w.Faults, fmt.Sprintf("unknown key %q%s", name, strictyaml.Suggest(name, known)))
		}
		seen[name] = pair
	}
}

// splitWords splits text at its spaces, but for those in double quotes. The
// quotes are dropped.
func splitWords(text string) ([]string, error) {
	var words []string
	var b strings.Builder
	quoted, started := false, false
	for _, r := range text {
		switch {
		case r == '"':
			quoted, started = !quoted, true
		case (r == ' ' || r == '\t') && !quoted:
			if started {
				words = append(words, b.String())
			}
			b.Reset()
			started = false
		default:
			b.WriteRune(r)
			started = true
		}
	}
	if started {
		words = append(words, b.String())
	}
	if quoted {
		return words, fmt.Errorf("a quote is not closed")
	}
	return words, nil
}

// SortWaivers puts waivers into output order: by place.
func SortWaivers(waivers []annexgate.Waiver) {
	slices.SortStableFunc(waivers, func(v, w annexgate.Waiver) int {
		return cmp.Or(v.At.Compare(w.At), strings.Compare(v.ID, w.ID))
	})
}
