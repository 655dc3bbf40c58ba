# The module in which TestExpressions evaluates testdata/oracle/expressions.txt.

variable "names" {
  type    = list(string)
  default = ["web", "db", "web"]
}

variable "settings" {
  type = object({
    size  = optional(number, 3)
    label = optional(string)
    nested = optional(object({
      on   = optional(bool, true)
      tags = optional(map(string), { a = "1" })
    }), {})
  })
  default = { label = "x" }
}

variable "rules" {
  type = map(object({ port = number, open = optional(bool, false) }))
  default = {
    https = { port = 443, open = true }
    ssh   = { port = "22" }
  }
}

variable "nothing" {
  type    = string
  default = null
}

variable "set" {
  type    = set(string)
  default = ["b", "a", "b"]
}

locals {
  object = { a = 1, b = "two", c = [true, null] }
  list   = [3, 1, 2]
  upper  = [for n in var.names : upper(n)]
  text   = <<-EOT
    one
      two ${local.object.b}
    three
  EOT
  crlf   = "a\r\nb"
}

resource "terraform_data" "one" {
  input = { name = "one", list = [1, 2] }
}

resource "terraform_data" "many" {
  count = 2
  input = "n${count.index}"
}

resource "terraform_data" "each" {
  for_each = { a = 1, b = 2 }
  input    = each.value
}
