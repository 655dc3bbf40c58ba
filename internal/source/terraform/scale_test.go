package terraform

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// slow is what no input may take. On an idle machine each takes a second or
// two; the margin is for machines that do other things besides.
const slow = 60 * time.Second

// TestHostile holds inputs that bring other readers down. Each ends soon, and
// what stands beside is judged.
func TestHostile(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "$i", itoa(i)) + "\n")
		}
		return b.String()
	}
	for _, tt := range []struct{ name, src, problem string }{
		{"nested parentheses", "locals { a = " + strings.Repeat("(", 200_000) + " }", "nests too deeply"},
		{"nested lists", "locals { a = " + strings.Repeat("[", 200_000) + " }", "nests too deeply"},
		{"nested templates", "locals { a = " + strings.Repeat(`"${`, 100_000) + " }", "nests too deeply"},
		{"nested blocks", strings.Repeat("a {", 300_000), "nests too deeply"},
		{"a run of negations", "locals { a = " + strings.Repeat("!", 500_000) + "true }", "nests too deeply"},
		{"a run of conditions", "locals { a = " + strings.Repeat("true ? 1 : ", 200_000) + "1 }", "nests too deeply"},
		{"a run of additions over lines", "locals { a = (" + strings.Repeat("1 + \n", 500_000) + "1) }", "nests too deeply"},
		{"a run of additions with comments", "locals { a = " + strings.Repeat("1 + /**/", 500_000) + "1 }", "nests too deeply"},
		{"a run of additions in a for", "locals { a = {for k in [] : k => " + strings.Repeat("1 + \n", 500_000) + "1} }", "nests too deeply"},
		{"a run of indexes", "locals { a = b" + strings.Repeat("[0]", 500_000) + " }", "nests too deeply"},
		{"nested conditions of a template", "locals { a = \"" + strings.Repeat("%{if true}", 200_000) + "\" }", "nests too deeply"},
		{"as deep as is allowed, in a long chain", "locals {\n a0 = 1\n" + func() string {
			var b strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&b, " a%d = %slocal.a%d%s\n", i+1, strings.Repeat("(", 400), i, strings.Repeat(")", 400))
			}
			return b.String()
		}() + "}\noutput \"o\" { value = local.a1000 }", "too many references"},
		{"as many operators as are allowed", "output \"o\" { value = " + strings.Repeat("-", 4900) + "1 }", ""},
		{"indent beyond memory", `output "o" { value = indent(1000000000, "a\nb") }`, "larger than"},
		{"a product beyond memory", `output "o" { value = setproduct(range(1000), range(1000), range(1000)) }`, "larger than"},
		{"lists of lists", `output "o" { value = [for x in range(1000) : range(1000)] }`, "larger than"},
		{"a format beyond memory", `output "o" { value = format("%1000000000d", 1) }`, "larger than"},
		{"texts that double", "locals {\n a0 = \"xxxxxxxxxx\"\n" +
			many(12, "") + func() string {
			var b strings.Builder
			for i := range 12 {
				fmt.Fprintf(&b, " a%d = join(\"\", [for x in range(10) : local.a%d])\n", i+1, i)
			}
			return b.String()
		}() + "}\noutput \"o\" { value = local.a12 }", "larger than"},
		{"lists that share their parts", "locals {\n a0 = [1,1,1,1,1,1,1,1,1,1]\n" + func() string {
			var b strings.Builder
			for i := range 15 {
				fmt.Fprintf(&b, " a%d = [%s]\n", i+1, strings.Repeat(fmt.Sprintf("local.a%d,", i), 10))
			}
			return b.String()
		}() + "}\noutput \"o\" { value = local.a15 }", "larger than"},
		{"a number of a million digits", `output "o" { value = [for x in range(1000) : "${1e1000000 + x}"] }`, "larger than"},
		{"a number that grows", `output "o" { value = "${1e2000 * 1e2000}" }`, "larger than"},
		{"a pattern on much text", `output "o" { value = regexall("(a*)*b", join("", [for x in range(1000) : "aaaaaaaaaaaaaaaaaaaa"])) }`, ""},
		{"a YAML document that explodes", `output "o" { value = yamldecode("a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]") }`, "larger than"},
		{"a million instances", `resource "aws_y" "b" { count = 1000000 }`, "more than 100000 instances"},
		{"loops in loops", `output "o" { value = length([for a in range(1000) : length([for b in range(1000) : length([for c in range(1000) : c])])]) }`, "more work"},
		{"a long list that is searched for each of its elements", "locals { a = flatten([for x in range(1000) : range(400)]) }\noutput \"o\" { value = [for x in local.a : contains(local.a, -1)] }", "more work"},
		{"a long list made distinct", "locals { a = flatten([for x in range(1000) : [for y in range(400) : \"${x}-${y}\"]]) }\noutput \"o\" { value = length(distinct(local.a)) }", "larger than"},
		{"a text of too many parts", "locals {\n a = <<EOT\n" + strings.Repeat("x${1}\n", 200_000) + "EOT\n}", "too many lines or parts"},
		{"blocks in blocks in blocks", "resource \"aws_y\" \"b\" {\n" + strings.Repeat("dynamic \"b\" {\nfor_each = range(200)\ncontent {\n", 4) + strings.Repeat("}\n}\n", 4) + "}", "more work"},
		{"many kinds of block", "resource \"aws_y\" \"b\" {\n" + many(30_000, "b$i {\n}") + "}", ""},
		{"a count that is negative", `resource "aws_y" "b" { count = -1 }`, "count is negative"},
		{"a power that panics", `output "o" { value = pow(-1, 0.5) }`, "pow"},
		{"an element that panics", `output "o" { value = element(["a"], -1) }`, ""},
		{"a for_each over a list", `resource "aws_y" "b" { for_each = ["a"] }`, "for_each wants"},
		{"a for_each that is null", `resource "aws_y" "b" { for_each = null }`, "for_each"},
		{"a circle through count", "resource \"aws_y\" \"b\" { count = length(aws_y.c) }\nresource \"aws_y\" \"c\" { count = length(aws_y.b) }", "depends on itself"},
		{"a resource that asks itself", `resource "aws_y" "b" { a = aws_y.b.a }`, "depends on itself"},
		{"an unknown block", "workflow \"x\" \"y\" \"z\" {\n a = 1\n}", "no kind that is known"},
		{"a file outside", `output "o" { value = try(file("/etc/passwd"), "x") }`, "outside the repository"},
		{"a file above", `output "o" { value = fileexists("../../x") }`, "outside the repository"},
		{"a template that renders itself", `output "o" { value = templatestring("$${templatestring(x, {x = x})}", {x = "$${templatestring(x, {x = x})}"}) }`, ""},
		{"a byte order mark and line ends", "\xef\xbb\xbfresource \"aws_y\" \"b\" {\r\n  a = 1\r\n}\r\n", ""},
		{"not text", "resource \"aws_y\" \"b\xff\" {}", "UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			inv := load(t, &Loader{}, "-- a.tf --\n"+tt.src+"\n-- b.tf --\nresource \"aws_x\" \"beside\" {\n  a = 1\n}\n")
			if took := time.Since(start); took > slow {
				t.Errorf("took %s", took)
			}
			diff(t, asJSON(t, subject(t, inv, "aws_x.beside").Values), `{"a":1}`)
			if tt.problem == "" {
				return
			}
			if all := strings.Join(messages(inv), "\n"); !strings.Contains(all, tt.problem) {
				t.Errorf("problems %q do not speak of %q", all, tt.problem)
			}
		})
	}
}

// TestScale holds the promises on size.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var flat strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&flat, "resource \"aws_x\" \"r%d\" {\n  a = 1\n  b = \"n-%d\"\n  tags = { Name = local.name }\n}\n", i, i)
	}
	var chain strings.Builder
	chain.WriteString("locals {\n  a0 = 1\n")
	for i := range 500 {
		fmt.Fprintf(&chain, "  a%d = local.a%d + 1\n", i+1, i)
	}
	chain.WriteString("}\nresource \"aws_x\" \"r\" { a = local.a500 }\n")
	for _, tt := range []struct {
		name, src string
		subjects  int
	}{
		{"10,000 instances", "locals { name = \"n\" }\nresource \"aws_x\" \"r\" {\n  count = 10000\n  name = \"${local.name}-${count.index}\"\n}\n" +
			"resource \"aws_y\" \"r\" {\n  count = 10000\n  of = aws_x.r[count.index].id\n}", 20_001},
		{"100,000 instances", "resource \"aws_x\" \"r\" {\n  count = 99999\n  name = \"n-${count.index}\"\n}", 100_000},
		{"20,000 resources in one file", "locals { name = \"n\" }\n" + flat.String(), 20_001},
		{"a chain of 500 locals", chain.String(), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			inv := loadMain(t, tt.src)
			t.Logf("%s in %s", tt.name, time.Since(start))
			if len(inv.Subjects) != tt.subjects || len(inv.Problems) > 0 {
				t.Errorf("%d subjects, problems %v; want %d subjects", len(inv.Subjects), messages(inv), tt.subjects)
			}
			if took := time.Since(start); took > slow {
				t.Errorf("took %s", took)
			}
		})
	}
}
