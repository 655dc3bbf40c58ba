package policy

import (
	"regexp/syntax"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What a profile asks of Rego's syntax.

// localVars returns the variables of e that may be bound outside it.
func localVars(e *ast.Expr) []ast.Var {
	operands := any(e)
	if e.IsCall() {
		operands = ast.Args(e.Operands())
	}
	var found []ast.Var
	ast.WalkVars(operands, func(v ast.Var) bool {
		if !v.IsWildcard() && !v.Equal(ast.InputRootDocument.Value) && !v.Equal(ast.DefaultRootDocument.Value) {
			found = append(found, v)
		}
		return false
	})
	return found
}

// argVars returns the arguments of node, if it is a function.
func argVars(node any) ast.VarSet {
	if rule, ok := node.(*ast.Rule); ok {
		return rule.Head.Args.Vars()
	}
	return ast.NewVarSet()
}

// collectionWithVars reports whether term is a pattern, as in [x, y] = pair,
// that binds a variable.
func collectionWithVars(term *ast.Term, bound ast.VarSet) bool {
	switch term.Value.(type) {
	case *ast.Array, ast.Object:
		found := false
		ast.WalkVars(term, func(v ast.Var) bool {
			found = found || !bound.Contains(v)
			return found
		})
		return found
	}
	return false
}

func readsInput(rule *ast.Rule) bool {
	found := false
	ast.WalkRefs(rule, func(ref ast.Ref) bool {
		found = found || ref.HasPrefix(ast.InputRootRef)
		return found
	})
	return found
}

// settingName returns the name of the setting that ref reads, if it does.
func settingName(ref ast.Ref) string {
	if len(ref) < 3 || !ref.HasPrefix(ast.MustParseRef("data.settings")) {
		return ""
	}
	name, _ := ref[2].Value.(ast.String)
	return string(name)
}

// scalars returns the texts, numbers and booleans inside value, but for those
// in references.
func scalars(value ast.Value) []ast.Value {
	var found []ast.Value
	ast.WalkTerms(ast.NewTerm(value), func(t *ast.Term) bool {
		switch t.Value.(type) {
		case ast.Ref:
			return true
		case ast.String, ast.Number, ast.Boolean:
			found = append(found, t.Value)
		}
		return false
	})
	return found
}

// samples returns texts that pattern matches: one for each alternative at its
// top. It returns none for a pattern that is no regular expression.
func samples(pattern string) []ast.Value {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	alternatives := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpAlternate {
		alternatives = tree.Sub
	}
	var found []ast.Value
	for _, alternative := range alternatives {
		var b strings.Builder
		sample(&b, alternative)
		found = append(found, ast.String(b.String()))
	}
	return found
}

func sample(b *strings.Builder, tree *syntax.Regexp) {
	switch tree.Op {
	case syntax.OpLiteral:
		b.WriteString(string(tree.Rune))
	case syntax.OpCharClass:
		b.WriteRune(tree.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpCapture, syntax.OpPlus:
		sample(b, tree.Sub[0])
	case syntax.OpRepeat:
		for range tree.Min {
			sample(b, tree.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			sample(b, sub)
		}
	case syntax.OpAlternate:
		sample(b, tree.Sub[0])
	}
}
