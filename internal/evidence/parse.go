package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Parse reads the bytes of a statement and checks that they are a record this
// version understands: the types, the major version of the schema and every
// field with a closed set of values. Fields it does not know are left out, as
// a later minor version may have them.
func Parse(content []byte) (*Statement, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	var s Statement
	if err := decoder.Decode(&s); err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a record: more follows behind it")
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

func (s *Statement) validate() error {
	r := &s.Predicate
	major, _, _ := strings.Cut(r.SchemaVersion, ".")
	known, _, _ := strings.Cut(SchemaVersion, ".")
	switch {
	case s.Type != StatementType:
		return fmt.Errorf("_type is %q: want %s", s.Type, StatementType)
	case s.PredicateType != PredicateType:
		return fmt.Errorf("predicateType is %q: want %s", s.PredicateType, PredicateType)
	case major != known:
		return fmt.Errorf("schema_version is %q: this version of annexgate reads %s.x", r.SchemaVersion, known)
	case len(s.Subject) == 0:
		return errors.New("subject is empty")
	}
	if _, err := uuid.Parse(r.RecordID); err != nil {
		return fmt.Errorf("record_id is %q: want a UUID", r.RecordID)
	}
	for _, subject := range s.Subject {
		if commit := subject.Digest.GitCommit; commit != "" && !isObject(commit) {
			return fmt.Errorf("gitCommit is %q: want a commit", commit)
		}
	}
	return r.validateWords()
}

// words are the closed sets of values.
var words = map[string][]string{
	"record_type":  {"pr_evaluation", "merge_evaluation", "local_evaluation", "retrospective", "break_glass", "attestation_manual"},
	"level":        {"untrusted_pr", "same_repo_pr", "protected_branch", "local_unsigned", "local_signed"},
	"signature":    {"none", "key", "sigstore"},
	"completeness": {"complete", "truncated", "partial", "unavailable"},
	"result":       {"pass", "fail", "unknown"},
	"outcome":      {"pass", "fail", "error"},
	"mode":         {"enforce", "advisory"},
	"status": {
		string(annexgate.Satisfied), string(annexgate.Failed), string(annexgate.Waived),
		string(annexgate.Undetermined), string(annexgate.NotTested), string(annexgate.NotApplicable),
	},
	"findings.status":  {"open", "waived", "baseline", "excluded"},
	"exceptions.state": {string(annexgate.WaiverActive), string(annexgate.WaiverNotYet), string(annexgate.WaiverExpired), string(annexgate.WaiverInvalid)},
}

func (r *Record) validateWords() error {
	type field struct{ name, value string }
	fields := []field{
		{"record_type", r.RecordType},
		{"level", r.Trust.Level},
		{"signature", r.Signature},
		{"outcome", r.Decision.Outcome},
		{"mode", r.Decision.Mode},
	}
	for _, in := range r.Inputs {
		fields = append(fields, field{"completeness", in.Completeness})
	}
	for _, c := range r.Controls {
		fields = append(fields, field{"status", string(c.Status)})
		for _, rule := range c.Rules {
			fields = append(fields, field{"result", rule.Result})
		}
	}
	for _, f := range r.Findings {
		fields = append(fields, field{"findings.status", f.Status})
	}
	for _, e := range r.Exceptions {
		fields = append(fields, field{"exceptions.state", e.State})
	}
	for _, f := range fields {
		if !slices.Contains(words[f.name], f.value) {
			return fmt.Errorf("%s is %q: want one of %s", f.name, f.value, strings.Join(words[f.name], ", "))
		}
	}
	return nil
}
