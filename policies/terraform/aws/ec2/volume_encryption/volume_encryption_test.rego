package policies.terraform.aws.ec2.volume_encryption_test

import data.policies.terraform.aws.ec2.volume_encryption as policy

test_deny[name] if {
	some name, case in {
		"encryption is absent": {"values": {}, "want": {"v is not encrypted"}},
		"encryption is off": {"values": {"encrypted": false}, "want": {"v is not encrypted"}},
		"encryption is null": {"values": {"encrypted": null}, "want": {"v is not encrypted"}},
		"encryption is on": {"values": {"encrypted": true}, "want": set()},
		"a key alone does not encrypt": {"values": {"kms_key_id": "k"}, "want": {"v is not encrypted"}},
	}

	findings := policy.deny with input.subject as {"address": "v", "values": case.values}

	{finding.message | some finding in findings} == case.want
}
