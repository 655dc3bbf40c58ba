package workload

import (
	"regexp"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The grammar of github.com/distribution/reference, by which container
// runtimes read the name of an image.
var (
	imageDigest = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$`)
	imageTag    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	imageHost   = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?` +
		`(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$`)
	imagePath = regexp.MustCompile(`^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$`)
)

// An image is the name of a container image, taken apart and completed the way
// a runtime completes it.
type image struct {
	text       string // as written
	valid      bool   // false: a placeholder, or a mistake; the other fields are empty
	registry   string // docker.io where none is written
	repository string // library/nginx where nginx is written
	tag        string
	digest     string
}

func parseImage(text string) image {
	unread := image{text: text}
	i := image{text: text, valid: true}
	name, digest, hasDigest := strings.Cut(text, "@")
	if hasDigest && !imageDigest.MatchString(digest) {
		return unread
	}
	i.digest = digest
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		i.tag = name[colon+1:]
		if !imageTag.MatchString(i.tag) {
			return unread
		}
		name = name[:colon]
	}
	i.registry, i.repository = splitHost(name)
	if !imageHost.MatchString(i.registry) || !imagePath.MatchString(i.repository) {
		return unread
	}
	return i
}

// splitHost cuts the registry from a name. The first part is one if it could
// not be a part of a repository's path.
func splitHost(name string) (registry, repository string) {
	host, path, ok := strings.Cut(name, "/")
	if !ok || !strings.ContainsAny(host, ".:[") && host != "localhost" && host == strings.ToLower(host) {
		host, path = "docker.io", name
	}
	if host == "index.docker.io" {
		host = "docker.io"
	}
	if host == "docker.io" && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	return host, path
}

// facts returns the image as policies see it. Parts that are not there are left
// out; default_tag is the tag that a runtime then takes.
func (i image) facts() map[string]any {
	facts := map[string]any{"text": i.text, "valid": i.valid}
	for key, value := range map[string]string{
		"registry": i.registry, "repository": i.repository, "tag": i.tag, "digest": i.digest,
	} {
		if value != "" {
			facts[key] = value
		}
	}
	if i.valid && i.tag == "" && i.digest == "" {
		facts["default_tag"] = "latest"
	}
	return facts
}

// referredImage returns what is known of an image whose name another resource
// settles, or a part of it: ${aws_ecr_repository.api.repository_url}:1.4.2. A
// tag or digest that is written out is known; a name that ends in a reference
// may have either in it.
func referredImage(name annexgate.Reference) map[string]any {
	unknown := annexgate.UnknownValue{Reason: "settled at apply: " + string(name)}
	facts := map[string]any{
		"text": name, "valid": unknown,
		"registry": unknown, "repository": unknown, "tag": unknown, "digest": unknown, "default_tag": unknown,
	}
	if registry, ok := literalHost(string(name)); ok {
		facts["registry"] = registry
	}
	tail := string(name)[strings.LastIndexByte(string(name), '}')+1:]
	before, digest, hasDigest := strings.Cut(tail, "@")
	if hasDigest && imageDigest.MatchString(digest) {
		facts["digest"] = digest
		delete(facts, "default_tag")
		tail = before
	}
	path, tag, hasTag := cutLast(tail, ":")
	head := string(name)[:max(0, strings.LastIndex(string(name), "${"))]
	switch {
	case tail == "" && strings.HasSuffix(head, ":"):
		facts["tag"] = annexgate.Reference(string(name)[len(head):])
		delete(facts, "digest")
		delete(facts, "default_tag")
	case tail == "" && strings.HasSuffix(head, "@"):
		facts["digest"] = annexgate.Reference(string(name)[len(head):])
		delete(facts, "default_tag")
	case hasTag && imageTag.MatchString(tag):
		facts["tag"] = tag
		delete(facts, "default_tag")
		if !hasDigest {
			delete(facts, "digest")
		}
	case path != "" && !hasTag && !hasDigest && strings.Contains(path, "/"): // the name ends in a plain path
		delete(facts, "tag")
		delete(facts, "digest")
		facts["default_tag"] = "latest"
	}
	return facts
}

// literalHost returns the registry of a name that starts with one.
func literalHost(name string) (string, bool) {
	start, _, _ := strings.Cut(name, "${")
	host, _, ok := strings.Cut(start, "/")
	if !ok || !strings.ContainsAny(host, ".:") || !imageHost.MatchString(host) {
		return "", false
	}
	return host, true
}

// cutLast cuts text at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}
