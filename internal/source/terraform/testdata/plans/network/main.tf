# Modules with for_each over objects, dynamic blocks, and what only a plan
# knows: data sources and the zones they list.

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "services" {
  type = map(object({
    ports  = list(number)
    public = optional(bool, false)
  }))
}

variable "db_password" {
  type      = string
  sensitive = true
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { Owner = "platform", Stage = "test" }
  }
}

data "aws_caller_identity" "current" {}

data "aws_availability_zones" "here" {
  state = "available"
}

locals {
  account = data.aws_caller_identity.current.account_id
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "main" }
}

resource "aws_subnet" "zone" {
  count             = length(data.aws_availability_zones.here.names)
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = data.aws_availability_zones.here.names[count.index]
}

module "sg" {
  source   = "./modules/sg"
  for_each = var.services
  name     = each.key
  vpc_id   = aws_vpc.main.id
  ports    = each.value.ports
  cidrs    = each.value.public ? ["0.0.0.0/0"] : [aws_vpc.main.cidr_block]
}

resource "aws_db_instance" "orders" {
  identifier          = "orders-${local.account}"
  engine              = "postgres"
  storage_encrypted   = true
  publicly_accessible = false
  password            = var.db_password
  kms_key_id          = aws_kms_key.data.arn
}

resource "aws_kms_key" "data" {
  enable_key_rotation = true
}

output "password" {
  value     = var.db_password
  sensitive = true
}

output "groups" {
  value = { for name, group in module.sg : name => group.rules }
}
