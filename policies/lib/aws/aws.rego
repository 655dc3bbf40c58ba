# METADATA
# title: AWS helpers
# description: |
#   What an AWS policy may ask about rules of security groups, as the loader
#   describes them in input.subject.rules. A policy that judges rules one by one
#   takes groups and rules as subjects and looks at the rules that the subject
#   owns, so that each rule is judged once, where it is written, also when its
#   group is somewhere else. A policy about a group as a whole takes groups alone
#   and looks at all rules.
package policies.lib.aws

# METADATA
# description: anywhere is every address, of IPv4 and IPv6.
anywhere := {"0.0.0.0/0", "::/0"}

# METADATA
# description: owns reports whether a rule is written in a block itself.
owns(block, rule) if rule.address == block.address

# METADATA
# description: reaches reports whether a rule is about a port of a protocol, alone or among others.
# scope: document
reaches(rule, _, _) if rule.protocol == "all"

reaches(rule, protocol, port) if {
	rule.protocol == protocol
	rule.from_port <= port
	rule.to_port >= port
}

# METADATA
# description: cidr_path leads to where a network of a rule is written.
cidr_path(rule, cidr) := object.get(rule.cidr_paths, cidr, rule.path)
