package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/annexgate/annexgate/internal/cli"
)

// TestReadme runs the commands that the README shows with their output, and
// compares. A line of three dots stands for any lines.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```console\n$ annexgate ")[1:]
	if len(blocks) == 0 {
		t.Fatal("README.md shows no command with its output")
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		command, want, _ := strings.Cut(block, "\n")
		t.Run(command, func(t *testing.T) {
			var out, stderr bytes.Buffer
			cli.Main(context.Background(), cli.Env{
				Stdin: strings.NewReader(""), Stdout: &out, Stderr: &stderr,
				Getenv: func(string) string { return "" },
				Getwd:  func() (string, error) { return root, nil },
				Now:    time.Now,
				Width:  func(any) (int, bool) { return 0, false },
			}, append(strings.Fields(command), "--evidence", "none"))
			rest := out.String()
			for _, part := range strings.Split(want, "...\n") {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Fatalf("the output does not hold\n%s\nit is\n%s%s", part, out.String(), stderr.String())
				}
				rest = after
			}
		})
	}
}
