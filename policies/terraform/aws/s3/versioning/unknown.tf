variable "versioning" {
  type = string
}

resource "aws_s3_bucket" "logs" { # unknown: a variable without a value settles the status
  bucket = "acme-logs"
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = var.versioning
  }
}
