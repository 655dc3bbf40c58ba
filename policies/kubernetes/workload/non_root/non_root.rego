# METADATA
# title: Containers are forced to run as a user other than root
# description: |
#   Root in a container is root on its node as soon as something lets it out. A
#   container is forced to run as another user by runAsNonRoot, or by a runAsUser
#   other than 0, on itself or on its pod. On Windows a runAsUserName other than
#   an administrator's does it too.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
#     description: Pod security standards, restricted
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.2]
#   severity: medium
#   subjects: [PodSpec]
#   remediation: |
#     Set securityContext.runAsNonRoot to true on the pod, and use images whose
#     user is a number other than 0, or set runAsUser to one.
#   aliases:
#     - K8S-POD-006
#     - trivy:KSV-0012
#     - checkov:CKV_K8S_23
#     - checkov:CKV_K8S_6
#     - kubescape:C-0013
#     - kube-linter:run-as-non-root
#     - gatekeeper:k8spspallowedusers
#     - kics:containers_running_as_root
#     - kubescape:C-0198
#     - kubescape:C-0218
#     - regula:FG_R00490
package policies.kubernetes.workload.non_root

import data.policies.lib.k8s

deny contains {
	"message": $"{k8s.title(container)} of {input.subject.address} {_fault(container)}",
	"key": container.name,
	"at": {"path": k8s.security_path(container, _setting(container))},
} if {
	some container in input.subject.workload.containers
	not _forced(container.security)
	not _on_windows(container.security)
}

_forced(security) if security.runAsNonRoot == true

_forced(security) if {
	is_number(security.runAsUser)
	security.runAsUser > 0
}

_on_windows(security) if {
	k8s.windows(input.subject.workload.pod)
	user := security.windowsOptions.runAsUserName
	not regex.match(`(?i)(^|\\)(containeradministrator|administrator|system)$`, user)
}

# A host process has no user of a container; that it is one is a finding of
# another policy.
_on_windows(security) if security.windowsOptions.hostProcess == true

default _setting(_) := "runAsNonRoot"

_setting(container) := "runAsUser" if container.security.runAsUser == 0

default _fault(_) := "is not forced to run as a user other than root"

_fault(container) := "runs as root" if container.security.runAsUser == 0
