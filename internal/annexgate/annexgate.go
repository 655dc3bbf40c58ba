// Package annexgate holds the nouns every other package speaks in: what is
// examined (Subject), what it is held to (Policy, Control), what came of it
// (Result, Finding) and the whole of one execution (Run).
//
// It imports nothing but the standard library and does no work of its own.
package annexgate

import "errors"

// ErrUsage marks an error that the caller can fix on the command line or in
// the configuration. Wrap it with Usage.
var ErrUsage = errors.New("usage")

type usageError struct{ error }

func (usageError) Is(target error) bool { return target == ErrUsage }
func (e usageError) Unwrap() error      { return e.error }

// Usage marks err as one that the caller can fix.
func Usage(err error) error { return usageError{err} }
