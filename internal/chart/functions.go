package chart

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	gotemplate "text/template"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/sprig/v3"
	goyaml "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// functions returns what templates can call, but for include and tpl, with
// every call counted against b.
func functions(b *budget) gotemplate.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv"} {
		delete(all, name) // they tell secrets of the machine
	}
	for _, more := range []gotemplate.FuncMap{builtins, helms, placeholders} {
		for name, fn := range more {
			all[name] = fn
		}
	}
	for name, fn := range all {
		all[name] = b.guard(name, fn)
	}
	return all
}

// builtins replaces those of text/template that print values, so that they are
// counted too.
var builtins = gotemplate.FuncMap{
	"print": fmt.Sprint, "printf": fmt.Sprintf, "println": fmt.Sprintln,
	"html": gotemplate.HTMLEscaper, "js": gotemplate.JSEscaper, "urlquery": gotemplate.URLQueryEscaper,
}

// helms are the functions that helm adds to sprig.
var helms = gotemplate.FuncMap{
	"toYaml": toYAML, "mustToYaml": mustToYAML, "toYamlPretty": toYAMLPretty,
	"toJson": toJSON, "mustToJson": mustToJSON, "toToml": toTOML, "mustToToml": mustToTOML,
	"fromYaml": fromYAML, "fromYamlArray": fromYAMLArray,
	"fromJson": fromJSON, "fromJsonArray": fromJSONArray, "fromToml": fromTOML,
	"required": required, "fail": fail,
	"lookup":        func(string, string, string, string) (table, error) { return table{}, nil },
	"getHostByName": func(string) string { return "" },
}

// placeholders stands in for what is random, secret, slow or depends on the
// clock: rendering must give the same for the same commit.
var placeholders = gotemplate.FuncMap{
	"now":          func() time.Time { return time.Unix(0, 0).UTC() },
	"ago":          func(any) string { return "0s" },
	"randAlphaNum": filler, "randAlpha": filler, "randAscii": filler, "randNumeric": zeros,
	"randBytes": func(n int) (string, error) { return filler(n), nil },
	"randInt":   func(least, _ int) int { return least },
	"shuffle":   func(text string) string { return text },
	"uuidv4":    func() string { return "00000000-0000-4000-8000-000000000000" },

	"bcrypt": generated, "htpasswd": generated, "derivePassword": generated, "encryptAES": generated,
	"decryptAES": generated, "genPrivateKey": generated,
	"genCA": certified, "genCAWithKey": certified, "genSelfSignedCert": certified, "genSelfSignedCertWithKey": certified,
	"genSignedCert": certified, "genSignedCertWithKey": certified, "buildCustomCert": certified,
}

// filler stands for random letters.
func filler(n int) string { return strings.Repeat("x", max(0, min(n, 1<<16))) }

func zeros(n int) string { return strings.Repeat("0", max(0, min(n, 1<<16))) }

func generated(...any) string { return "generated" }

type certificate struct{ Cert, Key string }

func certified(...any) certificate { return certificate{"generated", "generated"} }

// A failure is what a chart says when it refuses its values.
type failure string

func (f failure) Error() string { return string(f) }

func fail(message string) (string, error) { return "", failure(message) }

func required(message string, value any) (any, error) {
	if value == nil || value == "" {
		return value, failure(message)
	}
	return value, nil
}

func toYAML(value any) string {
	text, _ := mustToYAML(value)
	return text
}

func mustToYAML(value any) (string, error) {
	text, err := yaml.Marshal(value)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}

func toYAMLPretty(value any) string {
	var b bytes.Buffer
	encoder := goyaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func toJSON(value any) string {
	text, _ := mustToJSON(value)
	return text
}

func mustToJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

func toTOML(value any) string {
	text, err := mustToTOML(value)
	if err != nil {
		return err.Error()
	}
	return text
}

func mustToTOML(value any) (string, error) {
	var b bytes.Buffer
	err := toml.NewEncoder(&b).Encode(value)
	return b.String(), err
}

// The readers put an error into what they return, as helm's do.

func fromYAML(text string) table {
	out := table{}
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		out["Error"] = err.Error()
	}
	return out
}

func fromYAMLArray(text string) []any {
	out := []any{}
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		out = []any{err.Error()}
	}
	return out
}

func fromJSON(text string) table {
	out := table{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		out["Error"] = err.Error()
	}
	return out
}

func fromJSONArray(text string) []any {
	out := []any{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		out = []any{err.Error()}
	}
	return out
}

func fromTOML(text string) table {
	out := table{}
	if err := toml.Unmarshal([]byte(text), &out); err != nil {
		out["Error"] = err.Error()
	}
	return out
}

// told returns the message that a chart gave up with.
func told(err error) (string, bool) {
	var f failure
	ok := errors.As(err, &f)
	return string(f), ok
}
