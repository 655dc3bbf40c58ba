# METADATA
# title: Pull requests are approved by people who did not write them
# description: |
#   Four eyes only help if the second pair is another person's and saw what is
#   merged. An approval counts when it stands, is of the head commit, and comes
#   from somebody with write access who neither opened the pull request nor
#   wrote, committed, co-authored or force-pushed any of it. Bots never count.
#
#   A commit whose author or committer belongs to no account may be the
#   approver's own, so it is a finding too; `require_attributed_commits` turns
#   that off.
# related_resources:
#   - ref: https://docs.github.com/articles/about-pull-request-reviews
#     description: About pull request reviews
# schemas:
#   - input: schema.pullrequest
# custom:
#   controls: [A.8.32, A.5.3]
#   severity: high
#   subjects: [pull_request]
#   remediation: |
#     Ask a colleague who had no part in the change to approve its head commit,
#     again after every push. Add a commit's e-mail address to the account of
#     its author.
#   settings:
#     required_approvals:
#       type: integer
#       default: 1
#       description: Number of people who must approve a change without having had a part in it.
#     require_attributed_commits:
#       type: boolean
#       default: true
#       description: Whether every commit's author and committer must belong to an account.
#   aliases:
#     - PR-REVIEW-001
#     - PR-REVIEW-002
#     - PR-REVIEW-003
#     - checkov:CKV_GITHUB_19
#     - checkov:CKV_GITHUB_11
#     - scorecard:code_review
#     - policy-bot:approval
#     - policy-bot:invalidate_on_push
#     - policy-bot:allow_author
#     - policy-bot:allow_contributor
#     - legitify:code_review_not_required
#     - legitify:dismisses_stale_reviews
package policies.pullrequest.review.independent_approval

deny contains {
	"message": $"{have} of {need} required approvals count: {reasons}",
	"key": "approvals",
	"at": {"path": ["pull_request", "head", "sha"]},
} if {
	have := count(input.subject.review.approvals)
	need := data.settings.required_approvals
	have < need
	reasons := concat("; ", _reasons)
	not input.subject.review.undecided
}

deny contains {
	"message": $"the {person.role} of commit {commit} has no account: they may have approved their own work",
	"key": "unattributed_commit",
	"at": {"path": person.path},
} if {
	data.settings.require_attributed_commits
	some person in input.subject.review.unattributed
	person.role in {"author", "committer"}
	commit := substring(person.commit, 0, 7)
}

_reasons := ["nobody has given an opinion"] if {
	count(_opinions) == 0
} else := [$"{review.reviewer} {review.why}" | some review in _opinions]

# What a person said last, where it does not count.
_opinions := [review |
	some review in input.subject.review.reviews
	not review.counted
	not review.reason in {"PENDING", "COMMENTED", "SUPERSEDED"}
]
