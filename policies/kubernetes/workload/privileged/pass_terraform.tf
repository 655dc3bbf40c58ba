resource "kubernetes_deployment" "api" {
  metadata {
    name = "api"
  }

  spec {
    template {
      spec {
        container {
          name  = "api"
          image = "registry.example.org/api:2.1"

          security_context {
            privileged = false

            capabilities {
              add = ["NET_BIND_SERVICE"]
            }
          }
        }
      }
    }
  }
}

# A Terraform resource with other blocks of that name is no pod.
resource "docker_container" "api" {
  privileged = true
}
