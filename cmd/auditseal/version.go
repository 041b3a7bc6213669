package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/report"
)

// release may be set at link time: -ldflags "-X main.release=1.2.3".
var release = ""

// tool names this build. Packs carry it, because a derivation is promised to be the same for the same version.
func tool() report.Tool {
	v := release
	if v == "" {
		v = "0.1.0-dev"
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
	}
	return report.Tool{Name: "auditseal", Version: v, Go: runtime.Version()}
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Print the version of this build and of the Go that built it." + exitText,
		Example: "  auditseal version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			t := tool()
			return a.print(t, t.String()+" "+t.Go+"\n")
		},
	}
}
