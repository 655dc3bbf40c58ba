data "aws_ebs_snapshot" "latest" {
  most_recent = true
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-central-1a"
  encrypted         = data.aws_ebs_snapshot.latest.encrypted # unknown: read at apply
}
