resource "aws_db_instance" "orders" {
  identifier = "orders"
}

resource "aws_rds_cluster_instance" "ledger" {
  publicly_accessible = false
}
