package report

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestFormats writes one run in every format and compares it with
// testdata/run.<format>.
func TestFormats(t *testing.T) {
	for _, name := range Formats() {
		t.Run(name, func(t *testing.T) {
			got := write(t, name, fixture(), Options{})
			golden := filepath.Join("testdata", "run."+name)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("differs from %s; run go test -update and read the diff (-want +got):\n%s", golden, diff)
			}
		})
	}
}

func write(t testing.TB, name string, run *annexgate.Run, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, name, run, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestUnknownFormat(t *testing.T) {
	for name, tc := range map[string]struct{ format, want string }{
		"a slip of a letter is named":        {"sarf", "unknown format \"sarf\": want one of json, sarif, text\nhint: did you mean sarif?"},
		"case is a slip, too":                {"JSON", "unknown format \"JSON\": want one of json, sarif, text\nhint: did you mean json?"},
		"two letters swapped":                {"txet", "unknown format \"txet\": want one of json, sarif, text\nhint: did you mean text?"},
		"what is far from all has no hint":   {"pdf", `unknown format "pdf": want one of json, sarif, text`},
		"an empty name has no hint":          {"", `unknown format "": want one of json, sarif, text`},
		"a hostile name is quoted":           {"\x1b[2J", `unknown format "\x1b[2J": want one of json, sarif, text`},
		"a name longer than all has no hint": {"sarif-2.1.0", `unknown format "sarif-2.1.0": want one of json, sarif, text`},
	} {
		t.Run(name, func(t *testing.T) {
			err := Known(tc.format)
			if err == nil || err.Error() != tc.want {
				t.Errorf("Known(%q):\ngot  %v\nwant %s", tc.format, err, tc.want)
			}
			if !errors.Is(err, annexgate.ErrUsage) {
				t.Error("it is not a usage error")
			}
			var b bytes.Buffer
			if err := Write(&b, tc.format, fixture(), Options{}); err == nil || b.Len() > 0 {
				t.Errorf("Write wrote %d bytes and returned %v", b.Len(), err)
			}
		})
	}
	for _, name := range Formats() {
		if err := Known(name); err != nil {
			t.Errorf("Known(%q): %v", name, err)
		}
	}
}

// TestHostile fills every string of a run that the examined change may choose.
func TestHostile(t *testing.T) {
	at := annexgate.Location{File: hostile, Line: 1, Column: 2, EndLine: 1, EndColumn: 8}
	s := &annexgate.Subject{Kind: annexgate.Terraform, Type: hostile, Name: hostile, Address: hostile, Module: hostile, Scope: hostile, At: at}
	finding := annexgate.Finding{
		Message: hostile, Key: hostile, Address: "other " + hostile, Path: annexgate.Path{hostile, 1}, At: at, Fingerprint: "f",
		Unknowns: []annexgate.Doubt{{Address: hostile, Path: annexgate.Path{hostile}, UnknownValue: annexgate.UnknownValue{Reason: hostile, From: at}}},
		Excerpt:  []string{hostile},
	}
	p := &annexgate.Policy{ID: hostile, Title: hostile, Severity: annexgate.High, Controls: []string{hostile}, Remediation: hostile, Description: hostile, Aliases: []string{hostile}, Links: []annexgate.Link{{URL: "https://h/" + hostile, Title: hostile}}}
	run := &annexgate.Run{
		Tool:     annexgate.Tool{Version: hostile},
		Commit:   annexgate.Commit{Repository: "git+https://h/" + hostile, Commit: hostile},
		Settings: map[string]any{hostile: hostile},
		Policies: []*annexgate.Policy{p},
		Subjects: []*annexgate.Subject{s},
		Decisions: []annexgate.Decision{
			{Result: annexgate.Result{Policy: p, Subject: s, Outcome: annexgate.Fail, Findings: []annexgate.Finding{finding}}},
			{Result: annexgate.Result{Policy: p, Subject: s, Outcome: annexgate.Unknown, Findings: []annexgate.Finding{finding}}},
		},
		Controls: []annexgate.ControlResult{{Control: annexgate.Control{ID: hostile, Title: hostile}, Status: annexgate.Undetermined, Reason: hostile}},
		Problems: []annexgate.Problem{{Message: hostile, At: at}},
		Verdict:  annexgate.Blocked,
	}
	for _, name := range Formats() {
		t.Run(name, func(t *testing.T) {
			got := write(t, name, run, Options{})
			if !utf8.ValidString(got) {
				t.Error("it is not UTF-8")
			}
			for i, l := range strings.Split(got, "\n") {
				for _, r := range l {
					if !inert.Rune(r) {
						t.Fatalf("line %d has %U: %q", i+1, r, l)
					}
				}
				if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") {
					t.Errorf("line %d is a workflow command: %q", i+1, l)
				}
			}
		})
	}
}

func TestFailedWriteIsReported(t *testing.T) {
	for _, name := range Formats() {
		t.Run(name, func(t *testing.T) {
			err := Write(full{}, name, fixture(), Options{})
			if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "write "+name+" report") {
				t.Errorf("got %v", err)
			}
		})
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestOutputIsTheSameEveryTime(t *testing.T) {
	for _, name := range Formats() {
		first := write(t, name, fixture(), Options{})
		for range 10 {
			if got := write(t, name, fixture(), Options{}); got != first {
				t.Fatalf("%s differs between two runs: %s", name, cmp.Diff(first, got))
			}
		}
	}
}
