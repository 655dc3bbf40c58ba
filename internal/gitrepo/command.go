package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

const (
	timeLimit   = 5 * time.Minute // of one git command
	outputLimit = 256 << 20       // bytes; the paths of some millions of files
	stderrLimit = 8 << 10         // bytes kept of what git complains about
)

// safely holds what keeps git from running anything that the repository
// names, and from reading it otherwise than it is.
var safely = []string{
	"--no-pager",
	"--no-optional-locks", // status must not write the index
	"--no-replace-objects",
	"-c", "core.fsmonitor=false",
	"-c", "core.hooksPath=" + os.DevNull,
	"-c", "core.sshCommand=false",
	"-c", "core.askPass=",
	"-c", "credential.helper=",
	"-c", "protocol.allow=never",
	"-c", "safe.bareRepository=explicit",
	"-c", "submodule.recurse=false",
	"-c", "commit.gpgSign=false",
	"-c", "i18n.commitEncoding=UTF-8",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
}

// kept are the GIT_ variables that are passed on. None of them selects the
// repository, its objects, its index or its refs.
var kept = map[string]bool{
	"GIT_CONFIG_GLOBAL":               true,
	"GIT_CONFIG_SYSTEM":               true,
	"GIT_CONFIG_NOSYSTEM":             true,
	"GIT_CONFIG_COUNT":                true, // with GIT_CONFIG_KEY_n and GIT_CONFIG_VALUE_n
	"GIT_EXEC_PATH":                   true,
	"GIT_CEILING_DIRECTORIES":         true,
	"GIT_DISCOVERY_ACROSS_FILESYSTEM": true,
}

// environment filters what the process inherited for a git command.
func environment(inherited []string) []string {
	var env []string
	for _, variable := range inherited {
		name, _, _ := strings.Cut(variable, "=")
		setting := strings.HasPrefix(name, "GIT_CONFIG_KEY_") || strings.HasPrefix(name, "GIT_CONFIG_VALUE_")
		if strings.HasPrefix(name, "GIT_") && !kept[name] && !setting {
			continue
		}
		if name == "LC_ALL" || name == "LANGUAGE" {
			continue
		}
		env = append(env, variable)
	}
	return append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1")
}

// A command is one call of git. No part of it passes through a shell.
type command struct {
	dir    string
	config []string // further options in front of the verb
	env    []string // further variables
	stdin  []byte
}

// run returns what git prints. An exit code other than 0 is a *commandError.
func (c command) run(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()

	cmd := c.prepare(ctx, args...)
	cmd.Stdin = bytes.NewReader(c.stdin)
	out := &output{limit: outputLimit}
	complaint := &output{limit: stderrLimit, clip: true}
	cmd.Stdout, cmd.Stderr = out, complaint

	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git %s: %w", args[0], ctx.Err())
	case errors.As(err, &exit):
		return nil, &commandError{verb: args[0], code: exit.ExitCode(), stderr: complaint.String()}
	case err != nil:
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// prepare returns the command, without its streams.
func (c command) prepare(ctx context.Context, args ...string) *exec.Cmd {
	argv := append([]string{"-C", c.dir}, safely...)
	argv = append(append(argv, c.config...), args...)
	cmd := exec.CommandContext(ctx, "git", argv...)
	cmd.Env = append(environment(os.Environ()), c.env...)
	cmd.WaitDelay = 5 * time.Second // a child of git may hold its pipes open
	return cmd
}

// A commandError is git's refusal.
type commandError struct {
	verb   string
	code   int
	stderr string
}

// Error quotes git on one line, without control characters: its words may
// hold text of the repository.
func (e *commandError) Error() string {
	words := strings.TrimPrefix(strings.TrimSpace(e.stderr), "fatal: ")
	words = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, words)
	if words == "" {
		return fmt.Sprintf("git %s: exit code %d", e.verb, e.code)
	}
	return fmt.Sprintf("git %s: %s", e.verb, words)
}

// answeredNo reports whether err is exit code 1, with which git answers a
// question in the negative.
func answeredNo(err error) bool {
	var failed *commandError
	return errors.As(err, &failed) && failed.code == 1
}

// output collects at most limit bytes. More is an error, or clipped.
type output struct {
	bytes.Buffer
	limit int
	clip  bool
}

func (o *output) Write(p []byte) (int, error) {
	room := max(0, o.limit-o.Len())
	if len(p) <= room {
		return o.Buffer.Write(p)
	}
	if o.clip {
		o.Buffer.Write(p[:room])
		return len(p), nil
	}
	return 0, fmt.Errorf("more than %d bytes of output", o.limit)
}
