package eval

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// A generator makes policies and subjects that have names and constants in
// common.
type generator struct {
	*rand.Rand
	style   style
	fresh   int
	helpers []string
}

// A style says what the policies are made of: what the library's own use, or
// anything.
type style uint64

const (
	looseStyle style = iota
	houseStyle
)

func num(text string) json.Number { return json.Number(text) }

// domain is what an unknown may turn out to be.
var domain = []any{
	absent, nil, true, false,
	"", "x", "y", "xy", "yx", "xzy", "zz", "X", "on", "off", "true", "false", "a", "b", "n", "3", "3.0", "4", "7", "5x", "${unknown}", "Xzz", "{\"a\":\"x\"}",
	num("-1"), num("0"), num("1"), num("2"), num("3"), num("3.5"), num("4"), num("5"), num("6"), num("9"),
	[]any{},
	[]any{"zz"},
	[]any{"zz", "x"},
	[]any{"x", "y"},
	[]any{"x", "x", "x"},
	[]any{"x"},
	[]any{"y"},
	[]any{"on"},
	[]any{"off"},
	[]any{"true"},
	[]any{"xy"},
	[]any{true},
	[]any{false},
	[]any{nil},
	[]any{num("0")},
	[]any{num("3")},
	[]any{num("4")},
	[]any{"3"},
	[]any{""},
	[]any{map[string]any{"a": "x"}},
	[]any{map[string]any{"a": "zz", "n": num("9")}},
	[]any{map[string]any{"a": "x", "n": num("4"), "xs": []any{"x"}}, map[string]any{"a": "y"}},
	[]any{"x", "y", "on", "off", "true", "xy", true, false, nil, num("0"), num("1"), num("3"), num("4"), "3", ""},
	rich("x"), rich(true), rich(num("3")),
	[]any{rich("on"), rich(nil)},
	[]any{rich(num("0"))},
	map[string]any{},
	map[string]any{"a": "x"},
	map[string]any{"a": "zz", "n": num("3")},
	map[string]any{"a": "on", "sub": map[string]any{"a": "x"}},
}

// rich returns a block in which every attribute is there.
func rich(v any) map[string]any {
	inner := map[string]any{"a": v, "b": v, "n": v, "xs": []any{v}}
	return map[string]any{"a": v, "b": v, "n": v, "xs": []any{v, "x"}, "blocks": []any{inner}, "opt": inner}
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) name() string {
	g.fresh++
	return fmt.Sprintf("v%d", g.fresh)
}

// Subjects.

func (g *generator) subject() *annexgate.Subject {
	for {
		left := pick(g, 1, 1, 2, 3)
		s := &annexgate.Subject{Kind: annexgate.Terraform, Type: "bucket", Name: "a", Address: "bucket.a", Values: g.block(&left, 0), Facts: map[string]any{}}
		if g.chance(40) {
			s.Facts["tags"] = g.maybe(&left, 10, func() any {
				return map[string]any{"owner": g.maybe(&left, 30, g.scalar), "a": g.scalar()}
			})
		}
		for i := range pick(g, 0, 0, 1, 2) {
			s.Referrers = append(s.Referrers, &annexgate.Subject{
				Kind: annexgate.Terraform, Type: "logging", Name: fmt.Sprint(i), Address: fmt.Sprintf("logging.a%d", i), Values: g.block(&left, 1),
			})
		}
		n := len(annexgate.Unknowns(s.Block()))
		for _, r := range s.Referrers {
			n += len(annexgate.Unknowns(r.Block()))
		}
		if n > 0 {
			return s
		}
	}
}

func (g *generator) maybe(left *int, percent int, make func() any) any {
	if *left > 0 && g.chance(percent) {
		*left--
		return unknown
	}
	return make()
}

func (g *generator) scalar() any {
	return pick[any](g, "x", "y", "zz", "on", "off", "true", "xzy", "X", "4", "a", true, false, num("0"), num("1"), num("3"), num("4"), num("3.5"))
}

func (g *generator) block(left *int, depth int) map[string]any {
	block := map[string]any{}
	set := func(key string, percent int, make func() any) {
		if g.chance(percent) {
			block[key] = g.maybe(left, 30, make)
		}
	}
	set("a", 70, g.scalar)
	set("b", 50, g.scalar)
	set("n", 40, func() any { return pick[any](g, num("0"), num("2"), num("3"), num("4"), "4", "3") })
	set("xs", 50, func() any {
		list := []any{}
		for range g.IntN(3) {
			list = append(list, g.maybe(left, 20, g.scalar))
		}
		return list
	})
	if depth < 2 {
		set("blocks", 55, func() any {
			list := []any{}
			for range 1 + g.IntN(2) {
				list = append(list, g.maybe(left, 8, func() any { return g.block(left, depth+1) }))
			}
			return list
		})
		set("opt", 35, func() any { return g.block(left, depth+1) })
	}
	return block
}

// Policies.

func (g *generator) policy() string {
	var b strings.Builder
	b.WriteString(`# METADATA
# title: A test holds
# custom:
#   controls: [A.8.24]
#   severity: high
#   subjects: [bucket]
#   remediation: Mend it.
package policies.terraform.test

`)
	for i := range g.IntN(3) {
		b.WriteString(g.helper(fmt.Sprintf("_h%d", i)))
	}
	for range pick(g, 1, 1, 2) {
		body, vars := g.body(scope{}, pick(g, 1, 1, 2, 3))
		fmt.Fprintf(&b, "deny contains %s if {\n\t%s\n}\n\n", g.finding(vars), strings.Join(body, "\n\t"))
	}
	b.WriteString(library)
	return b.String()
}

// library is what policies of this project share, and more of the kind.
const library = `
_enabled(values, name) if values[name] in {true, "true"}

_present(values, name) if not values[name] in {null, ""}

_number(values, name) := values[name] if is_number(values[name])

_number(values, name) := to_number(values[name]) if {
	is_string(values[name])
	regex.match(` + "`^-?[0-9]+(\\.[0-9]+)?$`" + `, values[name])
}

_lacks(values, name) if not _enabled(values, name)

default _mode(_) := "off"

_mode(values) := values.a if is_string(values.a)

_level(values) := 1 if {
	values.a == "x"
} else := 2 if {
	values.b == "x"
} else := 3

_table := {"x": "on", "y": "off", "on": "x"}

_names := {"a", "b"}

_pairs(values) := {[["blocks", i], block.a] | some i, block in values.blocks}

_blocks contains block if some block in input.subject.values.blocks

_entries contains {"path": ["blocks", i], "values": block} if some i, block in input.subject.values.blocks

_lower(values) := lower(values.a) if is_string(values.a)

_lower(values) := format_int(values.a, 10) if is_number(values.a)

_count(values, name) := count(values[name])

_by_name[block.a] := block if some block in input.subject.values.blocks

_title(values) := $"block {values.a}"
`

func (g *generator) finding(vars scope) string {
	message := `"fault"`
	if g.chance(40) {
		message = fmt.Sprintf(`$"{input.subject.address} has {%s}"`, pick(g, "input.subject.values.a", "input.subject.values.n", "_title(input.subject.values)"))
	}
	extra := ""
	if g.chance(25) {
		extra = `, "key": "k"`
		if g.style == looseStyle && g.chance(50) {
			extra = `, "key": $"{input.subject.values.b}"`
		}
	}
	if g.chance(25) {
		extra += `, "at": {"path": ["a"]}`
	}
	return fmt.Sprintf(`{"message": %s%s}`, message, extra)
}

// A scope is what a body may use: variables that hold blocks, and that hold
// values.
type scope struct{ blocks, values []string }

func (g *generator) helper(name string) string {
	defer func() { g.helpers = append(g.helpers, name) }()
	body, _ := g.body(scope{}, 1+g.IntN(2))
	text := fmt.Sprintf("%s if {\n\t%s\n}\n\n", name, strings.Join(body, "\n\t"))
	if g.chance(30) {
		body, _ := g.body(scope{}, 1)
		text += fmt.Sprintf("%s if {\n\t%s\n}\n\n", name, strings.Join(body, "\n\t"))
	}
	inner, _ := g.body(scope{blocks: []string{"block"}}, 1)
	return text + fmt.Sprintf("%s_f(block) if {\n\tis_object(block)\n\t%s\n}\n\n", name, strings.Join(inner, "\n\t"))
}

func (g *generator) body(s scope, n int) ([]string, scope) {
	var lines []string
	for range n {
		var more []string
		more, s = g.condition(s, 2)
		for _, line := range more {
			if strings.HasPrefix(line, "not ") {
				line = strings.ReplaceAll(line, "[_]", "[0]") // what stands there is unbound
			}
			lines = append(lines, line)
		}
	}
	return lines, s
}

// block returns an expression for a block of attributes.
func (g *generator) block_(s scope) string {
	if len(s.blocks) > 0 && g.chance(75) {
		return pick(g, s.blocks...)
	}
	return pick(g, "input.subject.values", "input.subject.values", "input.subject.values", "input.subject.values", "input.subject.values", "input.subject.values", "input.subject.values.opt", "input.subject.values.blocks[_]", "input.referrers.logging[_].values", "input.subject.values.blocks[0]")
}

func (g *generator) value(s scope) string {
	if len(s.values) > 0 && g.chance(60) {
		return pick(g, s.values...)
	}
	block := g.block_(s)
	if g.style == houseStyle {
		return block + pick(g, ".a", ".b", ".n")
	}
	switch g.IntN(14) {
	case 0:
		return fmt.Sprintf("object.get(%s, %q, %s)", block, pick(g, "a", "b"), g.constant())
	case 1:
		return "input.subject.tags." + pick(g, "owner", "a")
	case 2:
		return block + ".xs[_]"
	case 3:
		return block + ".opt.a"
	case 4:
		return block + ".xs[0]"
	case 5:
		return fmt.Sprintf("%s[%s]", block, g.textOf(s))
	}
	return block + pick(g, ".a", ".b", ".n")
}

func (g *generator) textOf(s scope) string {
	if len(s.values) > 0 {
		return pick(g, s.values...)
	}
	return pick(g, `"a"`, "input.subject.values.b")
}

func (g *generator) list(s scope) string {
	return g.block_(s) + pick(g, ".xs", ".xs", ".blocks", ".a")
}

func (g *generator) constant() string {
	return pick(g, `"x"`, `"x"`, `"x"`, `"x"`, `"x"`, `"y"`, `"on"`, `"off"`, `"true"`, `"xy"`, "true", "false", "null", "0", "3", "4", `"3"`, `""`)
}

func (g *generator) number() string { return pick(g, "0", "1", "3", "4", "data.settings.limit") }

func (g *generator) text() string { return pick(g, `"x"`, `"y"`, `"o"`, `"on"`, `"z"`) }

func (g *generator) set() string {
	return fmt.Sprintf("{%s, %s}", g.constant(), g.constant())
}

// condition returns lines that hold or not, and the scope behind them.
func (g *generator) condition(s scope, depth int) ([]string, scope) {
	if depth > 0 {
		switch g.IntN(14) {
		case 0:
			inner, _ := g.condition(scope{s.blocks, nil}, 0)
			if len(inner) == 1 && !strings.HasPrefix(inner[0], "some ") && !strings.HasPrefix(inner[0], "not ") && !strings.Contains(inner[0], ":=") && !strings.HasPrefix(inner[0], "every") {
				return []string{"not " + inner[0]}, s
			}
			return inner, s
		case 1:
			v := g.name()
			return []string{fmt.Sprintf("some %s in %s.blocks", v, g.block_(scope{}))}, scope{append(s.blocks[:len(s.blocks):len(s.blocks)], v), s.values}
		case 2:
			v := g.name()
			return []string{fmt.Sprintf("some %s in %s.xs", v, g.block_(s))}, scope{s.blocks, append(s.values[:len(s.values):len(s.values)], v)}
		case 3:
			v := g.name()
			return []string{fmt.Sprintf("%s := %s", v, g.value(s))}, scope{s.blocks, append(s.values[:len(s.values):len(s.values)], v)}
		case 4:
			v := g.name()
			return []string{fmt.Sprintf("some %s in input.referrers.logging", v)}, scope{append(s.blocks[:len(s.blocks):len(s.blocks)], v+".values"), s.values}
		}
	}
	if g.style == houseStyle || g.chance(25) {
		return []string{g.houseTest(s)}, s
	}
	return g.looseTest(s, depth)
}

func (g *generator) houseTest(s scope) string {
	block := g.block_(s)
	not := pick(g, "", "", "not ")
	name := pick(g, `"a"`, `"b"`, `"n"`)
	tests := []string{
		fmt.Sprintf("%s == %s", g.value(s), g.constant()),
		fmt.Sprintf("%s != %s", g.value(s), g.constant()),
		fmt.Sprintf("%s%s in %s", not, g.value(s), g.set()),
		fmt.Sprintf("%s_enabled(%s, %s)", not, block, name),
		fmt.Sprintf("%s_present(%s, %s)", not, block, name),
		fmt.Sprintf("_number(%s, %s) %s %s", block, name, pick(g, "<", ">=", "=="), g.number()),
		fmt.Sprintf("%sstartswith(%s, %s)", not, "input.subject.type", g.text()),
		fmt.Sprintf("%s%s in %s.xs", not, g.constant(), block),
		fmt.Sprintf("%s%s", not, g.value(s)),
		"not input.referrers.logging",
		fmt.Sprintf("%sinput.referrers.logging[_].values.a == %s", "", g.constant()),
		fmt.Sprintf("%s_lacks(%s, %s)", not, block, name),
	}
	if len(g.helpers) > 0 {
		h := pick(g, g.helpers...)
		if !strings.Contains(block, "[_]") || not == "" {
			tests = append(tests, not+h+"_f("+block+")")
		}
	}
	return strings.ReplaceAll(pick(g, tests...), "not not ", "not ")
}

func (g *generator) looseTest(s scope, depth int) ([]string, scope) {
	one := func(format string, args ...any) ([]string, scope) { return []string{fmt.Sprintf(format, args...)}, s }
	not := pick(g, "", "", "not ")
	block, v := g.block_(s), g.name()
	switch g.IntN(44) {
	case 0:
		return one("%s == %s", g.value(s), g.value(s))
	case 1:
		return one("%s %s %s", g.value(s), pick(g, "<", ">", "<=", ">="), g.constant())
	case 2:
		return one("%sstartswith(%s, %s)", not, g.value(s), g.text())
	case 3:
		return one("%sendswith(%s, %s)", not, g.value(s), g.text())
	case 4:
		return one("%scontains(%s, %s)", not, g.value(s), g.text())
	case 5:
		return one("%sregex.match(%s, %s)", not, pick(g, `"^x"`, `"y$"`, `"^[0-9]+$"`, `"x.*y"`, `"^(on|off)$"`, `"(?i)^x"`), g.value(s))
	case 6:
		return one("%scount(%s) %s %s", "", g.list(s), pick(g, ">", "<", "=="), g.number())
	case 7:
		return one("count({%[1]s.a | some %[1]s in %[2]s.blocks}) > 1", v, block)
	case 8:
		return one("{%[1]s.a | some %[1]s in %[2]s.blocks} == {%[3]s}", v, block, g.constant())
	case 9:
		return one("every %s in %s.xs {\n\t\t%s == %s\n\t}", v, block, v, g.constant())
	case 10:
		return one("every %s in %s.blocks {\n\t\t%s.a == %s\n\t}", v, block, v, g.constant())
	case 11:
		return one("%sis_%s(%s)", not, pick(g, "string", "number", "boolean", "null", "array", "object"), g.value(s))
	case 12:
		return one("%s.opt == {\"a\": \"x\"}", block)
	case 13:
		return one("%s{\"a\": \"x\"} in %s.blocks", not, block)
	case 14:
		return one("%s.xs == [%s]", block, g.constant())
	case 15:
		return one("_table[%s] == %s", g.value(s), g.constant())
	case 16:
		return one("%s_mode(%s) == %s", "", block, g.constant())
	case 17:
		return one("_level(%s) == %d", block, 1+g.IntN(3))
	case 18:
		return one("[%[1]s, _] := %[2]s.xs\n\t%[1]s == %[3]s", v, block, g.constant())
	case 19:
		return one("some [_, %[1]s] in _pairs(%[2]s)\n\t%[1]s == %[3]s", v, block, g.constant())
	case 20:
		return one("some %[1]s in _blocks\n\t%[1]s.a == %[2]s", v, g.constant())
	case 21:
		return one("some %[1]s in _entries\n\t%[3]s%[1]s.values.a == %[2]s", v, g.constant(), not)
	case 22:
		return one("_lower(%s) == %s", block, pick(g, `"x"`, `"4"`, `"on"`))
	case 23:
		return one("walk(%s, [_, %[2]s])\n\t%[2]s == %[3]s", block, v, g.constant())
	case 24:
		return one("%s_count(%s, %s) > 0", not, block, pick(g, `"xs"`, `"blocks"`, `"a"`))
	case 25:
		return one("_by_name[%s].n == %s", g.constant(), g.number())
	case 26:
		return one("some %[1]s in _names\n\t%[3]s%[2]s[%[1]s] == %[4]s", v, pick(g, "input.subject.values", "input.subject.values.opt"), not, g.constant())
	case 27:
		return one("$\"{%s}\" == %s", g.value(s), pick(g, `"x"`, `"<undefined>"`, `"3"`))
	case 28:
		return one("sprintf(\"%%v\", [%s]) == %s", g.value(s), pick(g, `"x"`, `"3"`))
	case 29:
		return one("count({%s} & {%s}) > 0", g.value(s), pick(g, g.value(s), `"x"`))
	case 30:
		return one("%[1]s := object.union(%[2]s, {\"z\": 1})\n\t%[3]s%[1]s.a == %[4]s", v, block, not, g.constant())
	case 31:
		return one("count({%[1]s | some %[1]s in %[2]s}) %[3]s 1", v, g.list(s), pick(g, "==", ">"))
	case 32:
		return one("count([%[1]s | some %[1]s in %[2]s.xs; %[1]s == %[3]s]) == 0", v, block, g.constant())
	case 33:
		return one("concat(\",\", [%s, \"y\"]) == %s", g.value(s), pick(g, `"x,y"`, `"on,y"`))
	case 34:
		return one("%s in {%s.a | some %s in %s.blocks}", g.constant(), v, v, block)
	case 35:
		return one("some %[1]s, \"x\" in %[2]s.xs\n\t%[1]s == %[3]d", v, block, g.IntN(2))
	case 36:
		return one("to_number(%s) > %s", g.value(s), g.number())
	case 37:
		return one("%s == data.settings.names[_]", g.value(s))
	case 38:
		return one("%s.blocks[%s].a == %s", block, pick(g, "0", "1"), g.constant())
	case 39:
		return one("%[1]s := [%[2]s, %[3]s]\n\t%[1]s == [%[4]s, %[5]s]", v, g.value(s), g.value(s), g.constant(), g.constant())
	case 40:
		return one("%s - {%s} == set()", g.set(), g.value(s))
	case 41:
		return one("json.unmarshal(%s).a == %s", g.value(s), g.constant())
	case 42:
		return one("%[1]s := {%[2]s.a: %[2]s | some %[2]s in %[3]s.blocks}\n\t%[1]s[%[4]s].b == %[5]s", g.name(), v, block, pick(g, `"x"`, `"y"`), g.constant())
	}
	if len(g.helpers) > 0 {
		return one("%s%s", not, pick(g, g.helpers...))
	}
	return one("upper(%s) == %s", g.value(s), pick(g, `"X"`, `"ON"`))
}
