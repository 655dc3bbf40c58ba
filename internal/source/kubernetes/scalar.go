package kubernetes

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// How kubectl reads a scalar is settled by the YAML 1.1 resolver of
// sigs.k8s.io/yaml, which differs from that of yaml v3: y, yes and on are
// booleans. The tests hold the answers that it gave.

const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar returns the JSON value of a scalar node.
func scalar(n *yaml.Node) (any, error) {
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.Tag
	}
	switch tag {
	case "":
		if n.Style&quoted != 0 {
			return n.Value, nil
		}
		return resolve(n.Value), nil
	case "!!null", "!!bool", "!!int", "!!float":
		return convert(tag, n.Value)
	case "!!binary":
		decoded, err := base64.StdEncoding.DecodeString(n.Value)
		if err != nil {
			return nil, fmt.Errorf("!!binary value is not base64: %w", err)
		}
		return strings.ToValidUTF8(string(decoded), "\ufffd"), nil
	default:
		return n.Value, nil
	}
}

// convert reads text as the type that an explicit tag asks for.
func convert(tag, text string) (any, error) {
	value := resolve(text)
	ok := false
	switch value := value.(type) {
	case nil:
		ok = tag == "!!null"
	case bool:
		ok = tag == "!!bool"
	case json.Number:
		ok = tag == "!!float" || tag == "!!int" && !strings.ContainsAny(value.String(), ".eE")
	}
	if !ok {
		return nil, fmt.Errorf("%q is no %s", shorten(text), tag)
	}
	return value, nil
}

// resolve gives a plain scalar its type.
func resolve(text string) any {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false
	}
	if n, ok := number(text); ok {
		return n
	}
	return text
}

var (
	decimal = regexp.MustCompile(`^[-+]?[0-9]+$`)
	float   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// number reads a plain scalar as a number. JSON has no infinity and no NaN;
// they stay text, and the API server refuses them either way.
func number(text string) (json.Number, bool) {
	if c := text[0]; c != '.' && c != '+' && c != '-' && (c < '0' || c > '9') {
		return "", false
	}
	plain := text
	if text[0] != '.' {
		plain = strings.ReplaceAll(text, "_", "")
	}
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return json.Number(strconv.FormatInt(i, 10)), true
	}
	if u, err := strconv.ParseUint(plain, 0, 64); err == nil {
		return json.Number(strconv.FormatUint(u, 10)), true
	}
	if decimal.MatchString(plain) {
		return integer(plain)
	}
	if !float.MatchString(plain) {
		return "", false
	}
	return floating(plain)
}

// maxDigits bounds the integers that keep all their digits. Longer ones are
// rounded, because arithmetic on them costs the square of their length.
const maxDigits = 64

// integer returns the canonical form of decimal digits.
func integer(digits string) (json.Number, bool) {
	sign := ""
	if digits[0] == '-' {
		sign = "-"
	}
	significant := strings.TrimLeft(digits, "+-0")
	switch {
	case significant == "":
		return "0", true
	case len(significant) > maxDigits:
		return floating(digits)
	}
	return json.Number(sign + significant), true
}

// floating returns the canonical form of a number of double precision, which
// is what the API server keeps. It reports false when text is out of range.
func floating(text string) (json.Number, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return "", false
	}
	out, err := json.Marshal(f)
	return json.Number(out), err == nil
}

// shorten cuts text to what fits into a message.
func shorten(text string) string {
	const limit = 40
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit]) + "..."
}
