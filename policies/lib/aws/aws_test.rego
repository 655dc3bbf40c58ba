package policies.lib.aws_test

import data.policies.lib.aws

test_owns[name] if {
	some name, case in {
		"a rule in the block": {"rule": {"address": "sg"}, "want": true},
		"a rule elsewhere": {"rule": {"address": "rule"}, "want": false},
	}

	_owns(case.rule) == case.want
}

default _owns(_) := false

_owns(rule) if aws.owns({"address": "sg"}, rule)

test_reaches[name] if {
	some name, case in {
		"the port": {"rule": {"protocol": "tcp", "from_port": 22, "to_port": 22}, "want": true},
		"a range with the port": {"rule": {"protocol": "tcp", "from_port": 0, "to_port": 1024}, "want": true},
		"all protocols": {"rule": {"protocol": "all"}, "want": true},
		"another port": {"rule": {"protocol": "tcp", "from_port": 443, "to_port": 443}, "want": false},
		"a range below the port": {"rule": {"protocol": "tcp", "from_port": 0, "to_port": 21}, "want": false},
		"another protocol": {"rule": {"protocol": "udp", "from_port": 22, "to_port": 22}, "want": false},
		"a protocol without ports": {"rule": {"protocol": "50"}, "want": false},
	}

	_reaches(case.rule) == case.want
}

default _reaches(_) := false

_reaches(rule) if aws.reaches(rule, "tcp", 22)

test_cidr_path[name] if {
	some name, case in {
		"a network": {"cidr": "::/0", "want": ["ingress", 0, "ipv6_cidr_blocks", 0]},
		"one that is written nowhere": {"cidr": "0.0.0.0/0", "want": ["ingress", 0]},
	}

	aws.cidr_path(_with_path, case.cidr) == case.want
}

_with_path := {"path": ["ingress", 0], "cidr_paths": {"::/0": ["ingress", 0, "ipv6_cidr_blocks", 0]}}
