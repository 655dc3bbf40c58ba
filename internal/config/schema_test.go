package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

type schema struct {
	Type                 any                `json:"type"`
	Enum                 []any              `json:"enum"`
	Ref                  string             `json:"$ref"`
	Default              any                `json:"default"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
	Items                *schema            `json:"items"`
	Defs                 map[string]*schema `json:"$defs"`
}

func published(t *testing.T) *schema {
	t.Helper()
	root := new(schema)
	if err := json.Unmarshal(Schema, root); err != nil {
		t.Fatal(err)
	}
	return root
}

// objects returns the keys of every object in s, by a text that, with KEY for
// one of its keys, is a file.
func objects(t *testing.T, s *schema, text string, found map[string][]string) {
	t.Helper()
	if s.Properties != nil {
		if string(s.AdditionalProperties) != "false" {
			t.Errorf("%s: the schema allows further keys", text)
		}
		found[text] = slices.Sorted(maps.Keys(s.Properties))
		for name, property := range s.Properties {
			objects(t, property, strings.Replace(text, "KEY", fmt.Sprintf("%q: {KEY}", name), 1), found)
		}
	}
	if s.Items != nil {
		objects(t, s.Items, strings.Replace(text, "{KEY}", "[{KEY}]", 1), found)
	}
	if further := new(schema); len(s.AdditionalProperties) > 0 && json.Unmarshal(s.AdditionalProperties, further) == nil {
		objects(t, further, strings.Replace(text, "KEY", `"A.8.24": {KEY}`, 1), found)
	}
}

var wanted = regexp.MustCompile(`unknown key "a-key-that-is-none": want one of (.*)`)

func TestSchemaAndReaderHaveTheSameKeys(t *testing.T) {
	found := map[string][]string{}
	objects(t, published(t), "{KEY}", found)
	if len(found) < 10 {
		t.Fatalf("the schema has %d objects: the test does not find them", len(found))
	}
	for text, keys := range found {
		_, err := Read("c.yaml", []byte(strings.Replace(text, "KEY", "a-key-that-is-none: 1", 1)))
		if err == nil {
			t.Errorf("%s: the reader takes any key", text)
			continue
		}
		match := wanted.FindStringSubmatch(err.Error())
		if match == nil {
			t.Errorf("%s: the reader does not know this object: %v", text, err)
			continue
		}
		if diff := cmp.Diff(keys, strings.Split(match[1], ", ")); diff != "" {
			t.Errorf("%s: schema (-) and reader (+) differ:\n%s", text, diff)
		}
	}
}

func TestSchemaAndReaderHaveTheSameDefaults(t *testing.T) {
	shown := map[string]any{}
	for _, e := range Default().Entries(nil) {
		shown[e.Key] = e.Value
	}
	var visit func(s *schema, name string)
	visit = func(s *schema, name string) {
		if s.Default != nil && !strings.HasPrefix(name, "waivers.max_days.") && fmt.Sprint(s.Default) != fmt.Sprint(shown[name]) {
			t.Errorf("%s: the schema says %v, the reader %v", name, s.Default, shown[name])
		}
		for key, property := range s.Properties {
			visit(property, strings.TrimPrefix(name+"."+key, "."))
		}
	}
	root := published(t)
	visit(root, "")
	days := root.Properties["waivers"].Properties["max_days"].Properties
	for name, value := range shown["waivers.max_days"].(map[string]any) {
		if fmt.Sprint(days[name].Default) != fmt.Sprint(value) {
			t.Errorf("waivers.max_days.%s: the schema says %v, the reader %v", name, days[name].Default, value)
		}
	}
}

// enums finds every list of words in the schema, by the file that has KEY
// where one of them goes.
func enums(root, s *schema, text string, found map[string][]any) {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		enums(root, root.Defs[name], text, found)
	}
	if s.Enum != nil {
		found[text] = s.Enum
	}
	for name, property := range s.Properties {
		enums(root, property, strings.Replace(text, "VALUE", fmt.Sprintf("{%q: VALUE}", name), 1), found)
	}
	if s.Items != nil {
		enums(root, s.Items, strings.Replace(text, "VALUE", "[VALUE]", 1), found)
	}
	if further := new(schema); len(s.AdditionalProperties) > 0 && json.Unmarshal(s.AdditionalProperties, further) == nil {
		enums(root, further, strings.Replace(text, "VALUE", `{"A.8.24": VALUE}`, 1), found)
	}
}

func TestSchemaAndReaderHaveTheSameWords(t *testing.T) {
	root := published(t)
	found := map[string][]any{}
	enums(root, root, "VALUE", found)
	if len(found) < 8 {
		t.Fatalf("the schema has %d lists of words: the test does not find them", len(found))
	}
	for text, words := range found {
		for _, word := range words {
			_, err := Read("c.yaml", []byte(strings.Replace(text, "VALUE", fmt.Sprintf("%#v", word), 1)))
			if err != nil && strings.Contains(err.Error(), "unknown value") {
				t.Errorf("%s: the reader refuses %v: %v", text, word, err)
			}
		}
		_, err := Read("c.yaml", []byte(strings.Replace(text, "VALUE", "a-word-that-is-none", 1)))
		if err == nil || !strings.Contains(err.Error(), "a-word-that-is-none") {
			t.Errorf("%s: the reader takes any word: %v", text, err)
		}
	}
}

// FuzzRead holds the reader to what it promises: a configuration or a usage
// error, whatever the text.
func FuzzRead(f *testing.F) {
	f.Add("version: 1\ngate: {fail_on: low, controls: {A.8.24: {fail_on: never}}, paths: [{glob: 'a/**', unknown: block}]}\n")
	f.Add("version: 1\nsettings: {a: &x [*x]}\n")
	f.Add("- \xff")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Read("c.yaml", []byte(text))
		if (c == nil) == (err == nil) {
			t.Errorf("got %v and %v", c, err)
		}
		if err == nil {
			_ = c.Entries(nil)
		}
		if err != nil && !errors.Is(err, annexgate.ErrUsage) {
			t.Errorf("%v is no usage error", err)
		}
	})
}
