package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/athena"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/frameworks/strict"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack"
)

// A planned operation is what `plan` prints of an operation.
type planned struct {
	Collector string `json:"collector"`
	Action    string `json:"action"`
	Operation string `json:"operation"`
	// Cells is in how many accounts and regions it is asked.
	Cells int `json:"cells"`
	// Calls is how often it is asked over all of them, and Per what of: "kms.key", empty for once in a cell.
	Calls int    `json:"calls"`
	Per   string `json:"per,omitempty"`
	// Published is AWS's rate in requests a second, 0 where AWS publishes none; Used is what is used of it.
	Published float64 `json:"published_rate"`
	Used      float64 `json:"used_rate"`
	Source    string  `json:"rate_source,omitempty"`
	// Seconds is how long the calls take at the rate used, in the account and region that has the most of them.
	Seconds float64 `json:"seconds"`
	// Cost is what AWS charges for the calls, in US dollars.
	Cost   float64 `json:"cost_usd,omitempty"`
	Prices string  `json:"price_source,omitempty"`
}

// A plan is the whole of it.
type plan struct {
	Accounts int    `json:"accounts"`
	Regions  int    `json:"regions"`
	Counted  string `json:"counted"`
	// Notes are what a reader has to know of the counting.
	Notes      []string  `json:"notes,omitempty"`
	Calls      int       `json:"calls"`
	Seconds    float64   `json:"seconds"`
	Slowest    string    `json:"slowest"`
	Cost       float64   `json:"cost_usd"`
	Operations []planned `json:"operations"`
}

// A place is an account and region; the region is empty for a collector that works once in an account.
type place struct{ account, region string }

// A census says how many calls an operation takes in a cell.
type census interface {
	calls(c collectors.Collector, op evidence.Operation, at place) int
	said() string
}

// supposed counts from how many records of each kind a cell is supposed to have: one where nothing was said.
type supposed struct {
	sizes map[string]int
	days  int
}

func (s supposed) calls(_ collectors.Collector, op evidence.Operation, _ place) int {
	return op.Calls(func(kind string) int {
		if n, ok := s.sizes[kind]; ok {
			return n
		}
		return 1
	}, s.days)
}

func (s supposed) said() string {
	if len(s.sizes) == 0 {
		return "as if each account and region had one record of each kind; give --from with the pack of an earlier run, or --size KIND=N"
	}
	var parts []string
	for k, n := range s.sizes {
		parts = append(parts, fmt.Sprintf("%s=%d", k, n))
	}
	slices.Sort(parts)
	return "as if each account and region had " + strings.Join(parts, ", ") + " and one record of each other kind"
}

// counted takes the calls of an earlier run from its ledger. A cell that was not there takes the mean of those that were.
type counted struct {
	name  string
	cells map[[5]string]int
	mean  map[[3]string]float64
	else_ supposed
}

func countPack(name string, days int) (*counted, *report.Run, error) {
	p, err := pack.Open(name)
	if err != nil {
		return nil, nil, usage("give the folder or the ZIP of an earlier run", "--from %s: %w", name, err)
	}
	defer p.Close()
	run, err := report.ReadRun(p)
	if err != nil {
		return nil, nil, usage("give the folder or the ZIP of an earlier run", "--from %s: %w", name, err)
	}
	c := &counted{name: name, cells: map[[5]string]int{}, mean: map[[3]string]float64{}, else_: supposed{days: days}}
	seen := map[[3]string]int{}
	for l, err := range report.LedgerLines(p) {
		if err != nil {
			return nil, nil, usage("give the folder or the ZIP of an earlier run", "--from %s: %w", name, err)
		}
		if l.Cell != nil {
			c.cells[[5]string{l.Cell.Account, l.Cell.Region, l.Cell.Collector, l.Cell.Service, l.Cell.Operation}] = l.Cell.Exchanges
			k := [3]string{l.Cell.Collector, l.Cell.Service, l.Cell.Operation}
			seen[k]++
			c.mean[k] += float64(l.Cell.Exchanges)
		}
	}
	for k, n := range seen {
		c.mean[k] /= float64(n)
	}
	return c, run, nil
}

func (c *counted) calls(col collectors.Collector, op evidence.Operation, at place) int {
	if n, ok := c.cells[[5]string{at.account, at.region, col.Name(), op.Service, op.Name}]; ok {
		return n
	}
	if m, ok := c.mean[[3]string{col.Name(), op.Service, op.Name}]; ok {
		return int(m + 0.999)
	}
	return c.else_.calls(col, op, at)
}

func (c *counted) said() string {
	return "as they were in " + c.name + "; accounts and regions that are not in it as the mean of those that are"
}

// planFor counts the calls, and how long the rates alone make them take: whatever runs side by side, what shares a rate waits in line.
func planFor(cols []collectors.Collector, sc evidence.Scope, home string, n census) plan {
	out := plan{Accounts: len(sc.Accounts), Regions: len(sc.Regions), Counted: n.said()}
	queues := map[string]float64{}
	for _, c := range cols {
		where, accounts := sc.Regions, slices.DeleteFunc(slices.Clone(sc.Accounts), func(a string) bool { return !collectors.In(c, sc, a) })
		if c.Reach() == evidence.EveryAccount {
			where = []string{home}
		}
		for _, op := range c.Operations() {
			p := planned{Collector: c.Name(), Action: op.Action, Operation: op.Service + ":" + op.Name, Cells: len(accounts) * len(where), Per: op.Each,
				Published: op.Rate, Used: tape.Rate(op, defaultShare), Source: op.RateSource, Prices: op.PriceSource}
			organization := 0
			for _, a := range accounts {
				for _, r := range where {
					k := n.calls(c, op, place{a, r})
					if _, late := c.(collectors.Late); late {
						// So many over all places, and at worst all of them in one.
						if k = 0; a == accounts[0] && r == where[0] {
							k = sc.Changes
						}
					}
					if op.Organization && (op.Each != "" || op.Lists != "") {
						if _, ok := n.(supposed); ok && organization > 0 {
							k = 0 // what belongs to the organization is there once
						}
					}
					organization += k
					p.Calls += k
					queue := a + " " + r + " " + op.Service + ":" + op.Name
					if op.Pool != "" {
						queue = a + " " + r + " " + op.Pool
						if op.Organization {
							queue = op.Pool
						}
					}
					queues[queue] += float64(k) / p.Used
					p.Seconds = max(p.Seconds, float64(k)/p.Used)
					if queues[queue] > out.Seconds {
						out.Seconds, out.Slowest = queues[queue], queue
					}
				}
			}
			if op.Organization {
				p.Seconds = float64(p.Calls) / p.Used
			}
			p.Cost = float64(p.Calls) * op.Price / 1e6
			out.Calls += p.Calls
			out.Cost += p.Cost
			out.Operations = append(out.Operations, p)
		}
	}
	return out
}

// Beyond these the sums would run over, and a plan read as less than nothing.
const (
	maxSize     = 100_000_000
	maxAccounts = 100_000
)

// sizes reads KIND=N of the flag.
func sizes(in []string, kinds []evidence.Kind) (map[string]int, error) {
	out := map[string]int{}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	for _, s := range in {
		kind, number, ok := strings.Cut(s, "=")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || n < 0 {
			return nil, usage("write it as kms.key=1000", "--size %q is not a population and a number", s)
		}
		if n > maxSize {
			return nil, usage(fmt.Sprintf("give %d at most", maxSize), "--size %q is more than there can be in an account and region", s)
		}
		if !slices.Contains(names, kind) {
			return nil, usage("", "--size %q: there is no such population; %s", s, strict.DidYouMean(kind, names))
		}
		out[kind] = n
	}
	return out, nil
}

// athenaPrice is AWS's, in most regions: https://aws.amazon.com/athena/pricing/
const athenaPrice = "5 US$ a terabyte"

// defaultRegions is how many regions AWS enables in a new account of the partition aws.
const defaultRegions = 17

func (a *app) plan() *cobra.Command {
	var file, from string
	var sized []string
	var accounts int
	var table bool
	c := &cobra.Command{
		Use:   "plan [-c audit.yaml] [--from PACK | --size KIND=N …] [--athena-table]",
		Short: "Print every call that would be made, how long AWS's rates make it take, and what it costs",
		Long: `Print every operation that a run would call, how often, at which rate (half of the rate that AWS publishes, or a cautious one
where AWS publishes none), how long that takes at least, and what AWS charges for it. AWS is not asked.

How many calls an operation takes depends on what is there. --from takes the numbers from the pack of an earlier run; without
it, --size says how many records of a kind each account and region has (kms.key=1000), and every other kind counts as one.
Prices are those of most regions, before any free tier.

Where history-from names a table of Amazon Athena, --athena-table prints the statement that makes it, and nothing else. auditseal
itself makes no table: run the statement once in Athena. Each run asks whether the table is still that one, and reads no history
through another.` + exitText,
		Example: `  auditseal plan -c audit.yaml
  auditseal plan --from packs/2026-Q2.zip
  auditseal plan --size kms.key=2000 --size s3.bucket=300
  auditseal plan --athena-table > table.sql`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			j, err := a.load(file)
			if err != nil {
				return err
			}
			if _, err := j.redactor(); err != nil {
				return err
			}
			if table {
				d := j.audit.Delivery
				if d == nil || d.Athena == nil {
					return usage("name it under history-from: athena: {workgroup: …, database: …, table: …}", "--athena-table: %s names no table of Athena", file)
				}
				sql := athena.TableOf(d).Definition()
				return a.print(map[string]string{"athena_table": sql}, sql+"\n")
			}
			if accounts < 0 || accounts > maxAccounts {
				return usage("say how many the organization has", "--accounts %d is not between 0 and %d", accounts, maxAccounts)
			}
			cols, derivers := j.collectors()
			sc := j.scope()
			days := int(sc.Period.To.Sub(sc.Period.From) / (24 * time.Hour))
			var n census
			var notes []string
			if from != "" {
				if len(sized) > 0 {
					return usage("keep one of them", "--from and --size are both given")
				}
				c, run, err := countPack(from, days)
				if err != nil {
					return err
				}
				n = c
				if sc.Organization != nil || len(sc.Accounts) == 0 {
					sc.Accounts = run.Scope.Accounts
				}
				if len(sc.Regions) == 0 {
					sc.Regions = c.regions()
				}
				sc.Home = cmp.Or(sc.Home, run.Scope.Home)
			} else {
				m, err := sizes(sized, collectors.KindsOf(cols, derivers))
				if err != nil {
					return err
				}
				if _, ok := m["config.discovered_resource"]; !ok && len(sc.History) == 0 {
					m["config.discovered_resource"] = 0 // no history is asked for
				}
				n = supposed{m, days}
			}
			if len(sc.Accounts) == 0 {
				for i := range max(accounts, 1) {
					sc.Accounts = append(sc.Accounts, fmt.Sprintf("account %d", i+1))
				}
				notes = append(notes, fmt.Sprintf("the organization is counted as %s; say how many it has with --accounts", count(len(sc.Accounts), "account")))
			}
			if len(sc.Regions) == 0 {
				for i := range defaultRegions {
					sc.Regions = append(sc.Regions, fmt.Sprintf("region %d", i+1))
				}
				notes = append(notes, fmt.Sprintf("all regions are counted as %d, those that AWS enables in a new account", defaultRegions))
			}
			if sc.Changes > 0 {
				notes = append(notes, fmt.Sprintf("who changed what, where exceptions over the period begin and end, is looked up at most %d times over all accounts and regions (changes in audit.yaml)", sc.Changes))
			}
			p := planFor(cols, sc, cmp.Or(sc.Home, "home"), n)
			if d := sc.Delivery; d != nil && d.Athena != nil && len(sc.History) > 0 {
				notes = append(notes, fmt.Sprintf("Athena charges %s besides, for what its queries scan: the delivered files of the period and of %d days before it, twice", athenaPrice, d.Athena.Lookback))
			}
			p.Notes = append(notes, j.fipsNotes(cols, sc.Regions)...)
			p.Notes = append(p.Notes, sourceNotes(sc, resourcesIn(n), days)...)
			return a.print(p, p.text(sc.Period))
		},
	}
	auditFlag(c, &file)
	c.Flags().StringVar(&from, "from", "", "count as it was in this pack of an earlier run")
	c.Flags().StringArrayVar(&sized, "size", nil, "count this many records of a kind in each account and region, as kms.key=1000")
	c.Flags().BoolVar(&table, "athena-table", false, "print the statement that makes the table that history-from names")
	c.Flags().IntVar(&accounts, "accounts", 0, "count this many accounts, with scope.organization: true")
	return c
}

// resourcesIn is how many resources with a history each account and region has: as supposed, or the mean of an earlier run's, whose calls
// were one and one for each seven days of its period.
func resourcesIn(n census) int {
	switch n := n.(type) {
	case supposed:
		if k, ok := n.sizes["config.discovered_resource"]; ok {
			return k
		}
	case *counted:
		if mean, ok := n.mean[[3]string{"awsconfig", "config", "GetResourceConfigHistory"}]; ok {
			return max(1, int(mean)/(1+(n.else_.days+6)/7))
		}
	}
	return 1
}

// regions are those in the ledger.
func (c *counted) regions() []string {
	var out []string
	for k := range c.cells {
		if !slices.Contains(out, k[1]) {
			out = append(out, k[1])
		}
	}
	slices.Sort(out)
	return out
}

func (p plan) text(period evidence.Period) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s\n", count(p.Accounts, "account"), count(p.Regions, "region"), period)
	fmt.Fprintf(&b, "counted %s\n", p.Counted)
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "%s\n", n)
	}
	b.WriteString("\n")
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "cells\tcalls\trate used\tpublished\ttime\tUS$\t  operation")
	for _, o := range p.Operations {
		published, per, cost := "none", "", "-"
		if o.Published > 0 {
			published = fmt.Sprintf("%g/s", o.Published)
		}
		if o.Per != "" {
			per = "  for each " + o.Per
		}
		if o.Cost > 0 {
			cost = fmt.Sprintf("%.4f", o.Cost)
		}
		fmt.Fprintf(w, "%d\t%d\t%g/s\t%s\t%s\t%s\t  %s%s\n", o.Cells, o.Calls, o.Used, published, duration(o.Seconds), cost, o.Operation, per)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%s, at AWS's rates at least %s (%s), US$ %.2f\n", count(p.Calls, "call"), duration(p.Seconds), p.Slowest, p.Cost)
	return b.String()
}

// duration is a number of seconds for people.
func duration(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
