package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A planned operation is what `plan` prints of an operation.
type planned struct {
	Collector string `json:"collector"`
	Action    string `json:"action"`
	// Cells is in how many accounts and regions it is asked; 0 where the regions are only known once AWS was asked.
	Cells int `json:"cells"`
	// Published is AWS's rate in requests a second, 0 where AWS publishes none; Used is the share that is used of it.
	Published float64 `json:"published_rate"`
	Used      float64 `json:"used_rate"`
	Source    string  `json:"rate_source,omitempty"`
}

func planFor(sc evidence.Scope) []planned {
	var out []planned
	for _, c := range collectors.All() {
		cells := len(sc.Accounts)
		if c.Reach() == evidence.EveryRegion {
			cells *= len(sc.Regions)
		}
		for _, op := range c.Operations() {
			out = append(out, planned{c.Name(), op.Action, cells, op.Rate, tape.Rate(op, defaultShare), op.RateSource})
		}
	}
	return out
}

func (a *app) plan() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "plan [-c audit.yaml]",
		Short: "Print what would be asked of AWS, where, and how fast",
		Long: `Print every operation that a run would call, in how many accounts and regions, and at which rate: half of the rate that
AWS publishes, or a cautious one where AWS publishes none. AWS is not asked. How many calls an operation takes depends
on what is there, and is not told yet.` + exitText,
		Example: "  auditseal plan -c audit.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			j, err := a.load(file)
			if err != nil {
				return err
			}
			if _, err := j.redactor(); err != nil {
				return err
			}
			sc := j.scope()
			ops := planFor(sc)
			var b strings.Builder
			regions := count(len(sc.Regions), "region")
			if len(sc.Regions) == 0 {
				regions = "every region that is enabled in the account (each asks what is marked *)"
			}
			fmt.Fprintf(&b, "%s, %s, %s\n\n", count(len(sc.Accounts), "account"), regions, sc.Period)
			w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.AlignRight)
			fmt.Fprintln(w, "cells\trate used\tpublished\t  operation")
			for _, p := range ops {
				published := "none"
				if p.Published > 0 {
					published = fmt.Sprintf("%g/s", p.Published)
				}
				cells := strconv.Itoa(p.Cells)
				if p.Cells == 0 {
					cells = "*"
				}
				fmt.Fprintf(w, "%s\t%g/s\t%s\t  %s\n", cells, p.Used, published, p.Action)
			}
			w.Flush()
			return a.print(ops, b.String())
		},
	}
	auditFlag(c, &file)
	return c
}
