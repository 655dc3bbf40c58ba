# METADATA
# title: Databases keep automated backups
# description: |
#   Automated backups are what a database is restored from after a loss. A retention
#   of 0 turns them off. An instance that does not set it keeps none (the provider's
#   default is 0); a cluster that does not set it keeps one day. Replicas are backed
#   up through their source, members of an Aurora cluster through the cluster.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
#     description: Introduction to backups
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.13]
#   severity: medium
#   subjects: [aws_db_instance, aws_rds_cluster]
#   remediation: Set backup_retention_period to the number of days that the organisation asks for, or more.
#   settings:
#     backup_retention_days:
#       type: integer
#       default: 7
#       description: the least number of days that automated backups of databases are kept
#   aliases:
#     - AWS-RDS-004
#     - trivy:AWS-0077
#     - checkov:CKV_AWS_133
#     - kics:rds_with_backup_disabled
#     - kics:rds_cluster_with_backup_disabled
package policies.terraform.aws.rds.backup_retention

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} keeps backups for {_days} days: want {_wanted} or more",
	"at": {"path": ["backup_retention_period"]},
} if {
	_days < _wanted
	not tf.present(input.subject.values, "replicate_source_db")
}

_wanted := data.settings.backup_retention_days

_days := tf.number(input.subject.values, "backup_retention_period")

_days := _default_days[input.subject.type] if not tf.present(input.subject.values, "backup_retention_period")

_default_days := {"aws_db_instance": 0, "aws_rds_cluster": 1}
