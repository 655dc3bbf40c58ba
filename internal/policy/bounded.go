package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// OPA interrupts an evaluation between two expressions, and inside the builtins
// that grow step by step. The builtins here make a text or number of any size in
// one step; more memory than the machine has ends the whole program, and no
// deferred call sees it.

const (
	maxFormatted = 16 << 20 // bytes that one call of sprintf may make
	maxPadding   = 999      // the widest field of sprintf
	maxShift     = 1 << 16  // the farthest shift, in bits
)

// boundBuiltins puts bounds on the builtins of OPA, which keeps them in a table
// for the whole process. What is within the bounds works as before.
func boundBuiltins() {
	bound := func(b *ast.Builtin, check func(operands []*ast.Term) error) {
		inner := topdown.GetBuiltin(b.Name)
		topdown.RegisterBuiltinFunc(b.Name, func(bctx topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
			if err := check(operands); err != nil {
				return err // OPA adds the name and the place
			}
			return inner(bctx, operands, iter)
		})
	}
	bound(ast.Sprintf, checkFormat)
	bound(ast.BitsShiftLeft, checkShift)
}

func checkShift(operands []*ast.Term) error {
	if n, ok := operands[1].Value.(ast.Number); ok {
		if by, ok := n.Int(); !ok || by > maxShift {
			return fmt.Errorf("a shift by %s is too far: want at most %d", n, maxShift)
		}
	}
	return nil
}

// wide matches a verb of more than three digits of width or precision, or one
// that takes them from an argument.
var wide = regexp.MustCompile(`%[-+# 0-9.\[\]]*(?:\*|[0-9]{4})`)

func checkFormat(operands []*ast.Term) error {
	format, ok := operands[0].Value.(ast.String)
	if !ok {
		return nil // OPA says so itself
	}
	if wide.MatchString(string(format)) {
		return fmt.Errorf("a field is too wide: want at most %d, and no *", maxPadding)
	}
	longest := maxPadding
	if args, ok := operands[1].Value.(*ast.Array); ok {
		for i := range args.Len() {
			longest = max(longest, textSize(args.Elem(i)))
		}
	}
	if len(format)+strings.Count(string(format), "%")*longest > maxFormatted {
		return fmt.Errorf("the text may become longer than %d MiB", maxFormatted>>20)
	}
	return nil
}

// textSize returns about how long term is as text. It stops counting beyond
// maxFormatted: a value that holds others many times over has no end.
func textSize(term *ast.Term) int {
	size := 0
	enough := errors.New("enough")
	var measure func(t *ast.Term) error
	measure = func(t *ast.Term) error {
		switch v := t.Value.(type) {
		case ast.String:
			size += len(v)
		case ast.Number:
			size += len(v)
		case *ast.Array:
			for i := range v.Len() {
				if err := measure(v.Elem(i)); err != nil {
					return err
				}
			}
		case ast.Set:
			return v.Iter(measure)
		case ast.Object:
			return v.Iter(func(key, value *ast.Term) error {
				if err := measure(key); err != nil {
					return err
				}
				return measure(value)
			})
		}
		if size += 4; size > maxFormatted {
			return enough
		}
		return nil
	}
	if measure(term) != nil {
		return maxFormatted
	}
	return size
}
