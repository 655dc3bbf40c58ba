package policies.terraform.aws.rds.public_access_test

import data.policies.terraform.aws.rds.public_access as policy

test_deny[name] if {
	some name, case in {
		"public": {"values": {"publicly_accessible": true}, "want": {"db has a public address"}},
		"public, quoted": {"values": {"publicly_accessible": "true"}, "want": {"db has a public address"}},
		"private": {"values": {"publicly_accessible": false}, "want": set()},
		"private by default": {"values": {}, "want": set()},
		"null is the default": {"values": {"publicly_accessible": null}, "want": set()},
	}

	findings := policy.deny with input.subject as {"address": "db", "values": case.values}

	{finding.message | some finding in findings} == case.want
}
