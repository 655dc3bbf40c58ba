resource "aws_ebs_volume" "data" { # want "aws_ebs_volume.data is not encrypted"
  availability_zone = "eu-central-1a"
  size              = 100
}

resource "aws_ebs_volume" "cache" {
  count = 2

  availability_zone = "eu-central-1a"
  encrypted         = count.index == 0 # want "aws_ebs_volume.cache.1. is not encrypted"
}
