package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
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
	file *outputFile // may be nil
}

// newRecorder takes the values of --evidence. Its file is opened before the
// work starts.
func newRecorder(env Env, targets []string) (*recorder, error) {
	r := &recorder{env: env}
	var files []string
	for _, target := range targets {
		switch target {
		case "none":
			r.none = true
		case "":
			return nil, usagef("--evidence: want a file, or none")
		default:
			files = append(files, target)
		}
	}
	switch {
	case len(files) > 1:
		return nil, usagef("--evidence: want one file at most")
	case len(files) == 0:
		return r, nil
	case r.none:
		return nil, usagef("--evidence: none and a file exclude each other")
	}
	var err error
	if r.file, err = openFile(env, files[0]); err != nil {
		return nil, usagef("--evidence: %v", err)
	}
	return r, nil
}

func (r *recorder) close() {
	if r.file != nil {
		r.file.close()
	}
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
		err := r.file.replace(func(w io.Writer) error {
			_, err := w.Write(entry.Content)
			return err
		})
		if err != nil {
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
