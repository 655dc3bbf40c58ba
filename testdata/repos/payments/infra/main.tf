terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.90"
    }
  }

  backend "s3" {
    bucket       = "acme-terraform-state"
    key          = "payments.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      service = "payments"
      owner   = "team-payments"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "office_networks" {
  description = "where administrators connect from"
  type        = list(string)
}

locals {
  databases = {
    orders  = { storage = 100, days = 14 }
    reports = { storage = 500, days = 1 }
  }
}

module "database" {
  source   = "./modules/database"
  for_each = local.databases

  name           = each.key
  storage        = each.value.storage
  retention_days = each.value.days
  kms_key_arn    = aws_kms_key.data.arn
  subnet_ids     = aws_subnet.private[*].id
}

resource "aws_kms_key" "data" {
  description             = "databases and exports of the payment service"
  deletion_window_in_days = 30
  enable_key_rotation     = true
}

resource "aws_kms_key" "webhooks" {
  description             = "signs outgoing webhooks"
  deletion_window_in_days = 30
}

resource "aws_cloudtrail" "payments" {
  name                       = "payments"
  s3_bucket_name             = aws_s3_bucket.audit.id
  enable_log_file_validation = true
}
