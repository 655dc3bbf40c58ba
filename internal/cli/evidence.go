package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/discover"
	"github.com/annexgate/annexgate/internal/evidence"
	"github.com/annexgate/annexgate/internal/gitrepo"
)

var evidenceShowCommand = command{
	name:    "evidence show",
	args:    "[revision]",
	summary: "Print what is recorded for a commit (HEAD when none is given)",
	help: `
Examples:
  annexgate evidence show
  annexgate evidence show v1.4.0
  annexgate evidence show -o json 3f1c2f7 | jq '.[].predicate.decision'`,
	setup: func(flags *pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		format := flags.StringP("output", "o", "text", "`format`: text or json")
		return func(ctx context.Context, env Env, args []string) (int, error) {
			return showEvidence(ctx, env, *format, args)
		}
	},
}

func showEvidence(ctx context.Context, env Env, format string, args []string) (int, error) {
	write, ok := map[string]func(io.Writer, *evidence.Found) error{
		"json": evidence.WriteJSON,
		"text": evidence.WriteText,
	}[format]
	if !ok {
		return 0, usagef("--output: unknown format %q: want json or text", format)
	}
	if len(args) > 1 {
		return 0, usagef("evidence show takes one revision, not %d", len(args))
	}
	dir, err := env.Getwd()
	if err != nil {
		return 0, fmt.Errorf("find the current directory: %w", err)
	}
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil {
		return 0, annexgate.Usage(err)
	}
	commit, err := repo.Resolve(ctx, slices.Concat(args, []string{"HEAD"})[0])
	if errors.Is(err, gitrepo.ErrUnknownRevision) {
		return 0, annexgate.Usage(err)
	}
	if err != nil {
		return 0, err
	}
	found, err := evidence.InGit(repo).Find(ctx, commit)
	if err != nil {
		return 0, err
	}
	if err := write(env.Stdout, found); err != nil {
		return 0, err
	}
	if len(found.Records) == 0 {
		fmt.Fprintf(env.Stderr, "annexgate: no evidence for commit %s\nhint: annexgate check records it\n", commit)
		return ExitBlocked, nil
	}
	return ExitClear, nil
}

// A recorder keeps the evidence of a run.
type recorder struct {
	env  Env
	none bool
	file *os.File // may be nil
}

// newRecorder takes the values of --evidence. Its file is created before the
// work starts.
func newRecorder(env Env, targets []string) (*recorder, error) {
	r := &recorder{env: env}
	for _, target := range targets {
		switch {
		case target == "none":
			r.none = true
		case target == "":
			return nil, usagef("--evidence: want a file, or none")
		case r.file != nil:
			return nil, usagef("--evidence: want one file at most")
		default:
			file, err := create(env, target)
			if err != nil {
				return nil, usagef("--evidence: %v", err)
			}
			r.file = file
		}
	}
	if r.none && r.file != nil {
		return nil, usagef("--evidence: none and a file exclude each other")
	}
	return r, nil
}

func create(env Env, name string) (*os.File, error) {
	if !filepath.IsAbs(name) {
		dir, err := env.Getwd()
		if err != nil {
			return nil, err
		}
		name = filepath.Join(dir, name)
	}
	return os.Create(name)
}

// record keeps the evidence of run, in the repository and in the file. Where
// the repository cannot keep it, it says so and goes on.
func (r *recorder) record(ctx context.Context, run *annexgate.Run, place *discover.Place) error {
	if r.none {
		return nil
	}
	id, err := evidence.NewID(run.Started, rand.Reader)
	if err != nil {
		return err
	}
	statement, err := evidence.New(run, id)
	if err != nil {
		return err
	}
	entry, err := evidence.Seal(statement)
	if err != nil {
		return err
	}
	if r.file != nil {
		defer r.file.Close()
		if _, err := r.file.Write(entry.Content); err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
	}
	if place.Repo == nil {
		r.notice("no git repository here")
		return nil
	}
	switch err := evidence.InGit(place.Repo).Append(ctx, entry); {
	case errors.Is(err, evidence.ErrNoCommit):
		r.notice("the repository has no commit yet")
	case err != nil:
		return err
	}
	return nil
}

func (r *recorder) notice(why string) {
	if r.file != nil {
		fmt.Fprintf(r.env.Stderr, "annexgate: evidence is in the file alone: %s\n", why)
		return
	}
	fmt.Fprintf(r.env.Stderr, "annexgate: no evidence is kept: %s\nhint: --evidence FILE writes the record to a file, --evidence none turns it off\n", why)
}
