package policies.terraform.aws.cloudtrail.multi_region_test

import data.policies.terraform.aws.cloudtrail.multi_region as policy

test_deny[name] if {
	some name, case in {
		"absent": {"values": {}, "want": {"t records one region only"}},
		"off": {"values": {"is_multi_region_trail": false}, "want": {"t records one region only"}},
		"null": {"values": {"is_multi_region_trail": null}, "want": {"t records one region only"}},
		"on": {"values": {"is_multi_region_trail": true}, "want": set()},
		"on, quoted": {"values": {"is_multi_region_trail": "true"}, "want": set()},
	}

	findings := policy.deny with input.subject as {"address": "t", "values": case.values}

	{finding.message | some finding in findings} == case.want
}
