package kubernetes

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A podOwner is a kind of object that holds the spec of a pod.
type podOwner struct {
	groups []string // API groups; the core group is ""
	kinds  []string
	path   []string // from the object to the spec
}

// podOwners lists the objects whose pods policies examine: those of Kubernetes
// itself and custom resources that hold a pod template in full.
var podOwners = []podOwner{
	{[]string{""}, []string{"Pod"}, []string{"spec"}},
	{[]string{""}, []string{"PodTemplate"}, []string{"template", "spec"}},
	{[]string{""}, []string{"ReplicationController"}, []string{"spec", "template", "spec"}},
	{
		[]string{"apps", "extensions"},
		[]string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"},
		[]string{"spec", "template", "spec"},
	},
	{[]string{"batch"}, []string{"Job"}, []string{"spec", "template", "spec"}},
	{[]string{"batch"}, []string{"CronJob"}, []string{"spec", "jobTemplate", "spec", "template", "spec"}},

	{[]string{"argoproj.io"}, []string{"Rollout"}, []string{"spec", "template", "spec"}},
	{[]string{"serving.knative.dev"}, []string{"Service", "Configuration"}, []string{"spec", "template", "spec"}},
	{[]string{"serving.knative.dev"}, []string{"Revision"}, []string{"spec"}},
	{[]string{"", "apps.openshift.io"}, []string{"DeploymentConfig"}, []string{"spec", "template", "spec"}},
	{
		[]string{"apps.kruise.io"},
		[]string{"CloneSet", "StatefulSet", "DaemonSet", "BroadcastJob"},
		[]string{"spec", "template", "spec"},
	},
	{[]string{"keda.sh"}, []string{"ScaledJob"}, []string{"spec", "jobTargetRef", "template", "spec"}},
}

// containerLists names the three lists of a pod spec and the kind of container
// in each, in the order in which they start.
var containerLists = []struct{ key, kind string }{
	{"initContainers", "init"},
	{"containers", "container"},
	{"ephemeralContainers", "ephemeral"},
}

// workload returns what policies ask of an object that runs containers, nil
// for another object. Its shape is in policies/schema/kubernetes.json.
func workload(values map[string]any) map[string]any {
	path := podPath(text(values["apiVersion"]), text(values["kind"]))
	if path == nil {
		return nil
	}
	spec := values
	for _, step := range path {
		spec = mapping(spec[step])
	}
	if spec == nil {
		return nil
	}
	at := steps(path...)
	return map[string]any{
		"pod": map[string]any{
			"path": at,
			"spec": spec,
			"os":   operatingSystem(spec),

			"host_network":    spec["hostNetwork"] == true,
			"host_pid":        spec["hostPID"] == true,
			"host_ipc":        spec["hostIPC"] == true,
			"service_account": serviceAccount(spec),
		},
		"containers": containers(spec, at),
	}
}

// podPath returns the path to the pod spec of a kind, nil if it has none.
func podPath(apiVersion, kind string) []string {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group = ""
	}
	for _, owner := range podOwners {
		if slices.Contains(owner.groups, group) && slices.Contains(owner.kinds, kind) {
			return owner.path
		}
	}
	return nil
}

// operatingSystem returns what the pod's containers run on. The field is
// optional; the node selector is how older manifests say it.
func operatingSystem(spec map[string]any) string {
	if name := text(mapping(spec["os"])["name"]); name != "" {
		return name
	}
	if name := text(mapping(spec["nodeSelector"])["kubernetes.io/os"]); name != "" {
		return name
	}
	return "linux"
}

// serviceAccount returns the account that the pod runs as; serviceAccount is
// the former name of the field.
func serviceAccount(spec map[string]any) string {
	for _, key := range []string{"serviceAccountName", "serviceAccount"} {
		if name := text(spec[key]); name != "" {
			return name
		}
	}
	return "default"
}

func containers(spec map[string]any, at []any) []any {
	all := []any{}
	for _, list := range containerLists {
		items, _ := spec[list.key].([]any)
		for i, item := range items {
			c, ok := item.(map[string]any)
			if !ok {
				continue
			}
			path := append(slices.Clone(at), list.key, json.Number(strconv.Itoa(i)))
			all = append(all, container(c, list.kind, path, spec, at))
		}
	}
	return all
}

func container(c map[string]any, kind string, path []any, pod map[string]any, podPath []any) map[string]any {
	security, from := effective(mapping(c["securityContext"]), path, mapping(pod["securityContext"]), podPath)
	described := map[string]any{
		"name":          text(c["name"]),
		"kind":          kind,
		"path":          path,
		"spec":          c,
		"security":      security,
		"security_path": from,
	}
	if image := text(c["image"]); image != "" {
		described["image"] = parseImage(image).facts()
	}
	return described
}

// inherited lists the settings that a container takes from its pod when it has
// none of its own. The others exist on one of the two levels only; what stands
// on the wrong one has no effect.
var inherited = []string{
	"appArmorProfile", "runAsGroup", "runAsNonRoot", "runAsUser",
	"seLinuxOptions", "seccompProfile", "windowsOptions",
}

// effective returns the security context that a container runs with and, for
// each setting, the path to where it was written. The options for Windows are
// inherited one by one; each has a path of its own, windowsOptions.hostProcess.
func effective(own map[string]any, path []any, pod map[string]any, podPath []any) (security, from map[string]any) {
	security, from = map[string]any{}, map[string]any{}
	take := func(context map[string]any, path []any, keys []string) {
		for _, key := range keys {
			if context[key] != nil {
				security[key] = context[key]
				from[key] = within(path, "securityContext", key)
			}
		}
	}
	take(pod, podPath, inherited)
	take(own, path, slices.Collect(maps.Keys(own)))

	windows := map[string]any{}
	for _, level := range []struct {
		context map[string]any
		path    []any
	}{{pod, podPath}, {own, path}} {
		for key, value := range mapping(level.context["windowsOptions"]) {
			if value != nil {
				windows[key] = value
				from["windowsOptions."+key] = within(level.path, "securityContext", "windowsOptions", key)
			}
		}
	}
	if len(windows) > 0 {
		security["windowsOptions"] = windows
	}
	return security, from
}

// mapping returns value if it is a mapping, else nil.
func mapping(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

// within returns a path that goes on from another.
func within(path []any, further ...string) []any {
	return append(slices.Clone(path), steps(further...)...)
}

func steps(keys ...string) []any {
	path := make([]any, len(keys))
	for i, key := range keys {
		path[i] = key
	}
	return path
}
