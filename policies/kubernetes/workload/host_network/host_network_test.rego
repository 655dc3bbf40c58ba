package policies.kubernetes.workload.host_network_test

import data.policies.kubernetes.workload.host_network as policy

test_deny[name] if {
	some name, case in {
		"the pod shares the node's network": {"shares": true, "want": {{
			"message": "Deployment/api shares the network of its node",
			"at": {"path": ["spec", "template", "spec", "hostNetwork"]},
		}}},
		"the pod has its own": {"shares": false, "want": set()},
	}

	findings := policy.deny with input as {"subject": {
		"address": "Deployment/api",
		"workload": {"pod": {"path": ["spec", "template", "spec"], "host_network": case.shares}},
	}}

	findings == case.want
}
