package terraform

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// shapes says which arguments are nested blocks. JSON writes blocks and
// attributes alike, and only the provider's schema tells them apart; without
// it we go by what the native files of the module write.
type shapes struct{ blocks map[string]bool }

// commonBlocks are nested blocks by the type around them, for repositories
// that have no native file to learn from. Widen it as need shows.
var commonBlocks = map[string][]string{
	"aws_s3_bucket":                  {"versioning", "logging", "server_side_encryption_configuration", "cors_rule", "website", "lifecycle_rule"},
	"aws_security_group":             {"ingress", "egress"},
	"aws_instance":                   {"root_block_device", "ebs_block_device", "metadata_options"},
	"aws_s3_bucket_versioning":       {"versioning_configuration"},
	"aws_eks_cluster":                {"vpc_config", "encryption_config"},
	"aws_lb_listener":                {"default_action"},
	"aws_cloudfront_distribution":    {"origin", "default_cache_behavior", "viewer_certificate", "restrictions"},
	"aws_iam_policy_document":        {"statement"},
	"aws_ecs_service":                {"network_configuration", "load_balancer"},
	"aws_dynamodb_table":             {"attribute", "server_side_encryption", "point_in_time_recovery"},
	"aws_launch_template":            {"metadata_options", "block_device_mappings", "network_interfaces"},
	"google_compute_firewall":        {"allow", "deny"},
	"google_storage_bucket":          {"versioning", "encryption", "lifecycle_rule"},
	"azurerm_storage_account":        {"network_rules", "blob_properties"},
	"azurerm_network_security_group": {"security_rule"},
}

func newShapes() *shapes { return &shapes{blocks: map[string]bool{}} }

// learn notes the nested blocks of a native file.
func (s *shapes) learn(b *body) {
	for _, block := range b.blocks {
		if len(block.labels) > 0 {
			s.learnBody(block.labels[0], block.body)
		}
	}
}

func (s *shapes) learnBody(within string, b *body) {
	for _, child := range b.blocks {
		name := within + "." + child.produces()
		s.blocks[name] = true
		s.learnBody(name, child.body)
	}
}

// isBlock reports whether name is a nested block within a path of blocks that
// starts with the type.
func (s *shapes) isBlock(within, name string) bool {
	switch name {
	case "lifecycle", "provisioner", "connection", "dynamic", "content", "timeouts", "default_tags", "assume_role",
		"backend", "cloud", "required_providers", "validation", "precondition", "postcondition":
		return true
	}
	if s.blocks[within+"."+name] {
		return true
	}
	typ, nested, _ := strings.Cut(within, ".")
	if nested == "server_side_encryption_configuration" {
		return true
	}
	return slices.Contains(commonBlocks[typ], name)
}

// A translator makes native syntax of JSON.
type translator struct {
	store  *store
	file   *file
	shapes *shapes
}

func (s *store) parseJSON(f *file, shapes *shapes) *body {
	if err := s.limits.jsonNesting(f.src); err != nil {
		s.problem(annexgate.Unread, annexgate.Location{File: f.name}, "parse %s: %v", f.name, err)
		return nil
	}
	text, start := bytes.TrimPrefix(f.src, []byte("\xef\xbb\xbf")), hcl.InitialPos
	start.Byte = len(f.src) - len(text)
	parsed, diags := json.ParseWithStartPos(text, f.name, start)
	s.diagnose(f, diags, annexgate.Unread)
	if parsed == nil || diags.HasErrors() {
		return nil
	}
	t := &translator{store: s, file: f, shapes: shapes}
	out := &body{}
	for _, a := range t.attributes(parsed.Body) {
		out.blocks = append(out.blocks, t.blocks(a.Name, "", labelCounts[a.Name], nil, a.NameRange, a.Expr)...)
	}
	return out
}

func (t *translator) attributes(b hcl.Body) []*hcl.Attribute {
	attrs, diags := b.JustAttributes()
	t.store.diagnose(t.file, diags, annexgate.Unread)
	var list []*hcl.Attribute
	for _, a := range attrs {
		if a.Name != "//" {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *hcl.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	return list
}

// blocks translates a value that stands for blocks of one kind: an object for
// each remaining label, then an object or a list of objects.
func (t *translator) blocks(kind, within string, labels int, have []string, name hcl.Range, e hcl.Expression) []*block {
	var out []*block
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		for _, item := range items {
			out = append(out, t.blocks(kind, within, labels, have, name, item)...)
		}
		return out
	}
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		if v, more := e.Value(nil); more.HasErrors() || !v.IsNull() {
			t.store.problem(annexgate.Unread, t.file.location(e.Range()), "read %s: want an object or a list of objects", kind)
		}
		return nil
	}
	if labels > 0 {
		for _, pair := range pairs {
			key := t.key(pair)
			if key != "//" {
				out = append(out, t.blocks(kind, within, labels-1, append(slices.Clone(have), key), pair.Key.Range(), pair.Value)...)
			}
		}
		return out
	}
	path := within
	switch {
	case within == "" && len(have) > 0:
		path = have[0]
	case kind == "dynamic" && len(have) > 0:
		path = within + "." + have[0]
	case kind != "content" && within != "":
		path = within + "." + kind
	}
	return []*block{{
		kind: kind, labels: have, file: t.file, header: name,
		rng: hcl.RangeBetween(name, e.Range()), body: t.body(kind, path, within == "", pairs),
	}}
}

func (t *translator) key(pair hcl.KeyValuePair) string {
	v, diags := pair.Key.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return "//"
	}
	return v.AsString()
}

func (t *translator) body(kind, within string, top bool, pairs []hcl.KeyValuePair) *body {
	out := &body{}
	for _, pair := range pairs {
		name := t.key(pair)
		if name == "//" {
			continue
		}
		_, notList := hcl.ExprMap(pair.Value)
		_, notMap := hcl.ExprList(pair.Value)
		if kind != "locals" && kind != "variable" && (!notList.HasErrors() || !notMap.HasErrors()) && t.shapes.isBlock(within, name) {
			labels := map[string]int{"provisioner": 1, "dynamic": 1, "backend": 1}[name]
			out.blocks = append(out.blocks, t.blocks(name, orText(within, kind), labels, nil, pair.Key.Range(), pair.Value)...)
			continue
		}
		expr := t.expression(pair.Value)
		if !(top || kind == "lifecycle") || !slices.Contains(settings[kind], name) {
			expr = t.file.rewrite(expr)
		}
		out.attrs = append(out.attrs, &attribute{
			name: name, expr: expr, file: t.file, rng: hcl.RangeBetween(pair.Key.Range(), pair.Value.Range()),
		})
	}
	return out.index()
}

func orText(text, fallback string) string {
	if text != "" {
		return text
	}
	return fallback
}

// expression translates a value. Texts are templates.
func (t *translator) expression(e hcl.Expression) hclsyntax.Expression {
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		out := &hclsyntax.TupleConsExpr{SrcRange: e.Range(), OpenRange: e.Range()}
		for _, item := range items {
			out.Exprs = append(out.Exprs, t.expression(item))
		}
		return out
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		out := &hclsyntax.ObjectConsExpr{SrcRange: e.Range(), OpenRange: e.Range()}
		for _, pair := range pairs {
			out.Items = append(out.Items, hclsyntax.ObjectConsItem{
				KeyExpr:   &hclsyntax.ObjectConsKeyExpr{Wrapped: t.text(pair.Key), ForceNonLiteral: true},
				ValueExpr: t.expression(pair.Value),
			})
		}
		return out
	}
	return t.text(e)
}

func (t *translator) text(e hcl.Expression) hclsyntax.Expression {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		t.store.diagnose(t.file, diags, annexgate.Unread)
		v = cty.DynamicVal
	}
	literal := &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.String || !strings.ContainsAny(v.AsString(), "$%") {
		return literal
	}
	start := e.Range().Start
	start.Byte++ // behind the quote
	start.Column++
	parsed, diags := t.store.limits.template(v.AsString(), t.file, start)
	if diags.HasErrors() {
		t.store.diagnose(t.file, diags, annexgate.Unread)
		literal.Val = cty.DynamicVal
		return literal
	}
	return parsed
}
