package terraform

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// takesNull are functions that take null where Terraform 1.11 refuses it, as
// its later versions do no more.
var takesNull = map[string]bool{"contains": true}

// TestSignatures holds our table of functions against what `terraform metadata
// functions -json` says of 1.11.4, which testdata/oracle/functions.json keeps
// without its prose: which functions there are, how many arguments they take,
// of which types, and whether null is one.
func TestSignatures(t *testing.T) {
	text, err := os.ReadFile("testdata/oracle/functions.json")
	if err != nil {
		t.Fatal(err)
	}
	type parameter struct {
		Name     string          `json:"name"`
		Type     json.RawMessage `json:"type"`
		Nullable bool            `json:"is_nullable"`
	}
	var file struct {
		Signatures map[string]struct {
			Return     json.RawMessage `json:"return_type"`
			Parameters []parameter     `json:"parameters"`
			Variadic   *parameter      `json:"variadic_parameter"`
		} `json:"function_signatures"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"main.tf": {Data: []byte("locals {}\n")}}
	s := newStore(context.Background(), fsys, []string{"main.tf"}, limits{}.orDefaults())
	ours := newEvaluator(context.Background(), s, &job{module: s.module("."), scope: "."}, &Loader{}).functions
	typeName := func(t cty.Type) string {
		text, err := t.MarshalJSON()
		if err != nil {
			return "dynamic: " + err.Error()
		}
		return string(text)
	}
	check := func(t *testing.T, got function.Parameter, want parameter) {
		t.Helper()
		if want.Name == "expression" || want.Name == "expressions" {
			return // of try and can, which take what is not evaluated
		}
		var wantType any
		if err := json.Unmarshal(want.Type, &wantType); err != nil {
			t.Fatal(err)
		}
		compact, err := json.Marshal(wantType)
		if err != nil {
			t.Fatal(err)
		}
		if typeName(got.Type) != string(compact) {
			t.Errorf("%s is of type %s, want %s", want.Name, typeName(got.Type), compact)
		}
		if got.AllowNull != want.Nullable && !takesNull[path.Base(t.Name())] {
			t.Errorf("%s takes null: %v, want %v", want.Name, got.AllowNull, want.Nullable)
		}
	}
	for _, name := range sortedKeys(file.Signatures) {
		want := file.Signatures[name]
		t.Run(name, func(t *testing.T) {
			f, ok := ours[name]
			if _, core := ours["core::"+name]; !ok || !core {
				t.Fatal("there is no such function")
			}
			if len(f.Params()) != len(want.Parameters) {
				t.Fatalf("%d parameters, want %d", len(f.Params()), len(want.Parameters))
			}
			for i, p := range f.Params() {
				check(t, p, want.Parameters[i])
			}
			if (f.VarParam() != nil) != (want.Variadic != nil) {
				t.Fatalf("takes further arguments: %v, want %v", f.VarParam() != nil, want.Variadic != nil)
			}
			if want.Variadic != nil {
				check(t, *f.VarParam(), *want.Variadic)
			}
		})
	}
	if len(file.Signatures) != 118 {
		t.Errorf("%d signatures, want 118", len(file.Signatures))
	}
}
