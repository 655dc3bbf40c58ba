# METADATA
# title: Instance metadata answers only calls with a session token
# description: |
#   Whoever can make a server fetch a URL can read the credentials of its role from
#   the metadata service, unless the service asks for a session token (IMDSv2) and
#   answers no distant hops. Tokens are optional unless http_tokens says otherwise;
#   the hop limit is 1 unless it is raised. An instance that starts from a launch
#   template takes its metadata options; the template is judged itself.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
#     description: Use the Instance Metadata Service to access instance metadata
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.5, A.8.3]
#   severity: high
#   subjects: [aws_instance, aws_launch_template, aws_launch_configuration]
#   remediation: Add a metadata_options block with http_tokens = "required".
#   settings:
#     metadata_hop_limit:
#       type: integer
#       default: 2
#       description: the most network hops over which instances may answer metadata calls; containers need 2
#   aliases:
#     - AWS-EC2-001
#     - trivy:AWS-0028
#     - checkov:CKV_AWS_79
#     - kics:imdsv1_is_enabled
#     - trivy:AWS-0130
#     - checkov:CKV_AWS_341
package policies.terraform.aws.ec2.instance_metadata

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} answers metadata calls without a session token",
	"key": "tokens",
	"at": {"path": ["metadata_options", 0, "http_tokens"]},
} if {
	not _from_template
	not _off
	not _tokens_required
}

deny contains {
	"message": $"{input.subject.address} answers metadata calls over {hops} hops: want {_most_hops} or fewer",
	"key": "hops",
	"at": {"path": ["metadata_options", i, "http_put_response_hop_limit"]},
} if {
	some i, options in input.subject.values.metadata_options
	hops := tf.number(options, "http_put_response_hop_limit")
	hops > _most_hops
	not _off
}

_most_hops := data.settings.metadata_hop_limit

_tokens_required if {
	some options in input.subject.values.metadata_options
	options.http_tokens == "required"
}

_off if {
	some options in input.subject.values.metadata_options
	options.http_endpoint == "disabled"
}

_from_template if {
	not input.subject.values.metadata_options
	some _ in input.subject.values.launch_template
}
