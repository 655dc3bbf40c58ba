resource "aws_kms_key" "exports" { # want "aws_kms_key.exports is not rotated automatically"
  description = "card exports"
}

resource "aws_kms_key" "logs" {
  enable_key_rotation = false # want "aws_kms_key.logs is not rotated automatically"
}
