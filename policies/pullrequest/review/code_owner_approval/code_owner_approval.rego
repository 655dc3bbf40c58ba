# METADATA
# title: Changed paths are owned and approved by their owners
# description: |
#   Owners by CODEOWNERS of the base commit are the people who know what a path
#   may do. Each changed path needs a counted approval of one of its owners: of
#   a rename both paths, of a deletion the deleted one. An owner who had a part
#   in the change covers nothing, even where no other owner exists.
#
#   A path that no line of CODEOWNERS matches has been left to chance and is a
#   finding, unless `require_owned_paths` is off. A line without owners releases
#   its paths on purpose.
# related_resources:
#   - ref: https://docs.github.com/articles/about-code-owners
#     description: About code owners
# schemas:
#   - input: schema.pullrequest
# custom:
#   controls: [A.8.32, A.5.2, A.8.4]
#   severity: high
#   subjects: [pull_request]
#   remediation: |
#     Ask an owner of the path to approve the head commit. Give a path that
#     nobody owns, or only the author owns, another owner in CODEOWNERS first.
#   settings:
#     require_owned_paths:
#       type: boolean
#       default: true
#       description: Whether a line of CODEOWNERS must match every changed path.
#   aliases:
#     - PR-REVIEW-004
#     - checkov:CKV_GITHUB_13
#     - legitify:code_review_not_limited_to_code_owners
#     - allstar:codeowners
package policies.pullrequest.review.code_owner_approval

deny contains {
	"message": $"{changed.path} has no approval that counts by an owner: want one of {owners}",
	"key": "unapproved",
	"at": {"path": changed.at},
} if {
	some changed in input.subject.ownership.paths
	count(changed.owners) > 0
	count(changed.approved_by) == 0
	owners := concat(", ", changed.owners)
	not _open(changed)
}

deny contains {
	"message": $"{changed.path} has no owner: no line of CODEOWNERS matches it",
	"key": "unowned",
	"at": {"path": changed.at},
} if {
	data.settings.require_owned_paths
	some changed in input.subject.ownership.paths
	changed.codeowners_line == 0
}

deny contains {
	"message": "some changed paths or their approvals are not known",
	"key": "undecided",
} if {
	input.subject.ownership.undecided
}

_open(changed) if {
	changed.undecided
	input.subject.ownership.undecided
}
