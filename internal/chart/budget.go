package chart

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

const (
	// maxWork bounds what one rendering may do: turns of loops, calls, and
	// text and values that are walked over. The largest public charts stay
	// below a twentieth of it.
	maxWork = 5_000_000
	// bytesPerStep is how much text counts as a step.
	bytesPerStep = 64
	// maxText bounds one text, in bytes, and maxItems one list.
	maxText  = 16 << 20
	maxItems = 1_000_000
	// maxValues bounds the values that one call walks over; what holds another
	// twice, and that again, doubles them with every level.
	maxValues = 1_000_000
	// maxLevels bounds their nesting. Values that hold themselves have no end.
	maxLevels = 200
	// maxActions bounds the actions of one template, which may be nested: parsing
	// and rendering take a kilobyte of stack for each level.
	maxActions = 50_000
	// maxDepth bounds the templates that are being rendered in one another. Each
	// takes some kilobytes of stack.
	maxDepth = 1000
)

var errWork = errors.New("the chart takes more work than any chart should: a loop or a call may have no end")

// A budget counts what a rendering does.
type budget struct {
	ctx   context.Context // of the rendering; templates have no other way to be stopped
	spent int
	depth int

	marked bool // texts carry markers
}

// spend takes steps from the budget.
func (b *budget) spend(steps int) error {
	before := b.spent
	if b.spent += steps; b.spent > maxWork {
		return errWork
	}
	const often = 1 << 12
	if before/often != b.spent/often {
		return b.ctx.Err()
	}
	return nil
}

// guard returns fn with its arguments and results counted. It keeps the type,
// because text/template converts arguments by it. An error is a panic, which
// text/template turns into an error of the call.
func (b *budget) guard(name string, fn any) any {
	call := reflect.ValueOf(fn)
	typ := call.Type()
	return reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		if b.marked && !carrying[name] {
			args = unmark(args)
		}
		if err := b.before(name, args); err != nil {
			panic(err)
		}
		var results []reflect.Value
		if typ.IsVariadic() {
			results = call.CallSlice(args)
		} else {
			results = call.Call(args)
		}
		if err := b.after(results[0]); err != nil {
			panic(err)
		}
		return results
	}).Interface()
}

// handing lists the functions that pass containers on without walking over
// them.
var handing = map[string]bool{
	"append": true, "coalesce": true, "default": true, "dict": true, "dig": true, "empty": true, "fail": true,
	"first": true, "get": true, "has": true, "hasKey": true, "include": true, "initial": true, "keys": true,
	"kindIs": true, "kindOf": true, "last": true, "list": true, "lookup": true, "omit": true, "pick": true,
	"pluck": true, "prepend": true, "required": true, "rest": true, "set": true, "ternary": true, "tpl": true,
	"tuple": true, "typeIs": true, "typeIsLike": true, "typeOf": true, "unset": true, "values": true, "without": true,
}

// before counts a call and refuses one that would make too much.
func (b *budget) before(name string, args []reflect.Value) error {
	steps, longest, texts := 1, 0, 1
	for _, arg := range args {
		for arg.Kind() == reflect.Interface {
			arg = arg.Elem()
		}
		if arg.Kind() == reflect.String {
			n := arg.Len()
			steps += n / bytesPerStep
			longest = max(longest, n)
			texts *= n + 1
			continue
		}
		if handing[name] || !container(arg) {
			continue
		}
		m := measuring{}
		if err := m.walk(arg, 0); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		steps += m.values/8 + m.bytes/bytesPerStep
	}
	if err := makes(name, args, texts); err != nil {
		return err
	}
	return b.spend(steps)
}

// after counts what a call returned.
func (b *budget) after(result reflect.Value) error {
	for result.Kind() == reflect.Interface {
		result = result.Elem()
	}
	switch result.Kind() {
	case reflect.String:
		if result.Len() > maxText {
			return fmt.Errorf("a text is longer than %d MiB", maxText>>20)
		}
		return b.spend(result.Len() / bytesPerStep)
	case reflect.Slice, reflect.Map:
		if result.Len() > maxItems {
			return fmt.Errorf("a list is longer than %d", maxItems)
		}
		return b.spend(result.Len() / 8)
	}
	return nil
}

func container(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.Struct, reflect.Pointer, reflect.Array:
		return true
	}
	return false
}

// A measuring counts what walking over a value takes.
type measuring struct{ values, bytes int }

func (m *measuring) walk(v reflect.Value, level int) error {
	if m.values++; m.values > maxValues {
		return fmt.Errorf("more than %d values", maxValues)
	}
	if level > maxLevels {
		return fmt.Errorf("values are nested deeper than %d levels: do they hold themselves?", maxLevels)
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return m.walk(v.Elem(), level+1)
	case reflect.String:
		m.bytes += v.Len()
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			m.bytes += len(entries.Key().String())
			if err := m.walk(entries.Value(), level+1); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			m.bytes += v.Len()
			return nil
		}
		for i := range v.Len() {
			if err := m.walk(v.Index(i), level+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := m.walk(v.Field(i), level+1); err != nil {
				return err
			}
		}
	}
	if m.bytes > maxText {
		return fmt.Errorf("values hold more than %d MiB of text", maxText>>20)
	}
	return nil
}

var errLong = errors.New("the result would be too long")

// makes refuses a call whose result could be out of proportion to its
// arguments. texts is the product of the lengths of those that are texts.
func makes(name string, args []reflect.Value, texts int) error {
	switch name {
	case "replace", "regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral",
		"join", "wrapWith":
		if texts > maxText {
			return errLong
		}
	case "repeat", "indent", "nindent":
		if n := integer(args[0]); n > 0 && n*(texts-1) > maxText || n > maxText {
			return errLong
		}
	case "until":
		if n := integer(args[0]); n > maxItems || n < -maxItems {
			return errLong
		}
	case "untilStep":
		step := integer(args[2])
		if step == 0 || (integer(args[1])-integer(args[0]))/step > maxItems {
			return errLong
		}
	case "seq":
		for _, arg := range items(args[0]) {
			if n := integer(arg); n > maxItems || n < -maxItems {
				return errLong
			}
		}
	case "printf":
		if widths.MatchString(args[0].String()) {
			return errLong
		}
	}
	return nil
}

// widths matches formats that ask for a width of thousands, or for one among
// the arguments.
var widths = regexp.MustCompile(`%[-+# 0\[\]0-9.]*([0-9]{4,}|\*)`)

func items(v reflect.Value) []reflect.Value {
	var all []reflect.Value
	for i := range v.Len() {
		all = append(all, v.Index(i))
	}
	return all
}

// integer returns a number that is one, or is written as one.
func integer(v reflect.Value) int {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case v.CanInt():
		return clamp(float64(v.Int()))
	case v.CanUint():
		return clamp(float64(v.Uint()))
	case v.CanFloat():
		return clamp(v.Float())
	case v.Kind() == reflect.String:
		f, _ := strconv.ParseFloat(strings.TrimSpace(v.String()), 64)
		return clamp(f)
	}
	return 0
}

// clamp keeps numbers so small that their products do not overflow.
func clamp(f float64) int {
	const most = 1 << 31
	return int(max(-most, min(most, f)))
}
