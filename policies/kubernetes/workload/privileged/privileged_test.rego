package policies.kubernetes.workload.privileged_test

import data.policies.kubernetes.workload.privileged as policy

test_deny[name] if {
	some name, case in {
		"a container is privileged": {
			"container": _container({"privileged": true}, {"privileged": ["spec", "x"]}),
			"want": {{"message": "container app of Pod/api is privileged", "key": "app", "at": {"path": ["spec", "x"]}}},
		},
		"a container is not": {"container": _container({"privileged": false}, {}), "want": set()},
		"a container says nothing": {"container": _container({}, {}), "want": set()},
		"a container is a host process": {
			"container": _container(
				{"windowsOptions": {"hostProcess": true}},
				{"windowsOptions": ["spec", "y"], "windowsOptions.hostProcess": ["spec", "x"]},
			),
			"want": {{
				"message": "container app of Pod/api runs as a Windows host process",
				"key": "app",
				"at": {"path": ["spec", "x"]},
			}},
		},
		"a container on Windows is no host process": {
			"container": _container({"windowsOptions": {"hostProcess": false}}, {}),
			"want": set(),
		},
	}

	findings := policy.deny with input as {"subject": {
		"address": "Pod/api",
		"workload": {"containers": [case.container]},
	}}

	findings == case.want
}

test_every_kind_of_container_counts if {
	containers := [object.union(container, {"kind": kind, "name": kind}) |
		some kind in ["init", "container", "ephemeral"]
		container := _container({"privileged": true}, {"privileged": ["spec", "x"]})
	]
	findings := policy.deny with input as {"subject": {"address": "Pod/api", "workload": {"containers": containers}}}

	{finding.message | some finding in findings} == {
		"init container init of Pod/api is privileged",
		"container container of Pod/api is privileged",
		"ephemeral container ephemeral of Pod/api is privileged",
	}
}

_container(security, security_path) := {
	"name": "app",
	"kind": "container",
	"security": security,
	"security_path": security_path,
}
