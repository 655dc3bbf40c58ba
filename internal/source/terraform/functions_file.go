package terraform

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// Files are read inside the repository only. A path that leads out of it gives
// an unknown value and a problem, not an error: try(file("/etc/passwd"), "x")
// must not become known.

// maxFound bounds how many files fileset walks past.
const maxFound = 100_000

// fileFunctions returns the functions that read files, relative to the root
// module's directory.
func (ev *evaluator) fileFunctions() map[string]function.Function {
	hexOf := func(sum []byte) string { return hex.EncodeToString(sum) }
	base64Of := base64.StdEncoding.EncodeToString
	digest := func(encode func([]byte) string, sum func([]byte) []byte) function.Function {
		return ev.fileFunc(func(text []byte) (string, error) { return encode(sum(text)), nil })
	}
	sha256Sum := func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
	sha512Sum := func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }
	return map[string]function.Function{
		"file": ev.fileFunc(func(text []byte) (string, error) {
			if !utf8.Valid(text) {
				return "", errors.New("the contents are not valid UTF-8; use filebase64 instead")
			}
			return string(text), nil
		}),
		"filebase64":       ev.fileFunc(func(text []byte) (string, error) { return base64Of(text), nil }),
		"filemd5":          digest(hexOf, func(b []byte) []byte { s := md5.Sum(b); return s[:] }),
		"filesha1":         digest(hexOf, func(b []byte) []byte { s := sha1.Sum(b); return s[:] }),
		"filesha256":       digest(hexOf, sha256Sum),
		"filesha512":       digest(hexOf, sha512Sum),
		"filebase64sha256": digest(base64Of, sha256Sum),
		"filebase64sha512": digest(base64Of, sha512Sum),
		"fileexists":       ev.fileExistsFunc(),
		"fileset":          ev.fileSetFunc(),
		"templatefile":     ev.templateFunc(true),
		"templatestring":   ev.templateFunc(false),
	}
}

// inside returns the path of a file in the repository, or an unknown that says
// why it is none.
func (ev *evaluator) inside(name string) (string, *origin) {
	full := path.Join(ev.dir, name)
	if path.IsAbs(name) || outside(full) || !fs.ValidPath(full) || strings.HasPrefix(name, "~") {
		return "", ev.refused(name, "it is outside the repository")
	}
	return full, nil
}

func (ev *evaluator) refused(name, why string) *origin {
	at := annexgate.Location{}
	if len(ev.stack) > 0 {
		at = ev.stack[len(ev.stack)-1].at()
	}
	ev.store.problem(annexgate.Notice, at, "read file %q: %s; its content is unknown", clip(name), why)
	return &origin{reason: fmt.Sprintf("file %q is not read: %s", clip(name), why), from: at}
}

// content reads a file. A missing file is an error, as in Terraform; one that
// may not be read is an unknown.
func (ev *evaluator) content(name string) ([]byte, *origin, error) {
	full, refused := ev.inside(name)
	if refused != nil {
		return nil, refused, nil
	}
	text, err := ev.store.read(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("no file exists at %q", clip(name))
	case err != nil:
		return nil, ev.refused(name, "it is a link out of the repository, too large, or no regular file"), nil
	}
	return text, nil, nil
}

func pathParameter(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.String}
}

func (ev *evaluator) fileFunc(render func([]byte) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{pathParameter("path")},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, refused, err := ev.content(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			if refused != nil {
				return unknown(cty.String, refused), nil
			}
			s, err := render(text)
			return cty.StringVal(s), err
		},
	})
}

func (ev *evaluator) fileExistsFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{pathParameter("path")},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			full, refused := ev.inside(args[0].AsString())
			if refused != nil {
				return unknown(cty.Bool, refused), nil
			}
			info, err := fs.Stat(ev.store.fsys, full)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return unknown(cty.Bool, ev.refused(args[0].AsString(), "it is a link out of the repository")), nil
			}
			return cty.BoolVal(info.Mode().IsRegular()), nil
		},
	})
}

func (ev *evaluator) fileSetFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{pathParameter("path"), pathParameter("pattern")},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
			full, refused := ev.inside(args[0].AsString())
			if refused != nil {
				return unknown(t, refused), nil
			}
			names, ok := ev.glob(full, args[1].AsString())
			if !ok {
				return unknown(t, ev.refused(args[0].AsString(), "it holds too many files")), nil
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			values := make([]cty.Value, len(names))
			for i, name := range names {
				values[i] = cty.StringVal(name)
			}
			return cty.SetVal(values), nil
		},
	})
}

// glob returns the regular files under dir that a pattern with ** matches. It
// follows no links to directories.
func (ev *evaluator) glob(dir, pattern string) ([]string, bool) {
	var names []string
	seen := 0
	err := fs.WalkDir(ev.store.fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read is not there
		}
		if seen++; seen > maxFound || !ev.spend(20) {
			return errTooMuch
		}
		if entry.IsDir() || !entry.Type().IsRegular() {
			return nil
		}
		rel := strings.TrimPrefix(name, dir+"/")
		if dir == "." {
			rel = name
		}
		if matchGlob(strings.Split(pattern, "/"), strings.Split(rel, "/"), new(int)) {
			names = append(names, rel)
		}
		return nil
	})
	slices.Sort(names)
	return names, err == nil
}

// matchGlob matches path segments; ** stands for any number of them.
func matchGlob(pattern, name []string, steps *int) bool {
	if *steps++; *steps > 500 {
		return false
	}
	if len(pattern) == 0 {
		return len(name) == 0
	}
	if pattern[0] == "**" {
		return matchGlob(pattern[1:], name, steps) || len(name) > 0 && matchGlob(pattern, name[1:], steps)
	}
	if len(name) == 0 {
		return false
	}
	for _, alternative := range braces(pattern[0], 0) {
		if ok, err := path.Match(alternative, name[0]); err == nil && ok {
			return matchGlob(pattern[1:], name[1:], steps)
		}
	}
	return false
}

// braces expands {a,b} in one segment of a pattern.
func braces(segment string, depth int) []string {
	open := strings.IndexByte(segment, '{')
	end := strings.IndexByte(segment, '}')
	if open < 0 || end < open || depth > 4 {
		return []string{segment}
	}
	var out []string
	for _, choice := range strings.Split(segment[open+1:end], ",") {
		out = append(out, braces(segment[:open]+choice+segment[end+1:], depth+1)...)
	}
	return out
}

// templateFunc returns templatefile (fromFile) or templatestring.
func (ev *evaluator) templateFunc(fromFile bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			pathParameter("template"),
			{Name: "vars", Type: cty.DynamicPseudoType, AllowMarked: true, AllowUnknown: true},
		},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name, text := "template", []byte(args[0].AsString())
			if fromFile {
				var refused *origin
				var err error
				name = args[0].AsString()
				text, refused, err = ev.content(name)
				if err != nil {
					return cty.NilVal, err
				}
				if refused != nil {
					return unknown(cty.String, refused), nil
				}
			}
			return ev.render(name, text, args[1])
		},
	})
}

// maxTemplates bounds templates that render templates.
const maxTemplates = 8

func (ev *evaluator) render(name string, text []byte, vars cty.Value) (cty.Value, error) {
	if ev.templates >= maxTemplates {
		return cty.NilVal, errors.New("templates render each other too deeply")
	}
	ev.templates++
	defer func() { ev.templates-- }()
	bare, marks := vars.Unmark()
	if !bare.IsKnown() {
		return cty.UnknownVal(cty.String).RefineNotNull().WithMarks(marks), nil
	}
	if bare.IsNull() || !bare.Type().IsObjectType() && !bare.Type().IsMapType() {
		return cty.NilVal, function.NewArgErrorf(1, "invalid vars value: must be a map")
	}
	f := &file{name: name, src: text}
	expr, diags := ev.store.limits.template(string(text), f, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, errors.New(plainMessage(diags[0]))
	}
	ctx := (&scope{ev: ev}).context()
	for it := bare.ElementIterator(); it.Next(); {
		key, v := it.Element()
		if key.AsString() != scopeKey {
			ctx.Variables[key.AsString()] = v
		}
	}
	v, diags := f.rewrite(expr).Value(ctx)
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return cty.NilVal, errors.New(plainMessage(d))
		}
	}
	return v.WithMarks(marks), nil
}
