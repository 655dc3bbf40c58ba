package policies.terraform.aws.kms.rotation_test

import data.policies.terraform.aws.kms.rotation as policy

test_deny[name] if {
	some name, case in {
		"rotation is absent": {"values": {}, "want": {"k is not rotated automatically"}},
		"rotation is off": {"values": {"enable_key_rotation": false}, "want": {"k is not rotated automatically"}},
		"rotation is on": {"values": {"enable_key_rotation": true}, "want": set()},
		"a symmetric key, said in full": {
			"values": {"customer_master_key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT"},
			"want": {"k is not rotated automatically"},
		},
		"an asymmetric key": {"values": {"customer_master_key_spec": "RSA_4096"}, "want": set()},
		"a key that signs": {"values": {"key_usage": "SIGN_VERIFY"}, "want": set()},
		"a key in a custom key store": {"values": {"custom_key_store_id": "cks-1"}, "want": set()},
		"a spec of null is the default": {
			"values": {"customer_master_key_spec": null},
			"want": {"k is not rotated automatically"},
		},
	}

	findings := policy.deny with input.subject as {"address": "k", "values": case.values}

	{finding.message | some finding in findings} == case.want
}
