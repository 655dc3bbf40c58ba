variable "name" {
  type = string
}

variable "storage" {
  type = number
}

variable "retention_days" {
  type    = number
  default = 7
}

variable "kms_key_arn" {
  type    = string
  default = null
}

variable "subnet_ids" {
  type = list(string)
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_instance" "this" {
  identifier                  = var.name
  engine                      = "postgres"
  engine_version              = "16.6"
  instance_class              = "db.m7g.large"
  allocated_storage           = var.storage
  storage_encrypted           = var.kms_key_arn != null
  kms_key_id                  = var.kms_key_arn
  db_subnet_group_name        = aws_db_subnet_group.this.name
  username                    = "payments"
  manage_master_user_password = true
  backup_retention_period     = var.retention_days
  skip_final_snapshot         = false
}

# The analysts read from here. It takes the encryption of its source.
resource "aws_db_instance" "replica" {
  count = var.name == "reports" ? 1 : 0

  identifier          = "${var.name}-replica"
  replicate_source_db = aws_db_instance.this.identifier
  instance_class      = "db.m7g.large"
  publicly_accessible = true
}

output "endpoint" {
  value = aws_db_instance.this.endpoint
}
