package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/annexgate/annexgate/internal/prose"
)

// TestSheetOnTerminals shows a policy where a terminal is, and where none is.
func TestSheetOnTerminals(t *testing.T) {
	for name, c := range map[string]struct {
		columns  int
		terminal bool
		noColor  string
		color    bool
		widest   int
	}{
		"a terminal has colour and its width":     {columns: 60, terminal: true, color: true, widest: 60},
		"NO_COLOR is honoured":                    {columns: 60, terminal: true, noColor: "1", widest: 60},
		"prose is no wider than people can read":  {columns: 300, terminal: true, color: true, widest: 120},
		"a file has no colour and 80 columns":     {widest: 80},
		"a narrow terminal leaves some room":      {columns: 10, terminal: true, color: true, widest: 40},
		"a terminal of unknown width is narrow":   {columns: 0, terminal: true, color: true, widest: 40},
		"a terminal as wide as a file looks like": {columns: 80, terminal: true, color: true, widest: 80},
	} {
		t.Run(name, func(t *testing.T) {
			var out, complaints bytes.Buffer
			dir := t.TempDir()
			code := Main(context.Background(), Env{
				Stdout: &out, Stderr: &complaints, Now: time.Now,
				Getenv: func(string) string { return c.noColor },
				Getwd:  func() (string, error) { return dir, nil },
				Width:  func(any) (int, bool) { return c.columns, c.terminal },
			}, []string{"policies", "show", "terraform.aws.ec2.instance_metadata"})
			if code != ExitClear || complaints.Len() > 0 {
				t.Fatalf("exit code %d: %s", code, complaints.String())
			}
			if got := strings.Contains(out.String(), "\x1b["); got != c.color {
				t.Errorf("colour: %v, want %v", got, c.color)
			}
			text, _, _ := strings.Cut(strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[0m", "").Replace(out.String()), "Further reading")
			widest := 0
			for _, line := range strings.Split(text, "\n") {
				unbroken := strings.HasPrefix(line, "  id ") || strings.HasPrefix(line, "  file ")
				if width := prose.Width(line); width > c.widest && !unbroken {
					t.Errorf("%d columns, want at most %d: %s", width, c.widest, line)
				} else if !unbroken {
					widest = max(widest, width)
				}
			}
			if widest < c.widest*3/4 {
				t.Errorf("the widest line has %d columns of %d", widest, c.widest)
			}
		})
	}
}

// TestListOnTerminals lists policies at several widths: no line is longer, and
// no word is lost.
func TestListOnTerminals(t *testing.T) {
	words := func(columns int, terminal bool) (text string) {
		var out, complaints bytes.Buffer
		dir := t.TempDir()
		code := Main(context.Background(), Env{
			Stdout: &out, Stderr: &complaints, Now: time.Now,
			Getenv: func(string) string { return "" },
			Getwd:  func() (string, error) { return dir, nil },
			Width:  func(any) (int, bool) { return columns, terminal },
		}, []string{"policies", "list"})
		if code != ExitClear {
			t.Fatalf("exit code %d: %s", code, complaints.String())
		}
		return out.String()
	}
	for name, c := range map[string]struct {
		columns  int
		terminal bool
		want     int
	}{
		"where no terminal is":  {0, false, 100},
		"on a terminal":         {110, true, 110},
		"on a wide terminal":    {200, true, 200},
		"on a usual terminal":   {100, true, 100},
		"on a small terminal":   {80, true, 100}, // severity, ID and a column for the title
		"on a tiny terminal":    {1, true, 100},
		"on a silent terminal":  {0, true, 100},
		"on an endless printer": {1 << 30, true, 200},
	} {
		t.Run(name, func(t *testing.T) {
			got := words(c.columns, c.terminal)
			for _, line := range strings.Split(got, "\n") {
				if prose.Width(line) > c.want {
					t.Errorf("%d columns, want at most %d: %s", prose.Width(line), c.want, line)
				}
			}
			all := strings.Join(strings.Fields(words(1<<30, true)), " ")
			for _, word := range strings.Fields(all) {
				if !strings.Contains(got, word) {
					t.Errorf("%q is missing", word)
				}
			}
		})
	}
}
