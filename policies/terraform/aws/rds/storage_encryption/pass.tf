variable "encrypted" {
  default = "true"
}

resource "aws_db_instance" "orders" {
  engine            = "postgres"
  storage_encrypted = var.encrypted
}

resource "aws_db_instance" "replica" {
  replicate_source_db = aws_db_instance.orders.identifier
}

resource "aws_rds_cluster" "serverless" {
  engine_mode = "serverless"
}
