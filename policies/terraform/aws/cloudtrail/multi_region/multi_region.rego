# METADATA
# title: Trails record every region
# description: |
#   A trail of one region does not see what happens in the others, and an intruder
#   picks the one that nobody watches. A trail covers its own region alone unless
#   is_multi_region_trail is set.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html
#     description: Understanding multi-Region trails
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.15, A.8.16]
#   severity: high
#   subjects: [aws_cloudtrail]
#   remediation: Set is_multi_region_trail to true.
#   aliases:
#     - AWS-TRAIL-001
#     - trivy:AWS-0014
#     - checkov:CKV_AWS_67
#     - kics:cloudtrail_multi_region_disabled
package policies.terraform.aws.cloudtrail.multi_region

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} records one region only",
	"at": {"path": ["is_multi_region_trail"]},
} if {
	not tf.enabled(input.subject.values, "is_multi_region_trail")
}
