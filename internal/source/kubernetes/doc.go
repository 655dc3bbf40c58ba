// Package kubernetes reads manifests, YAML and JSON, into the objects that
// policies examine, with the place of every value.
//
// The unit is the document, not the file: a document counts as Kubernetes by
// its content (an apiVersion and a kind), so that workflows, compose files,
// Helm values and OpenAPI descriptions that share the file names are passed
// over in silence. A document that does not parse but has lines that read
// apiVersion: and kind: is a problem, never silence.
//
// # Reading
//
// A value is what the API server would get from kubectl:
//
//   - Plain scalars follow YAML 1.1: yes, on and y are true, 0777 and 0o777 are
//     511, dates are text. Integers keep all their digits.
//   - A key given twice takes its last value; a merge key (<<) stands where it is
//     written, so it overrides what comes before it. YAML's own rule and
//     kustomize let the explicit key win. Either is a notice.
//   - A file that starts with { is a stream of JSON; if it is not JSON, it is
//     YAML.
//   - Items of a List are objects of their own.
//
// # Places
//
// A scalar is found where it is written, through an alias at its anchor. A
// mapping or list is found at its key, or, as an item, at its first entry; so
// a key that is missing is found at the line that opens the mapping it is
// missing from. The object as a whole is found at metadata.name, because that
// is the line that tells a reader which object is meant, else at kind.
//
// # Decisions
//
// YAML library: go.yaml.in/yaml/v3, by way of its Node. Needed are a line and
// a column for each node, maintenance, and text before types, because types are
// resolved here by the rules of YAML 1.1 (see scalar.go). Measured on 3000
// Deployments in 2.7 MB (2 shared cores, best of two): yaml v3.0.5 131 ms and
// 61 MB allocated; yaml v4.0.0 133 ms and 62 MB, with an API that is still new;
// sigs.k8s.io/yaml v1.6.0, which has the right types but no positions, 219 ms
// and 166 MB. v4 has the same Node, so changing over later is small.
//
// Documents are cut at their markers before they are parsed, one parser each.
// A line that starts with --- and a blank is a marker wherever it stands, also
// inside quotes and blocks, so the cut is exact; a document that does not parse
// costs itself alone, and anchors end with their document, as for kubectl.
//
// Helm templates are not YAML before they are rendered. They are not read; each
// chart is one problem. Kustomizations are not objects; one that generates or
// patches is a problem, because what it makes is not what is written, and the
// files it applies as patches are left out, because half an object would be
// judged as a whole one. A kustomization that only lists, names and labels is
// no problem. Building both is the loader's next step.
//
// The type of a subject is its kind, whatever its API group: a policy for Role
// also sees a Role of another group and finds no rules there. Pod templates go
// by group and kind.
package kubernetes
