# METADATA
# title: Database storage is encrypted
# description: |
#   Without storage_encrypted, the data, its automated backups, replicas and
#   snapshots lie in clear text on disk. It is off unless it is set, and it cannot
#   be turned on later without a new database. A replica, and a global cluster made
#   from an existing one, take the setting of their source.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
#     description: Encrypting Amazon RDS resources
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.24]
#   severity: high
#   subjects: [aws_db_instance, aws_rds_cluster, aws_rds_global_cluster]
#   remediation: Set storage_encrypted to true.
#   aliases:
#     - AWS-RDS-001
#     - trivy:AWS-0080
#     - checkov:CKV_AWS_16
#     - kics:db_instance_storage_not_encrypted
#     - kics:rds_storage_not_encrypted
#     - trivy:AWS-0079
#     - checkov:CKV_AWS_96
#     - checkov:CKV_AWS_140
#     - kics:rds_database_cluster_not_encrypted
#     - kics:aurora_with_disabled_at_rest_encryption
package policies.terraform.aws.rds.storage_encryption

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} does not encrypt its storage",
	"at": {"path": ["storage_encrypted"]},
} if {
	not tf.enabled(input.subject.values, "storage_encrypted")
	not _inherits(input.subject)
}

_inherits(subject) if {
	subject.type == "aws_db_instance"
	tf.present(subject.values, "replicate_source_db")
}

_inherits(subject) if {
	subject.type == "aws_rds_cluster"
	tf.present(subject.values, "replication_source_identifier")
}

_inherits(subject) if {
	subject.type == "aws_rds_cluster"
	tf.present(subject.values, "global_cluster_identifier")
}

_inherits(subject) if {
	subject.type == "aws_rds_global_cluster"
	tf.present(subject.values, "source_db_cluster_identifier")
}

# Aurora Serverless v1 encrypts always.
_inherits(subject) if {
	subject.type == "aws_rds_cluster"
	subject.values.engine_mode == "serverless"
}
