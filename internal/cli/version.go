package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	opa "github.com/open-policy-agent/opa/v1/version"
	"github.com/spf13/pflag"

	"github.com/annexgate/annexgate/internal/annexgate"
)

var versionCommand = command{
	name:    "version",
	summary: "Print the version of annexgate and of what it is built with",
	setup: func(*pflag.FlagSet) func(context.Context, Env, []string) (int, error) {
		return func(_ context.Context, env Env, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("version takes no arguments")
			}
			t := tool()
			if t.Revision != "" {
				t.Version += " (" + t.Revision + ")"
			}
			_, err := fmt.Fprintf(env.Stdout, "annexgate %s\nopa %s, %s, %s\n", t.Version, t.OPA, t.Go, t.Platform)
			return ExitClear, err
		}
	},
}

// tool describes this program, from what the Go toolchain wrote into it.
func tool() annexgate.Tool {
	t := annexgate.Tool{
		Version:  "0.0.0-devel", // SARIF wants a number first
		OPA:      opa.Version,
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		t.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			t.Revision = s.Value
		}
	}
	return t
}
