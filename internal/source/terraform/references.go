package terraform

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// connect fills in References and Referrers of all subjects.
func (ev *evaluator) connect() {
	ev.connectLiterals()
	for _, it := range ev.all {
		if it.subject == nil {
			continue
		}
		for other := range it.allRefs() {
			if other != it && other.subject != nil {
				it.subject.References = append(it.subject.References, other.subject)
				other.subject.Referrers = append(other.subject.Referrers, it.subject)
			}
		}
	}
	for _, it := range ev.all {
		if it.subject != nil {
			it.subject.References = tidy(it.subject.References)
			it.subject.Referrers = tidy(it.subject.Referrers)
		}
	}
}

// allRefs returns what an instance refers to by itself and through count or
// for_each. count = length(aws_s3_bucket.b) refers to every bucket; where the
// instance itself picks one of them, that is the one it is about.
func (it *item) allRefs() refs {
	all := maps.Clone(it.refs)
	if it.set.mode == keyed {
		deepRefs(it.value, all, it.set.in.ev)
	}
	picked := map[*expansion]bool{}
	for other := range all {
		picked[other.set] = true
	}
	for _, other := range it.set.refs.sorted() {
		if !picked[other.set] {
			it.set.in.ev.connectTo(all, other)
		}
	}
	return all
}

// deepRefs collects the blocks that v was read from.
func deepRefs(v cty.Value, into refs, ev *evaluator) {
	x := &exporter{refs: into, ev: ev}
	v, marks := v.Unmark()
	x.note(marks, nil)
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		_, part := it.Element()
		deepRefs(part, into, ev)
	}
}

func tidy(subjects []*annexgate.Subject) []*annexgate.Subject {
	slices.SortFunc(subjects, (*annexgate.Subject).Compare)
	return slices.Compact(subjects)
}

// sorted returns the blocks in the order of their addresses.
func (r refs) sorted() []*item {
	items := make([]*item, 0, len(r))
	for it := range r {
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b *item) int { return strings.Compare(a.address, b.address) })
	return items
}
