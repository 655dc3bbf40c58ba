package evidence

import (
	"bytes"
	"slices"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// inputKinds are the words of a record for kinds of inputs, in its order, and
// how evidence is won from them.
var inputKinds = []struct {
	kind         annexgate.Kind
	name, method string
}{
	{annexgate.Terraform, "terraform_hcl", "TEST"},
	{annexgate.Kubernetes, "k8s", "TEST"},
	{annexgate.PullRequest, "pr_metadata", "EXAMINE"},
}

// inputs describes the files of each kind. A kind of which nothing but a
// problem is known is listed as well.
func inputs(run *annexgate.Run) []Input {
	list := []Input{}
	for _, known := range inputKinds {
		files := unique(run.Inputs, func(in annexgate.Input) bool { return in.Kind == known.kind })
		ofKind := func(p annexgate.Problem) bool { return p.Kind == known.kind && p.Loss != annexgate.Notice }
		if len(files) == 0 && !slices.ContainsFunc(run.Problems, ofKind) {
			continue
		}
		input := Input{
			ID: string(known.kind), Kind: known.name, Method: known.method,
			SHA256: digest(manifest(files)), ItemCount: len(files), Completeness: completeness(run.Problems, known.kind),
		}
		for _, file := range files {
			input.Bytes += file.Bytes
			input.Files = append(input.Files, InputFile{Path: clip(file.File), SHA256: file.SHA256})
		}
		list = append(list, input)
	}
	return list
}

// completeness says whether a problem may hide inputs of kind.
func completeness(problems []annexgate.Problem, kind annexgate.Kind) string {
	for _, p := range problems {
		if p.Loss != annexgate.Notice && (p.Kind == "" || p.Kind == kind) {
			return "partial"
		}
	}
	return "complete"
}

// shortInputs returns the inputs with as many files as the limits allow.
func (b *builder) shortInputs() []Input {
	list := slices.Clone(b.inputs)
	for i := range list {
		list[i].Files = cut(list[i].Files, b.limits.files, &b.omitted.Files)
	}
	return list
}

// unique returns the inputs that want accepts by path, each once.
func unique(inputs []annexgate.Input, want func(annexgate.Input) bool) []annexgate.Input {
	var list []annexgate.Input
	for _, in := range inputs {
		if want(in) {
			list = append(list, in)
		}
	}
	slices.SortFunc(list, func(a, b annexgate.Input) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return strings.Compare(a.SHA256, b.SHA256)
	})
	return slices.CompactFunc(list, func(a, b annexgate.Input) bool { return a.File == b.File && a.SHA256 == b.SHA256 })
}

// manifest returns one line for each input, sorted by path: what
// "sha256sum -- FILE..." prints, its escapes included.
func manifest(inputs []annexgate.Input) []byte {
	var b bytes.Buffer
	for _, in := range unique(inputs, func(annexgate.Input) bool { return true }) {
		name := escapes.Replace(in.File)
		if name != in.File {
			b.WriteByte('\\')
		}
		b.WriteString(in.SHA256 + "  " + name + "\n")
	}
	return b.Bytes()
}

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
