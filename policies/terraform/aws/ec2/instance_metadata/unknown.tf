variable "tokens" {
  type = string
}

resource "aws_instance" "api" {
  metadata_options {
    http_tokens = var.tokens # unknown: the variable has no value
  }
}
