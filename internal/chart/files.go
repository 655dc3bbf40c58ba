package chart

import (
	"encoding/base64"
	"path"
	"strings"

	"github.com/gobwas/glob"
)

// files are the files of a chart beside its templates: .Files. Its methods are
// those that helm gives it.
type files map[string][]byte

// GetBytes returns a file, nothing if it is not there.
func (f files) GetBytes(name string) []byte {
	if content, ok := f[name]; ok {
		return content
	}
	return []byte{}
}

// Get returns a file as text.
func (f files) Get(name string) string { return string(f.GetBytes(name)) }

// Glob returns the files whose names match pattern.
func (f files) Glob(pattern string) files {
	matcher, err := glob.Compile(pattern, '/')
	if err != nil {
		matcher = glob.MustCompile("**")
	}
	found := files{}
	for name, content := range f {
		if matcher.Match(name) {
			found[name] = content
		}
	}
	return found
}

// AsConfig returns the files as the data of a ConfigMap.
func (f files) AsConfig() string {
	data := map[string]string{}
	for name, content := range f {
		data[path.Base(name)] = string(content)
	}
	return toYAML(data)
}

// AsSecrets returns the files as the data of a Secret.
func (f files) AsSecrets() string {
	data := map[string]string{}
	for name, content := range f {
		data[path.Base(name)] = base64.StdEncoding.EncodeToString(content)
	}
	return toYAML(data)
}

// Lines returns the lines of a file.
func (f files) Lines(name string) []string {
	text := strings.TrimSuffix(f.Get(name), "\n")
	if len(f[name]) == 0 {
		return []string{}
	}
	return strings.Split(text, "\n")
}
