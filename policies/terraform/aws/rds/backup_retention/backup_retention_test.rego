package policies.terraform.aws.rds.backup_retention_test

import data.policies.terraform.aws.rds.backup_retention as policy

test_deny[name] if {
	some name, case in {
		"an instance keeps none by default": {
			"type": "aws_db_instance", "values": {},
			"want": {"db keeps backups for 0 days: want 7 or more"},
		},
		"a cluster keeps one day by default": {
			"type": "aws_rds_cluster", "values": {},
			"want": {"db keeps backups for 1 days: want 7 or more"},
		},
		"backups are off": {
			"type": "aws_rds_cluster", "values": {"backup_retention_period": 0},
			"want": {"db keeps backups for 0 days: want 7 or more"},
		},
		"too briefly, quoted": {
			"type": "aws_db_instance", "values": {"backup_retention_period": "3"},
			"want": {"db keeps backups for 3 days: want 7 or more"},
		},
		"long enough": {
			"type": "aws_db_instance", "values": {"backup_retention_period": 7},
			"want": set(),
		},
		"a replica is backed up through its source": {
			"type": "aws_db_instance", "values": {"replicate_source_db": "primary"},
			"want": set(),
		},
	}

	findings := policy.deny with input.subject as {"type": case.type, "address": "db", "values": case.values}
		with data.settings.backup_retention_days as 7

	{finding.message | some finding in findings} == case.want
}
