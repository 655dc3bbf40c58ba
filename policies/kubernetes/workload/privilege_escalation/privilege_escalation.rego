# METADATA
# title: Containers gain no more privileges than their parent process
# description: |
#   Unless allowPrivilegeEscalation is false, a program with the setuid bit or
#   with file capabilities gives a process inside the container more privileges
#   than it was started with. The default is true, so a container that leaves the
#   setting out fails. It exists per container only, and not on Windows.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
#     description: Pod security standards, restricted
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.2]
#   severity: medium
#   subjects: [PodSpec]
#   remediation: Set securityContext.allowPrivilegeEscalation to false on every container, init and ephemeral ones too.
#   aliases:
#     - K8S-POD-005
#     - trivy:KSV-0001
#     - checkov:CKV_K8S_20
#     - checkov:CKV_K8S_5
#     - kubescape:C-0016
#     - kube-linter:privilege-escalation-container
#     - gatekeeper:k8spspallowprivilegeescalationcontainer
#     - kics:privilege_escalation_allowed
#     - kubescape:C-0197
#     - kubescape:C-0217
#     - regula:FG_R00489
package policies.kubernetes.workload.privilege_escalation

import data.policies.lib.k8s

deny contains {
	"message": $"{k8s.title(container)} of {input.subject.address} does not set allowPrivilegeEscalation to false",
	"key": container.name,
	"at": {"path": k8s.security_path(container, "allowPrivilegeEscalation")},
} if {
	not k8s.windows(input.subject.workload.pod)
	some container in input.subject.workload.containers
	not _forbidden(container.security)
}

_forbidden(security) if security.allowPrivilegeEscalation == false
