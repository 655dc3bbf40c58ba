variable "networks" {
  type = list(string)
}

resource "aws_security_group" "bastion" {
  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = var.networks # unknown: the variable has no value
  }
}
