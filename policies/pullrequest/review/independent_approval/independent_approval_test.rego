package policies.pullrequest.review.independent_approval_test

import data.policies.pullrequest.review.independent_approval as policy

test_deny[name] if {
	some name, case in {
		"a colleague approved the head": {
			"review": _review([_approval("erik")]),
			"want": set(),
		},
		"nobody reviewed": {
			"review": _review([]),
			"want": {"0 of 1 required approvals count: nobody has given an opinion"},
		},
		"comments only": {
			"review": _review([_other("erik", "COMMENTED", "only commented")]),
			"want": {"0 of 1 required approvals count: nobody has given an opinion"},
		},
		"an older commit and the author": {
			"review": _review([
				_other("erik", "STALE_SHA", "approved 1b7d2f4, not 9c1f0e5"),
				_other("mia", "AUTHOR", "opened the pull request"),
			]),
			"want": {"0 of 1 required approvals count: erik approved 1b7d2f4, not 9c1f0e5; mia opened the pull request"},
		},
		"two are required and one is there": {
			"review": _review([_approval("erik")]),
			"required": 2,
			"want": {"1 of 2 required approvals count: nobody has given an opinion"},
		},
		"two are required and there": {
			"review": _review([_approval("erik"), _approval("nora")]),
			"required": 2,
			"want": set(),
		},
		"a commit without account": {
			"review": object.union(_review([_approval("erik")]), {"unattributed": [_anonym("author"), _anonym("co-author")]}),
			"want": {"the author of commit 1b7d2f4 has no account: they may have approved their own work"},
		},
		"a commit without account, where that is accepted": {
			"review": object.union(_review([_approval("erik")]), {"unattributed": [_anonym("author")]}),
			"attributed": false,
			"want": set(),
		},
	}

	findings := policy.deny with input as {"subject": {"review": case.review}}
		with data.settings.required_approvals as object.get(case, "required", 1)
		with data.settings.require_attributed_commits as object.get(case, "attributed", true)

	{finding.message | some finding in findings} == case.want
}

_review(reviews) := {
	"approvals": [review | some review in reviews; review.counted],
	"reviews": reviews,
	"unattributed": [],
	"undecided": false,
}

_approval(login) := {"reviewer": login, "state": "APPROVED", "counted": true}

_other(login, reason, why) := {"reviewer": login, "state": "APPROVED", "counted": false, "reason": reason, "why": why}

_anonym(role) := {"commit": "1b7d2f40c95e4a3b8d6f7e0a9c8b7a6d5e4f3c2b", "role": role, "path": ["commits", 0]}
