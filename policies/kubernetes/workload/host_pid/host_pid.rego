# METADATA
# title: Pods have a process namespace of their own
# description: |
#   A pod that shares the process namespace of its node sees every process there,
#   with its environment and its arguments, and can signal or trace those of the
#   same user. What other workloads were given as secrets is often among that.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod security standards, baseline
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.2, A.8.22]
#   severity: high
#   subjects: [PodSpec]
#   remediation: |
#     Remove hostPID. To let the containers of one pod see each other, set
#     shareProcessNamespace instead.
#   aliases:
#     - K8S-POD-002
#     - trivy:KSV-0010
#     - checkov:CKV_K8S_17
#     - checkov:CKV_K8S_1
#     - kubescape:C-0038
#     - kube-linter:host-pid
#     - gatekeeper:k8spsphostnamespace
#     - kics:shared_host_pid_namespace
#     - kubescape:C-0194
#     - kubescape:C-0214
#     - kubescape:C-0275
#     - regula:FG_R00486
package policies.kubernetes.workload.host_pid

deny contains {
	"message": $"{input.subject.address} shares the process namespace of its node",
	"at": {"path": array.concat(input.subject.workload.pod.path, ["hostPID"])},
} if {
	input.subject.workload.pod.host_pid
}
