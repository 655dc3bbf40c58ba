package policies.kubernetes.workload.image_version_test

import data.policies.kubernetes.workload.image_version as policy

test_deny[name] if {
	some name, case in {
		"no tag": {
			"image": {"text": "nginx", "default_tag": "latest"},
			"want": "container app of Pod/api uses nginx, which has no tag and so means latest",
		},
		"the tag latest": {
			"image": {"text": "nginx:latest", "tag": "latest"},
			"want": "container app of Pod/api uses nginx:latest, whose tag means another image after every push",
		},
	}

	findings := policy.deny with input as _input({"image": case.image})

	findings == {{
		"message": case.want,
		"key": "app",
		"at": {"path": ["spec", "containers", 0, "image"]},
	}}
}

test_pass[name] if {
	some name, container in {
		"a version": {"image": {"text": "nginx:1.27.3", "tag": "1.27.3"}},
		"a digest": {"image": {"text": "nginx@sha256:0a", "digest": "sha256:0a"}},
		"latest with a digest": {"image": {"text": "nginx:latest@sha256:0a", "tag": "latest", "digest": "sha256:0a"}},
		"a tag that starts with latest": {"image": {"text": "nginx:latest-1.27", "tag": "latest-1.27"}},
		"a placeholder": {"image": {"text": "$(IMAGE)", "valid": false}},
		"no image": {},
	}

	findings := policy.deny with input as _input(container)

	findings == set()
}

_input(container) := {"subject": {
	"address": "Pod/api",
	"workload": {"containers": [object.union(
		{"name": "app", "kind": "container", "path": ["spec", "containers", 0]},
		container,
	)]},
}}
