package policies.terraform.aws.rds.storage_encryption_test

import data.policies.terraform.aws.rds.storage_encryption as policy

test_deny[name] if {
	some name, case in {
		"encryption is absent": {
			"type": "aws_db_instance", "values": {},
			"want": {"db does not encrypt its storage"},
		},
		"encryption is off": {
			"type": "aws_rds_cluster", "values": {"storage_encrypted": false},
			"want": {"db does not encrypt its storage"},
		},
		"encryption is null": {
			"type": "aws_db_instance", "values": {"storage_encrypted": null},
			"want": {"db does not encrypt its storage"},
		},
		"encryption is on": {
			"type": "aws_db_instance", "values": {"storage_encrypted": true},
			"want": set(),
		},
		"a replica takes its source's encryption": {
			"type": "aws_db_instance", "values": {"replicate_source_db": "primary"},
			"want": set(),
		},
		"a replication source of null makes no replica": {
			"type": "aws_db_instance", "values": {"replicate_source_db": null},
			"want": {"db does not encrypt its storage"},
		},
		"a member of a global cluster takes its encryption": {
			"type": "aws_rds_cluster", "values": {"global_cluster_identifier": "g"},
			"want": set(),
		},
		"a global cluster of its own": {
			"type": "aws_rds_global_cluster", "values": {"storage_encrypted": false},
			"want": {"db does not encrypt its storage"},
		},
		"a global cluster made from an existing one": {
			"type": "aws_rds_global_cluster", "values": {"source_db_cluster_identifier": "arn"},
			"want": set(),
		},
		"serverless clusters are always encrypted": {
			"type": "aws_rds_cluster", "values": {"engine_mode": "serverless"},
			"want": set(),
		},
	}

	findings := policy.deny with input.subject as {"type": case.type, "address": "db", "values": case.values}

	{finding.message | some finding in findings} == case.want
}
