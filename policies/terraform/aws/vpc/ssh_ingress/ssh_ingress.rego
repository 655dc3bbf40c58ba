# METADATA
# title: SSH is not open to the internet
# description: |
#   Port 22 open to every address is tried day and night. The rules of a security
#   group may be inline, aws_security_group_rule or aws_vpc_security_group_ingress_rule;
#   each is judged where it is written. A rule for all protocols or a range of ports
#   that includes 22 opens SSH too.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#     description: Security group rules
# schemas:
#   - input: schema.terraform
# custom:
#   controls: [A.8.20, A.8.22]
#   severity: high
#   subjects: [aws_security_group, aws_security_group_rule, aws_vpc_security_group_ingress_rule]
#   remediation: Name the networks that may connect, or use Session Manager and close the port.
#   aliases:
#     - AWS-VPC-001
#     - trivy:AWS-0107
#     - checkov:CKV_AWS_24
#     - kics:security_group_with_unrestricted_access_to_ssh
#     - regula:FG_R00085
package policies.terraform.aws.vpc.ssh_ingress

import data.policies.lib.aws

deny contains {
	"message": $"{input.subject.address} opens SSH to {network}",
	"key": network,
	"at": {"path": aws.cidr_path(rule, network)},
} if {
	some rule in input.subject.rules
	aws.owns(input.subject, rule)
	rule.direction == "ingress"
	aws.reaches(rule, "tcp", 22)
	some network in rule.cidrs
	network in aws.anywhere
}
