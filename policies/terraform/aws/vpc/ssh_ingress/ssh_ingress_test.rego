package policies.terraform.aws.vpc.ssh_ingress_test

import data.policies.terraform.aws.vpc.ssh_ingress as policy

test_inline[name] if {
	some name, case in {
		"SSH to everyone": {
			"rule": {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]},
			"want": {["ingress", 0, "cidr_blocks", 1]},
		},
		"SSH to everyone over IPv6": {
			"rule": {"protocol": "TCP", "from_port": 22, "to_port": 22, "ipv6_cidr_blocks": ["::/0"]},
			"want": {["ingress", 0, "ipv6_cidr_blocks", 0]},
		},
		"a range that includes SSH": {
			"rule": {"protocol": "6", "from_port": "0", "to_port": "1024", "cidr_blocks": ["0.0.0.0/0"]},
			"want": {["ingress", 0, "cidr_blocks", 0]},
		},
		"all protocols": {
			"rule": {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]},
			"want": {["ingress", 0, "cidr_blocks", 0]},
		},
		"all protocols, as a number": {
			"rule": {"protocol": -1, "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]},
			"want": {["ingress", 0, "cidr_blocks", 0]},
		},
		"another port": {
			"rule": {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]},
			"want": set(),
		},
		"another protocol": {
			"rule": {"protocol": "udp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]},
			"want": set(),
		},
		"a private network": {
			"rule": {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8"]},
			"want": set(),
		},
		"another security group": {
			"rule": {"protocol": "tcp", "from_port": 22, "to_port": 22, "security_groups": ["sg-1"]},
			"want": set(),
		},
	}

	findings := policy.deny with input.subject as {
		"type": "aws_security_group",
		"address": "sg",
		"values": {"ingress": [case.rule]},
	}

	{finding.at.path | some finding in findings} == case.want
}

test_separate[name] if {
	some name, case in {
		"a rule resource": {
			"type": "aws_security_group_rule",
			"values": {
				"type": "ingress",
				"protocol": "tcp",
				"from_port": 22,
				"to_port": 22,
				"cidr_blocks": ["0.0.0.0/0"],
			},
			"want": {["cidr_blocks", 0]},
		},
		"an egress rule": {
			"type": "aws_security_group_rule",
			"values": {"type": "egress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]},
			"want": set(),
		},
		"an ingress rule of the newer kind": {
			"type": "aws_vpc_security_group_ingress_rule",
			"values": {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0"},
			"want": {["cidr_ipv4"]},
		},
		"all protocols of the newer kind": {
			"type": "aws_vpc_security_group_ingress_rule",
			"values": {"ip_protocol": "-1", "cidr_ipv6": "::/0"},
			"want": {["cidr_ipv6"]},
		},
	}

	findings := policy.deny with input.subject as {"type": case.type, "address": "sg", "values": case.values}

	{finding.at.path | some finding in findings} == case.want
}
