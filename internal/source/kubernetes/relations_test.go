package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// relations writes each reference as "from -> to", and checks that referrers
// mirror them.
func relations(t *testing.T, inventory *annexgate.Inventory, files bool) []string {
	t.Helper()
	name := func(s *annexgate.Subject) string {
		if files {
			return s.Scope + ":" + s.Address
		}
		return s.Address
	}
	var all []string
	mirrored := map[string]bool{}
	for _, s := range inventory.Subjects {
		for _, r := range s.Referrers {
			mirrored[name(r)+" -> "+name(s)] = true
		}
	}
	for _, s := range inventory.Subjects {
		for _, to := range s.References {
			edge := name(s) + " -> " + name(to)
			if !mirrored[edge] {
				t.Errorf("%s is not among the referrers", edge)
			}
			delete(mirrored, edge)
			all = append(all, edge)
		}
	}
	for edge := range mirrored {
		t.Errorf("%s is not among the references", edge)
	}
	return all
}

// obj writes an object in the flow style. kind may have an apiVersion before a
// bar; name may have a namespace before a slash.
func obj(kind, name, rest string) string {
	version, k, ok := strings.Cut(kind, "|")
	if !ok {
		version, k = "v1", kind
	}
	metadata := "name: " + name
	if namespace, n, ok := strings.Cut(name, "/"); ok {
		metadata = fmt.Sprintf("namespace: %s, name: %s", namespace, n)
	}
	return fmt.Sprintf("---\n{apiVersion: %s, kind: %s, metadata: {%s}, %s}\n", version, k, metadata, rest)
}

// deploy writes a Deployment whose pods have labels.
func deploy(name, labels string) string {
	return obj("apps/v1|Deployment", name, "spec: {template: {metadata: {labels: {"+labels+"}}, spec: {containers: []}}}")
}

func TestRelations(t *testing.T) {
	const netpol, rbac = "networking.k8s.io/v1|NetworkPolicy", "rbac.authorization.k8s.io/v1|"
	budget := func(version, selector string) string {
		return obj(version+"|PodDisruptionBudget", "b", "spec: {"+selector+"}")
	}
	podWith := func(spec string) string { return obj("Pod", "p", "spec: {"+spec+"}") }
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a service leads to pods that have all its labels", obj("Service", "s", "spec: {selector: {app: a, tier: x}}") + deploy("a", "app: a, tier: x, more: y") + deploy("b", "app: a"), []string{"Service/s -> Deployment/a"}},
		{"a service leads to a bare pod", obj("Service", "s", "spec: {selector: {app: a}}") + "---\n{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a}}, spec: {}}\n", []string{"Service/s -> Pod/p"}},
		{"a service leads to the jobs of a cron job", obj("Service", "s", "spec: {selector: {app: a}}") + obj("batch/v1|CronJob", "c", "spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: a}}, spec: {}}}}}"), []string{"Service/s -> CronJob/c"}},
		{"the labels of a deployment itself do not count", obj("Service", "s", "spec: {selector: {app: a}}") + "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: p, labels: {app: a}}, spec: {template: {spec: {}}}}\n", nil},
		{"a service without a selector leads nowhere", obj("Service", "s", "spec: {}") + deploy("a", "app: a"), nil},
		{"a service that is a name elsewhere leads nowhere", obj("Service", "s", "spec: {type: ExternalName, selector: {app: a}}") + deploy("a", "app: a"), nil},
		{"a service of another API group is not one", obj("serving.knative.dev/v1|Service", "s", "spec: {selector: {app: a}}") + deploy("a", "app: a"), nil},
		{"another namespace is out of reach", obj("Service", "x/s", "spec: {selector: {app: a}}") + deploy("z/a", "app: a") + deploy("a", "app: a"), nil},
		{"no namespace is the default one", obj("Service", "default/s", "spec: {selector: {app: a}}") + deploy("a", "app: a"), []string{"Service/default/s -> Deployment/a"}},
		{"labels that look like numbers are text", obj("Service", "s", "spec: {selector: {v: '1'}}") + deploy("a", "v: '1'"), []string{"Service/s -> Deployment/a"}},
		{"a label that the job controller adds", obj("Service", "s", "spec: {selector: {job-name: j}}") + obj("batch/v1|Job", "j", "spec: {template: {spec: {}}}"), []string{"Service/s -> Job/j"}},
		{"a label that the controller of stateful sets adds", obj("Service", "s", "spec: {selector: {statefulset.kubernetes.io/pod-name: db-0}}") + obj("apps/v1|StatefulSet", "db", "spec: {serviceName: s, template: {spec: {}}}"), []string{"Service/s -> StatefulSet/db", "StatefulSet/db -> Service/s"}},

		{"a network policy with an empty selector covers its namespace", obj(netpol, "x/net", "spec: {podSelector: {}}") + deploy("x/a", "app: a") + deploy("x/b", "") + deploy("z/c", "app: a"), []string{"NetworkPolicy/x/net -> Deployment/x/a", "NetworkPolicy/x/net -> Deployment/x/b"}},
		{"a network policy without a selector covers its namespace", obj(netpol, "net", "spec: {policyTypes: [Ingress]}") + deploy("a", "app: a"), []string{"NetworkPolicy/net -> Deployment/a"}},
		{"a network policy by labels", obj(netpol, "net", "spec: {podSelector: {matchLabels: {app: a}}}") + deploy("a", "app: a") + deploy("b", "app: b"), []string{"NetworkPolicy/net -> Deployment/a"}},
		{"In", obj(netpol, "net", "spec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [a, b, a]}]}}") + deploy("a", "app: a") + deploy("b", "app: b") + deploy("c", "app: c") + deploy("d", ""), []string{"NetworkPolicy/net -> Deployment/a", "NetworkPolicy/net -> Deployment/b"}},
		{"NotIn holds for pods without the label", obj(netpol, "net", "spec: {podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a, b]}]}}") + deploy("a", "app: a") + deploy("c", "app: c") + deploy("d", ""), []string{"NetworkPolicy/net -> Deployment/c", "NetworkPolicy/net -> Deployment/d"}},
		{"Exists", obj(netpol, "net", "spec: {podSelector: {matchExpressions: [{key: app, operator: Exists}]}}") + deploy("a", "app: a") + deploy("d", ""), []string{"NetworkPolicy/net -> Deployment/a"}},
		{"DoesNotExist", obj(netpol, "net", "spec: {podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}") + deploy("a", "app: a") + deploy("d", ""), []string{"NetworkPolicy/net -> Deployment/d"}},
		{"labels and expressions must all hold", obj(netpol, "net", "spec: {podSelector: {matchLabels: {app: a}, matchExpressions: [{key: tier, operator: Exists}]}}") + deploy("a", "app: a") + deploy("b", "app: a, tier: x"), []string{"NetworkPolicy/net -> Deployment/b"}},
		{"an operator that does not exist selects nothing", obj(netpol, "net", "spec: {podSelector: {matchExpressions: [{key: app, operator: Like}]}}") + deploy("a", "app: a"), nil},
		{"a selector that is no mapping selects nothing", obj(netpol, "net", "spec: {podSelector: [a]}") + deploy("a", "app: a"), nil},
		{"a network policy of a former API", obj("extensions/v1beta1|NetworkPolicy", "net", "spec: {podSelector: {}}") + deploy("a", ""), []string{"NetworkPolicy/net -> Deployment/a"}},

		{"a disruption budget by labels", budget("policy/v1", "selector: {matchLabels: {app: a}}") + deploy("a", "app: a") + deploy("b", ""), []string{"PodDisruptionBudget/b -> Deployment/a"}},
		{"a disruption budget for the namespace", budget("policy/v1", "selector: {}") + deploy("a", "app: a"), []string{"PodDisruptionBudget/b -> Deployment/a"}},
		{"a former disruption budget for nothing", budget("policy/v1beta1", "selector: {}") + deploy("a", "app: a"), nil},
		{"a disruption budget without a selector", budget("policy/v1", "minAvailable: 1") + deploy("a", "app: a"), nil},
		{"an autoscaler", obj("autoscaling/v2|HorizontalPodAutoscaler", "h", "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}") + deploy("a", "") + obj("apps/v1|StatefulSet", "a", ""), []string{"HorizontalPodAutoscaler/h -> Deployment/a"}},
		{"an autoscaler of a former API", obj("autoscaling/v1|HorizontalPodAutoscaler", "h", "spec: {scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: a}}") + deploy("a", ""), []string{"HorizontalPodAutoscaler/h -> Deployment/a"}},

		{"an ingress", obj("networking.k8s.io/v1|Ingress", "i", "spec: {defaultBackend: {service: {name: d}}, tls: [{secretName: t}], rules: [{http: {paths: [{backend: {service: {name: s}}}, {backend: {resource: {apiGroup: k8s.io, kind: Bucket, name: b}}}]}}]}") + obj("Service", "d", "") + obj("Service", "s", "") + obj("Secret", "t", "") + obj("k8s.io/v1|Bucket", "b", ""), []string{"Ingress/i -> Bucket/b", "Ingress/i -> Secret/t", "Ingress/i -> Service/d", "Ingress/i -> Service/s"}},
		{"an ingress of a former API", obj("extensions/v1beta1|Ingress", "i", "spec: {backend: {serviceName: d}, rules: [{http: {paths: [{backend: {serviceName: s}}]}}]}") + obj("Service", "d", "") + obj("Service", "s", ""), []string{"Ingress/i -> Service/d", "Ingress/i -> Service/s"}},

		{"a role binding", obj(rbac+"RoleBinding", "x/b", "roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: s}, {kind: ServiceAccount, name: s, namespace: z}, {kind: User, name: s}]") + obj(rbac+"Role", "x/r", "") + obj(rbac+"Role", "z/r", "") + obj("ServiceAccount", "x/s", "") + obj("ServiceAccount", "z/s", ""), []string{"RoleBinding/x/b -> Role/x/r", "RoleBinding/x/b -> ServiceAccount/x/s", "RoleBinding/x/b -> ServiceAccount/z/s"}},
		{"a role binding to a cluster role", obj(rbac+"RoleBinding", "x/b", "roleRef: {kind: ClusterRole, name: r}") + obj(rbac+"ClusterRole", "r", ""), []string{"RoleBinding/x/b -> ClusterRole/r"}},
		{"a cluster role binding", obj(rbac+"ClusterRoleBinding", "b", "roleRef: {kind: ClusterRole, name: r}, subjects: [{kind: ServiceAccount, name: s, namespace: x}]") + obj(rbac+"ClusterRole", "r", "") + obj("ServiceAccount", "x/s", ""), []string{"ClusterRoleBinding/b -> ClusterRole/r", "ClusterRoleBinding/b -> ServiceAccount/x/s"}},
		{"a binding to what is no role", obj(rbac+"RoleBinding", "b", "roleRef: {kind: Secret, name: r}") + obj("Secret", "r", ""), nil},

		{"the account of a pod", podWith("serviceAccountName: s") + obj("ServiceAccount", "s", "") + obj("ServiceAccount", "default", ""), []string{"Pod/p -> ServiceAccount/s"}},
		{"the account of a pod that names none", podWith("") + obj("ServiceAccount", "s", "") + obj("ServiceAccount", "default", ""), []string{"Pod/p -> ServiceAccount/default"}},
		{"the secrets of an account", obj("ServiceAccount", "a", "secrets: [{name: s}], imagePullSecrets: [{name: t}]") + obj("Secret", "s", "") + obj("Secret", "t", ""), []string{"ServiceAccount/a -> Secret/s", "ServiceAccount/a -> Secret/t"}},
		{
			"volumes", podWith("volumes: [{configMap: {name: a}}, {secret: {secretName: b}}, {persistentVolumeClaim: {claimName: c}}, {projected: {sources: [{configMap: {name: d}}, {secret: {name: e}}]}}, {csi: {nodePublishSecretRef: {name: f}}}, {rbd: {secretRef: {name: g}}}, {emptyDir: {}}], imagePullSecrets: [{name: h}]") +
				obj("ConfigMap", "a", "") + obj("Secret", "b", "") + obj("PersistentVolumeClaim", "c", "") + obj("ConfigMap", "d", "") + obj("Secret", "e", "") + obj("Secret", "f", "") + obj("Secret", "g", "") + obj("Secret", "h", "") + obj("ConfigMap", "b", ""),
			[]string{"Pod/p -> ConfigMap/a", "Pod/p -> ConfigMap/d", "Pod/p -> PersistentVolumeClaim/c", "Pod/p -> Secret/b", "Pod/p -> Secret/e", "Pod/p -> Secret/f", "Pod/p -> Secret/g", "Pod/p -> Secret/h"},
		},
		{
			"the environment, once however often it is named", podWith("initContainers: [{envFrom: [{configMapRef: {name: a}}, {secretRef: {name: b}}]}], containers: [{env: [{valueFrom: {configMapKeyRef: {name: c}}}, {valueFrom: {secretKeyRef: {name: d}}}, {valueFrom: {secretKeyRef: {name: d}}}]}]") +
				obj("ConfigMap", "a", "") + obj("Secret", "b", "") + obj("ConfigMap", "c", "") + obj("Secret", "d", ""),
			[]string{"Pod/p -> ConfigMap/a", "Pod/p -> ConfigMap/c", "Pod/p -> Secret/b", "Pod/p -> Secret/d"},
		},
		{"what is not there is no relation", podWith("serviceAccountName: s, volumes: [{secret: {secretName: b}}]"), nil},
		{"shapes that nobody expects", podWith("volumes: {a: b}, imagePullSecrets: [a, [b]], containers: 7") + obj(rbac+"RoleBinding", "b", "roleRef: [a], subjects: {a: b}") + obj("Service", "s", "spec: 7"), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inventory := read(t, map[string]string{"a.yaml": test.text})
			if diff := cmp.Diff(test.want, relations(t, inventory, false)); diff != "" {
				t.Errorf("relations (-want +got):\n%s", diff)
			}
			if len(inventory.Problems) > 0 {
				t.Errorf("problems: %q", problems(inventory))
			}
		})
	}
}

func TestPlainManifestsAreOneSet(t *testing.T) {
	service := obj("Service", "s", "spec: {selector: {app: a}}")
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{
			"objects of different folders belong together",
			map[string]string{"net/s.yaml": service, "app/d.yaml": deploy("d", "app: a")},
			[]string{"net/s.yaml:Service/s -> app/d.yaml:Deployment/d"},
		},
		{
			"of several with one name the nearest is meant",
			map[string]string{"dev/s.yaml": service, "dev/app/d.yaml": deploy("d", "app: a"), "prod/s.yaml": service, "prod/app/d.yaml": deploy("d", "app: a")},
			[]string{"dev/s.yaml:Service/s -> dev/app/d.yaml:Deployment/d", "prod/s.yaml:Service/s -> prod/app/d.yaml:Deployment/d"},
		},
		{
			"the nearest is meant, also if its labels differ",
			map[string]string{"dev/s.yaml": service, "dev/d.yaml": deploy("d", "app: b"), "prod/d.yaml": deploy("d", "app: a")},
			nil,
		},
		{
			"several that are equally near are all meant",
			map[string]string{"s.yaml": service, "dev/d.yaml": deploy("d", "app: a"), "prod/d.yaml": deploy("d", "app: a")},
			[]string{"s.yaml:Service/s -> dev/d.yaml:Deployment/d", "s.yaml:Service/s -> prod/d.yaml:Deployment/d"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, relations(t, read(t, test.files), true)); diff != "" {
				t.Errorf("relations (-want +got):\n%s", diff)
			}
		})
	}
}

// Many objects that all select each other have the square of their number in
// relations; the loader stops and says so.
func TestRelationsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 1100 {
		text.WriteString(obj("networking.k8s.io/v1|NetworkPolicy", fmt.Sprintf("n%d", i), "spec: {podSelector: {}}"))
		text.WriteString(deploy(fmt.Sprintf("d%d", i), "app: a"))
	}
	got := problems(read(t, map[string]string{"a.yaml": text.String()}))
	want := []string{"partial the objects have more than 1000000 relations: not all were followed; check fewer files at a time"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
