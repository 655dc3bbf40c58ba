# METADATA
# title: Pods have a network of their own
# description: |
#   A pod in the network of its node is outside every network policy, reaches what
#   listens on the node's loopback address, such as the kubelet, and answers under
#   the node's address. Whoever takes it over can listen to the node's traffic.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod security standards, baseline
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.22, A.8.20]
#   severity: high
#   subjects: [PodSpec]
#   remediation: |
#     Remove hostNetwork. Publish ports through a Service, or, where the port has
#     to be on the node, through hostPort.
#   aliases:
#     - K8S-POD-004
#     - trivy:KSV-0009
#     - checkov:CKV_K8S_19
#     - checkov:CKV_K8S_4
#     - kubescape:C-0041
#     - kube-linter:host-network
#     - gatekeeper:k8spsphostnetworkingports
#     - kics:shared_host_network_namespace
#     - kubescape:C-0196
#     - kubescape:C-0216
#     - regula:FG_R00488
package policies.kubernetes.workload.host_network

deny contains {
	"message": $"{input.subject.address} shares the network of its node",
	"at": {"path": array.concat(input.subject.workload.pod.path, ["hostNetwork"])},
} if {
	input.subject.workload.pod.host_network
}
