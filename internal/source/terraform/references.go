package terraform

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// literalNames are references by the text of a name: arguments that name
// another resource, and the argument of that resource that holds the name.
var literalNames = []struct{ types, argument, target, name string }{
	{"aws_s3_bucket_acl", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_cors_configuration", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_lifecycle_configuration", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_logging", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_object_lock_configuration", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_ownership_controls", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_policy", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_public_access_block", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_replication_configuration", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_server_side_encryption_configuration", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_versioning", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_website_configuration", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_s3_bucket_notification", "bucket", "aws_s3_bucket", "bucket"},
	{"aws_iam_role_policy_attachment", "role", "aws_iam_role", "name"},
	{"aws_iam_role_policy", "role", "aws_iam_role", "name"},
	{"aws_iam_user_policy", "user", "aws_iam_user", "name"},
	{"aws_kms_alias", "target_key_id", "aws_kms_key", "key_id"},
}

// connect fills in References and Referrers of all subjects.
func (ev *evaluator) connect() {
	ev.connectLiterals()
	for _, it := range ev.all {
		if it.subject == nil {
			continue
		}
		for other := range it.allRefs() {
			if other != it && other.subject != nil {
				it.subject.References = append(it.subject.References, other.subject)
				other.subject.Referrers = append(other.subject.Referrers, it.subject)
			}
		}
	}
	for _, it := range ev.all {
		if it.subject != nil {
			it.subject.References = tidy(it.subject.References)
			it.subject.Referrers = tidy(it.subject.Referrers)
		}
	}
}

// allRefs returns what an instance refers to by itself and through count or
// for_each. count = length(aws_s3_bucket.b) refers to every bucket; where the
// instance itself picks one of them, that is the one it is about.
func (it *item) allRefs() refs {
	all := maps.Clone(it.refs)
	if it.set.mode == keyed {
		deepRefs(it.value, all)
	}
	picked := map[*expansion]bool{}
	for other := range all {
		picked[other.set] = true
	}
	for other := range it.set.refs {
		if !picked[other.set] {
			all[other] = struct{}{}
		}
	}
	return all
}

// deepRefs collects the blocks that v was read from.
func deepRefs(v cty.Value, into refs) {
	x := &exporter{refs: into}
	v, marks := v.Unmark()
	x.note(marks, nil)
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		_, part := it.Element()
		deepRefs(part, into)
	}
}

func tidy(subjects []*annexgate.Subject) []*annexgate.Subject {
	slices.SortFunc(subjects, (*annexgate.Subject).Compare)
	return slices.Compact(subjects)
}

// connectLiterals adds the references that both sides spell out.
func (ev *evaluator) connectLiterals() {
	type key struct{ typ, argument, text string }
	named := map[key][]*item{}
	byType := map[string][]*item{}
	for _, it := range ev.all {
		if it.subject != nil {
			byType[it.subject.Type] = append(byType[it.subject.Type], it)
		}
	}
	for _, rule := range literalNames {
		for _, it := range byType[rule.target] {
			if text, ok := it.subject.Values[rule.name].(string); ok && text != "" {
				k := key{rule.target, rule.name, text}
				if !slices.Contains(named[k], it) {
					named[k] = append(named[k], it)
				}
			}
		}
		for _, it := range byType[rule.types] {
			text, ok := it.subject.Values[rule.argument].(string)
			if !ok {
				continue
			}
			for _, target := range named[key{rule.target, rule.name, text}] {
				it.refs[target] = struct{}{}
			}
		}
	}
}
