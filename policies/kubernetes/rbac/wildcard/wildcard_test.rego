package policies.kubernetes.rbac.wildcard_test

import data.policies.kubernetes.rbac.wildcard as policy

test_deny[name] if {
	some name, rule in {
		"every API group": {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
		"the core API group": {"apiGroups": [""], "resources": ["*"], "verbs": ["*"]},
		"stars among others": {"apiGroups": ["apps", "*"], "resources": ["pods", "*"], "verbs": ["get", "*"]},
		"an empty list of names": {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": []},
	}

	findings := policy.deny with input as _input([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}, rule])

	findings == {{
		"message": "ClusterRole/ops allows every verb on every resource",
		"at": {"path": ["rules", 1, "resources"]},
	}}
}

test_pass[name] if {
	some name, rule in {
		"every verb on one resource": {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]},
		"some verbs on every resource": {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]},
		"every resource of one group": {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["*"]},
		"one object": {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": ["a"]},
		"a URL of the API server": {"nonResourceURLs": ["*"], "verbs": ["*"]},
	}

	findings := policy.deny with input as _input([rule])

	findings == set()
}

test_no_rules_pass if {
	findings := policy.deny with input as _input(null)

	findings == set()
}

_input(rules) := {"subject": {"address": "ClusterRole/ops", "values": {"rules": rules}}}
