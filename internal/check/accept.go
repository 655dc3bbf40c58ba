package check

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/accept"
	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/config"
	"github.com/annexgate/annexgate/internal/gate"
	"github.com/annexgate/annexgate/internal/gitrepo"
	"github.com/annexgate/annexgate/internal/policy"
)

// A collector gathers what accepts failures in one state of the repository:
// the one that is judged, or the base that it is compared with.
type collector struct {
	repo     *gitrepo.Repo // nil when there is none
	revision string        // the commit that read is of; empty for the work tree
	read     func(name string) ([]byte, error)
	trusted  fs.FS // an inline waiver counts only if this has it too; nil: always
	rules    *Rules
	now      time.Time
	loaded   *Loaded
	problems []annexgate.Problem // to be told; notices all
}

// acceptances reads waivers, inline waivers and the baseline.
func (c *collector) acceptances(ctx context.Context) (*gate.Acceptances, error) {
	settings := c.rules.Config
	a := &gate.Acceptances{
		Named: policy.Named, Policies: c.rules.Library.Policies(), Excluded: c.rules.SoA.Excluded(),
		Subjects: c.loaded.Subjects, Now: c.now,
	}
	text, err := c.read(settings.Waivers.File)
	if err != nil {
		return nil, err
	}
	if text != nil {
		if a.Waivers, err = accept.ReadWaivers(settings.Waivers.File, text); err != nil {
			return nil, err
		}
	}
	authors := c.newAuthors(settings.Waivers.File, text)
	a.Waivers = append(a.Waivers, c.inline(ctx, authors, settings)...)
	unverified := accept.Validate(a.Waivers, accept.Rules{
		Now: c.now, MaxDays: settings.Waivers.MaxDays, Policies: a.Policies, Named: policy.Named,
		Authors: func(w annexgate.Waiver) []accept.Author { return authors.of(ctx, w) },
	})
	if authors.err != nil {
		return nil, authors.err
	}
	if len(unverified) > 0 {
		var at annexgate.Location
		if text != nil {
			at.File = settings.Waivers.File
		}
		c.notice(at, "who added %s is not known, or only by another kind of name than the approver: nobody can tell here that they are two people", some(unverified))
	}
	c.holdBack(a.Waivers)
	accept.SortWaivers(a.Waivers)
	baseline, err := c.read(settings.Baseline)
	if err != nil || baseline == nil {
		return a, err
	}
	a.Baseline, err = accept.ReadBaseline(settings.Baseline, baseline)
	return a, err
}

func (c *collector) notice(at annexgate.Location, format string, args ...any) {
	c.problems = append(c.problems, annexgate.Problem{At: at, Message: fmt.Sprintf(format, args...), Loss: annexgate.Notice})
}

// some lists the first few names.
func some(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// inline reads the waivers in the comments of the inputs, and those of other
// tools where they are honoured.
func (c *collector) inline(ctx context.Context, authors *authors, settings *config.Config) []annexgate.Waiver {
	var waivers []annexgate.Waiver
	for _, in := range c.loaded.Inputs {
		if in.Kind == annexgate.PullRequest {
			continue
		}
		text := c.loaded.text(in)
		found := accept.Inline(in.File, text)
		if len(found) > 0 {
			authors.texts[in.File] = text
		}
		waivers = append(waivers, found...)
		peers := accept.Peers(in.File, text)
		if settings.Waivers.HonourOthers {
			for _, p := range peers {
				waivers = append(waivers, p.Waivers()...)
			}
			continue
		}
		c.tellPeers(in.File, peers)
	}
	for i := range waivers {
		if w := &waivers[i]; w.Created.IsZero() && w.Peer == "" {
			w.Created = authors.since(ctx, w.At, c.now)
		}
	}
	return waivers
}

// text returns the content of an input, or nothing when it is gone by now.
func (l *Loaded) text(in annexgate.Input) []byte {
	for _, b := range l.batches {
		if b.Kind == in.Kind {
			if text, err := fs.ReadFile(b.FS, in.File); err == nil {
				return text
			}
		}
	}
	return nil
}

// tellPeers reports the ignores of other tools in one file, once for each tool.
func (c *collector) tellPeers(file string, peers []accept.Peer) {
	type group struct {
		first accept.Peer
		lines []string
		names []string
	}
	var groups []*group
	for _, p := range peers {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.first.Tool == p.Tool })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{first: p})
		}
		g := groups[i]
		g.lines = append(g.lines, fmt.Sprint(p.At.Line))
		for _, name := range p.Names {
			for _, known := range c.rules.Library.Policies() {
				if policy.Named(known, name) && !slices.Contains(g.names, known.ID) {
					g.names = append(g.names, known.ID)
				}
			}
		}
	}
	for _, g := range groups {
		what := fmt.Sprintf("an inline ignore of %s (%s)", g.first.Tool, g.first.Text)
		if len(g.lines) > 1 {
			what = fmt.Sprintf("%d inline ignores of %s (lines %s)", len(g.lines), g.first.Tool, some(g.lines))
		}
		if len(g.names) > 0 {
			what += ", here " + some(g.names)
		}
		c.notice(annexgate.Location{File: file, Line: g.first.At.Line, Column: g.first.At.Column}, "%s: found, not honoured; a waiver accepts a finding, waivers.other_tools: honour all of these", what)
	}
}

// holdBack keeps inline waivers that the change under test brings from
// counting before they are merged, as it does those in the file.
func (c *collector) holdBack(waivers []annexgate.Waiver) {
	if c.trusted == nil {
		return
	}
	bases := map[string][]string{}
	for i := range waivers {
		w := &waivers[i]
		if !w.Inline || w.State != annexgate.WaiverActive {
			continue
		}
		before, read := bases[w.At.File]
		if !read {
			text, _ := fs.ReadFile(c.trusted, w.At.File) // not there: the change adds it all
			before = trimmed(text)
			bases[w.At.File] = before
		}
		if !slices.Contains(before, c.line(w.At)) {
			w.State = annexgate.WaiverNotYet
			c.notice(w.At, "the change adds this inline waiver: it takes effect once it is merged")
		}
	}
}

func (c *collector) line(at annexgate.Location) string {
	for _, in := range c.loaded.Inputs {
		if in.File == at.File {
			if lines := trimmed(c.loaded.text(in)); at.Line > 0 && at.Line <= len(lines) {
				return lines[at.Line-1]
			}
		}
	}
	return ""
}

func trimmed(text []byte) []string {
	lines := strings.Split(string(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}
