package strictyaml

import "slices"

// Part returns a reader of the same file that collects faults of its own, so
// that a fault in one entry of a list need not be one of the file.
func (r *Reader) Part() *Reader { return &Reader{file: r.file} }

// Faults returns every fault so far, each with its place, in their order.
func (r *Reader) Faults() []error { return slices.Clone(r.faults) }
