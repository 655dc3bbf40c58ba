package policies.terraform.aws.ec2.instance_metadata_test

import data.policies.terraform.aws.ec2.instance_metadata as policy

test_deny[name] if {
	some name, case in {
		"no options at all": {"values": {}, "want": {"tokens"}},
		"tokens are optional": {"values": {"metadata_options": [{"http_tokens": "optional"}]}, "want": {"tokens"}},
		"tokens are optional by default": {
			"values": {"metadata_options": [{"http_endpoint": "enabled"}]},
			"want": {"tokens"},
		},
		"tokens are required": {"values": {"metadata_options": [{"http_tokens": "required"}]}, "want": set()},
		"the service is off": {"values": {"metadata_options": [{"http_endpoint": "disabled"}]}, "want": set()},
		"an instance from a launch template": {"values": {"launch_template": [{"id": "lt-1"}]}, "want": set()},
		"an instance that overrides its launch template": {
			"values": {"launch_template": [{"id": "lt-1"}], "metadata_options": [{"http_tokens": "optional"}]},
			"want": {"tokens"},
		},
		"hops for containers": {
			"values": {"metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 2}]},
			"want": set(),
		},
		"distant hops": {
			"values": {"metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": "3"}]},
			"want": {"hops"},
		},
		"distant hops of a service that is off": {
			"values": {"metadata_options": [{"http_endpoint": "disabled", "http_put_response_hop_limit": 64}]},
			"want": set(),
		},
	}

	findings := policy.deny with input.subject as {"address": "i", "values": case.values}
		with data.settings.metadata_hop_limit as 2

	{finding.key | some finding in findings} == case.want
}
