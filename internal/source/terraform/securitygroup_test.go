package terraform

import (
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	for name, c := range map[string]struct{ src, address, want string }{
		"blocks": {
			src: `resource "aws_security_group" "g" {
  egress {
    protocol    = "all"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    description      = "web"
    protocol         = "tcp"
    from_port        = 443
    to_port          = 443
    cidr_blocks      = ["10.0.0.0/8"]
    ipv6_cidr_blocks = ["::/0"]
    security_groups  = ["sg-1"]
    prefix_list_ids  = ["pl-1"]
    self             = true
  }
}`,
			want: `[{"address":"aws_security_group.g","cidr_paths":{"10.0.0.0/8":["ingress",0,"cidr_blocks",0],"::/0":["ingress",0,"ipv6_cidr_blocks",0]},` +
				`"cidrs":["10.0.0.0/8","::/0"],"description":"web","direction":"ingress","from_port":443,"groups":["sg-1"],"path":["ingress",0],` +
				`"prefix_lists":["pl-1"],"protocol":"tcp","self":true,"to_port":443},` +
				`{"address":"aws_security_group.g","cidr_paths":{"0.0.0.0/0":["egress",0,"cidr_blocks",0]},"cidrs":["0.0.0.0/0"],"direction":"egress",` +
				`"path":["egress",0],"protocol":"all","self":false}]`,
		},
		"lists of objects, quoted ports, numbered protocols": {
			src: `resource "aws_security_group" "g" {
  ingress = [
    { protocol = "TCP", from_port = "22", to_port = "22", cidr_blocks = null, self = "true" },
    { protocol = 17, from_port = 53, to_port = 53 },
    { protocol = "1", from_port = 8, to_port = 0 },
    { protocol = "50", from_port = 1, to_port = 2 },
    { protocol = -1, from_port = 1, to_port = 2 },
  ]
}`,
			want: `[{"address":"aws_security_group.g","cidr_paths":{},"direction":"ingress","from_port":22,"path":["ingress",0],"protocol":"tcp","self":true,"to_port":22},` +
				`{"address":"aws_security_group.g","cidr_paths":{},"direction":"ingress","from_port":53,"path":["ingress",1],"protocol":"udp","self":false,"to_port":53},` +
				`{"address":"aws_security_group.g","cidr_paths":{},"direction":"ingress","from_port":8,"path":["ingress",2],"protocol":"icmp","self":false,"to_port":0},` +
				`{"address":"aws_security_group.g","cidr_paths":{},"direction":"ingress","path":["ingress",3],"protocol":"50","self":false},` +
				`{"address":"aws_security_group.g","cidr_paths":{},"direction":"ingress","path":["ingress",4],"protocol":"all","self":false}]`,
		},
		"resources of their own": {
			src: `resource "aws_security_group" "g" {}
resource "aws_security_group" "other" {}
resource "aws_security_group_rule" "r" {
  type                     = "egress"
  security_group_id        = aws_security_group.g.id
  source_security_group_id = aws_security_group.other.id
  protocol                 = "6"
  from_port                = 1
  to_port                  = 2
}
resource "aws_vpc_security_group_ingress_rule" "i" {
  for_each          = toset(["0.0.0.0/0"])
  security_group_id = aws_security_group.g.id
  ip_protocol       = "-1"
  cidr_ipv4         = each.key
}
resource "aws_vpc_security_group_egress_rule" "e" {
  security_group_id            = local.id
  ip_protocol                  = "udp"
  from_port                    = 1
  to_port                      = 1
  cidr_ipv6                    = "::/0"
  prefix_list_id               = "pl-1"
  referenced_security_group_id = "sg-1"
}
locals { id = aws_security_group.g.id }`,
			want: `[{"address":"aws_security_group_rule.r","cidr_paths":{},"direction":"egress","from_port":1,"groups":["ref:${aws_security_group.other.id}"],` +
				`"protocol":"tcp","self":false,"to_port":2},` +
				`{"address":"aws_vpc_security_group_egress_rule.e","cidr_paths":{"::/0":["cidr_ipv6"]},"cidrs":["::/0"],"direction":"egress","from_port":1,` +
				`"groups":["sg-1"],"prefix_lists":["pl-1"],"protocol":"udp","self":false,"to_port":1},` +
				`{"address":"aws_vpc_security_group_ingress_rule.i[\"0.0.0.0/0\"]","cidr_paths":{"0.0.0.0/0":["cidr_ipv4"]},"cidrs":["0.0.0.0/0"],` +
				`"direction":"ingress","protocol":"all","self":false}]`,
		},
		"a rule is not of the group it lets in": {
			src: `resource "aws_security_group" "a" {}
resource "aws_security_group" "g" {}
resource "aws_security_group_rule" "r" {
  type                     = "ingress"
  security_group_id        = aws_security_group.a.id
  source_security_group_id = aws_security_group.g.id
}`,
			want: `null`,
		},
		"a rule whose group is elsewhere": {
			src: `resource "aws_security_group_rule" "r" {
  type              = "ingress"
  security_group_id = "sg-1"
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["0.0.0.0/0"]
}`,
			address: "aws_security_group_rule.r",
			want: `[{"address":"aws_security_group_rule.r","cidr_paths":{"0.0.0.0/0":["cidr_blocks",0]},"cidrs":["0.0.0.0/0"],"direction":"ingress",` +
				`"from_port":22,"protocol":"tcp","self":false,"to_port":22}]`,
		},
		"a rule for the group of another module": {
			src: `resource "aws_security_group" "g" {}
module "m" {
  source = "./m"
  group  = aws_security_group.g.id
}
-- m/main.tf --
variable "group" {}
resource "aws_vpc_security_group_ingress_rule" "r" { security_group_id = var.group }`,
			want: `[{"address":"module.m.aws_vpc_security_group_ingress_rule.r","cidr_paths":{},"direction":"ingress","self":false}]`,
		},
		"what is not known": {
			src: `variable "v" {}
variable "rules" { type = list(object({ port = number })) }
resource "aws_security_group" "g" {
  ingress {
    protocol         = var.v
    from_port        = var.v
    to_port          = aws_y.y.port
    cidr_blocks      = var.v
    ipv6_cidr_blocks = ["::/0", var.v]
    self             = var.v
  }
  dynamic "ingress" {
    for_each = var.rules
    content {
      protocol  = "tcp"
      from_port = ingress.value.port
      to_port   = 22
    }
  }
  egress = var.v
}
resource "aws_y" "y" {}`,
			want: `[{"address":"aws_security_group.g","cidr_paths":{"::/0":["ingress",0,"ipv6_cidr_blocks",0]},"cidrs":["?V","::/0","?V"],"direction":"ingress",` +
				`"from_port":"?V","path":["ingress",0],"protocol":"?V","self":"?V","to_port":"?settled at apply: ${aws_y.y.port}"},` +
				`{"address":"aws_security_group.g","cidr_paths":{},"direction":"ingress","from_port":"?RULES","path":["ingress",1],"protocol":"tcp","self":false,"to_port":22},` +
				`"?V"]`,
		},
		"a group without rules": {src: `resource "aws_security_group" "g" { ingress = [] }`, want: `null`},
	} {
		t.Run(name, func(t *testing.T) {
			address := c.address
			if address == "" {
				address = "aws_security_group.g"
			}
			got := asJSON(t, without(subject(t, loadMain(t, c.src), address).Facts["rules"]))
			got = strings.ReplaceAll(got, `variable \"v\" has no value`, "V")
			got = strings.ReplaceAll(got, `variable \"rules\" has no value`, "RULES")
			diff(t, got, c.want)
		})
	}
}
