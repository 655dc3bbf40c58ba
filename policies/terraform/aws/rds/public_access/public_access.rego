# METADATA
# title: Databases are not reachable from the internet
# description: |
#   A publicly accessible database gets an address that the internet can reach;
#   one security-group rule is then all that guards the data.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
#     description: Working with a DB instance in a VPC
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.3, A.8.20, A.8.22]
#   severity: critical
#   subjects: [aws_db_instance, aws_rds_cluster_instance]
#   remediation: Remove publicly_accessible, or set it to false, and reach the database through the private network.
#   aliases:
#     - AWS-RDS-003
#     - trivy:AWS-0180
#     - checkov:CKV_AWS_17
#     - kics:rds_db_instance_publicly_accessible
package policies.terraform.aws.rds.public_access

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} has a public address",
	"at": {"path": ["publicly_accessible"]},
} if {
	tf.enabled(input.subject.values, "publicly_accessible")
}
