package policy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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
	stops    map[string]*atomic.Int32   // how often each was stopped, by policy ID
	guard    *guard
}

// answer is the variable that a query binds to the set deny.
const answer = ast.Var("deny")

// maxCompile is how long compiling may take. Hundreds of policies take less
// than a second.
const maxCompile = 10 * time.Second

// Compile parses and compiles policies, which are of this library, and the
// helpers they import. settings is what they see as data.settings. The error is
// a usage error when the policies are at fault.
func (l *Library) Compile(ctx context.Context, policies []*annexgate.Policy, settings map[string]any) (*Program, error) {
	modules, err := l.modules(policies)
	if err != nil {
		return nil, annexgate.Usage(fmt.Errorf("load policies: %w", err))
	}
	compiler := ast.NewCompiler().WithCapabilities(sandbox())
	if err := Build(ctx, compiler, modules); err != nil {
		return nil, annexgate.Usage(fmt.Errorf("compile policies: %w", err))
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
		stops:    map[string]*atomic.Int32{},
		guard:    newGuard(),
	}
	for _, p := range policies {
		path := modules[p.File].Package.Path
		query, err := compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(
			ast.NewTerm(path.Append(ast.StringTerm("deny"))), ast.VarTerm(string(answer)))))
		if err != nil {
			return nil, fmt.Errorf("compile policy %s: %w", p.ID, err)
		}
		program.queries[p.ID] = query
		program.stops[p.ID] = &atomic.Int32{}
		program.profiles[p.ID] = sync.OnceValue(func() *Profile { return profile(compiler, path, settings) })
	}
	return program, nil
}

// Build compiles modules with compiler. A compilation that does not come to an
// end, as OPA's does not where a few lines describe an endless type, is left
// behind. The error says file and line of every fault.
func Build(ctx context.Context, compiler *ast.Compiler, modules map[string]*ast.Module) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxCompile, fmt.Errorf("it took longer than %s", maxCompile))
	defer cancel()
	done := make(chan error, 1)
	go func() {
		if compiler.Compile(modules); compiler.Failed() {
			done <- Explain(compiler.Errors) // writes out types, which may not end either
			return
		}
		done <- nil
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-done:
		return err
	}
}

// A Denial is one element of a policy's set deny.
type Denial struct {
	Message string
	Key     string
	Address string         // empty: the subject under examination
	Path    annexgate.Path // empty: the subject as a whole
}

// Deny evaluates policy for one input. It stops when ctx is done and when the
// policy needs too much memory. An error says what the policy did wrong; the
// policy's own errors carry file and line.
func (p *Program) Deny(ctx context.Context, policy *annexgate.Policy, input ast.Value) ([]Denial, error) {
	stops := p.stops[policy.ID]
	if stops.Load() >= tolerance {
		return nil, fmt.Errorf("it was stopped on %d subjects before and is given up", tolerance)
	}
	var found []Denial
	err := p.guard.do(ctx, policy.ID, func(e *evaluation) (err error) {
		found, err = p.deny(ctx, policy, input, e)
		return err
	})
	if err != nil && (errors.Is(err, errMemory) || errors.Is(err, context.Cause(ctx))) {
		stops.Add(1)
	}
	return found, err
}

func (p *Program) deny(ctx context.Context, policy *annexgate.Policy, input ast.Value, cancel topdown.Cancel) ([]Denial, error) {
	results, err := topdown.NewQuery(p.queries[policy.ID]).
		WithCompiler(p.compiler).
		WithStore(p.store).
		WithTransaction(p.txn).
		WithInput(ast.NewTerm(input)).
		WithCancel(cancel).
		WithTime(time.Unix(0, 0)).
		WithStrictBuiltinErrors(true).
		WithVirtualCache(newCache()).
		Run(ctx)
	if err != nil {
		return nil, err
	}
	if len(results) != 1 {
		return nil, errors.New("deny is undefined")
	}
	return denials(results[0][answer].Value)
}

// Stuck returns a channel that receives an error when an evaluation goes on
// although it was told to stop. Nothing can end it but the end of the program.
func (p *Program) Stuck() <-chan error { return p.guard.stuck }

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
