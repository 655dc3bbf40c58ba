variable "name" { type = string }
variable "vpc_id" { type = string }
variable "ports" { type = list(number) }
variable "cidrs" { type = list(string) }

resource "aws_security_group" "this" {
  name        = "${var.name}-sg"
  description = "of ${var.name}"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = var.cidrs
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "this" {
  count                  = length(var.ports)
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  vpc_security_group_ids = [aws_security_group.this.id]

  ebs_block_device {
    device_name = "/dev/sdb"
    volume_size = 10
    encrypted   = true
  }
  ebs_block_device {
    device_name = "/dev/sda"
    volume_size = var.ports[count.index]
  }
}

output "rules" { value = length(aws_security_group.this.ingress) }
