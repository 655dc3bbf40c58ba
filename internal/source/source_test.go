package source

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/annexgate/annexgate/internal/annexgate"
)

const snapshot = `{"pull_request": {
  "number": 7,
  "user": {"login": "mia-acme", "id": 4100201, "type": "User"},
  "head": {"ref": "rotate", "sha": "9c1f0e5b7a2d4c6e8f0a1b2c3d4e5f6a7b8c9d0e"},
  "base": {"ref": "main", "sha": "5e2a9d7c4b1f8e3a6d0c9b2f7e4a1d8c5b3f6e90"}
}}`

func repository() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"infra/main.tf":   `resource "aws_kms_key" "k" {}` + "\n" + `output "days" { value = 30 }`,
		"infra/broken.tf": "resource {{",
		"deploy/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n",
		"deploy/bad.yaml": "apiVersion: v1\nkind: Pod\nmetadata: [\n",
		"change.json":     snapshot,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func batches() []Batch {
	fsys := repository()
	return []Batch{
		{Kind: annexgate.PullRequest, FS: fsys, Files: []string{"change.json"}},
		{Kind: annexgate.Terraform, FS: fsys, Files: []string{"infra/broken.tf", "infra/main.tf"}},
		{Kind: annexgate.Kubernetes, FS: fsys, Files: []string{"deploy/bad.yaml", "deploy/pod.yaml"}},
	}
}

func TestLoad(t *testing.T) {
	all, err := Load(context.Background(), batches()...)
	if err != nil {
		t.Fatal(err)
	}
	var subjects, inputs, broken []string
	for _, s := range all.Subjects {
		subjects = append(subjects, s.Scope+" "+s.Address)
	}
	for _, in := range all.Inputs {
		inputs = append(inputs, string(in.Kind)+" "+in.File)
	}
	for _, p := range all.Problems {
		if p.Loss == annexgate.Unread {
			broken = append(broken, p.At.File)
		}
	}
	for _, c := range []struct {
		requirement string
		want, got   any
	}{
		{
			"subjects of all kinds are in one order, by scope and address",
			[]string{"change.json pull_request/7", "deploy/pod.yaml Pod/web", "infra aws_kms_key.k", "infra root"},
			subjects,
		},
		{
			"inputs of all kinds are in one order, by file",
			[]string{"pullrequest change.json", "kubernetes deploy/pod.yaml", "terraform infra/broken.tf", "terraform infra/main.tf"},
			inputs,
		},
		{"a file that does not parse is a problem, and the others are read", []string{"deploy/bad.yaml", "infra/broken.tf"}, broken},
		{"outputs are kept", 1, len(all.Outputs)},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s:\n%s", c.requirement, diff)
		}
	}
}

func TestLoadOrder(t *testing.T) {
	names := func(batches []Batch) string {
		all, err := Load(context.Background(), batches...)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, s := range all.Subjects {
			b.WriteString(s.Address + "\n")
		}
		for _, in := range all.Inputs {
			b.WriteString(in.File + "\n")
		}
		for _, p := range all.Problems {
			b.WriteString(p.String() + "\n")
		}
		return b.String()
	}
	one := batches()
	other := []Batch{one[2], one[0], one[1]}
	for range 10 {
		if diff := cmp.Diff(names(one), names(other)); diff != "" {
			t.Fatalf("the order of batches shows:\n%s", diff)
		}
	}
}

func TestLoadNothing(t *testing.T) {
	for name, batches := range map[string][]Batch{
		"no batch":                 nil,
		"a batch without files":    {{Kind: annexgate.Terraform, FS: fstest.MapFS{}}},
		"an unknown kind, unasked": {{Kind: "ansible", FS: fstest.MapFS{}}},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Load(context.Background(), batches...)
			if err != nil {
				t.Fatal(err)
			}
			if len(all.Subjects)+len(all.Inputs)+len(all.Problems) > 0 || all.Outputs == nil {
				t.Errorf("found %+v", all)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		batch Batch
		want  string
	}{
		"an unknown kind is refused": {
			context.Background(),
			Batch{Kind: "ansible", FS: repository(), Files: []string{"infra/main.tf"}},
			`no loader reads inputs of kind "ansible"`,
		},
		"a snapshot that does not parse ends the run": {
			context.Background(),
			Batch{Kind: annexgate.PullRequest, FS: repository(), Files: []string{"deploy/pod.yaml"}},
			"deploy/pod.yaml:1:1: the snapshot is not JSON",
		},
		"a run that is over is not gone on with": {
			canceled,
			Batch{Kind: annexgate.Kubernetes, FS: repository(), Files: []string{"deploy/pod.yaml"}},
			"context canceled",
		},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Load(c.ctx, c.batch)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %+v and %v, want an error with %q", all, err, c.want)
			}
		})
	}
}
