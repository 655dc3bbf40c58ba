resource "kubernetes_cluster_role_v1" "operator" {
  metadata {
    name = "operator"
  }

  rule {
    api_groups = [""]
    resources  = ["pods"]
    verbs      = ["get"]
  }

  rule {
    api_groups = ["*"]
    resources  = ["*"] # want "kubernetes_cluster_role_v1.operator allows every verb on every resource"
    verbs      = ["*"]
  }
}
