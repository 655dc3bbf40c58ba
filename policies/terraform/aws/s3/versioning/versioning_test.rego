package policies.terraform.aws.s3.versioning_test

import data.policies.terraform.aws.s3.versioning as policy

test_deny[name] if {
	some name, case in {
		"nothing declares versioning": {
			"values": {}, "referrers": {},
			"want": {"aws_s3_bucket.logs keeps no versions of its objects"},
		},
		"a versioning block enables it": {
			"values": {}, "referrers": _block([{"status": "Enabled"}]),
			"want": set(),
		},
		"a versioning block suspends it": {
			"values": {}, "referrers": _block([{"status": "Suspended"}]),
			"want": {"aws_s3_bucket_versioning.logs does not enable versioning"},
		},
		"a versioning block configures nothing": {
			"values": {}, "referrers": _block([]),
			"want": {"aws_s3_bucket_versioning.logs does not enable versioning"},
		},
		"the bucket enables it inline": {
			"values": {"versioning": [{"enabled": true}]}, "referrers": {},
			"want": set(),
		},
		"the bucket turns it off inline": {
			"values": {"versioning": [{"enabled": false}]}, "referrers": {},
			"want": {"aws_s3_bucket.logs keeps no versions of its objects"},
		},
	}

	findings := policy.deny with input as {
		"subject": {"address": "aws_s3_bucket.logs", "values": case.values},
		"referrers": case.referrers,
	}

	{finding.message | some finding in findings} == case.want
}

_block(configuration) := {"aws_s3_bucket_versioning": [{
	"address": "aws_s3_bucket_versioning.logs",
	"values": {"versioning_configuration": configuration},
}]}
