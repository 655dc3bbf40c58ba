package terraform

import (
	"maps"
	"strings"
	"sync"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/uuid"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The functions of Terraform 1.11. Those of cty and go-cty-funcs serve where
// they mean the same; the rest is in functions_*.go, written from Terraform's
// documentation and held against the real program by TestExpressions.

// pure holds the functions that depend on their arguments alone.
var pure = sync.OnceValue(func() map[string]function.Function {
	table := map[string]function.Function{
		"abs":             stdlib.AbsoluteFunc,
		"alltrue":         allTrueFunc,
		"anytrue":         anyTrueFunc,
		"base64decode":    encoding.Base64DecodeFunc,
		"base64encode":    encoding.Base64EncodeFunc,
		"base64gzip":      base64GzipFunc,
		"base64sha256":    base64SHA256Func,
		"base64sha512":    base64SHA512Func,
		"basename":        basenameFunc,
		"can":             canFunc,
		"ceil":            stdlib.CeilFunc,
		"chomp":           stdlib.ChompFunc,
		"chunklist":       stdlib.ChunklistFunc,
		"cidrhost":        cidr.HostFunc,
		"cidrnetmask":     cidr.NetmaskFunc,
		"cidrsubnet":      cidr.SubnetFunc,
		"cidrsubnets":     cidr.SubnetsFunc,
		"coalesce":        coalesceFunc,
		"coalescelist":    stdlib.CoalesceListFunc,
		"compact":         stdlib.CompactFunc,
		"concat":          stdlib.ConcatFunc,
		"contains":        stdlib.ContainsFunc,
		"csvdecode":       stdlib.CSVDecodeFunc,
		"dirname":         dirnameFunc,
		"distinct":        stdlib.DistinctFunc,
		"element":         stdlib.ElementFunc,
		"endswith":        endsWithFunc,
		"ephemeralasnull": ephemeralAsNullFunc,
		"flatten":         stdlib.FlattenFunc,
		"floor":           stdlib.FloorFunc,
		"format":          stdlib.FormatFunc,
		"formatdate":      stdlib.FormatDateFunc,
		"formatlist":      stdlib.FormatListFunc,
		"indent":          stdlib.IndentFunc,
		"index":           indexFunc,
		"issensitive":     isSensitiveFunc,
		"join":            stdlib.JoinFunc,
		"jsondecode":      stdlib.JSONDecodeFunc,
		"jsonencode":      jsonEncodeFunc,
		"keys":            stdlib.KeysFunc,
		"length":          lengthFunc,
		"log":             stdlib.LogFunc,
		"lookup":          lookupFunc,
		"lower":           stdlib.LowerFunc,
		"matchkeys":       matchKeysFunc,
		"max":             stdlib.MaxFunc,
		"md5":             crypto.Md5Func,
		"merge":           stdlib.MergeFunc,
		"min":             stdlib.MinFunc,
		"nonsensitive":    nonsensitiveFunc,
		"one":             oneFunc,
		"parseint":        stdlib.ParseIntFunc,
		"pow":             stdlib.PowFunc,
		"range":           stdlib.RangeFunc,
		"regex":           stdlib.RegexFunc,
		"regexall":        stdlib.RegexAllFunc,
		"replace":         replaceFunc,
		"reverse":         stdlib.ReverseListFunc,
		"rsadecrypt":      crypto.RsaDecryptFunc,
		"sensitive":       sensitiveFunc,
		"setintersection": stdlib.SetIntersectionFunc,
		"setproduct":      stdlib.SetProductFunc,
		"setsubtract":     stdlib.SetSubtractFunc,
		"setunion":        stdlib.SetUnionFunc,
		"sha1":            crypto.Sha1Func,
		"sha256":          crypto.Sha256Func,
		"sha512":          crypto.Sha512Func,
		"signum":          stdlib.SignumFunc,
		"slice":           stdlib.SliceFunc,
		"sort":            stdlib.SortFunc,
		"split":           stdlib.SplitFunc,
		"startswith":      startsWithFunc,
		"strcontains":     strContainsFunc,
		"strrev":          stdlib.ReverseFunc,
		"substr":          stdlib.SubstrFunc,
		"sum":             sumFunc,

		"textdecodebase64": textDecodeFunc,
		"textencodebase64": textEncodeFunc,

		"timeadd":    stdlib.TimeAddFunc,
		"timecmp":    timeCmpFunc,
		"title":      stdlib.TitleFunc,
		"tobool":     conversion(cty.Bool),
		"tolist":     conversion(cty.List(cty.DynamicPseudoType)),
		"tomap":      conversion(cty.Map(cty.DynamicPseudoType)),
		"tonumber":   conversion(cty.Number),
		"toset":      conversion(cty.Set(cty.DynamicPseudoType)),
		"tostring":   conversion(cty.String),
		"transpose":  transposeFunc,
		"trim":       stdlib.TrimFunc,
		"trimprefix": stdlib.TrimPrefixFunc,
		"trimspace":  stdlib.TrimSpaceFunc,
		"trimsuffix": stdlib.TrimSuffixFunc,
		"try":        tryFunc,
		"upper":      stdlib.UpperFunc,
		"urlencode":  encoding.URLEncodeFunc,
		"uuidv5":     uuid.V5Func,
		"values":     stdlib.ValuesFunc,
		"yamldecode": ctyyaml.YAMLDecodeFunc,
		"yamlencode": ctyyaml.YAMLEncodeFunc,
		"zipmap":     stdlib.ZipmapFunc,
	}
	for name, check := range argumentChecks {
		table[name] = guarded(table[name], check)
	}
	return table
})

// impure are functions whose results differ from run to run, or from machine
// to machine. They are unknown, so that runs can be compared.
var impure = map[string]function.Spec{
	"abspath":       {Params: []function.Parameter{pathParameter("path")}},
	"bcrypt":        {Params: []function.Parameter{pathParameter("str")}, VarParam: &function.Parameter{Name: "cost", Type: cty.Number}},
	"pathexpand":    {Params: []function.Parameter{pathParameter("path")}},
	"plantimestamp": {},
	"timestamp":     {},
	"uuid":          {},
}

// table returns the functions for one root module, each also under core::.
func (ev *evaluator) table() map[string]function.Function {
	table := maps.Clone(pure())
	maps.Copy(table, ev.fileFunctions())
	table["regex"] = ev.searching(table["regex"], 0, 1)
	table["regexall"] = ev.searching(table["regexall"], 0, 1)
	table["replace"] = ev.searching(table["replace"], 1, 0)
	for name, spec := range impure {
		table[name] = unknownFunc(name, spec)
	}
	for _, name := range sortedKeys(table) {
		table["core::"+name] = table[name]
	}
	table["provider::terraform::encode_expr"] = encodeExprFunc
	table["provider::terraform::encode_tfvars"] = encodeTFVarsFunc
	table["provider::terraform::decode_tfvars"] = decodeTFVarsFunc
	return table
}

// knows reports whether there is a function of that name.
func (ev *evaluator) knows(name string) bool {
	_, ok := ev.functions[name]
	return ok
}

// unknownFunction stands for the call of a function that is not here: one of a
// provider, or one that is newer than annexgate.
func (s *scope) unknownFunction(e *callExpr) cty.Value {
	at := e.file.location(e.call.Range())
	reason := "function " + e.call.Name + " is not known"
	if strings.HasPrefix(e.call.Name, "provider::") {
		reason = "function " + e.call.Name + " belongs to a provider, which is not run"
	}
	s.ev.store.problem(annexgate.Notice, at, "%s; its result is unknown", reason)
	return unknown(cty.DynamicPseudoType, &origin{reason: reason, from: at})
}

// unknownFunc returns a function whose result is a text that differs from run
// to run.
func unknownFunc(name string, spec function.Spec) function.Function {
	spec.Type = function.StaticReturnType(cty.String)
	spec.Impl = func([]cty.Value, cty.Type) (cty.Value, error) {
		o := &origin{reason: "the result of " + name + " differs from run to run"}
		return cty.UnknownVal(cty.String).RefineNotNull().Mark(o), nil
	}
	return function.New(&spec)
}
