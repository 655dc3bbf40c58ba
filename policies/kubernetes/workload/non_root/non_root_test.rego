package policies.kubernetes.workload.non_root_test

import data.policies.kubernetes.workload.non_root as policy

test_deny[name] if {
	some name, case in {
		"runAsNonRoot is true": {"security": {"runAsNonRoot": true}, "want": set()},
		"the user is a number other than 0": {"security": {"runAsUser": 1000}, "want": set()},
		"the user is a number other than 0 and runAsNonRoot is false": {
			"security": {"runAsUser": 1000, "runAsNonRoot": false},
			"want": set(),
		},
		"nothing is set": {"security": {}, "want": {_unforced}},
		"runAsNonRoot is false": {"security": {"runAsNonRoot": false}, "want": {_unforced}},
		"runAsNonRoot is text": {"security": {"runAsNonRoot": "true"}, "want": {_unforced}},
		"the user is text": {"security": {"runAsUser": "1000"}, "want": {_unforced}},
		"the user is root": {"security": {"runAsUser": 0}, "want": {{
			"message": "container app of Pod/api runs as root",
			"key": "app",
			"at": {"path": ["spec", "containers", 0, "securityContext", "runAsUser"]},
		}}},
		"a Windows user on Linux": {"security": {"windowsOptions": {"runAsUserName": "ContainerUser"}}, "want": {_unforced}},
	}

	findings := policy.deny with input as _input(case.security, "linux")

	findings == case.want
}

test_windows[name] if {
	some name, case in {
		"an ordinary user": {"options": {"runAsUserName": "ContainerUser"}, "want": set()},
		"a user of a domain": {"options": {"runAsUserName": `ACME\payments`}, "want": set()},
		"a host process": {"options": {"hostProcess": true}, "want": set()},
		"the administrator": {"options": {"runAsUserName": "ContainerAdministrator"}, "want": {_unforced}},
		"the system": {"options": {"runAsUserName": `NT AUTHORITY\System`}, "want": {_unforced}},
		"no user": {"options": {}, "want": {_unforced}},
	}

	findings := policy.deny with input as _input({"windowsOptions": case.options}, "windows")

	findings == case.want
}

_input(security, os) := {"subject": {
	"address": "Pod/api",
	"workload": {
		"pod": {"os": os},
		"containers": [{
			"name": "app",
			"kind": "container",
			"path": ["spec", "containers", 0],
			"security": security,
			"security_path": {},
		}],
	},
}}

_unforced := {
	"message": "container app of Pod/api is not forced to run as a user other than root",
	"key": "app",
	"at": {"path": ["spec", "containers", 0, "securityContext", "runAsNonRoot"]},
}
