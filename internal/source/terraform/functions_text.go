package terraform

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding/ianaindex"
)

// textFunc makes a function of texts.
func textFunc(result cty.Type, impl func(args []string) (cty.Value, error), names ...string) function.Function {
	spec := &function.Spec{Type: function.StaticReturnType(result)}
	for _, name := range names {
		spec.Params = append(spec.Params, function.Parameter{Name: name, Type: cty.String})
	}
	spec.RefineResult = func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() }
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		texts := make([]string, len(args))
		for i, v := range args {
			texts[i] = v.AsString()
		}
		return impl(texts)
	}
	return function.New(spec)
}

// startsWithFunc knows the answer also where only the start of a text is
// known.
var startsWithFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "str", Type: cty.String, AllowUnknown: true},
		{Name: "prefix", Type: cty.String},
	},
	Type:         function.StaticReturnType(cty.Bool),
	RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		prefix := args[1].AsString()
		if args[0].IsKnown() {
			return cty.BoolVal(strings.HasPrefix(args[0].AsString(), prefix)), nil
		}
		known := args[0].Range().StringPrefix()
		switch {
		case strings.HasPrefix(known, prefix):
			return cty.True, nil
		case len(known) >= len(prefix) || !strings.HasPrefix(prefix, known):
			return cty.False, nil
		}
		return cty.UnknownVal(cty.Bool), nil
	},
})

var endsWithFunc = textFunc(cty.Bool, func(args []string) (cty.Value, error) {
	return cty.BoolVal(strings.HasSuffix(args[0], args[1])), nil
}, "str", "suffix")

var strContainsFunc = textFunc(cty.Bool, func(args []string) (cty.Value, error) {
	return cty.BoolVal(strings.Contains(args[0], args[1])), nil
}, "str", "substr")

// replaceFunc replaces a text, or what a pattern between slashes matches.
var replaceFunc = textFunc(cty.String, func(args []string) (cty.Value, error) {
	text, old, with := args[0], args[1], args[2]
	if len(old) > 1 && old[0] == '/' && old[len(old)-1] == '/' {
		pattern, err := regexp.Compile(old[1 : len(old)-1])
		if err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(pattern.ReplaceAllString(text, with)), nil
	}
	return cty.StringVal(strings.ReplaceAll(text, old, with)), nil
}, "str", "substr", "replace")

var base64SHA256Func = textFunc(cty.String, func(args []string) (cty.Value, error) {
	sum := sha256.Sum256([]byte(args[0]))
	return cty.StringVal(base64.StdEncoding.EncodeToString(sum[:])), nil
}, "str")

var base64SHA512Func = textFunc(cty.String, func(args []string) (cty.Value, error) {
	sum := sha512.Sum512([]byte(args[0]))
	return cty.StringVal(base64.StdEncoding.EncodeToString(sum[:])), nil
}, "str")

var base64GzipFunc = textFunc(cty.String, func(args []string) (cty.Value, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(args[0])); err != nil {
		return cty.NilVal, err
	}
	// Terraform flushes before it closes, which shows in the bytes.
	if err := w.Flush(); err != nil {
		return cty.NilVal, err
	}
	if err := w.Close(); err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(b.Bytes())), nil
}, "str")

var textEncodeFunc = textFunc(cty.String, func(args []string) (cty.Value, error) {
	enc, err := ianaindex.IANA.Encoding(args[1])
	if err != nil || enc == nil {
		return cty.NilVal, function.NewArgErrorf(1, "%q is not a supported IANA encoding name or alias", args[1])
	}
	out, err := enc.NewEncoder().Bytes([]byte(args[0]))
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "the text has characters that %s cannot represent", args[1])
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(out)), nil
}, "string", "encoding")

var textDecodeFunc = textFunc(cty.String, func(args []string) (cty.Value, error) {
	enc, err := ianaindex.IANA.Encoding(args[1])
	if err != nil || enc == nil {
		return cty.NilVal, function.NewArgErrorf(1, "%q is not a supported IANA encoding name or alias", args[1])
	}
	raw, err := base64.StdEncoding.DecodeString(args[0])
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "the text is not base64")
	}
	out, err := enc.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(out, '\uFFFD') {
		return cty.NilVal, function.NewArgErrorf(0, "the text is not %s", args[1])
	}
	return cty.StringVal(string(out)), nil
}, "source", "encoding")

// timeCmpFunc compares two timestamps of RFC 3339.
var timeCmpFunc = textFunc(cty.Number, func(args []string) (cty.Value, error) {
	var times [2]time.Time
	for i, text := range args {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(i, "not a valid RFC3339 timestamp")
		}
		times[i] = t
	}
	return cty.NumberIntVal(int64(times[0].Compare(times[1]))), nil
}, "timestamp_a", "timestamp_b")

var basenameFunc = textFunc(cty.String, func(args []string) (cty.Value, error) {
	return cty.StringVal(path.Base(args[0])), nil
}, "path")

var dirnameFunc = textFunc(cty.String, func(args []string) (cty.Value, error) {
	return cty.StringVal(path.Dir(args[0])), nil
}, "path")
