# METADATA
# title: Kubernetes helpers
# description: |
#   What a Kubernetes policy may ask about a container and its pod, as the
#   loader describes them in input.subject.workload.
package policies.lib.k8s

# METADATA
# description: title names a container in a message, with its kind if it is not an ordinary one.
# scope: document
title(container) := $"container {container.name}" if container.kind == "container"

title(container) := $"{container.kind} container {container.name}" if container.kind != "container"

# METADATA
# description: |
#   security_path leads to where a setting of the effective security context is
#   written, on the container or on its pod. If it is on neither, it leads to
#   where the container lacks it.
# scope: document
security_path(container, setting) := container.security_path[setting]

security_path(container, setting) := array.concat(container.path, ["securityContext", setting]) if {
	not container.security_path[setting]
}

# METADATA
# description: windows reports whether a pod's containers run on Windows, where some settings have no meaning.
windows(pod) if pod.os == "windows"
