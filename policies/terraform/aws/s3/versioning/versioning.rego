# METADATA
# title: S3 buckets keep object versions
# description: |
#   A bucket without versions loses an object for good when it is overwritten or
#   deleted, by mistake or by malware. Versioning is off unless it is declared: as
#   aws_s3_bucket_versioning, or inline in configurations older than provider
#   version 4.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
#     description: Retaining multiple versions of objects with S3 Versioning
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.13, A.5.33]
#   severity: medium
#   subjects: [aws_s3_bucket]
#   remediation: Add an aws_s3_bucket_versioning whose versioning_configuration has status Enabled.
#   aliases:
#     - AWS-S3-010
#     - trivy:AWS-0090
#     - checkov:CKV_AWS_21
#     - kics:s3_bucket_without_versioning
package policies.terraform.aws.s3.versioning

import data.policies.lib.tf

deny contains {"message": $"{input.subject.address} keeps no versions of its objects"} if {
	not input.referrers.aws_s3_bucket_versioning
	not _inline
}

deny contains {
	"message": $"{block.address} does not enable versioning",
	"at": {"address": block.address, "path": ["versioning_configuration", 0, "status"]},
} if {
	some block in input.referrers.aws_s3_bucket_versioning
	not _enabled(block)
}

_enabled(block) if {
	some configuration in block.values.versioning_configuration
	configuration.status == "Enabled"
}

_inline if {
	some versioning in input.subject.values.versioning
	tf.enabled(versioning, "enabled")
}
