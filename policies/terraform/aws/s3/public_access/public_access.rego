# METADATA
# title: S3 buckets block public access
# description: |
#   Without all four public access block settings, one ACL or one bucket policy
#   is enough to publish a bucket. The settings live on a block of their own, so
#   the policy looks at the blocks that refer to the bucket.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#     description: Blocking public access to your Amazon S3 storage
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.3, A.8.12]
#   severity: high
#   subjects: [aws_s3_bucket]
#   remediation: Add an aws_s3_bucket_public_access_block that sets all four settings to true.
#   aliases:
#     - AWS-S3-001
#     - AWS-S3-002
#     - AWS-S3-003
#     - AWS-S3-004
#     - AWS-S3-005
#     - trivy:AWS-0094
#     - checkov:CKV2_AWS_6
#     - trivy:AWS-0086
#     - checkov:CKV_AWS_53
#     - kics:s3_bucket_allows_public_acl
#     - trivy:AWS-0087
#     - checkov:CKV_AWS_54
#     - kics:s3_bucket_with_public_policy
#     - trivy:AWS-0091
#     - checkov:CKV_AWS_55
#     - kics:s3_bucket_without_ignore_public_acl
#     - trivy:AWS-0093
#     - checkov:CKV_AWS_56
#     - kics:s3_bucket_without_restriction_of_public_bucket
package policies.terraform.aws.s3.public_access

import data.policies.lib.tf

deny contains {"message": $"{input.subject.address} has no public access block"} if {
	not input.referrers.aws_s3_bucket_public_access_block
}

deny contains {
	"message": $"{block.address} leaves {setting} off",
	"key": setting,
	"at": {"address": block.address, "path": [setting]},
} if {
	some block in input.referrers.aws_s3_bucket_public_access_block
	some setting in _settings
	not tf.enabled(block.values, setting)
}

_settings := {"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"}
