# METADATA
# title: Trail log files are integrity-validated
# description: |
#   Without digest files nobody can tell whether a log file was changed or removed
#   after delivery, and the trail is of little worth as evidence. Validation is off
#   unless enable_log_file_validation is set.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
#     description: Validating CloudTrail log file integrity
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.15, A.5.28]
#   severity: high
#   subjects: [aws_cloudtrail]
#   remediation: Set enable_log_file_validation to true.
#   aliases:
#     - AWS-TRAIL-002
#     - trivy:AWS-0016
#     - checkov:CKV_AWS_36
#     - kics:cloudtrail_log_file_validation_disabled
#     - regula:FG_R00027
package policies.terraform.aws.cloudtrail.log_validation

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} does not validate its log files",
	"at": {"path": ["enable_log_file_validation"]},
} if {
	not tf.enabled(input.subject.values, "enable_log_file_validation")
}
