resource "aws_s3_bucket" "logs" { # want "keeps no versions"
  bucket = "acme-logs"
}

resource "aws_s3_bucket" "exports" {
  bucket = "acme-exports"
}

resource "aws_s3_bucket_versioning" "exports" {
  bucket = aws_s3_bucket.exports.id

  versioning_configuration {
    status = "Suspended" # want "aws_s3_bucket_versioning.exports does not enable versioning"
  }
}

resource "aws_s3_bucket" "old" { # want "aws_s3_bucket.old keeps no versions"
  bucket = "acme-old"

  versioning {
    enabled = false
  }
}
