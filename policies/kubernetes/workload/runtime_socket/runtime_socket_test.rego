package policies.kubernetes.workload.runtime_socket_test

import data.policies.kubernetes.workload.runtime_socket as policy

test_deny[name] if {
	some name, case in {
		"Docker's socket": {"path": "/var/run/docker.sock", "want": "the socket of the container runtime"},
		"containerd's socket": {"path": "/run/containerd/containerd.sock", "want": "the socket of the container runtime"},
		"CRI-O's socket": {"path": "/var/run/crio/crio.sock", "want": "the socket of the container runtime"},
		"a roundabout path": {"path": "/var//run/./docker.sock/", "want": "the socket of the container runtime"},
		"the directory": {"path": "/run/containerd/", "want": "which holds the socket of the container runtime"},
		"the directory of all sockets": {"path": "/var/run", "want": "which holds the socket of the container runtime"},
		"Docker's pipe": {"path": `\\.\pipe\docker_engine`, "want": "the socket of the container runtime"},
		"containerd's pipe": {"path": "//./pipe/containerd-containerd", "want": "the socket of the container runtime"},
	}

	findings := policy.deny with input as _input({"name": "sock", "hostPath": {"path": case.path}})

	findings == {{
		"message": $"Pod/api mounts {case.path}, {case.want}",
		"at": {"path": ["spec", "volumes", 1, "hostPath", "path"]},
	}}
}

test_pass[name] if {
	some name, volume in {
		"another path": {"name": "a", "hostPath": {"path": "/var/log"}},
		"another directory below run": {"name": "a", "hostPath": {"path": "/var/run/calico"}},
		"the name of the socket elsewhere": {"name": "a", "hostPath": {"path": "/opt/run/docker.sock"}},
		"a longer name": {"name": "a", "hostPath": {"path": "/var/run/docker.sock.d"}},
		"var run elsewhere": {"name": "a", "hostPath": {"path": "/opt/var/run"}},
		"a volume of another type": {"name": "run", "emptyDir": {}},
	}

	findings := policy.deny with input as _input(volume)

	findings == set()
}

_input(volume) := {"subject": {
	"address": "Pod/api",
	"workload": {"pod": {
		"path": ["spec"],
		"spec": {"volumes": [{"name": "tmp", "emptyDir": {}}, volume]},
	}},
}}
