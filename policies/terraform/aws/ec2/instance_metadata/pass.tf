resource "aws_launch_template" "worker" {
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
}

resource "aws_instance" "worker" {
  launch_template {
    id      = aws_launch_template.worker.id
    version = "$Latest"
  }
}

resource "aws_instance" "isolated" {
  metadata_options {
    http_endpoint = "disabled"
  }
}

locals {
  options = [{ tokens = "required" }]
}

resource "aws_instance" "api" {
  dynamic "metadata_options" {
    for_each = local.options

    content {
      http_tokens = metadata_options.value.tokens
    }
  }
}
