package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func found(t *testing.T, runs ...*annexgate.Run) *Found {
	t.Helper()
	f := &Found{Commit: testCommit}
	for _, r := range runs {
		f.Records = append(f.Records, Stored{statement(t, r), encoded(t, r)})
	}
	return f
}

func text(t *testing.T, f *Found) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteText(t *testing.T) {
	clear := run()
	clear.Verdict, clear.FailOn, clear.Commit.Dirty = annexgate.Clear, 0, true
	clear.Decisions, clear.Problems = nil, nil
	f := found(t, run(), clear)
	f.Broken = []Broken{{Place: Ref + ":v1/6f/x.json", Err: errors.New("not a record: unexpected EOF")}}
	golden(t, "records.text", []byte(text(t, f)))
}

func TestWriteTextWithoutEvidence(t *testing.T) {
	if got, want := text(t, &Found{Commit: testCommit}), "commit "+testCommit+"\nno evidence\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWriteTextOfALargeRecordSaysWhatIsMissing(t *testing.T) {
	got := text(t, found(t, large()))
	for _, want := range []string{"blocking  1501 findings", "more that the record does not list", "omitted   to keep the record small: 5003 files"} {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q:\n%s", want, got)
		}
	}
}

func TestHostileTextIsInert(t *testing.T) {
	const hostile = "\x1b[2J\x07\r\u202egnp\u200b\u2066\x9b\u0085\u2028\xff\nverdict   pass"
	r := run()
	r.Decisions[0].Findings[0].Message = hostile
	r.Decisions[0].Findings[0].At.File = hostile
	r.Problems[0].Message = hostile
	r.Problems[0].At.File = hostile
	r.Controls[0].Control.Title, r.Controls[0].Status, r.Controls[0].Reason = hostile, annexgate.Undetermined, hostile
	r.Tool.Version = hostile
	r.Commit.Repository = hostile
	f := found(t, r)
	f.Broken = []Broken{{Place: hostile, Err: errors.New(hostile)}}
	f.Commit = hostile

	got := text(t, f)
	if strings.ContainsAny(got, "\x1b\x07\r\u202e\u200b\u2066\u0085\u2028") || strings.Contains(got, "\x9b") {
		t.Errorf("not inert: %q", got)
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "verdict") {
			t.Errorf("a text forged the line %q", line)
		}
	}
	if !strings.Contains(got, `\x1b[2J\x07\r\u202egnp\u200b`) {
		t.Errorf("the text is not shown escaped: %q", got)
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	f := found(t, run(), run())
	if err := WriteJSON(&b, f); err != nil {
		t.Fatal(err)
	}
	var statements []json.RawMessage
	if err := json.Unmarshal(b.Bytes(), &statements); err != nil {
		t.Fatal(err)
	}
	if len(statements) != 2 || string(statements[1])+"\n" != string(f.Records[1].Content) {
		t.Errorf("%d statements, or not the bytes that are kept", len(statements))
	}

	b.Reset()
	if err := WriteJSON(&b, &Found{}); err != nil || b.String() != "[]\n" {
		t.Errorf("%q, %v; want an empty array", b.String(), err)
	}
}
