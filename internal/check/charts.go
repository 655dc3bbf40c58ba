package check

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/annexgate/annexgate/internal/annexgate"
	"github.com/annexgate/annexgate/internal/chart"
	"github.com/annexgate/annexgate/internal/source/kubernetes"
)

// maxChartValues bounds a file of values, in bytes.
const maxChartValues = 5 << 20

// kubernetesLoader returns the loader that knows what o says of charts. Files
// of values come before single values, each kind in command-line order, as for
// helm. The files are read here, since whoever runs the command chose them.
func kubernetesLoader(o Options, root string) (kubernetes.Loader, error) {
	var loader kubernetes.Loader
	for _, name := range o.HelmValues {
		text, err := chartValues(o, name)
		if err != nil {
			return loader, annexgate.Usage(fmt.Errorf("read values for charts: %w", err))
		}
		values, err := chart.ParseValues(name, text)
		if err != nil {
			return loader, annexgate.Usage(err)
		}
		loader.Values = values.Over(loader.Values)
		loader.Inputs = append(loader.Inputs, annexgate.NewInput(annexgate.Kubernetes, inputName(o, root, name), text))
	}
	for _, text := range o.HelmSet {
		values, err := chart.ParseSet(text, loader.Values)
		if err != nil {
			return loader, annexgate.Usage(fmt.Errorf("--helm-set %w", err))
		}
		loader.Values = values
	}
	return loader, nil
}

func chartValues(o Options, name string) ([]byte, error) {
	file, err := os.Open(fullName(o, name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxChartValues+1))
	if err == nil && len(text) > maxChartValues {
		err = fmt.Errorf("%s is larger than %d MiB", name, maxChartValues>>20)
	}
	return text, err
}

func fullName(o Options, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.Dir, name)
}

// inputName returns the name of a file as the repository knows it or, where it
// is outside, as it was given.
func inputName(o Options, root, name string) string {
	full, err := filepath.EvalSymlinks(fullName(o, name))
	if err == nil {
		if rel, err := filepath.Rel(root, full); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(name)
}
