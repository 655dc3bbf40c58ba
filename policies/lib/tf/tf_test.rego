package policies.lib.tf_test

import data.policies.lib.tf

test_enabled[name] if {
	some name, case in {
		"true": {"values": {"versioning": true}, "want": true},
		"the string true": {"values": {"versioning": "true"}, "want": true},
		"false": {"values": {"versioning": false}, "want": false},
		"null": {"values": {"versioning": null}, "want": false},
		"absent": {"values": {}, "want": false},
		"another string": {"values": {"versioning": "Enabled"}, "want": false},
	}

	_enabled(case.values) == case.want
}

test_present[name] if {
	some name, case in {
		"a string": {"values": {"key": "k"}, "want": true},
		"false": {"values": {"key": false}, "want": true},
		"null": {"values": {"key": null}, "want": false},
		"absent": {"values": {}, "want": false},
		"the empty string": {"values": {"key": ""}, "want": false},
	}

	_present(case.values) == case.want
}

test_number[name] if {
	some name, case in {
		"a number": {"values": {"port": 22}, "want": 22},
		"a quoted number": {"values": {"port": "22"}, "want": 22},
		"a negative number": {"values": {"port": -1}, "want": -1},
		"another string": {"values": {"port": "ssh"}, "want": "none"},
		"null": {"values": {"port": null}, "want": "none"},
		"absent": {"values": {}, "want": "none"},
	}

	_number(case.values) == case.want
}

default _enabled(_) := false

_enabled(values) if tf.enabled(values, "versioning")

default _present(_) := false

_present(values) if tf.present(values, "key")

default _number(_) := "none"

_number(values) := tf.number(values, "port")
