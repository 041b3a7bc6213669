package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/strict"
)

func (a *app) frameworks() *cobra.Command {
	c := &cobra.Command{
		Use:   "frameworks",
		Short: "List, show, check and import framework mappings",
		Long: `A framework is a YAML file that ties controls to tests. Tests are written once, in words and in CEL, and controls of
many frameworks refer to them. A file of your own may refer to the tests that ship and carry tests of its own.` + exitText,
		Example: "  auditseal frameworks list\n  auditseal frameworks show fips-cryptography\n  auditseal frameworks lint my-controls.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    family,
	}
	c.AddCommand(a.frameworksList(), a.frameworksShow(), a.frameworksLint(), a.frameworksImport())
	return c
}

func (a *app) frameworksList() *cobra.Command {
	type row struct {
		ID       string `json:"id"`
		Title    string `json:"title"`
		Version  string `json:"version,omitempty"`
		Controls int    `json:"controls"`
		Tests    int    `json:"tests"`
	}
	return &cobra.Command{
		Use: "list", Short: "List the frameworks that ship", Long: "List the frameworks that ship with auditseal, with the number of their controls and tests." + exitText, Args: cobra.NoArgs, Example: "  auditseal frameworks list --json",
		RunE: func(*cobra.Command, []string) error {
			var rows []row
			var b strings.Builder
			w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tVERSION\tCONTROLS\tTESTS\tTITLE")
			for _, id := range frameworks.Shipped() {
				set, err := frameworks.Load([]string{id}, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts()})
				if err != nil {
					return err
				}
				f := set.Frameworks[0]
				rows = append(rows, row{f.ID, f.Title, f.Version, len(f.Controls), len(set.Tests)})
				fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", f.ID, f.Version, len(f.Controls), len(set.Tests), f.Title)
			}
			w.Flush()
			return a.print(rows, b.String())
		},
	}
}

func (a *app) frameworksShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID|FILE", Short: "Show a framework's controls and their tests", Long: "Show a framework that ships, or a file of your own: its controls, and each test in words and in CEL." + exitText, Args: exactly("one framework, by id or file"), Example: "  auditseal frameworks show aws-security-focus-areas",
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := frameworks.Load(args, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: os.ReadFile})
			if err != nil {
				return mappingError(err)
			}
			f := set.Frameworks[0]
			var b strings.Builder
			fmt.Fprintf(&b, "%s: %s\n", f.ID, f.Title)
			group := ""
			for _, c := range f.Controls {
				if c.Group != group {
					group = c.Group
					fmt.Fprintf(&b, "\n%s\n", group)
				}
				fmt.Fprintf(&b, "\n  %s  %s (%s)\n", c.ID, c.Title, c.Coverage())
				for _, id := range c.Tests {
					t := set.Test(id)
					fmt.Fprintf(&b, "      test %s: %s\n", t.ID, t.Statement)
					if t.Manual != "" {
						fmt.Fprintf(&b, "           manual: %s\n", t.Manual)
						continue
					}
					fmt.Fprintf(&b, "           population %s\n", t.Population)
					if t.Where != "" {
						fmt.Fprintf(&b, "           where      %s\n", t.Where)
					}
					fmt.Fprintf(&b, "           expect     %s (%s; if empty: %s)\n", t.Expect, t.Require, t.IfEmpty)
				}
				for _, note := range []struct{ word, text string }{{"manual", c.Manual}, {"not applicable", c.NotApplicable}, {"outside AWS", c.Outside}, {"no test yet", c.Planned}} {
					if note.text != "" {
						fmt.Fprintf(&b, "      %s: %s\n", note.word, note.text)
					}
				}
			}
			return a.print(struct {
				Framework *frameworks.Framework `json:"framework"`
				Tests     []*frameworks.Test    `json:"tests"`
			}{f, set.Tests}, b.String())
		},
	}
}

func (a *app) frameworksLint() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check mapping files of your own",
		Long: `Check mapping files: unknown keys, populations and fields, misspelt names, type slips, expressions that are not
true-or-false, tests that nothing refers to. Every fault is printed with file, line and column.` + exitText,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("see "+c.CommandPath()+" --help", "%s takes one YAML file or more, and was given none", c.Name())
			}
			return nil
		},
		Example: "  auditseal frameworks lint my-controls.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			type result struct {
				File   string   `json:"file"`
				Faults []string `json:"faults"`
			}
			var results []result
			var b strings.Builder
			bad := 0
			for _, name := range args {
				r := result{File: name, Faults: []string{}}
				switch info, err := os.Stat(name); {
				case errors.Is(err, fs.ErrNotExist):
					return usage("give the path of a YAML file", "%s is not there", name)
				case err != nil:
					return usage("give the path of a YAML file", "%w", err)
				case info.IsDir():
					return usage("give the path of a YAML file", "%s is a folder", name)
				}
				if _, err := frameworks.Load([]string{name}, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: os.ReadFile}); err != nil {
					for _, f := range faultsOf(err) {
						r.Faults = append(r.Faults, f)
						fmt.Fprintln(&b, f)
					}
					bad++
				} else {
					fmt.Fprintf(&b, "%s: ok\n", name)
				}
				results = append(results, r)
			}
			if err := a.print(results, b.String()); err != nil {
				return err
			}
			if bad > 0 {
				return a.quiet(usage("mend the lines named above, then lint again", "%d of %d files have faults", bad, len(args)))
			}
			return nil
		},
	}
}

// faultsOf gives each fault of a loader's error as a line.
func faultsOf(err error) []string {
	var list strict.Errors
	if !errors.As(err, &list) {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Error())
	}
	return out
}

// mappingError makes a loader's faults a wrong configuration.
func mappingError(err error) error {
	faults := faultsOf(err)
	if len(faults) == 1 {
		return usage("", "%s", faults[0])
	}
	return usage("", "%d faults:\n  %s", len(faults), strings.Join(faults, "\n  "))
}
