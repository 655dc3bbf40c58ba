resource "aws_db_instance" "orders" { # want "aws_db_instance.orders keeps backups for 0 days: want 7 or more"
  engine = "postgres"
}

resource "aws_rds_cluster" "ledger" {
  backup_retention_period = 1 # want "aws_rds_cluster.ledger keeps backups for 1 days"
}
