resource "aws_route53_record" "api" {
  zone_id = "Z0123456789ABCDEFGHIJ"
  name    = "api.payments.acme.example"
  type    = "CNAME"
  ttl     = 300
  records = ["edge.payments.acme.example"
}
