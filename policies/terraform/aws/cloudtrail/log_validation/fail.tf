resource "aws_cloudtrail" "main" { # want "aws_cloudtrail.main does not validate its log files"
  name           = "main"
  s3_bucket_name = "acme-trail"
}

resource "aws_cloudtrail" "audit" {
  name                       = "audit"
  s3_bucket_name             = "acme-trail"
  enable_log_file_validation = false # want "aws_cloudtrail.audit does not validate its log files"
}
