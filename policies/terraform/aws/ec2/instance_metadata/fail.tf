resource "aws_instance" "api" { # want "aws_instance.api answers metadata calls without a session token"
  ami           = "ami-0abcdef1234567890"
  instance_type = "t4g.small"
}

resource "aws_launch_template" "worker" {
  metadata_options {
    http_tokens                 = "optional" # want "aws_launch_template.worker answers metadata calls without"
    http_put_response_hop_limit = 5          # want "over 5 hops: want 2 or fewer"
  }
}

resource "aws_launch_configuration" "batch" {
  metadata_options { # want "aws_launch_configuration.batch answers metadata calls without"
    http_endpoint = "enabled"
  }
}
