# Buckets in nested modules, with policies made of references.

variable "stage" {
  type    = string
  default = "dev"
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "backup"
  region = "eu-north-1"
}

module "logs" {
  source     = "./modules/bucket"
  name       = "logs-${var.stage}"
  versioning = true
}

module "backup" {
  source    = "./modules/bucket"
  count     = 2
  name      = "backup-${count.index}"
  providers = { aws = aws.backup }
}

resource "aws_iam_policy" "read" {
  name = "read"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = concat(["${module.logs.arn}/*"], [for b in module.backup : "${b.arn}/*"])
    }]
  })
}

resource "aws_iam_policy" "fixed" {
  name = "fixed"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_lambda_function" "f" {
  for_each      = toset(["a", "b"])
  function_name = "f-${each.key}"
  role          = aws_iam_role.f.arn
  environment {
    variables = { BUCKET = module.logs.id, STAGE = var.stage }
  }
}

resource "aws_iam_role" "f" {
  name               = "f"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
