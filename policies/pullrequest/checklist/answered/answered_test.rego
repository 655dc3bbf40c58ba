package policies.pullrequest.checklist.answered_test

import data.policies.pullrequest.checklist.answered as policy

test_deny[name] if {
	some name, case in {
		"yes": {
			"questions": _auth({"answer": "yes"}),
			"want": set(),
		},
		"no": {
			"questions": _auth({"answer": "no"}),
			"want": set(),
		},
		"not applicable, with a reason": {
			"questions": _auth({"answer": "na", "explanation": "documentation only"}),
			"want": set(),
		},
		"not applicable, without a reason": {
			"questions": _auth({"answer": "na"}),
			"want": {"question auth is answered with \"not applicable\", but no reason is given"},
		},
		"no box is ticked": {
			"questions": _auth({"answer": "unanswered"}),
			"want": {"question auth is not answered: no box is ticked"},
		},
		"two boxes are ticked": {
			"questions": _auth({"answer": "ambiguous"}),
			"want": {"question auth has no clear answer: want it once, with one box ticked: Yes, No or Not applicable"},
		},
		"the question was taken out": {
			"questions": _auth({"answer": "missing", "text": ""}),
			"want": {"question auth is missing from the description"},
		},
		"the question was never there": {
			"questions": {"logging": {"answer": "yes"}},
			"want": {"question auth is missing from the description"},
		},
		"the question was turned around": {
			"questions": _auth({"answer": "no", "text": "Is login left as it was?"}),
			"want": {"question auth was reworded: want \"Does it touch login?\""},
		},
		"any wording will do": {
			"questions": _auth({"answer": "no", "text": "Login?"}),
			"wording": "",
			"want": set(),
		},
		"questions nobody requires": {
			"questions": object.union(_auth({"answer": "no"}), {"naming": {"answer": "unanswered"}}),
			"want": set(),
		},
	}

	findings := policy.deny with input as {"subject": {"checklist": {"questions": case.questions}}}
		with data.settings.checklist_questions as {"auth": object.get(case, "wording", "Does it touch login?")}

	{finding.message | some finding in findings} == case.want
}

_auth(changes) := {"auth": object.union({"text": "Does it touch login?", "explanation": ""}, changes)}
