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
// What the YAML test suite says (402 cases): of the 308 that are valid, 236 are
// read, 226 of the 234 among them that have an answer in JSON as in that
// answer; the others differ by YAML 1.1 (y is true), by !!binary, and in four
// by the parser. Of the 72 that are refused, 55 are YAML 1.2 that the parser of
// kubectl, its sister, does not know either, and 17 have keys that are null or
// no text. Of the 94 that are invalid, 80 are refused.
//
// # Relations
//
// Objects that are applied together are a set: what one kustomization builds,
// what one chart renders, and all manifests of the run that are in neither.
// References and referrers lead to objects of the same set alone, by the rules
// of Kubernetes: labels, names and namespaces. No namespace is the default one.
//
// Plain manifests do not say what is applied with what, and a folder for each
// environment is common. So they are one set, but of several objects with one
// kind, namespace and name those are meant that are in the nearest folder: in
// it, or in the first folder around it that holds any. The price: a policy in
// prod/ covers an object of its namespace in dev/ that prod/ has no variant of.
//
// Pods are looked up by label and families of variants by name, so the work
// grows with the objects and their relations. These are bounded, since objects
// that all select each other have the square of their number.
//
// # Kustomizations
//
// Each kustomization that no other one builds on is built with the official
// library (sigs.k8s.io/kustomize/api v0.21.2); what it read is not judged on
// its own. The library runs in a sandbox: see sandbox.go for what it can read,
// restrict.go for how it is kept from fetching and running anything, and
// blame.go for how a value is found in the file that set it. A resource that is
// elsewhere is a problem, and the rest is built. What cannot be built is a
// problem, and its objects are judged as they are written, but for patches,
// because half an object would be judged as a whole one.
//
// The library adds 15 MB to the program (35.6 to 50.4 MB without symbols), and
// to a run without kustomizations 1 ms of start and 15 MB of pages of the
// program itself, which are shared and can be dropped. Builds take turns, because
// it keeps a schema in a global variable. It writes to the standard error about
// vars, the one deprecated field that has no replacement.
//
// # Charts
//
// Each chart that is in no other is rendered with its values and those of the
// Loader, by package chart. The values of ci/ are not tried. A value is found at
// the line of the template that wrote it; one that toYaml wrote, at the line of
// the call. Crds of a chart are plain manifests.
//
// # More decisions
//
// The type of a subject is its kind, whatever its API group: a policy for Role
// also sees a Role of another group and finds no rules there. Pod templates go
// by group and kind.
package kubernetes
