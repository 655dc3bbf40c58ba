# METADATA
# title: Block volumes are encrypted
# description: |
#   A volume that is not encrypted leaves its data, and every snapshot made of it,
#   in clear text. Encryption is off unless it is set here or, for a whole region,
#   by aws_ebs_encryption_by_default.
# related_resources:
#   - ref: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
#     description: Amazon EBS encryption
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.24, A.7.10]
#   severity: high
#   subjects: [aws_ebs_volume]
#   remediation: Set encrypted to true.
#   aliases:
#     - AWS-EC2-003
#     - trivy:AWS-0026
#     - checkov:CKV_AWS_3
#     - kics:ebs_volume_encryption_disabled
#     - checkov:CKV2_AWS_2
#     - regula:FG_R00016
package policies.terraform.aws.ec2.volume_encryption

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} is not encrypted",
	"at": {"path": ["encrypted"]},
} if {
	not tf.enabled(input.subject.values, "encrypted")
}
