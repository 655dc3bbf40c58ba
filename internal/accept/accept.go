// Package accept reads what accepts a failure: waivers, from a file and from
// comments beside the code, and the baseline. It says of each whether it
// counts, and finds the one that covers a finding.
//
// # Decisions
//
// A fault in one waiver makes that waiver invalid, not the file: the others
// keep what they were approved for, and the faulty one is reported at its line.
// A file that is not YAML at all is an error, since nobody can tell what it
// accepts.
//
// A waiver ends with the first moment of the day that expires names, in UTC:
// of two readings of a date the one that accepts less.
//
// The longest term is that of the most severe policy a waiver names, whatever
// it covers today, so that a waiver does not turn invalid because somebody
// makes a mistake elsewhere.
//
// A severity names no waiver, and a waiver without a scope is invalid: what is
// accepted everywhere is written down as such, with address "*".
//
// Who added a waiver is whoever wrote one of its lines last, but for the line
// of approved_by: that one an approver may well have written. Names are
// compared with names, addresses with addresses and logins with logins; where
// only a login stands against an address, nobody can tell, and the run says
// so.
//
// A fingerprint is the same in every root module, and survives a move. So an
// entry of the baseline belongs to the directory or file it was found in. Only
// when what it was about is no longer there does it follow to another; see
// Pair.
package accept

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
	"github.com/annexgate/annexgate/internal/strictyaml"
)

// Version is the version of both formats.
const Version = "1"

const (
	maxWaivers = 10_000
	maxText    = 2_000 // bytes of one text of a waiver
)

// ReadWaivers reads text, the content of the file of waivers called name.
// What is wrong with a waiver is in its Faults. The error is a usage error:
// the file as a whole cannot be read.
func ReadWaivers(name string, text []byte) ([]annexgate.Waiver, error) {
	r, root, err := strictyaml.Open(name, text)
	if err != nil || root == nil {
		return nil, err
	}
	file := position.New(name, text)
	var waivers []annexgate.Waiver
	version := false
	r.Object(root, strictyaml.Fields{
		"version": func(node *yaml.Node) { version = readVersion(r, node) },
		"waivers": func(node *yaml.Node) {
			r.Items(node, func(item *yaml.Node) {
				if len(waivers) < maxWaivers {
					waivers = append(waivers, readWaiver(r, file, item))
				} else if len(waivers) == maxWaivers && !r.Faulty() {
					r.Fault(item, "more than %d waivers", maxWaivers)
				}
			})
		},
	})
	if !version && !r.Faulty() {
		r.Fault(root, "the version is missing: want version: %s", Version)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	identify(waivers)
	return waivers, nil
}

func readVersion(r *strictyaml.Reader, node *yaml.Node) bool {
	if node.Value != Version {
		r.Fault(node, "version %q: this annexgate reads version %s", node.Value, Version)
	}
	return true
}

// readWaiver reads one waiver with whatever is right in it.
func readWaiver(all *strictyaml.Reader, file *position.File, node *yaml.Node) annexgate.Waiver {
	r := all.Part()
	const endOfLine = 1 << 20 // columns
	w := annexgate.Waiver{At: file.Location(file.Offset(node.Line, node.Column), file.Offset(lastLine(node), endOfLine))}
	text := func(into *string) func(*yaml.Node) {
		return func(node *yaml.Node) {
			*into = strings.TrimSpace(r.Text(node))
			if len(*into) > maxText {
				*into = ""
				r.Fault(node, "a text of more than %d bytes", maxText)
			}
		}
	}
	r.Object(node, strictyaml.Fields{
		"id":          text(&w.ID),
		"policy":      text(&w.Policy),
		"address":     text(&w.Address),
		"path":        text(&w.Path),
		"key":         text(&w.Key),
		"fingerprint": text(&w.Fingerprint),
		"reason":      text(&w.Reason),
		"ticket":      text(&w.Ticket),
		"owner":       text(&w.Owner),
		"approved_by": text(&w.ApprovedBy),
		"created":     func(node *yaml.Node) { w.Created = r.Date(node) },
		"not_before":  func(node *yaml.Node) { w.NotBefore = r.Date(node) },
		"expires":     func(node *yaml.Node) { w.Expires = r.Date(node) },
	})
	for _, fault := range r.Faults() {
		w.Faults = append(w.Faults, fault.Error())
	}
	return w
}

// lastLine returns the last line on which a part of node starts.
func lastLine(node *yaml.Node) int {
	last := node.Line
	for _, part := range node.Content {
		last = max(last, lastLine(part))
	}
	return last
}

// identify gives waivers without an ID one that follows from their scope, and
// finds the same ID twice.
func identify(waivers []annexgate.Waiver) {
	first := map[string]annexgate.Location{}
	for i := range waivers {
		w := &waivers[i]
		if w.ID == "" {
			w.ID = derivedID(w)
		}
		if at, twice := first[w.ID]; twice {
			w.Faults = append(w.Faults, fmt.Sprintf("ID %s is that of the waiver at %s", w.ID, at))
			continue
		}
		first[w.ID] = w.At
	}
}

// derivedID is made of what a waiver accepts, not of its place.
func derivedID(w *annexgate.Waiver) string {
	parts := []string{w.Policy, w.Address, w.Path, w.Key, w.Fingerprint}
	if w.Inline {
		parts = append(parts, w.At.File, fmt.Sprint(w.At.Line))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "W-" + hex.EncodeToString(sum[:4])
}
