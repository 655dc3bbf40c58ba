variable "encrypted" {
  type = bool
}

resource "aws_db_instance" "orders" {
  storage_encrypted = var.encrypted # unknown: the variable has no value
}
