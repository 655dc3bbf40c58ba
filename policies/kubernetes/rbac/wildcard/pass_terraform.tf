resource "kubernetes_role" "reader" {
  metadata {
    name      = "reader"
    namespace = "payments"
  }

  rule {
    api_groups     = ["*"]
    resources      = ["*"]
    resource_names = ["settings"]
    verbs          = ["*"]
  }
}
