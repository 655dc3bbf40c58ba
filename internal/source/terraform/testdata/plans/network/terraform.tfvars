db_password = "hunter2"
services = {
  web = { ports = [80, 443], public = true }
  api = { ports = [8080] }
}
