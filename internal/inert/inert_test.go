package inert

import "testing"

func TestText(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain text stays":               {"aws_s3_bucket.logs", "aws_s3_bucket.logs"},
		"letters of any script stay":     {"Größe 銀行 é", "Größe 銀行 é"},
		"colours are escaped":            {"\x1b[31mred", `\x1b[31mred`},
		"a workflow command starts none": {"x\n::error::y", `x\n::error::y`},
		"carriage returns are escaped":   {"ok\rbad", `ok\rbad`},
		"a bidi override is escaped":     {"a\u202eb", `a\u202eb`},
		"a zero-width space is escaped":  {"a\u200bb", `a\u200bb`},
		"line separators are escaped":    {"a\u2028b", `a\u2028b`},
		"the C1 set is escaped":          {"a\u009bb", `a\u009bb`},
		"tag characters are escaped":     {"a\U000e0041b", `a\U000e0041b`},
		"invalid UTF-8 is replaced":      {"a\xffb", "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Text(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
