package inspect

import (
	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/redact"
)

// block returns what policies see of s, without its unknown parts and with its
// sensitive ones hidden.
func block(s *annexgate.Subject) map[string]any {
	return visible(redact.Block(s)).(map[string]any)
}

// visible returns a copy of value without what is unknown, which policies do
// not see either.
func visible(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, item := range value {
			if _, unknown := item.(annexgate.UnknownValue); !unknown {
				out[key] = visible(item)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, item := range value {
			if _, unknown := item.(annexgate.UnknownValue); !unknown {
				out = append(out, visible(item))
			}
		}
		return out
	}
	return value
}
