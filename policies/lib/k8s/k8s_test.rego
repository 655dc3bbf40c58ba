package policies.lib.k8s_test

import data.policies.lib.k8s

test_title[name] if {
	some name, case in {
		"a container": {"kind": "container", "want": "container app"},
		"an init container": {"kind": "init", "want": "init container app"},
		"an ephemeral container": {"kind": "ephemeral", "want": "ephemeral container app"},
	}

	k8s.title({"name": "app", "kind": case.kind}) == case.want
}

test_security_path[name] if {
	some name, case in {
		"the setting is the container's": {
			"from": {"runAsUser": ["spec", "containers", 0, "securityContext", "runAsUser"]},
			"want": ["spec", "containers", 0, "securityContext", "runAsUser"],
		},
		"the setting is the pod's": {
			"from": {"runAsUser": ["spec", "securityContext", "runAsUser"]},
			"want": ["spec", "securityContext", "runAsUser"],
		},
		"the setting is nowhere": {
			"from": {},
			"want": ["spec", "containers", 0, "securityContext", "runAsUser"],
		},
	}

	container := {"path": ["spec", "containers", 0], "security_path": case.from}

	k8s.security_path(container, "runAsUser") == case.want
}

test_windows[name] if {
	some name, case in {
		"a pod on Windows": {"os": "windows", "want": true},
		"a pod on Linux": {"os": "linux", "want": false},
	}

	_windows({"os": case.os}) == case.want
}

default _windows(_) := false

_windows(pod) if k8s.windows(pod)
