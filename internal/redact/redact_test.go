package redact

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

var subject = &annexgate.Subject{
	Values: map[string]any{
		"name":     "orders",
		"password": "hunter2",
		"pin":      "123",
		"user":     []any{map[string]any{"token": "t-hunter2-x", "name": "app"}},
	},
	Facts:     map[string]any{"tags": map[string]any{"note": "the password is hunter2", "name": "orders"}},
	Sensitive: []annexgate.Path{{"password"}, {"pin"}, {"user", 0, "token"}, {"gone", 3}},
}

func TestBlock(t *testing.T) {
	block := Block(subject)
	want := map[string]any{
		"values": map[string]any{
			"name":     "orders",
			"password": Placeholder,
			"pin":      Placeholder,
			"user":     []any{map[string]any{"token": Placeholder, "name": "app"}},
		},
		"tags": map[string]any{"note": "the password is " + Placeholder, "name": "orders"},
	}
	for name, part := range want {
		if diff := cmp.Diff(part, block[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if subject.Values["password"] != "hunter2" {
		t.Error("the subject itself was changed")
	}
}

func TestMessage(t *testing.T) {
	texts := Texts(subject)
	for name, c := range map[string]struct{ message, want string }{
		"a sensitive text is replaced":                   {`password "hunter2" is weak`, `password "(sensitive)" is weak`},
		"the longer of two texts goes first":             {"t-hunter2-x", "(sensitive)"},
		"a text too short to tell from others is left":   {"port 1234", "port 1234"},
		"a message without sensitive texts is unchanged": {"orders is public", "orders is public"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Message(c.message, texts); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestJSON holds that a sensitive policy is hidden also where facts have its
// parts.
func TestJSON(t *testing.T) {
	block := Block(&annexgate.Subject{
		Values:    map[string]any{"policy": `{"Statement": [{"Resource": ["hunter2"], "Condition": {"Null": {"k": 123456}}}]}`},
		Facts:     map[string]any{"documents": map[string]any{"resources": []any{"hunter2", "*"}, "values": []any{"123456"}}},
		Sensitive: []annexgate.Path{{"policy"}},
	})
	want := map[string]any{"resources": []any{Placeholder, "*"}, "values": []any{Placeholder}}
	if diff := cmp.Diff(want, block["documents"]); diff != "" {
		t.Error(diff)
	}
}

// TestProvider holds that a resource does not show what its facts took from a
// sensitive value of the provider.
func TestProvider(t *testing.T) {
	bucket := &annexgate.Subject{
		Values:   map[string]any{"bucket": "logs"},
		Facts:    map[string]any{"tags": map[string]any{"key": "hunter2"}},
		Provider: subject,
	}
	if diff := cmp.Diff(map[string]any{"key": Placeholder}, Block(bucket)["tags"]); diff != "" {
		t.Error(diff)
	}
}
