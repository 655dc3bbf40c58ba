package policies.kubernetes.workload.host_pid_test

import data.policies.kubernetes.workload.host_pid as policy

test_deny[name] if {
	some name, case in {
		"the pod shares the node's processes": {"shares": true, "want": {{
			"message": "Deployment/api shares the process namespace of its node",
			"at": {"path": ["spec", "template", "spec", "hostPID"]},
		}}},
		"the pod has its own": {"shares": false, "want": set()},
	}

	findings := policy.deny with input as {"subject": {
		"address": "Deployment/api",
		"workload": {"pod": {"path": ["spec", "template", "spec"], "host_pid": case.shares}},
	}}

	findings == case.want
}
