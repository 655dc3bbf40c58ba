//go:build ignore

// Generate writes index.go from the metadata of the policies.
package main

import (
	"log"
	"os"

	"github.com/annexgate/annexgate/internal/policytest"
)

func main() {
	text, err := policytest.IndexSource(os.DirFS("."), "policies")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("index.go", text, 0o644); err != nil {
		log.Fatal(err)
	}
}
