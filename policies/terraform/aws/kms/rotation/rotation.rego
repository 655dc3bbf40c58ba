# METADATA
# title: Symmetric keys are rotated automatically
# description: |
#   Rotation limits how much data one key protects, and for how long a key that got
#   out is of use. AWS does not rotate a customer-managed key unless
#   enable_key_rotation says so. Asymmetric keys, HMAC keys and keys in a custom key
#   store cannot be rotated this way and are not examined for it.
# related_resources:
#   - ref: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
#     description: Rotate AWS KMS keys
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.24]
#   severity: medium
#   subjects: [aws_kms_key]
#   remediation: Set enable_key_rotation to true.
#   aliases:
#     - AWS-KMS-001
#     - trivy:AWS-0065
#     - checkov:CKV_AWS_7
#     - kics:cmk_rotation_disabled
#     - regula:FG_R00036
package policies.terraform.aws.kms.rotation

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} is not rotated automatically",
	"at": {"path": ["enable_key_rotation"]},
} if {
	not tf.enabled(input.subject.values, "enable_key_rotation")
	not _cannot_rotate(input.subject.values)
}

_cannot_rotate(values) if {
	some spec in ["customer_master_key_spec", "key_spec"]
	tf.present(values, spec)
	values[spec] != "SYMMETRIC_DEFAULT"
}

_cannot_rotate(values) if values.key_usage in {"SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"}

_cannot_rotate(values) if tf.present(values, "custom_key_store_id")
