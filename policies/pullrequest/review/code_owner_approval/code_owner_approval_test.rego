package policies.pullrequest.review.code_owner_approval_test

import data.policies.pullrequest.review.code_owner_approval as policy

test_deny[name] if {
	some name, case in {
		"an owner approved": {
			"paths": [_path({})],
			"want": set(),
		},
		"no owner approved": {
			"paths": [_path({"approved_by": []})],
			"want": {"infra/main.tf has no approval that counts by an owner: want one of @acme/platform, @nora"},
		},
		"one of two paths is not approved": {
			"paths": [_path({}), _path({"path": "deploy/rbac.yaml", "owners": ["@acme/security"], "approved_by": []})],
			"want": {"deploy/rbac.yaml has no approval that counts by an owner: want one of @acme/security"},
		},
		"no line matches": {
			"paths": [_path({"owners": [], "approved_by": [], "codeowners_line": 0})],
			"want": {"infra/main.tf has no owner: no line of CODEOWNERS matches it"},
		},
		"no line matches, where that is accepted": {
			"paths": [_path({"owners": [], "approved_by": [], "codeowners_line": 0})],
			"require": false,
			"want": set(),
		},
		"a line releases the path": {
			"paths": [_path({"owners": [], "approved_by": []})],
			"want": set(),
		},
		"nothing changed": {
			"paths": [],
			"want": set(),
		},
	}

	findings := policy.deny with input as {"subject": {"ownership": {"paths": case.paths, "undecided": false}}}
		with data.settings.require_owned_paths as object.get(case, "require", true)

	{finding.message | some finding in findings} == case.want
}

_path(changes) := object.union(
	{
		"path": "infra/main.tf",
		"owners": ["@acme/platform", "@nora"],
		"codeowners_line": 2,
		"approved_by": ["nora"],
		"undecided": false,
		"at": ["files", 0, "filename"],
	},
	changes,
)
