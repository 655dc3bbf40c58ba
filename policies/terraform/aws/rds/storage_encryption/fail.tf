resource "aws_db_instance" "orders" { # want "aws_db_instance.orders does not encrypt"
  engine         = "postgres"
  instance_class = "db.t4g.medium"
}

resource "aws_rds_cluster" "ledger" {
  engine            = "aurora-postgresql"
  storage_encrypted = false # want "aws_rds_cluster.ledger does not encrypt"
}

variable "encrypted" {
  type    = bool
  default = null
}

resource "aws_db_instance" "reports" {
  for_each = toset(["eu", "us"])

  identifier        = "reports-${each.key}"
  storage_encrypted = var.encrypted # want "reports..eu.. does not encrypt" "reports..us.. does not encrypt"
}
