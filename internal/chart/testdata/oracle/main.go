// Command oracle writes what helm makes of the charts in ../render into them.
// Each is an archive of the files of a chart, with further values in override.yaml
// and set, and helm's answer in the files want/NAME, or want.error.
//
//	cd internal/chart/testdata/oracle && go run . ../render/*.txtar
//
// With folders for arguments it prints what helm makes of the charts in them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
)

func main() {
	for _, name := range os.Args[1:] {
		run := update
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			run = print
		}
		if err := run(name); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
			os.Exit(1)
		}
	}
}

// print writes one line of JSON for a chart.
func print(dir string) error {
	out, err := render(dir, nil)
	answer := map[string]any{"dir": dir, "out": out}
	if err != nil {
		answer["error"] = err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// update writes helm's answer into an archive.
func update(name string) error {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		return err
	}
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want") })
	dir, err := os.MkdirTemp("", "oracle")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	values := map[string]any{}
	for _, f := range archive.Files {
		switch f.Name {
		case "override.yaml":
			if err := yaml.Unmarshal(f.Data, &values); err != nil {
				return err
			}
			continue
		case "set":
			for line := range strings.Lines(string(f.Data)) {
				if err := strvals.ParseInto(strings.TrimSpace(line), values); err != nil {
					return err
				}
			}
			continue
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			return err
		}
	}
	out, err := render(dir, values)
	if err != nil {
		archive.Files = append(archive.Files, txtar.File{Name: "want.error", Data: []byte(strings.ReplaceAll(err.Error(), dir, "DIR") + "\n")})
	}
	for name, text := range out {
		if strings.TrimSpace(text) != "" && filepath.Base(name) != "NOTES.txt" {
			archive.Files = append(archive.Files, txtar.File{Name: "want/" + name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
		}
	}
	slices.SortStableFunc(archive.Files, func(a, b txtar.File) int {
		return strings.Compare(order(a.Name), order(b.Name))
	})
	return os.WriteFile(name, txtar.Format(archive), 0o666)
}

// order leaves the files of the chart where they are, before the answer.
func order(name string) string {
	if strings.HasPrefix(name, "want") {
		return name
	}
	return ""
}

// render does what helm template does.
func render(dir string, values map[string]any) (map[string]string, error) {
	c, err := loader.LoadDir(dir)
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependenciesWithMerge(c, values); err != nil {
		return nil, err
	}
	caps := chartutil.DefaultCapabilities.Copy()
	caps.KubeVersion = chartutil.KubeVersion{Version: "v1.37.0", Major: "1", Minor: "37"}
	release := chartutil.ReleaseOptions{Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValuesWithSchemaValidation(c, values, release, caps, true)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, all)
}
