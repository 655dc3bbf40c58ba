package inert

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestLog(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"an ordinary line stays":                      {"main.tf:1:1: a::b", "main.tf:1:1: a::b"},
		"a command at the start is broken up":         {"::error::x", `\::error::x`},
		"a command behind spaces is broken up":        {"  ::error::x", `  \::error::x`},
		"a command of the old kind is, anywhere":      {"a ##[error]b ##[group]c", `a ##\[error]b ##\[group]c`},
		"an empty line stays":                         {"", ""},
		"what is broken up does not start one itself": {"::##[error]", `\::##\[error]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Log(c.line); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain JSON stays":                        {"{\n \"a\": \"Größe <b>\"\n}", "{\n \"a\": \"Größe <b>\"\n}"},
		"escapes stay":                            {`"\u001b[31m"`, `"\u001b[31m"`},
		"the C1 set is escaped":                   {"\"\u009b31m\"", `"\u009b31m"`},
		"a bidi override is escaped":              {"\"a\u202eb\"", `"a\u202eb"`},
		"DEL is escaped":                          {"\"\x7f\"", `"\u007f"`},
		"a tag character is a surrogate pair":     {"\"\U000e0041\"", `"\udb40\udc41"`},
		"a workflow command of the old kind ends": {`"##[error]"`, `"##\u005berror]"`},
		"a byte that is not UTF-8 is replaced":    {"\"\xff\"", `"\ufffd"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := string(JSON([]byte(c.text)))
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			var before, after any
			if err := json.Unmarshal([]byte(c.text), &before); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(got), &after); err != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("a reader gets %q, want %q (%v)", after, before, err)
			}
		})
	}
}
