package kubernetes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// facts returns the workload of the only object in text.
func facts(t *testing.T, text string) map[string]any {
	t.Helper()
	inventory := read(t, map[string]string{"a.yaml": text})
	if len(inventory.Subjects) != 1 {
		t.Fatalf("subjects are %q, problems %q", addresses(inventory), problems(inventory))
	}
	return mapping(inventory.Subjects[0].Facts["workload"])
}

func TestPodOwners(t *testing.T) {
	template := "{template: {spec: {containers: [{name: app}]}}}"
	tests := []struct{ apiVersion, kind, field, value, want string }{
		{"v1", "Pod", "spec", "{containers: [{name: app}]}", "spec"},
		{"v1", "PodTemplate", "template", "{spec: {containers: [{name: app}]}}", "template.spec"},
		{"v1", "ReplicationController", "spec", template, "spec.template.spec"},
		{"apps/v1", "Deployment", "spec", template, "spec.template.spec"},
		{"extensions/v1beta1", "Deployment", "spec", template, "spec.template.spec"},
		{"apps/v1", "StatefulSet", "spec", template, "spec.template.spec"},
		{"apps/v1", "DaemonSet", "spec", template, "spec.template.spec"},
		{"apps/v1", "ReplicaSet", "spec", template, "spec.template.spec"},
		{"batch/v1", "Job", "spec", template, "spec.template.spec"},
		{"batch/v1beta1", "CronJob", "spec", "{jobTemplate: {spec: " + template + "}}", "spec.jobTemplate.spec.template.spec"},
		{"argoproj.io/v1alpha1", "Rollout", "spec", template, "spec.template.spec"},
		{"serving.knative.dev/v1", "Service", "spec", template, "spec.template.spec"},
		{"serving.knative.dev/v1", "Configuration", "spec", template, "spec.template.spec"},
		{"serving.knative.dev/v1", "Revision", "spec", "{containers: [{name: app}]}", "spec"},
		{"apps.openshift.io/v1", "DeploymentConfig", "spec", template, "spec.template.spec"},
		{"apps.kruise.io/v1beta1", "StatefulSet", "spec", template, "spec.template.spec"},
		{"keda.sh/v1alpha1", "ScaledJob", "spec", "{jobTargetRef: " + template + "}", "spec.jobTargetRef.template.spec"},

		{"v1", "Service", "spec", template, ""},
		{"acme.io/v1", "Deployment", "spec", template, ""},
		{"apps/v1", "Deployment", "spec", "{replicas: 2}", ""},
		{"apps/v1", "Deployment", "spec", "text", ""},
	}
	for _, test := range tests {
		t.Run(test.apiVersion+" "+test.kind+" "+test.want, func(t *testing.T) {
			got := facts(t, "apiVersion: "+test.apiVersion+"\nkind: "+test.kind+"\n"+test.field+": "+test.value+"\n")
			if test.want == "" {
				if got != nil {
					t.Errorf("has a workload: %v", got)
				}
				return
			}
			if path := dotted(mapping(got["pod"])["path"]); path != test.want {
				t.Errorf("path is %s, want %s", path, test.want)
			}
			if containers := list(got["containers"]); len(containers) != 1 || mapping(containers[0])["name"] != "app" {
				t.Errorf("containers are %v", containers)
			}
		})
	}
}

// dotted writes a path of the facts as text.
func dotted(steps any) string {
	var parts []string
	for _, step := range list(steps) {
		parts = append(parts, text(step))
	}
	return strings.Join(parts, ".")
}

func TestPodFacts(t *testing.T) {
	tests := []struct {
		name, spec string
		want       map[string]any
	}{
		{"defaults", "{}", map[string]any{}},
		{
			"host namespaces", "{hostPID: true, hostIPC: yes, hostNetwork: on}",
			map[string]any{"host_pid": true, "host_ipc": true, "host_network": true},
		},
		{"the operating system", "{os: {name: windows}}", map[string]any{"os": "windows"}},
		{"the operating system by node selector", "{nodeSelector: {kubernetes.io/os: windows}}", map[string]any{"os": "windows"}},
		{"the field before the selector", "{os: {name: linux}, nodeSelector: {kubernetes.io/os: windows}}", map[string]any{}},
		{"the service account", "{serviceAccountName: a, serviceAccount: b}", map[string]any{"service_account": "a"}},
		{"the service account by its former name", "{serviceAccount: b}", map[string]any{"service_account": "b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := map[string]any{
				"os": "linux", "host_pid": false, "host_ipc": false, "host_network": false, "service_account": "default",
			}
			for key, value := range test.want {
				want[key] = value
			}
			got := mapping(facts(t, pod+"spec: "+test.spec+"\n")["pod"])
			delete(got, "path")
			delete(got, "spec")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestContainers(t *testing.T) {
	got := facts(t, pod+`spec:
  containers: [{name: app, image: "nginx:1"}, text]
  initContainers: [{name: setup}]
  ephemeralContainers: [{name: debug}]
`)
	type container struct{ Name, Kind, Path, Image string }
	var containers []container
	for _, c := range list(got["containers"]) {
		c := mapping(c)
		containers = append(containers, container{text(c["name"]), text(c["kind"]), dotted(c["path"]), text(mapping(c["image"])["repository"])})
		if mapping(c["spec"])["name"] != c["name"] {
			t.Errorf("the spec of %s is %v", c["name"], c["spec"])
		}
	}
	want := []container{
		{"setup", "init", "spec.initContainers.0", ""},
		{"app", "container", "spec.containers.0", "library/nginx"},
		{"debug", "ephemeral", "spec.ephemeralContainers.0", ""},
	}
	if diff := cmp.Diff(want, containers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEffectiveSecurityContext(t *testing.T) {
	tests := []struct {
		name, pod, container string
		want                 map[string]any
		paths                map[string]string
	}{
		{"nothing is set", "{}", "{}", map[string]any{}, map[string]string{}},
		{
			"the pod's settings are inherited", "{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}", "{}",
			map[string]any{"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"}},
			map[string]string{
				"runAsNonRoot": "spec.securityContext.runAsNonRoot", "seccompProfile": "spec.securityContext.seccompProfile",
			},
		},
		{
			"the container's settings win", "{runAsNonRoot: true}", "{runAsNonRoot: false}",
			map[string]any{"runAsNonRoot": false},
			map[string]string{"runAsNonRoot": "spec.containers.0.securityContext.runAsNonRoot"},
		},
		{
			"a null inherits", "{runAsNonRoot: true}", "{runAsNonRoot: ~}",
			map[string]any{"runAsNonRoot": true},
			map[string]string{"runAsNonRoot": "spec.securityContext.runAsNonRoot"},
		},
		{
			"what only a container has is not inherited", "{privileged: true, capabilities: {add: [ALL]}}", "{privileged: false}",
			map[string]any{"privileged": false},
			map[string]string{"privileged": "spec.containers.0.securityContext.privileged"},
		},
		{
			"what only a pod has is left out", "{fsGroup: 1}", "{}", map[string]any{}, map[string]string{},
		},
		{
			"a profile is taken as a whole", "{seccompProfile: {type: Localhost, localhostProfile: x}}", "{seccompProfile: {type: RuntimeDefault}}",
			map[string]any{"seccompProfile": map[string]any{"type": "RuntimeDefault"}},
			map[string]string{"seccompProfile": "spec.containers.0.securityContext.seccompProfile"},
		},
		{
			"options for Windows are inherited one by one", "{windowsOptions: {hostProcess: true, runAsUserName: a}}", "{windowsOptions: {runAsUserName: b}}",
			map[string]any{"windowsOptions": map[string]any{"hostProcess": true, "runAsUserName": "b"}},
			map[string]string{
				"windowsOptions":               "spec.containers.0.securityContext.windowsOptions",
				"windowsOptions.hostProcess":   "spec.securityContext.windowsOptions.hostProcess",
				"windowsOptions.runAsUserName": "spec.containers.0.securityContext.windowsOptions.runAsUserName",
			},
		},
		{"contexts that are no mappings", "text", "[1]", map[string]any{}, map[string]string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := facts(t, pod+"spec:\n  securityContext: "+test.pod+"\n  containers: [{name: app, securityContext: "+test.container+"}]\n")
			c := mapping(list(got["containers"])[0])
			if diff := cmp.Diff(test.want, c["security"]); diff != "" {
				t.Errorf("security (-want +got):\n%s", diff)
			}
			paths := map[string]string{}
			for key, steps := range mapping(c["security_path"]) {
				paths[key] = dotted(steps)
			}
			if diff := cmp.Diff(test.paths, paths); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFactsAreJSON checks that facts hold the types that policies can take.
func TestFactsAreJSON(t *testing.T) {
	inventory := read(t, map[string]string{"a.yaml": pod + "spec: {containers: [{name: a, image: b, securityContext: {runAsUser: 0}}]}\n"})
	if got := encode(t, mapping(mapping(inventory.Subjects[0].Facts)["workload"])["containers"]); got != `[{"image":{"default_tag":"latest",`+
		`"registry":"docker.io","repository":"library/b","text":"b","valid":true},"kind":"container","name":"a",`+
		`"path":["spec","containers",0],"security":{"runAsUser":0},"security_path":{"runAsUser":["spec","containers",0,"securityContext","runAsUser"]},`+
		`"spec":{"image":"b","name":"a","securityContext":{"runAsUser":0}}}]` {
		t.Error(got)
	}
}
