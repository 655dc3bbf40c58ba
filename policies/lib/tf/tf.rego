# METADATA
# title: Terraform helpers
# description: |
#   What a Terraform policy may ask about a block. A value can be set, absent or
#   null, and old configurations quote booleans and numbers; a policy that tests
#   a value by hand usually forgets one of these.
package policies.lib.tf

# METADATA
# description: enabled reports whether name is true, quoted or not. Absent and null are not.
enabled(values, name) if values[name] in {true, "true"}

# METADATA
# description: present reports whether name has a value. Absent, null and the empty string have none.
present(values, name) if not values[name] in {null, ""}

# METADATA
# scope: document
# description: number returns the number called name, quoted or not. It is undefined for anything else.
number(values, name) := values[name] if is_number(values[name])

number(values, name) := to_number(values[name]) if {
	is_string(values[name])
	regex.match(`^-?[0-9]+(\.[0-9]+)?$`, values[name])
}
