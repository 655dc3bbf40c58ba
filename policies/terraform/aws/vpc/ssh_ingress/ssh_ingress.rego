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

import data.policies.lib.tf

deny contains {
	"message": $"{input.subject.address} opens SSH to {network}",
	"key": network,
	"at": {"path": path},
} if {
	some rule in _rules
	_reaches_ssh(rule.values)
	some [path, network] in _sources(rule)
	network in {"0.0.0.0/0", "::/0"}
}

# Rules of all three spellings, each with its path into the subject's values.
_rules contains {"path": ["ingress", i], "values": rule} if {
	input.subject.type == "aws_security_group"
	some i, rule in input.subject.values.ingress
}

_rules contains {"path": [], "values": input.subject.values} if {
	input.subject.type == "aws_security_group_rule"
	input.subject.values.type == "ingress"
}

_rules contains {"path": [], "values": input.subject.values} if {
	input.subject.type == "aws_vpc_security_group_ingress_rule"
}

_sources(rule) := {[array.concat(rule.path, [name, i]), network] |
	some name in ["cidr_blocks", "ipv6_cidr_blocks"]
	some i, network in rule.values[name]
} | {[array.concat(rule.path, [name]), rule.values[name]] | some name in ["cidr_ipv4", "cidr_ipv6"]}

_reaches_ssh(rule) if _protocol(rule) in {"-1", "all"}

_reaches_ssh(rule) if {
	_protocol(rule) in {"tcp", "6"}
	tf.number(rule, "from_port") <= 22
	tf.number(rule, "to_port") >= 22
}

_protocol(rule) := lower(format_int(rule.protocol, 10)) if is_number(rule.protocol)

_protocol(rule) := lower(rule.protocol) if is_string(rule.protocol)

_protocol(rule) := lower(rule.ip_protocol) if is_string(rule.ip_protocol)
