variable "rotate" {
  type = bool
}

resource "aws_kms_key" "exports" {
  enable_key_rotation = var.rotate # unknown: the variable has no value
}
