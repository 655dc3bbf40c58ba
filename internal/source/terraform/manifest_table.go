package terraform

// The resources of the Kubernetes provider and the objects they make. A
// resource may have a version behind its name (kubernetes_deployment_v1), which
// changes nothing but for the names with a version here.
var manifestKinds = map[string]struct{ apiVersion, kind string }{
	"kubernetes_api_service":                      {"apiregistration.k8s.io/v1", "APIService"},
	"kubernetes_certificate_signing_request":      {"certificates.k8s.io/v1", "CertificateSigningRequest"},
	"kubernetes_cluster_role":                     {"rbac.authorization.k8s.io/v1", "ClusterRole"},
	"kubernetes_cluster_role_binding":             {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding"},
	"kubernetes_config_map":                       {"v1", "ConfigMap"},
	"kubernetes_cron_job":                         {"batch/v1", "CronJob"},
	"kubernetes_csi_driver":                       {"storage.k8s.io/v1", "CSIDriver"},
	"kubernetes_daemonset":                        {"apps/v1", "DaemonSet"},
	"kubernetes_daemon_set":                       {"apps/v1", "DaemonSet"},
	"kubernetes_default_service_account":          {"v1", "ServiceAccount"},
	"kubernetes_deployment":                       {"apps/v1", "Deployment"},
	"kubernetes_endpoint_slice":                   {"discovery.k8s.io/v1", "EndpointSlice"},
	"kubernetes_endpoints":                        {"v1", "Endpoints"},
	"kubernetes_horizontal_pod_autoscaler":        {"autoscaling/v2", "HorizontalPodAutoscaler"},
	"kubernetes_ingress":                          {"extensions/v1beta1", "Ingress"},
	"kubernetes_ingress_v1":                       {"networking.k8s.io/v1", "Ingress"},
	"kubernetes_ingress_class":                    {"networking.k8s.io/v1", "IngressClass"},
	"kubernetes_job":                              {"batch/v1", "Job"},
	"kubernetes_limit_range":                      {"v1", "LimitRange"},
	"kubernetes_mutating_webhook_configuration":   {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"},
	"kubernetes_namespace":                        {"v1", "Namespace"},
	"kubernetes_network_policy":                   {"networking.k8s.io/v1", "NetworkPolicy"},
	"kubernetes_persistent_volume":                {"v1", "PersistentVolume"},
	"kubernetes_persistent_volume_claim":          {"v1", "PersistentVolumeClaim"},
	"kubernetes_pod":                              {"v1", "Pod"},
	"kubernetes_pod_disruption_budget":            {"policy/v1", "PodDisruptionBudget"},
	"kubernetes_pod_security_policy":              {"policy/v1beta1", "PodSecurityPolicy"},
	"kubernetes_priority_class":                   {"scheduling.k8s.io/v1", "PriorityClass"},
	"kubernetes_replication_controller":           {"v1", "ReplicationController"},
	"kubernetes_resource_quota":                   {"v1", "ResourceQuota"},
	"kubernetes_role":                             {"rbac.authorization.k8s.io/v1", "Role"},
	"kubernetes_role_binding":                     {"rbac.authorization.k8s.io/v1", "RoleBinding"},
	"kubernetes_runtime_class":                    {"node.k8s.io/v1", "RuntimeClass"},
	"kubernetes_secret":                           {"v1", "Secret"},
	"kubernetes_service":                          {"v1", "Service"},
	"kubernetes_service_account":                  {"v1", "ServiceAccount"},
	"kubernetes_stateful_set":                     {"apps/v1", "StatefulSet"},
	"kubernetes_storage_class":                    {"storage.k8s.io/v1", "StorageClass"},
	"kubernetes_validating_webhook_configuration": {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"},
}

// manifestLists are the nested blocks that are lists in the API, by what they
// are called there. Other nested blocks are single objects. A name may be
// narrowed by the block around it; "-" says that it is a single object there.
var manifestLists = map[string]string{
	"allowed_host_paths":         "allowedHostPaths",
	"allowed_topologies":         "allowedTopologies",
	"cluster_role_selectors":     "clusterRoleSelectors",
	"condition":                  "conditions",
	"container":                  "containers",
	"egress":                     "egress",
	"endpoint":                   "endpoints",
	"env":                        "env",
	"env_from":                   "envFrom",
	"from":                       "from",
	"host_aliases":               "hostAliases",
	"host_ports":                 "hostPorts",
	"http_header":                "httpHeaders",
	"image_pull_secret":          "imagePullSecrets",
	"image_pull_secrets":         "imagePullSecrets",
	"ingress":                    "ingress",
	"init_container":             "initContainers",
	"items":                      "items",
	"limit":                      "limits",
	"match_expressions":          "matchExpressions",
	"match_fields":               "matchFields",
	"match_label_expressions":    "matchLabelExpressions",
	"metric":                     "metrics",
	"node_selector_term":         "nodeSelectorTerms",
	"option":                     "options",
	"path":                       "paths",
	"policy":                     "policies",
	"port":                       "ports",
	"ports":                      "ports",
	"range":                      "ranges",
	"readiness_gate":             "readinessGates",
	"rule":                       "rules",
	"sources":                    "sources",
	"subject":                    "subjects",
	"subset":                     "subsets",
	"sysctl":                     "sysctls",
	"tls":                        "tls",
	"to":                         "to",
	"toleration":                 "tolerations",
	"topology_spread_constraint": "topologySpreadConstraints",
	"volume":                     "volumes",
	"volume_claim_template":      "volumeClaimTemplates",
	"volume_device":              "volumeDevices",
	"volume_mount":               "volumeMounts",
	"webhook":                    "webhooks",

	"preferred_during_scheduling_ignored_during_execution": "preferredDuringSchedulingIgnoredDuringExecution",
	"required_during_scheduling_ignored_during_execution":  "requiredDuringSchedulingIgnoredDuringExecution",

	"address.subset":                            "addresses",
	"not_ready_address.subset":                  "notReadyAddresses",
	"volume_claim_template.ephemeral":           "-",
	"port.service":                              "-", // of the backend of an Ingress
	"rule.se_linux":                             "-",
	"secret.kubernetes_service_account":         "secrets",
	"secret.kubernetes_default_service_account": "secrets",

	"required_during_scheduling_ignored_during_execution.node_affinity": "-",
}

// manifestNames are arguments whose name in the API is not the same in camel
// case.
var manifestNames = map[string]string{
	"ceph_fs":                    "cephfs",
	"cluster_ip":                 "clusterIP",
	"cluster_ips":                "clusterIPs",
	"data_disk_uri":              "diskURI",
	"disk_uri":                   "diskURI",
	"external_ips":               "externalIPs",
	"host_ip":                    "hostIP",
	"host_ipc":                   "hostIPC",
	"host_pid":                   "hostPID",
	"load_balancer_ip":           "loadBalancerIP",
	"non_resource_urls":          "nonResourceURLs",
	"pod_ip":                     "podIP",
	"read_only_root_file_system": "readOnlyRootFilesystem",
	"run_as_username":            "runAsUserName",
	"storage_provisioner":        "provisioner",
	"target_ww_ns":               "targetWWNs",
	"volume_id":                  "volumeID",
}

// manifestIntegers are arguments that are texts for the provider and numbers
// for the API, or either for both.
var manifestIntegers = set("container_port", "fs_group", "host_port", "node_port", "port", "replicas", "run_as_group", "run_as_user",
	"supplemental_groups", "target_port", "max_surge", "max_unavailable", "min_available")

// manifestModes are file modes, which are written in octal.
var manifestModes = set("default_mode", "mode")

// manifestTexts are arguments whose value is a text, whatever it looks like.
var manifestTexts = set("value", "values", "key", "name", "namespace", "path", "args", "command", "operator", "image")

// manifestOmitted are arguments that direct the provider and are no part of the
// object.
var manifestOmitted = set("timeouts", "wait_for_rollout", "wait_for_completion", "wait_for_load_balancer", "wait_until_bound",
	"wait_for_default_service_account", "wait_for_service_account_token", "id", "default_secret_name")

// manifestMaps are arguments that are maps, whose keys are the user's.
var manifestMaps = set("annotations", "binary_data", "data", "driver_parameters", "hard", "labels", "limits", "match_labels", "node_selector",
	"options", "overhead", "parameters", "requests", "volume_attributes", "default", "default_request", "max", "min", "max_limit_request_ratio")
