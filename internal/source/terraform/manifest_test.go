package terraform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// object returns the only Kubernetes object in an inventory, or that at an
// address.
func object(t *testing.T, inv *annexgate.Inventory, address string) *annexgate.Subject {
	t.Helper()
	for _, s := range inv.Subjects {
		if s.Kind == annexgate.Kubernetes && (address == "" || s.Address == address) {
			return s
		}
	}
	t.Fatalf("no object %s; problems: %v", address, messages(inv))
	return nil
}

func TestManifests(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"a workload": {
			src: `resource "kubernetes_deployment_v1" "x" {
  metadata {
    name   = "api"
    labels = { app_name = "true" }
  }
  spec {
    replicas = "2"
    selector { match_labels = { app = "api" } }
    strategy {
      type = "RollingUpdate"
      rolling_update { max_surge = "25%" }
    }
    template {
      metadata { labels = { app = "api" } }
      spec {
        service_account_name            = "api"
        automount_service_account_token = "false"
        host_network                    = true
        host_pid                        = false
        host_ipc                        = false
        node_selector                   = { "kubernetes.io/os" = "linux" }
        security_context {
          run_as_non_root = true
          run_as_user     = "1000"
          fs_group        = 1000
          seccomp_profile { type = "RuntimeDefault" }
          supplemental_groups = ["1", 2]
          sysctl {
            name  = "a"
            value = 1
          }
        }
        toleration {
          key      = "k"
          operator = "Exists"
        }
        init_container { name = "init" }
        container {
          name    = "api"
          image   = "nginx:1"
          command = ["true", "1"]
          env {
            name  = "FLAG"
            value = true
          }
          env {
            name = "SECRET"
            value_from {
              secret_key_ref {
                name = "s"
                key  = "true"
              }
            }
          }
          env_from {
            config_map_ref { name = "c" }
          }
          port {
            container_port = "8080"
            host_ip        = "127.0.0.1"
          }
          resources {
            limits   = { cpu = "1", memory = "1Gi" }
            requests = { cpu = 1 }
          }
          liveness_probe {
            http_get {
              path = "/"
              port = "8080"
              http_header {
                name  = "h"
                value = "v"
              }
            }
          }
          security_context {
            privileged                 = "false"
            allow_privilege_escalation = false
            read_only_root_filesystem  = true
            capabilities { drop = ["ALL"] }
          }
          volume_mount {
            name       = "data"
            mount_path = "/data"
            read_only  = true
          }
        }
        volume {
          name = "data"
          host_path { path = "/var/run" }
        }
        volume {
          name = "config"
          config_map {
            name         = "c"
            default_mode = "0644"
            items {
              key  = "a"
              path = "b"
            }
          }
        }
        volume {
          name = "scratch"
          ephemeral {
            volume_claim_template {
              spec { access_modes = ["ReadWriteOnce"] }
            }
          }
        }
        affinity {
          node_affinity {
            required_during_scheduling_ignored_during_execution {
              node_selector_term {
                match_expressions {
                  key      = "k"
                  operator = "In"
                  values   = ["true"]
                }
              }
            }
          }
          pod_affinity {
            required_during_scheduling_ignored_during_execution { topology_key = "z" }
          }
        }
      }
    }
  }
  timeouts { create = "1m" }
}`,
			want: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"app_name":"true"},"name":"api"},"spec":{"replicas":2,` +
				`"selector":{"matchLabels":{"app":"api"}},"strategy":{"rollingUpdate":{"maxSurge":"25%"},"type":"RollingUpdate"},` +
				`"template":{"metadata":{"labels":{"app":"api"}},"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":` +
				`{"nodeSelectorTerms":[{"matchExpressions":[{"key":"k","operator":"In","values":["true"]}]}]}},` +
				`"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"z"}]}},"automountServiceAccountToken":false,` +
				`"containers":[{"command":["true","1"],"env":[{"name":"FLAG","value":"true"},{"name":"SECRET","valueFrom":{"secretKeyRef":{"key":"true","name":"s"}}}],` +
				`"envFrom":[{"configMapRef":{"name":"c"}}],"image":"nginx:1","livenessProbe":{"httpGet":{"httpHeaders":[{"name":"h","value":"v"}],"path":"/","port":8080}},` +
				`"name":"api","ports":[{"containerPort":8080,"hostIP":"127.0.0.1"}],"resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":1}},` +
				`"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"privileged":false,"readOnlyRootFilesystem":true},` +
				`"volumeMounts":[{"mountPath":"/data","name":"data","readOnly":true}]}],"hostIPC":false,"hostNetwork":true,"hostPID":false,` +
				`"initContainers":[{"name":"init"}],"nodeSelector":{"kubernetes.io/os":"linux"},"securityContext":{"fsGroup":1000,"runAsNonRoot":true,` +
				`"runAsUser":1000,"seccompProfile":{"type":"RuntimeDefault"},"supplementalGroups":[1,2],"sysctls":[{"name":"a","value":"1"}]},` +
				`"serviceAccountName":"api","tolerations":[{"key":"k","operator":"Exists"}],"volumes":[{"hostPath":{"path":"/var/run"},"name":"data"},` +
				`{"configMap":{"defaultMode":420,"items":[{"key":"a","path":"b"}],"name":"c"},"name":"config"},` +
				`{"ephemeral":{"volumeClaimTemplate":{"spec":{"accessModes":["ReadWriteOnce"]}}},"name":"scratch"}]}}}}`,
		},
		"a cron job": {
			src: `resource "kubernetes_cron_job_v1" "x" {
  spec {
    schedule = "0 3 * * *"
    job_template {
      spec {
        template {
          spec {
            container { name = "c" }
          }
        }
      }
    }
  }
}`,
			want: `{"apiVersion":"batch/v1","kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}},"schedule":"0 3 * * *"}}`,
		},
		"a role": {
			src: `resource "kubernetes_cluster_role" "x" {
  metadata { name = "r" }
  rule {
    api_groups        = [""]
    resources         = ["pods"]
    verbs             = ["*"]
    non_resource_urls = ["/x"]
  }
  aggregation_rule {
    cluster_role_selectors { match_labels = { a = "b" } }
  }
}`,
			want: `{"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]},"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole",` +
				`"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"nonResourceURLs":["/x"],"resources":["pods"],"verbs":["*"]}]}`,
		},
		"a binding": {
			src: `resource "kubernetes_role_binding" "x" {
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = "r"
  }
  subject {
    kind      = "Group"
    name      = "system:authenticated"
    api_group = "rbac.authorization.k8s.io"
  }
}`,
			want: `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},` +
				`"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:authenticated"}]}`,
		},
		"a service": {
			src: `resource "kubernetes_service" "x" {
  spec {
    type             = "LoadBalancer"
    selector         = { app = "api" }
    cluster_ip       = "None"
    external_ips     = ["1.2.3.4"]
    load_balancer_ip = "1.2.3.4"
    port {
      port        = 80
      target_port = "http"
      node_port   = "30000"
    }
  }
}`,
			want: `{"apiVersion":"v1","kind":"Service","spec":{"clusterIP":"None","externalIPs":["1.2.3.4"],"loadBalancerIP":"1.2.3.4",` +
				`"ports":[{"nodePort":30000,"port":80,"targetPort":"http"}],"selector":{"app":"api"},"type":"LoadBalancer"}}`,
		},
		"an ingress": {
			src: `resource "kubernetes_ingress_v1" "x" {
  spec {
    default_backend {
      service {
        name = "s"
        port { number = 80 }
      }
    }
    rule {
      host = "h"
      http {
        path {
          path      = "/"
          path_type = "Prefix"
          backend {
            service {
              name = "s"
              port { name = "http" }
            }
          }
        }
      }
    }
    tls { hosts = ["h"] }
  }
}`,
			want: `{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}},` +
				`"rules":[{"host":"h","http":{"paths":[{"backend":{"service":{"name":"s","port":{"name":"http"}}},"path":"/","pathType":"Prefix"}]}}],"tls":[{"hosts":["h"]}]}}`,
		},
		"a network policy": {
			src: `resource "kubernetes_network_policy" "x" {
  spec {
    pod_selector {}
    policy_types = ["Ingress"]
    ingress {
      from {
        ip_block {
          cidr   = "0.0.0.0/0"
          except = ["10.0.0.0/8"]
        }
      }
      ports {
        port     = "80"
        protocol = "TCP"
      }
    }
    egress {}
  }
}`,
			want: `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","spec":{"egress":[{}],"ingress":[{"from":[{"ipBlock":{"cidr":"0.0.0.0/0","except":["10.0.0.0/8"]}}],` +
				`"ports":[{"port":80,"protocol":"TCP"}]}],"podSelector":{},"policyTypes":["Ingress"]}}`,
		},
		"a stateful set": {
			src: `resource "kubernetes_stateful_set" "x" {
  spec {
    volume_claim_template {
      metadata { name = "d" }
    }
  }
}`,
			want: `{"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"volumeClaimTemplates":[{"metadata":{"name":"d"}}]}}`,
		},
		"a service account": {
			src: `resource "kubernetes_service_account_v1" "x" {
  automount_service_account_token = false
  secret { name = "s" }
  image_pull_secret { name = "p" }
}`,
			want: `{"apiVersion":"v1","automountServiceAccountToken":false,"imagePullSecrets":[{"name":"p"}],"kind":"ServiceAccount","secrets":[{"name":"s"}]}`,
		},
		"a config map": {
			src:  `resource "kubernetes_config_map" "x" { data = { some_key = "true" } }`,
			want: `{"apiVersion":"v1","data":{"some_key":"true"},"kind":"ConfigMap"}`,
		},
		"a manifest in the spelling of the API": {
			src: `resource "kubernetes_manifest" "x" {
  manifest = { apiVersion = "v1", kind = "Namespace", metadata = { name = "n", labels = { some_key = "v" } } }
}`,
			want: `{"apiVersion":"v1","kind":"Namespace","metadata":{"labels":{"some_key":"v"},"name":"n"}}`,
		},
		"unknown values and references": {
			src: `variable "v" {}
variable "list" { type = list(string) }
resource "aws_y" "y" {}
resource "kubernetes_pod" "x" {
  metadata { name = aws_y.y.name }
  spec {
    host_network = var.v
    dynamic "container" {
      for_each = var.list
      content {
        name  = container.value
        image = "${aws_y.y.url}:1"
      }
    }
  }
}`,
			want: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ref:${aws_y.y.name}"},"spec":{"containers":[{"image":"ref:${aws_y.y.url}:1",` +
				`"name":"?variable \"list\" has no value"}],"hostNetwork":"?variable \"v\" has no value"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inv := loadMain(t, c.src)
			diff(t, asJSON(t, object(t, inv, "").Values), c.want)
			if len(inv.Problems) > 0 {
				t.Errorf("problems: %v", messages(inv))
			}
		})
	}
}

func TestManifestSubjects(t *testing.T) {
	inv := load(t, &Loader{}, `
-- infra/main.tf --
module "m" {
  source   = "./m"
  for_each = toset(["a"])
}
resource "kubernetes_labels" "none" { kind = "Pod" }
data "kubernetes_pod" "none" {}
-- infra/m/main.tf --
resource "kubernetes_service_account" "sa" {
  metadata {
    generate_name = "api-"
  }
}
resource "kubernetes_deployment" "api" {
  metadata {
    name = "api"
  }
  spec {
    template {
      spec {
        service_account_name = kubernetes_service_account.sa.metadata[0].generate_name
        container {
          name = "api"
          security_context {
            privileged = true
          }
        }
      }
    }
  }
}
`)
	var got []string
	for _, s := range inv.Subjects {
		if s.Kind == annexgate.Kubernetes {
			got = append(got, fmt.Sprintf("%s %s %s in %s of %q", s.Type, s.Address, s.Name, s.Scope, s.Module))
		}
	}
	diff(t, strings.Join(got, "\n"), `Deployment module.m["a"].kubernetes_deployment.api api in infra of "module.m[\"a\"]"
ServiceAccount module.m["a"].kubernetes_service_account.sa api-* in infra of "module.m[\"a\"]"`)

	s := object(t, inv, `module.m["a"].kubernetes_deployment.api`)
	if len(s.References) != 1 || s.References[0] != object(t, inv, `module.m["a"].kubernetes_service_account.sa`) {
		t.Errorf("it refers to %v", s.References)
	}
	if at := s.Source.Find(annexgate.Path{"spec", "template", "spec", "containers", 0, "securityContext", "privileged"}); at.String() != "infra/m/main.tf:17:13" {
		t.Errorf("privileged is at %s", at)
	}
	if at := s.Source.Find(annexgate.Path{"spec", "template", "spec", "containers", 0, "image"}); at.Line != 14 {
		t.Errorf("the image that is missing is at %s, want the container", at)
	}
	if at := s.Source.Find(annexgate.Path{"kind"}); at.Line != 6 {
		t.Errorf("the kind is at %s, want the resource", at)
	}
	diff(t, asJSON(t, s.Facts["workload"].(map[string]any)["containers"].([]any)[0].(map[string]any)["security_path"]),
		`{"privileged":["spec","template","spec","containers",0,"securityContext","privileged"]}`)
}

func TestUnknownManifest(t *testing.T) {
	for name, src := range map[string]string{
		"the manifest": `resource "kubernetes_manifest" "x" { manifest = var.v }`,
		"its kind":     `resource "kubernetes_manifest" "x" { manifest = { kind = var.v } }`,
	} {
		t.Run(name, func(t *testing.T) {
			inv := loadMain(t, "variable \"v\" {}\n"+src)
			if said := strings.Join(messages(inv), "\n"); !strings.Contains(said, "the object is not examined") || inv.Problems[0].Loss != annexgate.Partial {
				t.Errorf("problems: %s", said)
			}
		})
	}
}

func TestSecretManifest(t *testing.T) {
	inv := loadMain(t, `
variable "token" {
  default   = "hunter2"
  sensitive = true
}
resource "kubernetes_secret" "s" {
  data        = { password = "hunter3" }
  binary_data = { key = "aGk=" }
}
resource "kubernetes_pod" "p" {
  spec {
    container {
      env {
        name  = "TOKEN"
        value = var.token
      }
    }
  }
}
`)
	s := object(t, inv, "kubernetes_secret.s")
	var resource *annexgate.Subject
	for _, other := range inv.Subjects {
		if other.Type == "kubernetes_secret" {
			resource = other
		}
	}
	diff(t, asJSON(t, s.Values), `{"apiVersion":"v1","data":{"key":"aGk="},"kind":"Secret","stringData":{"password":"hunter3"}}`)
	for _, c := range []struct {
		s    *annexgate.Subject
		want string
	}{
		{s, "[data stringData]"},
		{resource, "[binary_data data]"},
		{object(t, inv, "kubernetes_pod.p"), "[spec.containers[0].env[0].value]"},
	} {
		if got := fmt.Sprint(c.s.Sensitive); got != c.want {
			t.Errorf("%s of %s are sensitive, want %s", got, c.s.Address, c.want)
		}
	}
}

// TestManifestInJSON holds that blocks may be objects, and maps are not taken
// for them.
func TestManifestInJSON(t *testing.T) {
	inv := load(t, &Loader{}, `
-- main.tf.json --
{"variable": {"token": {"default": "hunter2", "sensitive": true}},
"resource": {"kubernetes_deployment": {"d": {
  "metadata": {"name": "d", "labels": {"a_b": "c_d"}},
  "spec": {
    "selector": {"match_labels": {"a_b": "c"}},
    "template": {"spec": {
      "host_network": true,
      "container": {"name": "c", "image": "${var.token}", "security_context": {"run_as_non_root": true}, "resources": {"limits": {"a_b": "1"}}}
    }}
  }
}},
"kubernetes_service": {"s": {"spec": {"selector": {"a_b": "c"}, "port": [{"port": 80}]}}}}}
`)
	d := object(t, inv, "kubernetes_deployment.d")
	diff(t, asJSON(t, d.Values), `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"a_b":"c_d"},"name":"d"},`+
		`"spec":{"selector":{"matchLabels":{"a_b":"c"}},"template":{"spec":{"containers":[{"image":"hunter2","name":"c","resources":{"limits":{"a_b":"1"}},`+
		`"securityContext":{"runAsNonRoot":true}}],"hostNetwork":true}}}}`)
	if at := d.Source.Find(annexgate.Path{"spec", "template", "spec", "containers", 0, "securityContext", "runAsNonRoot"}); at.Line != 8 {
		t.Errorf("runAsNonRoot is at %s", at)
	}
	if got := fmt.Sprint(d.Sensitive); got != "[spec.template.spec.containers[0].image]" {
		t.Errorf("%s are sensitive", got)
	}
	diff(t, asJSON(t, object(t, inv, "kubernetes_service.s").Values), `{"apiVersion":"v1","kind":"Service","spec":{"ports":[{"port":80}],"selector":{"a_b":"c"}}}`)
}
