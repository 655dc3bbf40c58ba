package terraform

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// install finds the module of a call and instantiates it for each instance.
func (x *expansion) install() {
	ev := x.in.ev
	mod, why := ev.called(x)
	for _, it := range x.items {
		if why == nil && ev.modules >= ev.limits.modules {
			ev.store.problem(annexgate.Unread, x.file.location(x.header), "%s: more than %d module instances; those beyond are not examined", x.memo.label, ev.limits.modules)
			why = &origin{reason: "the module is beyond what is evaluated", from: x.file.location(x.header)}
		}
		if why != nil {
			it.installed = why
			continue
		}
		ev.modules++
		it.child = ev.instantiate(mod, it.address, it, x.in)
	}
}

// called returns the module that a call calls, or why it is not to be had.
// Where its source is not there, a plan may tell of it.
func (ev *evaluator) called(x *expansion) (*module, *origin) {
	if x.inline != nil {
		return x.inline, nil
	}
	calls := append(slices.Clone(x.in.path), x.name())
	if ev.plan != nil {
		source, _ := x.text("source")
		_, isLocal := local(x.in.mod.dir, source)
		_, installed := ev.manifest[strings.Join(calls, ".")]
		if c, ok := ev.plan.callConfiguration(calls); ok && !isLocal && !installed {
			at := x.file.location(x.header)
			p := &planner{plan: ev.plan, file: fixedFile(at)}
			return p.module(c, calls), nil
		}
	}
	dir, why := ev.directory(x)
	if why != nil {
		return nil, why
	}
	return ev.store.module(dir), nil
}

// directory returns where the source of a module call is, or why it is not to
// be had.
func (ev *evaluator) directory(x *expansion) (string, *origin) {
	at := x.file.location(x.header)
	lost := func(loss annexgate.Loss, format string, args ...any) (string, *origin) {
		why := fmt.Sprintf(format, args...)
		ev.store.problem(loss, at, "%s: %s", x.memo.label, why)
		return "", &origin{reason: why, from: at}
	}
	source, ok := x.text("source")
	if !ok {
		return lost(annexgate.Partial, "its source is not a plain text")
	}
	dir, isLocal := local(x.in.mod.dir, source)
	if !isLocal {
		key := strings.Join(append(slices.Clone(x.in.path), x.name()), ".")
		if dir, ok = ev.manifest[key]; !ok {
			return lost(annexgate.Partial, "module %q is not installed, so what it makes is not examined; run terraform init before, or vendor it", source)
		}
	}
	if outside(dir) {
		return lost(annexgate.Partial, "module %q is outside the repository", source)
	}
	depth := 0
	for in := x.in; in != nil; in = in.parent {
		if in.mod.dir == dir {
			return lost(annexgate.Notice, "module %q calls itself", source)
		}
		if depth++; depth > ev.limits.chain {
			return lost(annexgate.Unread, "more than %d modules inside each other", ev.limits.chain)
		}
	}
	if !ev.store.module(dir).judged() {
		return lost(annexgate.Partial, "module %q has no Terraform files in %s", source, dir)
	}
	return dir, nil
}

// outside reports whether a directory is not one of the repository.
func outside(dir string) bool {
	return dir == ".." || strings.HasPrefix(dir, "../") || path.IsAbs(dir)
}
