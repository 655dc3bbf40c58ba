package policy

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// forbidden are the builtins that no policy gets. A policy may come from the
// repository that it judges, and it must give the same answer everywhere.
var forbidden = []string{
	"http.send",              // reaches the network
	"net.lookup_ip_addr",     // reaches the network
	"opa.runtime",            // shows the environment
	"providers.aws.sign_req", // uses credentials
	"rego.parse_module",      // compiles text of the policy's choice
	"trace",                  // writes to the tracer
	"rand.intn",              // differs from run to run
	"uuid.rfc4122",           // differs from run to run
	"time.now_ns",            // differs from run to run
}

// sandbox returns what Rego may use: OPA's own language without the forbidden
// builtins, and no network at all.
var sandbox = sync.OnceValue(func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return slices.Contains(forbidden, b.Name) || strings.HasPrefix(b.Name, "io.jwt.")
	})
	c.AllowNet = []string{}
	return c
})
