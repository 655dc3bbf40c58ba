# Objects that are written in Terraform are judged like manifests.
variable "privileged" {
  type    = bool
  default = true
}

variable "level" {
  type = string
}

resource "aws_ecr_repository" "agent" {
  name = "agent"
}

resource "kubernetes_daemon_set_v1" "agent" {
  metadata {
    name = "agent"
  }

  spec {
    template {
      spec {
        init_container {
          name  = "setup"
          image = "registry.example.org/agent-setup:1.4"

          security_context {
            privileged = "true" # want "init container setup of kubernetes_daemon_set_v1.agent is privileged"
          }
        }

        dynamic "container" {
          for_each = ["agent", "logs"]

          content {
            name  = container.value
            image = "${aws_ecr_repository.agent.repository_url}:1.4"

            env {
              name  = "LEVEL"
              value = var.level
            }

            security_context {
              privileged = var.privileged # want "^container agent of" "^container logs of"
            }
          }
        }
      }
    }
  }
}

resource "kubernetes_manifest" "api" {
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "api", namespace = "payments" }
    spec = {
      containers = [
        {
          name            = "api"
          image           = "registry.example.org/api:2.1"
          securityContext = { privileged = true } # want "container api of kubernetes_manifest.api is privileged"
        },
      ]
    }
  }
}
