resource "aws_cloudtrail" "main" { # want "aws_cloudtrail.main records one region only"
  name           = "main"
  s3_bucket_name = "acme-trail"
}

resource "aws_cloudtrail" "audit" {
  name                  = "audit"
  s3_bucket_name        = "acme-trail"
  is_multi_region_trail = false # want "aws_cloudtrail.audit records one region only"
}
