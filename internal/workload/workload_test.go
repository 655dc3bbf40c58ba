package workload

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// What package kubernetes tests through its loader is not repeated here: these
// are the cases that only Terraform has, where values are not known.

var unknown = annexgate.UnknownValue{Reason: "a variable has no value"}

const name = annexgate.Reference("${aws_y.y.name}")

// settled is what stands for a value that name settles.
var settled = annexgate.UnknownValue{Reason: "settled at apply: " + string(name)}

func pod(spec any) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": spec}
}

func TestUnknownPods(t *testing.T) {
	for label, c := range map[string]struct {
		spec any
		want map[string]any // beside the defaults
	}{
		"nothing is unknown":             {map[string]any{}, nil},
		"host namespaces":                {map[string]any{"hostPID": unknown, "hostIPC": name}, map[string]any{"host_pid": unknown, "host_ipc": annexgate.UnknownValue{Reason: settled.Reason}}},
		"the operating system":           {map[string]any{"os": map[string]any{"name": unknown}}, map[string]any{"os": unknown}},
		"the node selector":              {map[string]any{"nodeSelector": unknown}, map[string]any{"os": unknown}},
		"the label of the node selector": {map[string]any{"nodeSelector": map[string]any{"kubernetes.io/os": unknown}}, map[string]any{"os": unknown}},
		"the service account":            {map[string]any{"serviceAccountName": unknown}, map[string]any{"service_account": unknown}},
		"the name of another resource":   {map[string]any{"serviceAccountName": name}, map[string]any{"service_account": name}},
	} {
		t.Run(label, func(t *testing.T) {
			want := map[string]any{
				"path": []any{"spec"}, "spec": c.spec,
				"os": "linux", "host_pid": false, "host_ipc": false, "host_network": false, "service_account": "default",
			}
			for key, value := range c.want {
				want[key] = value
			}
			if diff := cmp.Diff(want, Facts(pod(c.spec))["pod"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownSpec(t *testing.T) {
	for label, values := range map[string]map[string]any{
		"of a pod":        pod(unknown),
		"of a deployment": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": map[string]any{"template": unknown}},
	} {
		t.Run(label, func(t *testing.T) {
			if diff := cmp.Diff(map[string]any{"pod": unknown, "containers": unknown}, Facts(values)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownContainers(t *testing.T) {
	facts := Facts(pod(map[string]any{
		"initContainers": unknown,
		"containers":     []any{unknown, map[string]any{"name": unknown, "image": unknown}},
	}))
	want := []any{unknown, unknown, map[string]any{
		"name": unknown, "kind": "container", "path": []any{"spec", "containers", json.Number("1")},
		"spec":     map[string]any{"name": unknown, "image": unknown},
		"security": map[string]any{}, "security_path": map[string]any{}, "image": unknown,
	}}
	if diff := cmp.Diff(want, facts["containers"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnknownSecurityContext(t *testing.T) {
	inheritedUnknown := map[string]any{}
	for _, key := range inherited {
		inheritedUnknown[key] = unknown
	}
	ownUser := map[string]any{}
	for key, value := range inheritedUnknown {
		ownUser[key] = value
	}
	ownUser["runAsUser"] = "1"
	for label, c := range map[string]struct{ pod, own, want any }{
		"of the container":           {nil, unknown, unknown},
		"of the pod":                 {unknown, nil, inheritedUnknown},
		"of the pod, one overridden": {unknown, map[string]any{"runAsUser": "1"}, ownUser},
		"one setting":                {nil, map[string]any{"privileged": unknown}, map[string]any{"privileged": unknown}},
		"the options for Windows":    {map[string]any{"windowsOptions": unknown}, nil, map[string]any{"windowsOptions": unknown}},
		"one option for Windows": {
			nil,
			map[string]any{"windowsOptions": map[string]any{"hostProcess": unknown}},
			map[string]any{"windowsOptions": map[string]any{"hostProcess": unknown}},
		},
	} {
		t.Run(label, func(t *testing.T) {
			got, _ := effective(c.own, nil, c.pod, nil)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReferredImages(t *testing.T) {
	digest := "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for text, want := range map[string]map[string]any{
		"${r.url}":                    {"registry": "?", "repository": "?", "tag": "?", "digest": "?", "default_tag": "?"},
		"${r.url}:1.2":                {"registry": "?", "repository": "?", "tag": "1.2"},
		"${r.url}:latest":             {"registry": "?", "repository": "?", "tag": "latest"},
		"${r.url}@" + digest:          {"registry": "?", "repository": "?", "tag": "?", "digest": digest},
		"${r.url}/api":                {"registry": "?", "repository": "?", "default_tag": "latest"},
		"${r.url}/api:2":              {"registry": "?", "repository": "?", "tag": "2"},
		"registry.example.org/${r.n}": {"registry": "registry.example.org", "repository": "?", "tag": "?", "digest": "?", "default_tag": "?"},
		"nginx:${r.version}":          {"registry": "?", "repository": "?", "tag": annexgate.Reference("${r.version}")},
		"nginx@${r.digest}":           {"registry": "?", "repository": "?", "tag": "?", "digest": annexgate.Reference("${r.digest}")},
	} {
		t.Run(text, func(t *testing.T) {
			got := referredImage(annexgate.Reference(text))
			if got["text"] != annexgate.Reference(text) {
				t.Errorf("the text is %v", got["text"])
			}
			delete(got, "text")
			for key, value := range got {
				if _, ok := value.(annexgate.UnknownValue); ok {
					got[key] = "?"
				}
			}
			want["valid"] = "?"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
