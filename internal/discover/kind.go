package discover

import (
	"path"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// kindOf returns the kind of input that a file's name makes it, or "".
func kindOf(name string) annexgate.Kind {
	if strings.HasPrefix(name, ".#") { // the lock of an editor, a link to nothing
		return ""
	}
	for _, suffix := range []string{".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".tfvars.json"} {
		if strings.HasSuffix(name, suffix) {
			if strings.HasPrefix(name, ".") {
				return ""
			}
			return annexgate.Terraform
		}
	}
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		if !ofATool(name) {
			return annexgate.Kubernetes
		}
	}
	return ""
}

// toolFiles are patterns, as of path.Match, for JSON and YAML files that are
// known to hold something else. It spares reading them; a file that is not
// listed is read and left out by its content.
var toolFiles = []string{
	"package.json", "package-lock.json", "npm-shrinkwrap.json", "composer.json", "bower.json",
	"pnpm-lock.yaml", "pnpm-workspace.yaml", "tsconfig.json", "tsconfig.*.json", "jsconfig.json", "deno.json", "lerna.json",
	"nx.json", "turbo.json", "angular.json", "renovate.json", "global.json", "appsettings.json", "appsettings.*.json",
	"mkdocs.yml", "codecov.yml", "docker-compose.yml", "docker-compose.yaml", "docker-compose.*.yml", "docker-compose.*.yaml",
	"compose.yaml", "compose.yml",
	"*.schema.json", "*.sarif.json", "*.code-workspace.json",
	".pre-commit-config.yaml", ".gitlab-ci.yml", ".travis.yml", ".golangci.yml", ".golangci.yaml", ".goreleaser.yml",
	".goreleaser.yaml", ".eslintrc.json", ".prettierrc.json", ".markdownlint.json", ".yamllint.yml", ".yamllint.yaml",
}

func ofATool(name string) bool {
	for _, pattern := range toolFiles {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
