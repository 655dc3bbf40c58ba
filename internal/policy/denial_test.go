package policy

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

func TestDeny(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		want  []Denial
	}{
		"nothing is denied": {"deny contains {\"message\": \"x\"} if input.subject.values.nonsense\n", nil},
		"a message is enough": {
			"deny contains {\"message\": $\"{input.subject.address} is bad\"}\n",
			[]Denial{{Message: "aws_kms_key.k is bad"}},
		},
		"a place and a key": {
			`deny contains {"message": "x", "key": "ipv4", "at": {"address": "aws_kms_key.other", "path": ["rule", 0, "port"]}}` + "\n",
			[]Denial{{Message: "x", Key: "ipv4", Address: "aws_kms_key.other", Path: annexgate.Path{"rule", 0, "port"}}},
		},
		"a place that is the subject": {
			`deny contains {"message": "x", "at": {}}` + "\n",
			[]Denial{{Message: "x"}},
		},
		"several, in a fixed order": {
			"deny contains {\"message\": m} if some m in [\"c\", \"a\", \"b\", \"a\"]\n",
			[]Denial{{Message: "a"}, {Message: "b"}, {Message: "c"}},
		},
		"several rules": {
			"deny contains {\"message\": \"a\"}\n\ndeny contains {\"message\": \"b\"}\n",
			[]Denial{{Message: "a"}, {Message: "b"}},
		},
		"a setting is read": {
			"deny contains {\"message\": $\"{data.settings.rotation_days} days\"}\n",
			[]Denial{{Message: "365 days"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := evaluate(t, context.Background(), c.rules)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDenyFaults holds each mistake in an element of deny to a message that
// names it: the finding is lost, so the author must hear of it.
func TestDenyFaults(t *testing.T) {
	for name, c := range map[string]struct{ element, want string }{
		"a bare text":                {`"x"`, `want an object such as {"message"`},
		"no message":                 {`{"key": "x"}`, "the message is missing"},
		"an empty message":           {`{"message": ""}`, "the message is missing"},
		"a message that is a number": {`{"message": 7}`, "7 is number: want a string"},
		"a key that is a list":       {`{"message": "x", "key": ["a"]}`, "want a string"},
		"a field nobody knows":       {`{"message": "x", "path": ["a"]}`, `unknown field "path": want message, at or key`},
		"a place that is a text":     {`{"message": "x", "at": "acl"}`, "at is string: want an object"},
		"a field in a place":         {`{"message": "x", "at": {"line": 3}}`, `unknown field "line" in at: want address or path`},
		"an address that is null":    {`{"message": "x", "at": {"address": null}}`, "null is null: want a string"},
		"a path that is a text":      {`{"message": "x", "at": {"path": "acl"}}`, "path is string: want an array"},
		"a path with a fraction":     {`{"message": "x", "at": {"path": ["a", 0.5]}}`, "path holds 0.5: want keys and indexes"},
		"a path with an object":      {`{"message": "x", "at": {"path": [{}]}}`, "path holds {}: want keys and indexes"},
		"a path with a boolean":      {`{"message": "x", "at": {"path": [true]}}`, "path holds true: want keys and indexes"},
		"a field that is no text":    {`{"message": "x", 7: "y"}`, "unknown field 7"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := evaluate(t, context.Background(), "deny contains "+c.element+"\n")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "deny holds ") {
				t.Errorf("got %v and %v, want %s", found, err, c.want)
			}
		})
	}
}

// TestEvaluationErrors holds a mistake in the policy to its file and line.
func TestEvaluationErrors(t *testing.T) {
	for name, c := range map[string]struct{ rules, want string }{
		"a builtin that is given nonsense": {"deny contains {\"message\": \"x\"} if to_number(\"seven\") == 7\n", rotationFile + ":22"},
		"two values for one helper": {
			"deny contains {\"message\": _name}\n\n_name := \"a\"\n\n_name := \"b\" if input.subject\n", rotationFile + ":",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := evaluate(t, context.Background(), c.rules)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v and %v, want an error at %s", found, err, c.want)
			}
		})
	}
}

func TestDenyCanceled(t *testing.T) {
	why := errors.New("it takes too long")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	_, err := evaluate(t, ctx, "deny contains {\"message\": \"x\"} if {\n\tsome i in numbers.range(1, 99999)\n\tsome j in numbers.range(1, 99999)\n\ti + j < 0\n}\n")
	if !errors.Is(err, why) {
		t.Errorf("got %v, want the cause of the end", err)
	}
}
