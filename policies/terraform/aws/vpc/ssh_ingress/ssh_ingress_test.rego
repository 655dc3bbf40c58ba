package policies.terraform.aws.vpc.ssh_ingress_test

import data.policies.terraform.aws.vpc.ssh_ingress as policy

test_deny[name] if {
	some name, case in {
		"SSH to everyone": {"rule": {}, "want": {["ingress", 0, "cidr_blocks", 1]}},
		"SSH to everyone over IPv6": {
			"rule": {"cidrs": ["::/0"], "cidr_paths": {"::/0": ["cidr_ipv6"]}},
			"want": {["cidr_ipv6"]},
		},
		"a range that includes SSH": {"rule": {"to_port": 1024}, "want": {["ingress", 0, "cidr_blocks", 1]}},
		"all protocols": {"rule": {"protocol": "all"}, "want": {["ingress", 0, "cidr_blocks", 1]}},
		"another port": {"rule": {"from_port": 443, "to_port": 443}, "want": set()},
		"another protocol": {"rule": {"protocol": "udp"}, "want": set()},
		"the other direction": {"rule": {"direction": "egress"}, "want": set()},
		"a private network": {"rule": {"cidrs": ["10.0.0.0/8"]}, "want": set()},
		"another security group": {"rule": {"cidrs": [], "groups": ["sg-1"]}, "want": set()},
		"a rule that is written elsewhere": {"rule": {"address": "rule"}, "want": set()},
	}

	rule := object.union(
		{
			"address": "sg",
			"path": ["ingress", 0],
			"direction": "ingress",
			"protocol": "tcp",
			"from_port": 22,
			"to_port": 22,
			"cidrs": ["10.0.0.0/8", "0.0.0.0/0"],
			"cidr_paths": {"0.0.0.0/0": ["ingress", 0, "cidr_blocks", 1]},
		},
		case.rule,
	)
	findings := policy.deny with input.subject as {"address": "sg", "rules": [rule]}

	{finding.at.path | some finding in findings} == case.want
}
