// Package workload describes objects that run containers in one shape: the spec
// of the pod, whatever object holds it, and its containers of all three kinds
// with the security context that is in effect and the image taken apart.
//
// It works on the values of an object, so that manifests and objects written in
// Terraform are described alike. What is not known stays where it is.
package workload

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
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

// Facts returns what policies ask of an object that runs containers, nil for
// another object. Its shape is in policies/schema/kubernetes.json. Values may
// have references and unknown values in them: what depends on an unknown value
// is one itself.
func Facts(values map[string]any) map[string]any {
	path := podPath(text(values["apiVersion"]), text(values["kind"]))
	if path == nil {
		return nil
	}
	var spec any = values
	for _, step := range path {
		if u, ok := spec.(annexgate.UnknownValue); ok {
			return map[string]any{"pod": u, "containers": u}
		}
		spec = mapping(spec)[step]
	}
	at := steps(path...)
	if u, ok := spec.(annexgate.UnknownValue); ok {
		return map[string]any{"pod": u, "containers": u}
	}
	pod := mapping(spec)
	if pod == nil {
		return nil
	}
	return map[string]any{
		"pod": map[string]any{
			"path": at,
			"spec": pod,
			"os":   operatingSystem(pod),

			"host_network":    enabled(pod["hostNetwork"]),
			"host_pid":        enabled(pod["hostPID"]),
			"host_ipc":        enabled(pod["hostIPC"]),
			"service_account": serviceAccount(pod),
		},
		"containers": containers(pod, at),
	}
}

// enabled reports whether value is true, unless nobody can tell.
func enabled(value any) any {
	if u, ok := asUnknown(value); ok {
		return u
	}
	return value == true
}

// asUnknown returns value if it is unknown. A truth value or a name that a
// resource settles is that as well.
func asUnknown(value any) (annexgate.UnknownValue, bool) {
	switch value := value.(type) {
	case annexgate.UnknownValue:
		return value, true
	case annexgate.Reference:
		return annexgate.UnknownValue{Reason: "settled at apply: " + string(value)}, true
	}
	return annexgate.UnknownValue{}, false
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
func operatingSystem(spec map[string]any) any {
	for _, place := range []struct{ object, key string }{{"os", "name"}, {"nodeSelector", "kubernetes.io/os"}} {
		for _, value := range []any{spec[place.object], mapping(spec[place.object])[place.key]} {
			if u, ok := asUnknown(value); ok {
				return u
			}
		}
		if name := text(mapping(spec[place.object])[place.key]); name != "" {
			return name
		}
	}
	return "linux"
}

// serviceAccount returns the account that the pod runs as; serviceAccount is
// the former name of the field.
func serviceAccount(spec map[string]any) any {
	for _, key := range []string{"serviceAccountName", "serviceAccount"} {
		if name := named(spec[key]); name != "" {
			return name
		}
	}
	return "default"
}

// named returns a name as text, or what stands for one.
func named(value any) any {
	switch value.(type) {
	case annexgate.UnknownValue, annexgate.Reference:
		return value
	}
	return text(value)
}

func containers(spec map[string]any, at []any) []any {
	all := []any{}
	for _, list := range containerLists {
		if u, ok := asUnknown(spec[list.key]); ok {
			all = append(all, u)
		}
		items, _ := spec[list.key].([]any)
		for i, item := range items {
			path := append(slices.Clone(at), list.key, json.Number(strconv.Itoa(i)))
			if c, ok := item.(map[string]any); ok {
				all = append(all, container(c, list.kind, path, spec, at))
			} else if u, ok := asUnknown(item); ok {
				all = append(all, u)
			}
		}
	}
	return all
}

func container(c map[string]any, kind string, path []any, pod map[string]any, podPath []any) map[string]any {
	described := map[string]any{
		"name": named(c["name"]),
		"kind": kind,
		"path": path,
		"spec": c,
	}
	described["security"], described["security_path"] = effective(c["securityContext"], path, pod["securityContext"], podPath)
	switch image := c["image"].(type) {
	case annexgate.UnknownValue:
		described["image"] = image
	case annexgate.Reference:
		described["image"] = referredImage(image)
	default:
		if image := text(image); image != "" {
			described["image"] = parseImage(image).facts()
		}
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
func effective(own any, path []any, pod any, podPath []any) (security any, paths map[string]any) {
	settings, paths := map[string]any{}, map[string]any{}
	if u, ok := asUnknown(own); ok {
		return u, paths
	}
	take := func(context map[string]any, path []any, keys []string) {
		for _, key := range keys {
			if context[key] != nil {
				settings[key] = context[key]
				paths[key] = within(path, "securityContext", key)
			}
		}
	}
	if u, ok := asUnknown(pod); ok {
		for _, key := range inherited {
			settings[key] = u
		}
	}
	take(mapping(pod), podPath, inherited)
	take(mapping(own), path, slices.Collect(maps.Keys(mapping(own))))

	windows := map[string]any{}
	for _, level := range []struct {
		context map[string]any
		path    []any
	}{{mapping(pod), podPath}, {mapping(own), path}} {
		for key, value := range mapping(level.context["windowsOptions"]) {
			if value != nil {
				windows[key] = value
				paths["windowsOptions."+key] = within(level.path, "securityContext", "windowsOptions", key)
			}
		}
	}
	if _, unknown := asUnknown(settings["windowsOptions"]); len(windows) > 0 && !unknown {
		settings["windowsOptions"] = windows
	}
	return settings, paths
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

// text returns a scalar as text; names that look like numbers are names too.
func text(value any) string {
	switch value.(type) {
	case nil, map[string]any, []any, annexgate.UnknownValue:
		return ""
	}
	return fmt.Sprint(value)
}
