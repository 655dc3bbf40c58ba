package kubernetes

import "slices"

// referencesOf returns the members that m refers to by the rules of
// Kubernetes, as indexes, in no order.
func (x *index) referencesOf(m *member) []int {
	r := references{x, m, nil}
	if m.pod != nil {
		r.fromPod()
	}
	if from := relating[kindOf{m.group, m.kind}]; from != nil {
		from(&r, mapping(m.Values["spec"]))
	}
	return r.found
}

type kindOf struct{ group, kind string }

// relating lists the kinds whose objects refer to others, and how, given their
// spec. What pods refer to is not in it.
var relating = map[kindOf]func(*references, map[string]any){
	{"", "Service"}:                                     (*references).fromService,
	{"", "ServiceAccount"}:                              (*references).fromServiceAccount,
	{"apps", "StatefulSet"}:                             (*references).fromStatefulSet,
	{"networking.k8s.io", "NetworkPolicy"}:              (*references).fromNetworkPolicy,
	{"networking.k8s.io", "Ingress"}:                    (*references).fromIngress,
	{"policy", "PodDisruptionBudget"}:                   (*references).fromDisruptionBudget,
	{"autoscaling", "HorizontalPodAutoscaler"}:          (*references).fromAutoscaler,
	{"rbac.authorization.k8s.io", "RoleBinding"}:        (*references).fromBinding,
	{"rbac.authorization.k8s.io", "ClusterRoleBinding"}: (*references).fromBinding,
}

// references collects what one member refers to.
type references struct {
	index *index
	from  *member
	found []int
}

// to adds the object that the member means by a kind and name in its own
// namespace.
func (r *references) to(group, kind string, name any) {
	r.toNamespace(group, kind, r.from.namespace, name)
}

func (r *references) toNamespace(group, kind, namespace string, name any) {
	if name := text(name); name != "" {
		r.found = append(r.found, r.index.find(inGroup(group, kind, namespace, name), r.from.folder)...)
	}
}

// toPods adds the workloads whose pods meet all requirements.
func (r *references) toPods(requirements []requirement) {
	r.found = append(r.found, r.index.selected(requirements, r.from.namespace, r.from.folder)...)
}

func (r *references) fromPod() {
	pod := r.from.pod
	r.to("", "ServiceAccount", mapping(mapping(r.from.Facts["workload"])["pod"])["service_account"])
	for _, secret := range list(pod["imagePullSecrets"]) {
		r.to("", "Secret", mapping(secret)["name"])
	}
	for _, volume := range list(pod["volumes"]) {
		r.fromVolume(mapping(volume))
	}
	for _, c := range list(mapping(r.from.Facts["workload"])["containers"]) {
		r.fromEnvironment(mapping(mapping(c)["spec"]))
	}
}

func (r *references) fromVolume(volume map[string]any) {
	r.to("", "ConfigMap", mapping(volume["configMap"])["name"])
	r.to("", "Secret", mapping(volume["secret"])["secretName"])
	r.to("", "Secret", mapping(volume["azureFile"])["secretName"])
	r.to("", "PersistentVolumeClaim", mapping(volume["persistentVolumeClaim"])["claimName"])
	for _, projected := range list(mapping(volume["projected"])["sources"]) {
		r.to("", "ConfigMap", mapping(mapping(projected)["configMap"])["name"])
		r.to("", "Secret", mapping(mapping(projected)["secret"])["name"])
	}
	for _, driver := range []string{"cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"} {
		r.to("", "Secret", mapping(mapping(volume[driver])["secretRef"])["name"])
	}
	r.to("", "Secret", mapping(mapping(volume["csi"])["nodePublishSecretRef"])["name"])
}

func (r *references) fromEnvironment(container map[string]any) {
	for _, item := range list(container["envFrom"]) {
		r.to("", "ConfigMap", mapping(mapping(item)["configMapRef"])["name"])
		r.to("", "Secret", mapping(mapping(item)["secretRef"])["name"])
	}
	for _, item := range list(container["env"]) {
		from := mapping(mapping(item)["valueFrom"])
		r.to("", "ConfigMap", mapping(from["configMapKeyRef"])["name"])
		r.to("", "Secret", mapping(from["secretKeyRef"])["name"])
	}
}

// fromService: a Service without a selector has no pods of its own, and one
// that is a name elsewhere ignores it.
func (r *references) fromService(spec map[string]any) {
	requirements := equalities(spec["selector"])
	if len(requirements) > 0 && spec["type"] != "ExternalName" {
		r.toPods(requirements)
	}
}

func (r *references) fromServiceAccount(map[string]any) {
	for _, key := range []string{"secrets", "imagePullSecrets"} {
		for _, secret := range list(r.from.Values[key]) {
			r.to("", "Secret", mapping(secret)["name"])
		}
	}
}

func (r *references) fromStatefulSet(spec map[string]any) {
	r.to("", "Service", spec["serviceName"])
}

// fromNetworkPolicy: a selector that is empty or not there selects every pod
// of the namespace.
func (r *references) fromNetworkPolicy(spec map[string]any) {
	if spec == nil {
		return
	}
	requirements, ok := selector(spec["podSelector"])
	if ok || spec["podSelector"] == nil {
		r.toPods(requirements)
	}
}

// fromDisruptionBudget: an empty selector selects every pod of the namespace,
// but none in the first version of the API; one that is not there selects none.
func (r *references) fromDisruptionBudget(spec map[string]any) {
	requirements, ok := selector(spec["selector"])
	if !ok || len(requirements) == 0 && text(r.from.Values["apiVersion"]) == "policy/v1beta1" {
		return
	}
	r.toPods(requirements)
}

func (r *references) fromAutoscaler(spec map[string]any) {
	target := mapping(spec["scaleTargetRef"])
	id := identify(text(target["apiVersion"]), text(target["kind"]), "", "")
	r.to(id.group, id.kind, target["name"])
}

func (r *references) fromIngress(spec map[string]any) {
	for _, key := range []string{"defaultBackend", "backend"} {
		r.toBackend(mapping(spec[key]))
	}
	for _, rule := range list(spec["rules"]) {
		for _, route := range list(mapping(mapping(rule)["http"])["paths"]) {
			r.toBackend(mapping(mapping(route)["backend"]))
		}
	}
	for _, tls := range list(spec["tls"]) {
		r.to("", "Secret", mapping(tls)["secretName"])
	}
}

// toBackend adds what an Ingress leads to; serviceName is how its former
// versions say it.
func (r *references) toBackend(backend map[string]any) {
	r.to("", "Service", mapping(backend["service"])["name"])
	r.to("", "Service", backend["serviceName"])
	resource := mapping(backend["resource"])
	r.to(text(resource["apiGroup"]), text(resource["kind"]), resource["name"])
}

// fromBinding: a binding leads to its role and to the service accounts that it
// gives the role to.
func (r *references) fromBinding(map[string]any) {
	role := mapping(r.from.Values["roleRef"])
	if kind := text(role["kind"]); slices.Contains([]string{"Role", "ClusterRole"}, kind) {
		r.to("rbac.authorization.k8s.io", kind, role["name"])
	}
	for _, item := range list(r.from.Values["subjects"]) {
		subject := mapping(item)
		if subject["kind"] != "ServiceAccount" {
			continue
		}
		namespace := text(subject["namespace"])
		if namespace == "" {
			namespace = r.from.namespace
		}
		r.toNamespace("", "ServiceAccount", namespace, subject["name"])
	}
}
