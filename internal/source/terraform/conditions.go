package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// validate evaluates the conditions that variables and outputs set
// themselves.
func (in *instance) validate() {
	for _, name := range sortedKeys(in.mod.variables) {
		for _, rule := range in.mod.variables[name].body.ofKind("validation") {
			in.ev.hold(in.ctx, rule, "the value of "+join(in.address, "var."+name))
		}
	}
	for _, b := range in.mod.outputs {
		for _, rule := range b.body.ofKind("precondition") {
			in.ev.hold(in.ctx, rule, join(in.address, "output."+b.labels[0]))
		}
	}
}

// conditions evaluates the conditions of an instance.
func (it *item) conditions() {
	for _, lifecycle := range it.set.body.ofKind("lifecycle") {
		for _, kind := range []string{"precondition", "postcondition"} {
			for _, rule := range lifecycle.body.ofKind(kind) {
				it.set.in.ev.hold(it.conditionContext(), rule, it.address)
			}
		}
	}
}

// conditionContext is that of the instance, with self.
func (it *item) conditionContext() *hcl.EvalContext {
	return (&scope{ev: it.set.in.ev, mod: it.set.in, item: it}).context()
}

// hold notes a condition that is false, since Terraform refuses to plan or to
// apply then. One that is not known is left for then.
func (ev *evaluator) hold(ctx *hcl.EvalContext, rule *block, what string) {
	a := rule.body.attr("condition")
	if a == nil || !ev.spend(1) {
		return
	}
	v, diags := a.expr.Value(ctx)
	v, _ = v.Unmark()
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() {
		return
	}
	held, err := convert.Convert(v, cty.Bool)
	if err != nil || held.True() {
		return
	}
	ev.store.problem(annexgate.Notice, a.at(), "%s does not satisfy its %s, so Terraform would refuse the module%s", what, rule.kind, ev.complaint(ctx, rule))
}

// complaint returns the message of a condition, behind a colon, when it may be
// shown.
func (ev *evaluator) complaint(ctx *hcl.EvalContext, rule *block) string {
	a := rule.body.attr("error_message")
	if a == nil {
		return ""
	}
	hidden := ev.hidden
	v, diags := a.expr.Value(ctx)
	bare, marks := v.Unmark()
	text, ok := textOf(bare)
	if diags.HasErrors() || !ok || hiddenOnly(marks) != nil || ev.hidden > hidden {
		return ""
	}
	return ": " + clip(strings.Join(strings.Fields(text), " "))
}
