package eval

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// partialOpinion asks OPA's partial evaluation about a subject whose unknowns are
// whole attributes of its own, where it is exact: fail if deny holds whatever
// they are, pass if it never does. Unknown means that it hangs on them, or that
// partial evaluation has no opinion: it loses what is unknown when a policy goes
// through all attributes.
func partialOpinion(t *testing.T, text string, subject *annexgate.Subject) annexgate.Outcome {
	t.Helper()
	var unknowns []string
	for _, s := range append(subject.Referrers, subject) {
		for _, u := range annexgate.Unknowns(s.Block()) {
			if s != subject || len(u.Path) != 2 || u.Path[0] != "values" {
				return annexgate.Unknown
			}
			unknowns = append(unknowns, "input.subject."+u.Path.String())
		}
	}
	if rule, _, _ := strings.Cut(text, library); strings.Contains(rule, "walk(") || strings.Contains(rule, "object.union(") || strings.Contains(rule, "values[") {
		return annexgate.Unknown
	}
	known := substitute(subject, make(choice, 0, len(unknowns)).absent(len(unknowns)))
	e := &engine{terms: newTermCache([]*annexgate.Subject{known})}
	input := (&worker{engine: e}).newScene(known).plain
	partial, err := rego.New(
		rego.Query("data.policies.terraform.test.deny[_]"),
		rego.Module("terraform/test/test.rego", text),
		rego.Store(inmem.NewFromObject(settings())),
		rego.ParsedInput(input),
		rego.Unknowns(unknowns),
		rego.StrictBuiltinErrors(true),
	).Partial(context.Background())
	if err != nil {
		return annexgate.Unknown
	}
	if len(partial.Queries) == 0 {
		return annexgate.Pass
	}
	for _, q := range partial.Queries {
		if len(q) == 0 || len(q) == 1 && q[0].Equal(ast.NewExpr(ast.BooleanTerm(true))) {
			return annexgate.Fail
		}
	}
	return annexgate.Unknown
}

func (c choice) absent(n int) choice {
	for range n {
		c = append(c, absent)
	}
	return c
}

// settings are what the generated policies see as data.
func settings() map[string]any {
	return map[string]any{"settings": map[string]any{"limit": json.Number("3"), "names": []any{"x", "on"}}}
}
