resource "aws_security_group" "bastion" {
  name = "bastion"

  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"] # want "aws_security_group.bastion opens SSH to 0.0.0.0/0"
  }
}

resource "aws_security_group_rule" "ssh" {
  type              = "ingress"
  security_group_id = aws_security_group.bastion.id
  protocol          = "tcp"
  from_port         = 0
  to_port           = 65535
  ipv6_cidr_blocks  = ["::/0"] # want "aws_security_group_rule.ssh opens SSH to ::/0"
}

resource "aws_vpc_security_group_ingress_rule" "all" {
  security_group_id = aws_security_group.bastion.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0" # want "opens SSH to 0.0.0.0/0"
}

variable "ports" {
  default = [22, 443]
}

resource "aws_security_group" "web" {
  dynamic "ingress" {
    for_each = var.ports

    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = ["0.0.0.0/0"] # want "aws_security_group.web opens SSH"
    }
  }
}

# The older syntax, and a group that is made elsewhere.
resource "aws_security_group" "old" {
  ingress = [
    {
      protocol    = "6"
      from_port   = "22"
      to_port     = "22"
      cidr_blocks = ["0.0.0.0/0"] # want "aws_security_group.old opens SSH"
    },
  ]
}

resource "aws_security_group_rule" "elsewhere" {
  type              = "ingress"
  security_group_id = "sg-0123456789abcdef0"
  protocol          = "TCP"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["0.0.0.0/0"] # want "aws_security_group_rule.elsewhere opens SSH"
}

# What is not known beside it does not matter.
variable "note" {
  type = string
}

resource "aws_security_group" "noted" {
  ingress {
    description     = var.note
    protocol        = "tcp"
    from_port       = 22
    to_port         = 22
    cidr_blocks     = ["0.0.0.0/0"] # want "aws_security_group.noted opens SSH"
    security_groups = [var.note]
    prefix_list_ids = [var.note]
  }
}
