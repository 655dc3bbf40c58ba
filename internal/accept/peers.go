package accept

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/position"
)

// A Peer is the inline ignore of another tool.
type Peer struct {
	Tool   string
	Text   string // as it is written, without the rest of the comment
	Names  []string
	Reason string
	Until  time.Time // the zero value: for ever
	At     annexgate.Location
	Span   annexgate.Location // what its tool takes it to be about
}

// Waivers returns what honours an ignore: a waiver for each check it names, or
// one for all policies when it names none.
func (p Peer) Waivers() []annexgate.Waiver {
	names := p.Names
	if len(names) == 0 {
		names = []string{""}
	}
	var waivers []annexgate.Waiver
	for _, name := range names {
		w := annexgate.Waiver{
			Policy: name, Reason: p.Reason, Expires: p.Until, At: p.At, Inline: true, Span: p.Span, Peer: p.Tool,
		}
		if w.Reason == "" {
			w.Reason = p.Text + ", without a reason"
		}
		w.ID = derivedID(&w)
		waivers = append(waivers, w)
	}
	return waivers
}

// A dialect is how one tool writes its ignores.
type dialect struct {
	tool    string
	pattern *regexp.Regexp
	// read takes the groups of the pattern.
	read func(p *Peer, groups []string)
	span func(c comment) span
}

func target(c comment) span   { return c.target }
func enclosed(c comment) span { return c.enclosed }
func whole(comment) span      { return span{1, 1 << 30} }

// dialects are tried in order. Their sources are the tools' manuals: trivy and
// tfsec ignore the block below or the line, checkov the block around, kics the
// line or block below or the file.
var dialects = []dialect{
	{"trivy", regexp.MustCompile(`^(trivy|tfsec):ignore:(\S+)`), readTrivy, target},
	{"checkov", regexp.MustCompile(`^(?:checkov|bridgecrew):skip=\s*([\w,]+)(?::\s*(.*))?`), readSkip, enclosed},
	{"kics", regexp.MustCompile(`^kics-scan\s+(?:ignore-line|ignore-block)\b`), nil, target},
	{"kics", regexp.MustCompile(`^kics-scan\s+(?:ignore|disable=([\w,-]+))`), readSkip, whole},
	{"terrascan", regexp.MustCompile(`^ts:skip=\s*([\w.]+)\s*(.*)`), readSkip, enclosed},
	{"kubesec", regexp.MustCompile(`^kubesec[:-]ignore(?:[:=\s]\s*([\w,-]+))?`), readSkip, target},
	{"semgrep", regexp.MustCompile(`^nosemgrep(?::\s*([\w.,-]+))?`), readSkip, target},
	{"nosec", regexp.MustCompile(`^nosec\b(?:\s+([A-Z]+\d+))?`), readSkip, target},
}

// annotations are ignores that Kubernetes objects carry.
var annotations = []dialect{
	{"checkov", regexp.MustCompile(`^\s*["']?checkov\.io/skip\d+["']?\s*:\s*["']?([A-Z0-9_]+)(?:=([^"']*))?`), readSkip, enclosed},
	{"kube-linter", regexp.MustCompile(`^\s*["']?ignore-check\.kube-linter\.io/([\w-]+)["']?\s*:\s*["']?([^"']*)`), readSkip, enclosed},
}

// hints are what a file with an ignore holds. They spare the others.
var hints = [][]byte{
	[]byte(":ignore"), []byte(":skip="), []byte("kics-scan"), []byte("kubesec"), []byte("nosec"), []byte("nosemgrep"),
	[]byte("checkov.io/skip"), []byte("ignore-check.kube-linter.io/"),
}

// Peers returns the inline ignores of other tools in a Terraform or YAML file,
// in order.
func Peers(name string, text []byte) []Peer {
	found := false
	for _, hint := range hints {
		found = found || bytes.Contains(text, hint)
	}
	if !found {
		return nil
	}
	file := position.New(name, text)
	var peers []Peer
	add := func(c comment, table []dialect) {
		for _, d := range table {
			groups := d.pattern.FindStringSubmatch(c.text)
			if groups == nil {
				continue
			}
			p := Peer{Tool: d.tool, Text: strings.TrimSpace(groups[0]), At: file.Location(c.offset, c.offset), Span: d.span(c).in(name)}
			if d.read != nil {
				d.read(&p, groups)
			}
			peers = append(peers, p)
			return
		}
	}
	speaks := func(text string) bool {
		for _, d := range dialects {
			if d.pattern.MatchString(text) {
				return true
			}
		}
		return false
	}
	for _, c := range comments(name, text, speaks) {
		add(c, dialects)
	}
	if strings.HasSuffix(name, ".tf") {
		return peers
	}
	for _, c := range annotated(text) {
		add(c, annotations)
	}
	return peers
}

// annotated returns the lines of YAML that are ignores in annotations, as if
// they were comments.
func annotated(text []byte) []comment {
	var found []comment
	var lines []yamlLine
	offset := 0
	for i, raw := range strings.Split(string(text), "\n") {
		for _, d := range annotations {
			if len(found) < maxComments && d.pattern.MatchString(raw) {
				if lines == nil {
					lines = yamlLines(string(text))
				}
				found = append(found, comment{text: strings.TrimRight(raw, "\r"), offset: offset + len(raw) - len(strings.TrimLeft(raw, " ")), line: i + 1, enclosed: document(lines, i)})
				break
			}
		}
		offset += len(raw) + 1
	}
	return found
}

// readTrivy reads trivy:ignore:AWS-0086:exp:2027-01-31.
func readTrivy(p *Peer, groups []string) {
	p.Tool = groups[1]
	names, until, dated := strings.Cut(groups[2], ":exp:")
	if names != "*" {
		for _, name := range strings.Split(names, ",") {
			p.Names = append(p.Names, strings.TrimPrefix(name, "AVD-"))
		}
	}
	if dated {
		day, err := time.Parse(time.DateOnly, until)
		if err != nil {
			day = time.Unix(0, 0).UTC() // what ends nobody knows when has ended
		}
		p.Until = day
	}
}

// readSkip reads names, parted by commas, and a reason.
func readSkip(p *Peer, groups []string) {
	if len(groups) > 1 && groups[1] != "" {
		p.Names = strings.Split(strings.Trim(groups[1], ","), ",")
	}
	if len(groups) > 2 {
		p.Reason = strings.TrimSpace(groups[2])
	}
}
