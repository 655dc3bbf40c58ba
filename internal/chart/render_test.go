package chart

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestRenderAsHelm renders each archive in testdata/render and compares with
// what helm made of it; see testdata/oracle.
func TestRenderAsHelm(t *testing.T) {
	names, err := filepath.Glob("testdata/render/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys, values, want, wantError := unpackArchive(t, archive)
			c, err := Load(fsys, ".")
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Render(t.Context(), values)
			if diff := cmp.Diff(wantError, message(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			var texts []string
			for _, m := range got {
				texts = append(texts, strings.TrimRight(m.Text, "\n")+"\n")
				if len(m.Lines) != strings.Count(m.Text, "\n")+1 {
					t.Errorf("%s has no lines", m.File)
				}
			}
			slices.Sort(texts)
			if diff := cmp.Diff(want, texts); diff != "" {
				t.Errorf("manifests (-want +got):\n%s", diff)
			}
		})
	}
}

func unpackArchive(t *testing.T, archive *txtar.Archive) (fsys fstest.MapFS, values Values, want []string, wantError string) {
	fsys = fstest.MapFS{}
	for _, f := range archive.Files {
		text := string(f.Data)
		switch {
		case f.Name == "override.yaml":
			v, err := ParseValues(f.Name, f.Data)
			if err != nil {
				t.Fatal(err)
			}
			values = v.Over(values)
		case f.Name == "set":
			for line := range strings.Lines(text) {
				v, err := ParseSet(strings.TrimSpace(line), values)
				if err != nil {
					t.Fatal(err)
				}
				values = v
			}
		case f.Name == "want.error":
			wantError = core(text)
		case strings.HasPrefix(f.Name, "want/"):
			want = append(want, text)
		default:
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	slices.Sort(want)
	return fsys, values, want, wantError
}

// core returns what an error of helm says behind the place.
func core(text string) string {
	text = strings.TrimSpace(text)
	if at := place.FindStringIndex(text); at != nil {
		return text[at[1]:]
	}
	if _, message, ok := strings.Cut(text, "): "); ok {
		return message
	}
	return text
}

// message returns what an error says, and where.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
