variable "privileged" {
  type = bool
}

resource "kubernetes_pod_v1" "api" {
  metadata {
    name = "api"
  }

  spec {
    container {
      name  = "api"
      image = "registry.example.org/api:2.1"

      security_context {
        privileged = var.privileged # unknown: the variable has no value
      }
    }
  }
}
