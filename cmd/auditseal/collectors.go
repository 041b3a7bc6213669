package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/strict"
)

// A collectorInfo is what `collectors` prints of a collector or deriver.
type collectorInfo struct {
	Name       string               `json:"name"`
	Doc        string               `json:"doc"`
	Reach      evidence.Reach       `json:"reach,omitempty"`
	Needs      []string             `json:"needs,omitempty"`
	Operations []evidence.Operation `json:"operations,omitempty"`
	Kinds      []kindInfo           `json:"kinds"`
}

type kindInfo struct {
	Name   string           `json:"name"`
	Doc    string           `json:"doc"`
	Fields []evidence.Field `json:"fields,omitempty"`
}

func collectorInfos() []collectorInfo {
	var out []collectorInfo
	for _, c := range collectors.All() {
		out = append(out, collectorInfo{Name: c.Name(), Doc: c.Doc(), Reach: c.Reach(), Operations: c.Operations(), Kinds: kindInfos(c.Kinds())})
	}
	for _, d := range collectors.Derivers() {
		out = append(out, collectorInfo{Name: d.Name(), Doc: d.Doc(), Needs: d.Needs(), Kinds: kindInfos(d.Kinds())})
	}
	return out
}

func kindInfos(kinds []evidence.Kind) []kindInfo {
	var out []kindInfo
	for _, k := range kinds {
		out = append(out, kindInfo{k.Name, k.Doc, k.Fields()})
	}
	return out
}

func (a *app) collectors() *cobra.Command {
	c := &cobra.Command{
		Use:     "collectors",
		Short:   "List the collectors, their operations and their records",
		Long:    "A collector reads one AWS service and emits records, which tests name as populations. Derivers make records from records." + exitText,
		Example: "  auditseal collectors list\n  auditseal collectors show kms",
		Args:    cobra.ArbitraryArgs,
		RunE:    family,
	}
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "List the collectors", Long: "List the collectors and derivers with the kinds of record that they emit." + exitText, Args: cobra.NoArgs, Example: "  auditseal collectors list --json",
		RunE: func(*cobra.Command, []string) error {
			infos := collectorInfos()
			var b strings.Builder
			w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
			for _, i := range infos {
				var kinds []string
				for _, k := range i.Kinds {
					kinds = append(kinds, k.Name)
				}
				fmt.Fprintf(w, "%s\t%s\n\t%s\n", i.Name, i.Doc, strings.Join(kinds, " "))
			}
			w.Flush()
			return a.print(infos, b.String())
		},
	}, &cobra.Command{
		Use: "show NAME", Short: "Show a collector's operations and the fields of its records", Long: "Show every operation that a collector may call, with AWS's published rate, and every field of its records." + exitText, Args: exactly("the name of one collector"), Example: "  auditseal collectors show kms",
		RunE: func(_ *cobra.Command, args []string) error {
			var names []string
			for _, i := range collectorInfos() {
				names = append(names, i.Name)
				if i.Name == args[0] {
					return a.print(i, describeCollector(i))
				}
			}
			return usage("see: auditseal collectors list", "collector %q: there is none; %s", args[0], strict.DidYouMean(args[0], names))
		},
	})
	return c
}

func describeCollector(i collectorInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", i.Name, i.Doc)
	if len(i.Operations) > 0 {
		b.WriteString("\nOperations (all that it may call)\n")
		w := tabwriter.NewWriter(&b, 2, 4, 2, ' ', 0)
		for _, op := range i.Operations {
			rate := "AWS publishes no rate"
			if op.Rate > 0 {
				rate = fmt.Sprintf("%g a second", op.Rate)
			}
			fmt.Fprintf(w, "  %s\t%s\n", op.Action, rate)
		}
		w.Flush()
	}
	for _, k := range i.Kinds {
		fmt.Fprintf(&b, "\n%s: %s\n", k.Name, k.Doc)
		w := tabwriter.NewWriter(&b, 2, 4, 2, ' ', 0)
		for _, f := range k.Fields {
			t := f.Type
			if f.Optional {
				t += ", may be absent"
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", f.Name, t, f.Doc)
		}
		w.Flush()
	}
	return b.String()
}
