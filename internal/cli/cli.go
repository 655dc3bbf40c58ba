// Package cli is the annexgate command line: its verbs, flags and exit codes.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/inert"
)

// Exit codes. A caller can tell a refusal from a gate that could not judge.
const (
	ExitClear   = 0 // the gate judged, and nothing blocks
	ExitBlocked = 1 // the gate judged, and something blocks; or what was asked for is not there
	ExitUsage   = 2 // the command line or the configuration is wrong
	ExitBroken  = 3 // an input or a policy could not be read: no judgement
	ExitForged  = 4 // evidence does not verify
)

// Env is everything a command takes from the process around it.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	Getwd  func() (string, error)
	Now    func() time.Time
	Width  func(stream any) (columns int, terminal bool) // of Stdout or Stderr
}

// A command is one verb.
type command struct {
	name    string // as typed: check, evidence show
	args    string // what follows the flags: [path ...]
	summary string // one line, for the list of commands
	help    string // further lines, for its own help
	// setup declares the command's flags and returns what runs it. The code is
	// used when the error is nil.
	setup func(flags *pflag.FlagSet) func(ctx context.Context, env Env, args []string) (code int, err error)
}

// commands is the one place that knows every verb, in the order of the help.
var commands = []command{
	checkCommand,
	inspectCommand,
	evidenceShowCommand,
	initCommand,
	configShowCommand,
	configSchemaCommand,
	soaInitCommand,
	soaCheckCommand,
	soaShowCommand,
	waiversListCommand,
	waiversAddCommand,
	baselineWriteCommand,
	baselinePruneCommand,
	controlsListCommand,
	controlsShowCommand,
	policiesListCommand,
	policiesShowCommand,
	policiesNewCommand,
	policiesTestCommand,
	versionCommand,
}

// Main runs the command that args name and returns its exit code.
func Main(ctx context.Context, env Env, args []string) int {
	code, err := dispatch(ctx, env, args)
	if err == nil {
		return code
	}
	complain(env.Stderr, err)
	if errors.Is(err, annexgate.ErrUsage) {
		return ExitUsage
	}
	return ExitBroken
}

// complain writes err line by line. It may quote text of the examined files.
func complain(w io.Writer, err error) {
	for i, line := range strings.Split(err.Error(), "\n") {
		line = inert.Log(inert.Text(line))
		if i == 0 {
			line = "annexgate: " + line
		}
		fmt.Fprintln(w, line)
	}
}

// usagef returns an error that the caller can fix on the command line.
func usagef(format string, args ...any) error {
	return annexgate.Usage(fmt.Errorf(format, args...))
}

func dispatch(ctx context.Context, env Env, args []string) (int, error) {
	if len(args) == 0 {
		return 0, usagef("no command given\nhint: annexgate check judges this directory; annexgate --help lists the commands")
	}
	if args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		return help(env, args[1:])
	}
	c, rest := find(args)
	if c == nil && slices.Contains(args, "--help") && len(group(args[0])) > 0 {
		return ExitClear, printGroup(env.Stdout, args[0])
	}
	if c == nil {
		return 0, usagef("unknown command %q\nhint: %s", strings.Join(words(args), " "), suggestCommand(words(args)))
	}
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SortFlags = false
	flags.Usage = func() {} // the error says it
	run := c.setup(flags)
	err := flags.Parse(rest)
	if errors.Is(err, pflag.ErrHelp) {
		return ExitClear, printHelp(env.Stdout, c)
	}
	if err != nil {
		return 0, usagef("%v\nhint: %s", err, suggestFlag(c, flags, err))
	}
	return run(ctx, env, flags.Args())
}

// help shows the command that args name, the commands that start with them, or
// all.
func help(env Env, args []string) (int, error) {
	if len(args) == 0 {
		return ExitClear, printCommands(env.Stdout)
	}
	if c, _ := find(args); c != nil {
		return ExitClear, printHelp(env.Stdout, c)
	}
	if len(group(args[0])) > 0 {
		return ExitClear, printGroup(env.Stdout, args[0])
	}
	return 0, usagef("unknown command %q\nhint: %s", args[0], suggestCommand(args))
}

// group returns the commands of two words whose first is word.
func group(word string) []command {
	var found []command
	for _, c := range commands {
		if strings.HasPrefix(c.name, word+" ") {
			found = append(found, c)
		}
	}
	return found
}

// find returns the command whose words start args, and the arguments behind.
func find(args []string) (*command, []string) {
	for i, c := range commands {
		name := strings.Fields(c.name)
		if len(args) >= len(name) && slices.Equal(args[:len(name)], name) {
			return &commands[i], args[len(name):]
		}
	}
	return nil, nil
}

// words returns the leading arguments that may name a command.
func words(args []string) []string {
	n := 0
	for n < len(args) && n < 2 && !strings.HasPrefix(args[n], "-") {
		n++
	}
	return args[:max(n, 1)]
}

func suggestCommand(given []string) string {
	var names []string
	switch found := group(given[0]); len(found) {
	case 0:
	case 1:
		return fmt.Sprintf("did you mean annexgate %s?", found[0].name)
	default:
		return fmt.Sprintf("annexgate %s --help lists its commands", given[0])
	}
	for _, c := range commands {
		names = append(names, c.name)
	}
	if name := nearest(given[0], names); name != "" {
		return fmt.Sprintf("did you mean annexgate %s?", name)
	}
	return "annexgate --help lists the commands"
}

func suggestFlag(c *command, flags *pflag.FlagSet, err error) string {
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
		var names []string
		flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if name := nearest(unknown.GetSpecifiedName(), names); name != "" {
			return fmt.Sprintf("did you mean --%s?", name)
		}
	}
	return fmt.Sprintf("annexgate %s --help shows the flags", c.name)
}

// nearest returns the name that is most like given, or "" when none is.
func nearest(given string, names []string) string {
	best, closest := "", min(3, len(given))
	for _, name := range names {
		if d := levenshtein.Distance(given, name, nil); d < closest {
			best, closest = name, d
		}
	}
	return best
}
