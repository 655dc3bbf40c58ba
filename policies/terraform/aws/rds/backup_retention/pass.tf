resource "aws_db_instance" "orders" {
  backup_retention_period = 14
}

resource "aws_db_instance" "replica" {
  replicate_source_db = aws_db_instance.orders.identifier
}

resource "aws_rds_cluster" "ledger" {
  backup_retention_period = "35"
}
