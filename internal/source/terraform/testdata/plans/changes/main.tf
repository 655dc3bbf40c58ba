# What a plan says of resources that exist: one is updated, one replaced, one
# moved and left as it is, and one that is no longer written here is destroyed.

resource "terraform_data" "updated" {
  input = { size = 2, token = sensitive("hunter3") }
}

resource "terraform_data" "replaced" {
  input            = "same"
  triggers_replace = ["new"]
}

resource "terraform_data" "renamed" {
  input = "same"
}

moved {
  from = terraform_data.old_name
  to   = terraform_data.renamed
}

resource "terraform_data" "created" {
  input = terraform_data.updated.output
}
