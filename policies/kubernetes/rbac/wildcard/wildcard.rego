# METADATA
# title: Roles do not allow every verb on every resource
# description: |
#   A rule with a star for verbs and for resources makes whoever is bound to the
#   role an administrator: of the cluster, or of a namespace with all its secrets.
#   It also covers what will be installed later. A star for resources of the core
#   API group alone is as much, since secrets and pods are in it; rules for one
#   other API group or for named objects are not meant here.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
#     description: "RBAC good practices: least privilege"
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.2, A.5.15]
#   severity: critical
#   subjects: [Role, ClusterRole]
#   remediation: List the verbs and resources that are needed, in a rule for each API group.
#   aliases:
#     - K8S-RBAC-001
#     - trivy:KSV-0044
#     - checkov:CKV_K8S_49
#     - kubescape:C-0187
#     - kube-linter:wildcard-in-rules
#     - kics:rbac_wildcard_in_rule
#     - regula:FG_R00481
package policies.kubernetes.rbac.wildcard

deny contains {
	"message": $"{input.subject.address} allows every verb on every resource",
	"at": {"path": ["rules", i, "resources"]},
} if {
	some i, rule in input.subject.values.rules
	"*" in rule.verbs
	"*" in rule.resources
	some group in rule.apiGroups
	group in {"*", ""}
	not _named(rule)
}

_named(rule) if count(rule.resourceNames) > 0
