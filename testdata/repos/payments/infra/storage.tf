resource "aws_s3_bucket" "exports" {
  bucket = "acme-payments-exports"
}

resource "aws_s3_bucket_public_access_block" "exports" {
  bucket                  = aws_s3_bucket.exports.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "exports" {
  bucket = aws_s3_bucket.exports.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket" "audit" {
  bucket = "acme-payments-audit"
}

# Copied from exports. One setting was turned off to debug the log delivery.
resource "aws_s3_bucket_public_access_block" "audit" {
  bucket                  = aws_s3_bucket.audit.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = false
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "audit" {
  bucket = aws_s3_bucket.audit.id

  versioning_configuration {
    status = "Suspended"
  }
}

resource "aws_ebs_volume" "spool" {
  availability_zone = "${var.region}a"
  size              = 50
  encrypted         = true
  kms_key_id        = aws_kms_key.data.arn
}
