// Package policies is the library that annexgate brings along: Rego policies,
// each with its metadata, tests and examples in a folder of its own.
//
// The tree is by technology. A policy's ID is its folder: the one in
// terraform/aws/s3/public_access is terraform.aws.s3.public_access. What they
// share is in lib, the shape of their input in schema.
package policies

import "embed"

//go:generate go run generate.go

// FS holds the library.
//
//go:embed lib schema terraform kubernetes pullrequest
var FS embed.FS
