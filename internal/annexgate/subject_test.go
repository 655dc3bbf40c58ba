package annexgate

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubjectCompare(t *testing.T) {
	sorted := []*Subject{
		{Scope: "", Address: "b"},
		{Scope: "infra", Address: "a"},
		{Scope: "infra", Address: "aws_kms_key.k"},
		{Scope: "infra", Address: "aws_kms_key.k[0]"},
		{Scope: "staging", Address: "a"},
	}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := a.Compare(b), slices.Compare([]int{i}, []int{j}); got != want {
				t.Errorf("%s %s to %s %s is %d, want %d", a.Scope, a.Address, b.Scope, b.Address, got, want)
			}
		}
	}
}

func TestBlock(t *testing.T) {
	s := &Subject{
		Kind: Terraform, Type: "aws_kms_key", Name: "k", Address: "module.m.aws_kms_key.k", Module: "module.m", Scope: "infra",
		Values: map[string]any{"days": json.Number("30")},
		Facts:  map[string]any{"tags": map[string]any{"owner": "payments"}},
	}
	want := map[string]any{
		"kind": "terraform", "type": "aws_kms_key", "name": "k", "address": "module.m.aws_kms_key.k", "module": "module.m",
		"values": map[string]any{"days": json.Number("30")},
		"tags":   map[string]any{"owner": "payments"},
	}
	if diff := cmp.Diff(want, s.Block()); diff != "" {
		t.Error(diff)
	}
	if values, ok := (&Subject{}).Block()["values"].(map[string]any); !ok || values == nil {
		t.Error("values that are not there are null: want an empty object")
	}
}

func TestUnknowns(t *testing.T) {
	why := func(reason string) UnknownValue { return UnknownValue{Reason: reason} }
	value := map[string]any{
		"b": []any{"known", why("second"), map[string]any{"c": why("third")}, []any{why("fourth")}},
		"a": why("first"),
		"z": Reference("${aws_kms_key.k.arn}"),
		"y": nil,
		"x": map[string]any{"é": why("last"), "d": why("fifth")},
	}
	want := []UnknownPath{
		{Path{"a"}, why("first")},
		{Path{"b", 1}, why("second")},
		{Path{"b", 2, "c"}, why("third")},
		{Path{"b", 3, 0}, why("fourth")},
		{Path{"x", "d"}, why("fifth")},
		{Path{"x", "é"}, why("last")},
	}
	for range 20 { // maps have another order each time
		if diff := cmp.Diff(want, Unknowns(value)); diff != "" {
			t.Fatal(diff)
		}
	}
	if diff := cmp.Diff([]UnknownPath{{Path: nil, UnknownValue: why("all")}}, Unknowns(why("all"))); diff != "" {
		t.Error(diff)
	}
	if found := Unknowns("known"); found != nil {
		t.Errorf("a known text has unknowns: %v", found)
	}
}

func TestNewInput(t *testing.T) {
	want := Input{
		Kind: Terraform, File: "main.tf", Bytes: 3,
		SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", // of abc, in FIPS 180-2
	}
	if diff := cmp.Diff(want, NewInput(Terraform, "main.tf", []byte("abc"))); diff != "" {
		t.Error(diff)
	}
}

func TestProblemString(t *testing.T) {
	for name, c := range map[string]struct {
		problem Problem
		want    string
	}{
		"with a place":    {Problem{Message: "does not parse", At: Location{File: "a.tf", Line: 2, Column: 1}}, "a.tf:2:1: does not parse"},
		"with a file":     {Problem{Message: "does not parse", At: Location{File: "a.tf"}}, "a.tf: does not parse"},
		"without a place": {Problem{Message: "git is not installed"}, "git is not installed"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.problem.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
