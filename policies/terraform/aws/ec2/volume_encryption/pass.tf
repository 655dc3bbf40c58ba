resource "aws_ebs_volume" "data" {
  availability_zone = "eu-central-1a"
  encrypted         = true
}
