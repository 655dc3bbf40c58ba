# METADATA
# title: Pods do not mount the socket of the container runtime
# description: |
#   Whoever can write to the socket of Docker, containerd or CRI-O starts
#   containers with every right on the node, past the API server and its log. A
#   mount of the directory that the socket lies in gives it away as well, read
#   only or not.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
#     description: "Volumes: hostPath"
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.2, A.8.18]
#   severity: critical
#   subjects: [PodSpec]
#   remediation: |
#     Remove the volume. Build images with a tool that needs no runtime, and ask
#     the API server or the kubelet for what runs on the node.
#   aliases:
#     - K8S-POD-015
#     - trivy:KSV-0006
#     - checkov:CKV_K8S_27
#     - kubescape:C-0074
#     - kube-linter:docker-sock
#     - kics:docker_daemon_socket_is_exposed_to_containers
package policies.kubernetes.workload.runtime_socket

deny contains {
	"message": $"{input.subject.address} mounts {volume.hostPath.path}, {what}",
	"at": {"path": array.concat(input.subject.workload.pod.path, ["volumes", i, "hostPath", "path"])},
} if {
	some i, volume in input.subject.workload.pod.spec.volumes
	what := _holds(_clean(volume.hostPath.path))
}

_holds(path) := "the socket of the container runtime" if path in _sockets

_holds(path) := "which holds the socket of the container runtime" if path in _folders

_folders contains regex.replace(socket, `/[^/]*$`, "") if {
	some socket in _sockets
	startswith(socket, "run/")
}

# Below /, where /var/run is a link to /run. The last two are pipes of Windows.
_sockets := {
	"run/docker.sock",
	"run/cri-dockerd.sock",
	"run/dockershim.sock",
	"run/containerd/containerd.sock",
	"run/k3s/containerd/containerd.sock",
	"run/k0s/containerd.sock",
	"run/crio/crio.sock",
	"run/podman/podman.sock",
	"pipe/docker_engine",
	"pipe/containerd-containerd",
}

# _clean writes a path as _sockets does.
_clean(path) := regex.replace(joined, `^var/run(/|$)`, "run$1") if {
	parts := split(replace(path, `\`, "/"), "/")
	joined := concat("/", [part | some part in parts; not part in {"", "."}])
}
