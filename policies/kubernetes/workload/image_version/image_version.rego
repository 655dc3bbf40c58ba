# METADATA
# title: Container images name their version
# description: |
#   The tag latest, which is also what a runtime takes when no tag is given, means
#   another image after every push. Two nodes may then run different code, nobody
#   can tell what ran last week, and a rollback has nothing to go back to. An image
#   with a digest is pinned whatever its tag says.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
#     description: "Images: names, tags and digests"
# schemas:
#   - input: schema.kubernetes
# custom:
#   controls: [A.8.9, A.8.19]
#   severity: medium
#   subjects: [PodSpec]
#   remediation: Name a tag that is not moved, such as 1.27.3, or, better, the digest of the image.
#   aliases:
#     - K8S-IMG-001
#     - trivy:KSV-0013
#     - checkov:CKV_K8S_14
#     - kubescape:C-0075
#     - kube-linter:latest-tag
#     - gatekeeper:k8sdisallowedtags
#     - kics:invalid_image
package policies.kubernetes.workload.image_version

import data.policies.lib.k8s

deny contains {
	"message": $"{k8s.title(container)} of {input.subject.address} uses {container.image.text}, {fault}",
	"key": container.name,
	"at": {"path": array.concat(container.path, ["image"])},
} if {
	some container in input.subject.workload.containers
	fault := _fault(container.image)
}

_fault(image) := "which has no tag and so means latest" if image.default_tag

_fault(image) := "whose tag means another image after every push" if {
	image.tag == "latest"
	not image.digest
}
