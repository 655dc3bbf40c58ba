variable "days" {
  type = number
}

resource "aws_db_instance" "orders" {
  backup_retention_period = var.days # unknown: the variable has no value
}
