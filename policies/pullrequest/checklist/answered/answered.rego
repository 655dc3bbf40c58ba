# METADATA
# title: Every question of the security checklist is answered
# description: |
#   The checklist makes the author think of what a reviewer cannot see. It is
#   read from the pull request's description as GitHub renders it: each question
#   by the ID in the comment on its line, one ticked box for each. An answer of
#   "not applicable" needs a reason. A question that was reworded was not
#   answered, for ticking "no" below its opposite proves nothing.
# related_resources:
#   - ref: https://docs.github.com/articles/creating-a-pull-request-template-for-your-repository
#     description: Creating a pull request template for your repository
# schemas:
#   - input: schema.pullrequest
# custom:
#   controls: [A.8.25, A.5.8]
#   severity: medium
#   subjects: [pull_request]
#   remediation: |
#     Answer the question in the description of the pull request: tick one box,
#     and give the reason for "not applicable" behind a colon. Take a question
#     that is missing or reworded from the template, with the comment on its line.
#   settings:
#     checklist_questions:
#       type: map
#       default:
#         auth: Does this change affect authentication or authorisation?
#         logging: Does this change log the security events it should?
#         untrusted-input: Does this change handle untrusted input?
#         dependencies: Does this change bring a new third-party dependency?
#         api-surface: Does this change expose new API surface?
#       description: >-
#         The questions that must be answered, by the ID in the comment on their
#         line, each with its wording without emphasis; an empty wording is not
#         compared.
#   aliases:
#     - PR-CHECK-001
package policies.pullrequest.checklist.answered

deny contains {
	"message": $"question {id} {fault}",
	"key": id,
	"at": {"path": ["pull_request", "body"]},
} if {
	some id, _ in data.settings.checklist_questions
	fault := _faults[_question(id).answer]
}

deny contains {
	"message": $"question {id} is answered with \"not applicable\", but no reason is given",
	"key": id,
	"at": {"path": ["pull_request", "body"]},
} if {
	some id, _ in data.settings.checklist_questions
	question := _question(id)
	question.answer == "na"
	question.explanation == ""
}

deny contains {
	"message": $"question {id} was reworded: want \"{wording}\"",
	"key": $"{id}_wording",
	"at": {"path": ["pull_request", "body"]},
} if {
	some id, wording in data.settings.checklist_questions
	wording != ""
	question := _question(id)
	question.answer in {"yes", "no", "na"}
	question.text != wording
}

_faults := {
	"missing": "is missing from the description",
	"unanswered": "is not answered: no box is ticked",
	"ambiguous": "has no clear answer: want it once, with one box ticked: Yes, No or Not applicable",
}

_question(id) := object.get(input.subject.checklist.questions, id, {"answer": "missing"})
