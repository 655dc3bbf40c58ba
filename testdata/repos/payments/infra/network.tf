resource "aws_vpc" "payments" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "private" {
  count = 2

  vpc_id            = aws_vpc.payments.id
  cidr_block        = cidrsubnet(aws_vpc.payments.cidr_block, 8, count.index)
  availability_zone = "${var.region}${element(["a", "b"], count.index)}"
}

locals {
  ingress = {
    https     = { port = 443, networks = ["0.0.0.0/0"] }
    bastion   = { port = 22, networks = var.office_networks }
    emergency = { port = 22, networks = ["0.0.0.0/0"] }
  }
}

resource "aws_security_group" "edge" {
  name   = "payments-edge"
  vpc_id = aws_vpc.payments.id

  dynamic "ingress" {
    for_each = local.ingress

    content {
      description = ingress.key
      protocol    = "tcp"
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      cidr_blocks = ingress.value.networks
    }
  }
}

resource "aws_launch_template" "worker" {
  name_prefix   = "payments-worker-"
  instance_type = "t4g.medium"

  metadata_options {
    http_endpoint               = "enabled"
    http_put_response_hop_limit = 2
  }
}
