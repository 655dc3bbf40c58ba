package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/policy"
	"github.com/annexgate/annexgate/policies"
)

// builtin compiles the library's policies for Terraform with their own settings.
func builtin(tb testing.TB) (*policy.Program, []*annexgate.Policy) {
	tb.Helper()
	library, err := policy.Load(policy.Source{FS: policies.FS})
	if err != nil {
		tb.Fatal(err)
	}
	var chosen []*annexgate.Policy
	settings := map[string]any{}
	for _, p := range library.Policies() {
		if p.Kind == annexgate.Terraform {
			chosen = append(chosen, p)
			for _, s := range p.Settings {
				settings[s.Name] = s.Default
			}
		}
	}
	program, err := library.Compile(context.Background(), chosen, settings)
	if err != nil {
		tb.Fatal(err)
	}
	return program, chosen
}

// estate returns n subjects of the types that the library examines, each with
// what a block of that type has. Every bucket has a neighbour of its own. With
// unknowns, one attribute of each that a policy reads is unknown, and one that
// none does.
func estate(n int, unknowns bool) []*annexgate.Subject {
	var maybe, aside any = "true", "a text"
	if unknowns {
		maybe, aside = unknown, unknown
	}
	kinds := []struct {
		name   string
		values func() map[string]any
	}{
		{"aws_db_instance", func() map[string]any {
			return map[string]any{"identifier": aside, "storage_encrypted": maybe, "publicly_accessible": false, "backup_retention_period": json.Number("7"), "engine": "postgres"}
		}},
		{"aws_security_group", func() map[string]any {
			return map[string]any{"name": aside, "ingress": []any{
				map[string]any{"from_port": json.Number("443"), "to_port": json.Number("443"), "protocol": "tcp", "cidr_blocks": []any{"0.0.0.0/0"}},
				map[string]any{"from_port": json.Number("22"), "to_port": json.Number("22"), "protocol": "tcp", "cidr_blocks": []any{"10.0.0.0/8", maybe}, "description": aside},
			}}
		}},
		{"aws_s3_bucket", func() map[string]any { return map[string]any{"bucket": aside} }},
		{"aws_kms_key", func() map[string]any {
			return map[string]any{"description": aside, "enable_key_rotation": maybe, "tags": map[string]any{"owner": "a"}}
		}},
		{"aws_ebs_volume", func() map[string]any {
			return map[string]any{"encrypted": maybe, "size": json.Number("10"), "snapshot_id": aside}
		}},
	}
	var subjects []*annexgate.Subject
	for i := range n {
		kind := kinds[i%len(kinds)]
		s := &annexgate.Subject{Kind: annexgate.Terraform, Type: kind.name, Name: fmt.Sprint(i), Address: fmt.Sprintf("%s.a%d", kind.name, i), Values: kind.values()}
		if kind.name == "aws_s3_bucket" {
			s.Referrers = []*annexgate.Subject{{
				Kind: annexgate.Terraform, Type: "aws_s3_bucket_public_access_block", Address: fmt.Sprintf("aws_s3_bucket_public_access_block.a%d", i),
				Values: map[string]any{"block_public_acls": true, "block_public_policy": maybe, "ignore_public_acls": true, "restrict_public_buckets": true},
			}}
		}
		subjects = append(subjects, s)
	}
	return subjects
}

func BenchmarkRun(b *testing.B) {
	program, chosen := builtin(b)
	for _, unknowns := range []bool{false, true} {
		for _, n := range []int{1, 100, 10_000} {
			name := map[bool]string{false: "plain", true: "unknowns"}[unknowns]
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				subjects := estate(n, unknowns)
				results, _, err := Run(context.Background(), program, chosen, subjects, Options{}) // works out profiles
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, _, err := Run(context.Background(), program, chosen, subjects, Options{}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(results)), "ns/pair")
			})
		}
	}
}

// BenchmarkPair evaluates one policy on one subject on one core.
func BenchmarkPair(b *testing.B) {
	program, chosen := builtin(b)
	for _, unknowns := range []bool{false, true} {
		subjects := estate(5, unknowns)
		e := newEngine(program, chosen, subjects, Options{})
		for _, s := range subjects {
			for _, p := range e.selector.policies(s) {
				name := map[bool]string{false: "plain", true: "unknowns"}[unknowns]
				b.Run(name+"/"+p.ID, func(b *testing.B) {
					w := &worker{engine: e, reads: newReads()}
					scene := w.newScene(s)
					for b.Loop() {
						if err := w.judge(context.Background(), scene, &annexgate.Result{Policy: p, Subject: s}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkPartial is OPA's partial evaluation of the same kind of question, the
// second opinion of the tests: what it would cost to decide outcomes with it.
func BenchmarkPartial(b *testing.B) {
	module := `package test

deny contains {"message": "x"} if {
	not input.subject.values.encrypted == true
}
`
	input := ast.MustParseTerm(`{"subject": {"type": "aws_ebs_volume", "address": "aws_ebs_volume.a", "values": {"size": 10}}}`)
	prepared, err := rego.New(rego.Query("data.test.deny[_]"), rego.Module("test.rego", module)).PrepareForPartial(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, err := prepared.Partial(context.Background(),
			rego.EvalParsedInput(input.Value), rego.EvalUnknowns([]string{"input.subject.values.encrypted"}))
		if err != nil {
			b.Fatal(err)
		}
	}
}
