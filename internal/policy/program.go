package policy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A Program is a set of compiled policies. It may be used by several
// goroutines at once.
type Program struct {
	compiler *ast.Compiler
	store    storage.Store
	txn      storage.Transaction
	queries  map[string]ast.Body        // by policy ID
	profiles map[string]func() *Profile // by policy ID
}

// answer is the variable that a query binds to the set deny.
const answer = ast.Var("deny")

// Compile parses and compiles policies, which are of this library, and the
// helpers they import. settings is what they see as data.settings.
func (l *Library) Compile(ctx context.Context, policies []*annexgate.Policy, settings map[string]any) (*Program, error) {
	modules, err := l.modules(policies)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithCapabilities(sandbox())
	if compiler.Compile(modules); compiler.Failed() {
		return nil, fmt.Errorf("compile policies: %w", compiler.Errors)
	}
	store := inmem.NewFromObjectWithOpts(map[string]any{"settings": settings}, inmem.OptReturnASTValuesOnRead(true))
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("open policy data: %w", err)
	}
	program := &Program{
		compiler: compiler, store: store, txn: txn,
		queries:  map[string]ast.Body{},
		profiles: map[string]func() *Profile{},
	}
	for _, p := range policies {
		path := modules[p.File].Package.Path
		query, err := compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(
			ast.NewTerm(path.Append(ast.StringTerm("deny"))), ast.VarTerm(string(answer)))))
		if err != nil {
			return nil, fmt.Errorf("compile policy %s: %w", p.ID, err)
		}
		program.queries[p.ID] = query
		program.profiles[p.ID] = sync.OnceValue(func() *Profile { return profile(compiler, path, settings) })
	}
	return program, nil
}

// A Denial is one element of a policy's set deny.
type Denial struct {
	Message string
	Key     string
	Address string         // empty: the subject under examination
	Path    annexgate.Path // empty: the subject as a whole
}

// Deny evaluates policy for one input. It stops when ctx is done. An error
// says what the policy did wrong; the policy's own errors carry file and line.
func (p *Program) Deny(ctx context.Context, policy *annexgate.Policy, input ast.Value) ([]Denial, error) {
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()

	results, err := topdown.NewQuery(p.queries[policy.ID]).
		WithCompiler(p.compiler).
		WithStore(p.store).
		WithTransaction(p.txn).
		WithInput(ast.NewTerm(input)).
		WithCancel(cancel).
		WithTime(time.Unix(0, 0)).
		WithStrictBuiltinErrors(true).
		Run(ctx)
	switch {
	case topdown.IsCancel(err) && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	case len(results) != 1:
		return nil, errors.New("deny is undefined")
	}
	return denials(results[0][answer].Value)
}

// Profile returns what is known of how policy treats its input.
func (p *Program) Profile(policy *annexgate.Policy) *Profile { return p.profiles[policy.ID]() }

// denials decodes the set deny.
func denials(value ast.Value) ([]Denial, error) {
	set, ok := value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("deny is %s: want a set of objects", ast.ValueName(value))
	}
	var found []Denial
	for _, item := range set.Slice() { // in the set's own order, which is fixed
		d, err := denial(item.Value)
		if err != nil {
			return nil, fmt.Errorf("deny holds %s: %w", item, err)
		}
		found = append(found, d)
	}
	return found, nil
}

func denial(value ast.Value) (Denial, error) {
	var d Denial
	object, ok := value.(ast.Object)
	if !ok {
		return d, fmt.Errorf(`want an object such as {"message": "...", "at": {...}, "key": "..."}`)
	}
	err := object.Iter(func(k, v *ast.Term) error {
		switch k.Value {
		case ast.String("message"):
			return decodeString(v, &d.Message)
		case ast.String("key"):
			return decodeString(v, &d.Key)
		case ast.String("at"):
			return decodePlace(v, &d)
		}
		return fmt.Errorf("unknown field %s: want message, at or key", k)
	})
	if err == nil && d.Message == "" {
		return d, errors.New("the message is missing")
	}
	return d, err
}

func decodePlace(term *ast.Term, d *Denial) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("at is %s: want an object", ast.ValueName(term.Value))
	}
	return object.Iter(func(k, v *ast.Term) error {
		switch k.Value {
		case ast.String("address"):
			return decodeString(v, &d.Address)
		case ast.String("path"):
			return decodePath(v, &d.Path)
		}
		return fmt.Errorf("unknown field %s in at: want address or path", k)
	})
}

func decodePath(term *ast.Term, into *annexgate.Path) error {
	array, ok := term.Value.(*ast.Array)
	if !ok {
		return fmt.Errorf("path is %s: want an array", ast.ValueName(term.Value))
	}
	for i := range array.Len() {
		switch step := array.Elem(i).Value.(type) {
		case ast.String:
			*into = append(*into, string(step))
		case ast.Number:
			n, ok := step.Int()
			if !ok {
				return fmt.Errorf("path holds %s: want keys and indexes", step)
			}
			*into = append(*into, n)
		default:
			return fmt.Errorf("path holds %s: want keys and indexes", step)
		}
	}
	return nil
}

func decodeString(term *ast.Term, into *string) error {
	s, ok := term.Value.(ast.String)
	if !ok {
		return fmt.Errorf("%s is %s: want a string", term, ast.ValueName(term.Value))
	}
	*into = string(s)
	return nil
}
