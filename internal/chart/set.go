package chart

import (
	"fmt"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

const (
	maxIndex = 65_536 // of a list in --helm-set; helm's own limit
	maxSteps = 30     // of a path in --helm-set; helm's own limit
)

// Values are what overrides the values of charts.
type Values struct{ table table }

// ParseValues reads the text of a file of values, called name.
func ParseValues(name string, text []byte) (Values, error) {
	var v Values
	if err := yaml.Unmarshal(text, &v.table); err != nil {
		return v, fmt.Errorf("read values %s: %w", name, err)
	}
	return v, nil
}

// ParseSet returns base with what text sets, in the grammar of helm's --set:
// image.tag=v1,replicas=3,hosts={a,b},list[0].name=x. A backslash takes the
// meaning from the character behind it.
func ParseSet(text string, base Values) (Values, error) {
	v := Values{deepCopy(base.table).(table)}
	p := setParser{rest: text}
	for p.rest != "" {
		path, err := p.path()
		if err != nil {
			return v, fmt.Errorf("%q: %w", text, err)
		}
		changed, err := setAt(v.table, path, p.value())
		if err != nil {
			return v, fmt.Errorf("%q: %w", text, err)
		}
		v.table = changed.(table)
	}
	return v, nil
}

// Over returns v on top of base.
func (v Values) Over(base Values) Values { return Values{overlay(base.table, v.table)} }

type setParser struct{ rest string }

// until returns the text up to one of the stops, which is taken too; 0 means
// the end of the text.
func (p *setParser) until(stops string) (text string, stop byte) {
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		c := p.rest[i]
		switch {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case strings.IndexByte(stops, c) >= 0:
			p.rest = p.rest[i+1:]
			return b.String(), c
		default:
			b.WriteByte(c)
		}
	}
	p.rest = ""
	return b.String(), 0
}

// path reads a path of keys and indexes, and the equals sign behind it.
func (p *setParser) path() ([]any, error) {
	var path []any
	for {
		key, stop := p.until("=[,.")
		indexed := len(path) > 0 && key == "" && isIndex(path[len(path)-1])
		if !indexed {
			path = append(path, key)
		}
		switch stop {
		case '=':
			return path, nil
		case '[':
			text, end := p.until("]")
			i, err := strconv.Atoi(text)
			if err != nil || i < 0 || i > maxIndex || end == 0 {
				return nil, fmt.Errorf("%q is no index between 0 and %d", text, maxIndex)
			}
			path = append(path, i)
		case '.':
		default:
			return nil, fmt.Errorf("key %q has no value", key)
		}
		if len(path) > maxSteps {
			return nil, fmt.Errorf("the path has more than %d steps", maxSteps)
		}
	}
}

func isIndex(step any) bool {
	_, ok := step.(int)
	return ok
}

// value reads a scalar or a list in braces, and the comma behind it.
func (p *setParser) value() any {
	if !strings.HasPrefix(p.rest, "{") {
		text, _ := p.until(",")
		return typed(text)
	}
	p.rest = p.rest[1:]
	items := []any{}
	for {
		text, stop := p.until(",}")
		items = append(items, typed(text))
		if stop != ',' {
			p.rest = strings.TrimPrefix(p.rest, ",")
			return items
		}
	}
}

// typed gives text its type. Numbers with a zero in front are text.
func typed(text string) any {
	switch {
	case strings.EqualFold(text, "true"):
		return true
	case strings.EqualFold(text, "false"):
		return false
	case strings.EqualFold(text, "null"):
		return nil
	case text == "0":
		return int64(0)
	case text == "" || text[0] == '0':
		return text
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return text
}

// setAt returns in with value at path.
func setAt(in any, path []any, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch step := path[0].(type) {
	case int:
		items, ok := in.([]any)
		if in != nil && !ok {
			return nil, fmt.Errorf("there is no list at [%d]", step)
		}
		for len(items) <= step {
			items = append(items, nil)
		}
		item, err := setAt(items[step], path[1:], value)
		items[step] = item
		return items, err
	case string:
		fields, ok := in.(table)
		if in != nil && !ok {
			return nil, fmt.Errorf("there is no table around %q", step)
		}
		if fields == nil {
			fields = table{}
		}
		field, err := setAt(fields[step], path[1:], value)
		if step != "" {
			fields[step] = field
		}
		return fields, err
	}
	return in, nil
}
