variable "public" {
  type = bool
}

resource "aws_db_instance" "orders" {
  publicly_accessible = var.public # unknown: the variable has no value
}
