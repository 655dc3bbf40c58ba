package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

const introduction = `annexgate holds a change to the ISO/IEC 27001 Annex A controls it touches:
Terraform, Kubernetes manifests and pull requests, judged by policies as code.

Usage:
  annexgate <command> [flags] [arguments]

Commands:
`

const closing = `
annexgate <command> --help shows the flags of a command.

Exit codes:
  0  clear: the gate judged, and nothing blocks
  1  blocked, or what was asked for is not there
  2  the command line or the configuration is wrong
  3  the gate could not judge: nothing to judge, nothing decided, or unreadable input
  4  evidence does not verify
`

func printCommands(w io.Writer) error {
	var b strings.Builder
	b.WriteString(introduction)
	list(&b, commands)
	b.WriteString(closing)
	_, err := io.WriteString(w, b.String())
	return err
}

func list(b *strings.Builder, commands []command) {
	widest := 0
	for _, c := range commands {
		widest = max(widest, len(c.name))
	}
	for _, c := range commands {
		fmt.Fprintf(b, "  %-*s  %s\n", widest, c.name, c.summary)
	}
}

// printGroup lists the commands whose first word is word.
func printGroup(w io.Writer, word string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  annexgate %s <command> [flags] [arguments]\n\nCommands:\n", word)
	list(&b, group(word))
	_, err := io.WriteString(w, b.String())
	return err
}

func printHelp(w io.Writer, c *command) error {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SortFlags = false
	c.setup(flags)

	var b strings.Builder
	usage := c.name
	if flags.HasFlags() {
		usage += " [flags]"
	}
	if c.args != "" {
		usage += " " + c.args
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  annexgate %s\n", c.summary, usage)
	if c.help != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(c.help))
	}
	if flags.HasFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", flags.FlagUsagesWrapped(80))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
