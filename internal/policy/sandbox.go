package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// forbidden are the builtins that no policy gets, and why. A policy may come
// from the repository that it judges, and it must give the same answer
// everywhere, in bounded time.
var forbidden = map[string]string{
	"http.send":               "it reaches the network",
	"net.lookup_ip_addr":      "it reaches the network",
	"opa.runtime":             "it shows the environment",
	"providers.aws.sign_req":  "it signs requests",
	"json.match_schema":       "it reads the files that a schema refers to",
	"json.verify_schema":      "it reads the files that a schema refers to",
	"rego.parse_module":       "it reads Rego that nobody reviewed",
	"trace":                   "it writes to the tracer",
	"rand.intn":               "it differs from run to run",
	"uuid.rfc4122":            "it differs from run to run",
	"time.now_ns":             "it differs from run to run",
	"graph.reachable_paths":   "it cannot be interrupted, and a small graph has many paths",
	"strings.render_template": "it runs programs that cannot be interrupted",
}

// isForbidden returns why no policy gets the builtin called name.
func isForbidden(name string) (why string, yes bool) {
	if strings.HasPrefix(name, "io.jwt.") {
		return "it works with keys and with the time", true
	}
	why, yes = forbidden[name]
	return why, yes
}

// sandbox returns what Rego may use: OPA's own language without the forbidden
// builtins, with bounds on those that need them, and no network at all.
var sandbox = sync.OnceValue(func() *ast.Capabilities {
	boundBuiltins()
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		_, yes := isForbidden(b.Name)
		return yes
	})
	c.AllowNet = []string{}
	return c
})

// Capabilities returns what policies and their tests may use of Rego.
func Capabilities() *ast.Capabilities { return sandbox() }

// forbiddenUses finds what module, the file that people see as label, must not
// use. The compiler refuses it as well, but only what a run needs is compiled,
// and its message gives no reason.
func forbiddenUses(label string, module *ast.Module) error {
	var faults []error
	seen := map[string]bool{}
	ast.WalkTerms(module, func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		if !ok {
			return false
		}
		fault := refFault(ref)
		if place := fmt.Sprintf("%s:%d: %s", label, t.Location.Row, fault); fault != "" && !seen[place] {
			seen[place] = true
			faults = append(faults, errors.New(place))
		}
		return false
	})
	return errors.Join(faults...)
}

// refFault says why ref must not be used, or nothing.
func refFault(ref ast.Ref) string {
	if why, yes := isForbidden(ref.String()); yes {
		return fmt.Sprintf("policies must not use %s: %s", ref, why)
	}
	shared := ast.MustParseRef("data." + packageRoot)
	if len(ref) > len(shared) && ref.HasPrefix(shared) && !ref[len(shared)].Equal(ast.StringTerm(libFolder)) {
		return fmt.Sprintf("policies must not use each other, as in %s: move what they share to the folder %s", ref, libFolder)
	}
	return ""
}
