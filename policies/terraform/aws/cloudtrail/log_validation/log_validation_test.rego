package policies.terraform.aws.cloudtrail.log_validation_test

import data.policies.terraform.aws.cloudtrail.log_validation as policy

test_deny[name] if {
	some name, case in {
		"absent": {"values": {}, "want": {"t does not validate its log files"}},
		"off": {"values": {"enable_log_file_validation": false}, "want": {"t does not validate its log files"}},
		"null": {"values": {"enable_log_file_validation": null}, "want": {"t does not validate its log files"}},
		"on": {"values": {"enable_log_file_validation": true}, "want": set()},
		"on, quoted": {"values": {"enable_log_file_validation": "true"}, "want": set()},
	}

	findings := policy.deny with input.subject as {"address": "t", "values": case.values}

	{finding.message | some finding in findings} == case.want
}
