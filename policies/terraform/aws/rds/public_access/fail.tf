locals {
  environments = {
    dev  = { public = true }
    prod = { public = false }
  }
}

resource "aws_db_instance" "orders" {
  for_each = local.environments

  identifier          = "orders-${each.key}"
  publicly_accessible = each.value.public # want "aws_db_instance.orders..dev.. has a public address"
}

resource "aws_rds_cluster_instance" "ledger" {
  publicly_accessible = true # want "aws_rds_cluster_instance.ledger has a public address"
}
