package terraform

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"go.yaml.in/yaml/v3"
)

// The libraries trust their arguments: indent(1e9, "a\nb") takes 7 GB, and
// setproduct of three lists of a thousand aborts the process. So the functions
// whose results outgrow their arguments are guarded.

// errTooMuch refuses a call whose result would be too large.
var errTooMuch = errors.New("the result would be larger than annexgate evaluates")

const (
	maxText     = 16 << 20 // bytes of one text
	maxList     = 500_000  // elements of one collection
	maxPattern  = 1 << 20  // bytes of text to search
	maxDocument = 1 << 20  // bytes of JSON or YAML to decode
	maxNesting  = 500      // levels of JSON or YAML to decode
)

// argumentChecks say which arguments a function may not be called with.
var argumentChecks = map[string]func(args []cty.Value) error{
	"format":     checkFormat,
	"formatlist": checkFormat,
	"indent":     checkIndent,
	"join":       checkJoin,
	"jsondecode": checkJSON,
	"log":        checkLog,
	"pow":        checkPow,
	"regex":      checkPattern,
	"regexall":   checkPattern,
	"replace":    checkReplace,
	"setproduct": checkProduct,
	"yamldecode": checkYAML,
	"csvdecode":  checkDocument,
	"distinct":   checkPairwise,
	"matchkeys":  checkMatchKeys,
	"parseint":   checkNumber,
	"tonumber":   checkNumber,
	"base64gzip": checkDocument,
}

// guarded returns f with its arguments checked first.
func guarded(f function.Function, check func([]cty.Value) error) function.Function {
	if check == nil {
		return f
	}
	bare := func(args []cty.Value) error {
		plain := make([]cty.Value, len(args))
		for i, arg := range args {
			plain[i] = arg
			if arg.ContainsMarked() {
				plain[i], _ = arg.UnmarkDeep()
			}
		}
		return check(plain)
	}
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := bare(args); err != nil {
				return cty.NilType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// textOf returns a text, and whether it is one and known.
func textOf(v cty.Value) (string, bool) {
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// intOf returns a number, clamped, and whether it is one and known.
func intOf(v cty.Value) (int, bool) {
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.Number {
		return 0, false
	}
	f := v.AsBigFloat()
	if f.IsInf() || f.MantExp(nil) > 31 {
		return 1 << 31, true
	}
	n, _ := f.Int64()
	return int(n), true
}

func checkIndent(args []cty.Value) error {
	n, _ := intOf(args[0])
	text, _ := textOf(args[1])
	if n > 0 && n > maxText/(1+strings.Count(text, "\n")) {
		return errTooMuch
	}
	return nil
}

// checkFormat refuses widths and precisions of more than three digits.
func checkFormat(args []cty.Value) error {
	text, _ := textOf(args[0])
	digits := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			digits = 0
			continue
		}
		if digits++; digits > 3 && strings.Contains(text[max(0, i-12):i], "%") {
			return fmt.Errorf("%w: a width has more than three digits", errTooMuch)
		}
	}
	return nil
}

func checkJoin(args []cty.Value) error {
	separator, _ := textOf(args[0])
	total := 0
	for _, list := range args[1:] {
		if !list.IsKnown() || list.IsNull() || !list.CanIterateElements() {
			continue
		}
		for it := list.ElementIterator(); it.Next(); {
			_, v := it.Element()
			text, _ := textOf(v)
			if total += len(text) + len(separator); total > maxText {
				return errTooMuch
			}
		}
	}
	return nil
}

func checkReplace(args []cty.Value) error {
	text, _ := textOf(args[0])
	old, _ := textOf(args[1])
	with, _ := textOf(args[2])
	if strings.HasPrefix(old, "/") && len(text) > maxPattern {
		return errTooMuch
	}
	if (len(text)+1)*(len(with)+1) > maxText && len(text)+(strings.Count(text, old)+1)*len(with) > maxText {
		return errTooMuch
	}
	if strings.HasPrefix(old, "/") && (len(text)+1)*(len(with)+1) > 16*maxText {
		return errTooMuch
	}
	return nil
}

func checkProduct(args []cty.Value) error {
	total := 1
	for _, list := range args {
		if !list.IsKnown() || list.IsNull() || !list.CanIterateElements() {
			return nil
		}
		total *= max(1, list.LengthInt())
		if total*len(args) > maxList {
			return errTooMuch
		}
	}
	return nil
}

// checkPow keeps the arguments of pow where the result is a finite real
// number; the library panics elsewhere.
func checkPow(args []cty.Value) error {
	if n, ok := intOf(args[1]); ok && (n > 10_000 || n < -10_000) {
		return errTooMuch
	}
	return nil
}

func checkLog(args []cty.Value) error {
	for _, v := range args {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number && v.AsBigFloat().Sign() <= 0 {
			return errors.New("a logarithm wants positive numbers")
		}
	}
	return nil
}

func checkPattern(args []cty.Value) error {
	pattern, _ := textOf(args[0])
	text, _ := textOf(args[1])
	if len(text) > maxPattern || len(pattern) > 10_000 {
		return errTooMuch
	}
	return nil
}

func checkNumber(args []cty.Value) error {
	if text, _ := textOf(args[0]); len(text) > 10_000 {
		return errTooMuch
	}
	return nil
}

func checkDocument(args []cty.Value) error {
	if text, _ := textOf(args[0]); len(text) > maxDocument {
		return errTooMuch
	}
	return nil
}

func checkJSON(args []cty.Value) error {
	if err := checkDocument(args); err != nil {
		return err
	}
	text, _ := textOf(args[0])
	return limits{}.orDefaults().jsonNesting([]byte(text))
}

// checkYAML counts what the text grows to when its aliases are followed.
func checkYAML(args []cty.Value) error {
	if err := checkDocument(args); err != nil {
		return err
	}
	text, _ := textOf(args[0])
	if !strings.ContainsAny(text, "&[{") && strings.Count(text, "- ") < maxNesting && !strings.Contains(text, strings.Repeat(" ", maxNesting)) {
		return nil
	}
	var node yaml.Node
	if yaml.Unmarshal([]byte(text), &node) != nil {
		return nil // the function reports it
	}
	n := 0
	return expand(&node, 0, &n)
}

func expand(node *yaml.Node, depth int, n *int) error {
	*n++
	if *n > maxList/5 || depth > maxNesting {
		return errTooMuch
	}
	if node.Alias != nil {
		return expand(node.Alias, depth+1, n)
	}
	for _, child := range node.Content {
		if err := expand(child, depth+1, n); err != nil {
			return err
		}
	}
	return nil
}
