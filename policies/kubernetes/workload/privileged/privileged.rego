# METADATA
# title: Containers are not privileged and are no Windows host processes
# description: |
#   A privileged container has every capability and every device of its node, and
#   a Windows host process runs on the node itself. Whoever takes over such a
#   container has taken over the node and all that runs on it.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod security standards, baseline
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.2, A.8.18]
#   severity: critical
#   subjects: [PodSpec]
#   remediation: |
#     Remove privileged and hostProcess, and add only the capabilities or mount
#     only the devices that the container needs.
#   aliases:
#     - K8S-POD-001
#     - trivy:KSV-0017
#     - checkov:CKV_K8S_16
#     - checkov:CKV_K8S_2
#     - kubescape:C-0057
#     - kube-linter:privileged-container
#     - kube-linter:scc-deny-privileged-container
#     - gatekeeper:k8spspprivilegedcontainer
#     - kics:container_is_privileged
#     - trivy:KSV-0103
#     - kubescape:C-0202
#     - gatekeeper:k8spsphostprocess
#     - kubescape:C-0193
#     - kubescape:C-0213
#     - regula:FG_R00485
package policies.kubernetes.workload.privileged

import data.policies.lib.k8s

deny contains {
	"message": $"{k8s.title(container)} of {input.subject.address} is privileged",
	"key": container.name,
	"at": {"path": container.security_path.privileged},
} if {
	some container in input.subject.workload.containers
	container.security.privileged == true
}

deny contains {
	"message": $"{k8s.title(container)} of {input.subject.address} runs as a Windows host process",
	"key": container.name,
	"at": {"path": container.security_path["windowsOptions.hostProcess"]},
} if {
	some container in input.subject.workload.containers
	container.security.windowsOptions.hostProcess == true
}
