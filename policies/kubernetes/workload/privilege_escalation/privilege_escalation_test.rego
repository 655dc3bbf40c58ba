package policies.kubernetes.workload.privilege_escalation_test

import data.policies.kubernetes.workload.privilege_escalation as policy

test_deny[name] if {
	some name, case in {
		"the setting is false": {"security": {"allowPrivilegeEscalation": false}, "os": "linux", "want": set()},
		"the setting is true": {"security": {"allowPrivilegeEscalation": true}, "os": "linux", "want": _finding},
		"the setting is left out": {"security": {}, "os": "linux", "want": _finding},
		"the setting is the text false": {
			"security": {"allowPrivilegeEscalation": "false"},
			"os": "linux",
			"want": _finding,
		},
		"the pod runs on Windows": {"security": {}, "os": "windows", "want": set()},
	}

	findings := policy.deny with input as {"subject": {
		"address": "Pod/api",
		"workload": {
			"pod": {"os": case.os},
			"containers": [{
				"name": "app",
				"kind": "container",
				"path": ["spec", "containers", 0],
				"security": case.security,
				"security_path": {},
			}],
		},
	}}

	findings == case.want
}

_finding := {{
	"message": "container app of Pod/api does not set allowPrivilegeEscalation to false",
	"key": "app",
	"at": {"path": ["spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"]},
}}
