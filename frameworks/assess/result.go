package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/frameworks"
)

// What became of an entry of the exceptions file.
const (
	// StatusApplied: it covers an exception that is there.
	StatusApplied = "applied"
	// StatusExpired: it covers an exception that is there, but has run out.
	StatusExpired = "expired"
	// StatusOrphaned: there is no such exception.
	StatusOrphaned = "orphaned"
)

// Worst gives the worst of some results. It is an error that there are none, or that one of them is no result.
func Worst(results ...Result) (Result, error) {
	rank := -1
	for _, r := range results {
		i := slices.Index(Results(), r)
		if i < 0 {
			return "", fmt.Errorf("%q is not a result", string(r))
		}
		if rank < 0 || i < rank {
			rank = i
		}
	}
	if rank < 0 {
		return "", fmt.Errorf("no results to take the worst of")
	}
	return Results()[rank], nil
}

// conclude gives the test its result and the sentence that explains it, once all records were seen.
func (p *performance) conclude() {
	switch {
	case p.Manual != "":
		p.Result, p.Reason = Manual, "No API shows this: a person must supply the evidence."
	case !p.read:
		p.Result, p.Reason = Incomplete, fmt.Sprintf("No collector read %s in this run.", p.Population)
	case p.replay != nil:
		p.decideOver()
		p.Reason += p.limitsOver()
	default:
		p.decide()
		p.Reason += p.limits()
	}
}

// decide holds the rules. Their order is what matters: a result is met only where nothing before it applied.
func (p *performance) decide() {
	whole := len(p.Gaps) == 0
	if p.Require == frameworks.AtLeastOne {
		switch {
		case p.MetCount > 0:
			// One record was seen that meets it: what else there may be takes nothing from that.
			p.Result, p.Reason = Met, fmt.Sprintf("%s of %s; one is enough.", meet(p.MetCount), p.selected())
		case !whole || p.UnknownCount > 0:
			p.Result, p.Reason = Incomplete, fmt.Sprintf("No record is shown to meet it, but not everything that could be was read: %s.", p.selected())
		case p.Selected == 0:
			p.empty()
		default:
			p.Result, p.Reason = Exception, fmt.Sprintf("None of %s meets it, and at least one must.", p.selected())
			for _, f := range p.failing {
				p.except(f)
			}
			p.OtherCount = 0
		}
		return
	}
	switch {
	case p.ExceptionCount > 0:
		p.Result, p.Reason = Exception, fmt.Sprintf("%s of %s.", doNotMeet(p.ExceptionCount), p.selected())
	case !whole || p.UnknownCount > 0:
		p.Result, p.Reason = Incomplete, fmt.Sprintf("%s of %s, but not everything that decides was read.", meet(p.MetCount), p.selected())
	case p.Selected == 0:
		p.empty()
	case p.MetCount == p.Selected:
		p.Result, p.Reason = Met, fmt.Sprintf("All of %s meet it.", p.selected())
		if p.Selected == 1 {
			p.Reason = "The one selected record meets it."
		}
	default:
		// Not reached: the counts add up. Were they not to, this is no success.
		p.Result, p.Reason = Incomplete, fmt.Sprintf("%s of %s; the others have no result.", meet(p.MetCount), p.selected())
	}
}

// empty is reached only where the population is whole and nothing was selected or undecided.
func (p *performance) empty() {
	p.Result = p.IfEmpty
	if p.Size == 0 {
		p.Reason = fmt.Sprintf("The population was read whole and has no records; the test calls that %s.", words(p.IfEmpty))
		return
	}
	p.Reason = fmt.Sprintf("The population was read whole and none of its %s is selected; the test calls that %s.", records(p.Size), words(p.IfEmpty))
}

// limits adds what is known to be missing.
func (p *performance) limits() string {
	var b strings.Builder
	if p.UnknownCount > 0 {
		verb := "records could not be decided"
		if p.UnknownCount == 1 {
			verb = "record could not be decided"
		}
		fmt.Fprintf(&b, " %d %s.", p.UnknownCount, verb)
	}
	if n := len(p.Gaps); n == 1 {
		b.WriteString(" The population is not whole: 1 gap.")
	} else if n > 1 {
		fmt.Fprintf(&b, " The population is not whole: %d gaps.", n)
	}
	return b.String()
}

func (p *performance) selected() string {
	return fmt.Sprintf("%d selected %s", p.Selected, plural(p.Selected))
}

func records(n int) string { return fmt.Sprintf("%d %s", n, plural(n)) }

func plural(n int) string {
	if n == 1 {
		return "record"
	}
	return "records"
}

func meet(n int) string {
	if n == 1 {
		return "1 meets it"
	}
	return fmt.Sprintf("%d meet it", n)
}

func doNotMeet(n int) string {
	if n == 1 {
		return "1 does not meet it"
	}
	return fmt.Sprintf("%d do not meet it", n)
}

func words(r Result) string {
	switch r {
	case Exception:
		return "an exception"
	case NotApplicable:
		return "not applicable"
	case Manual:
		return "a matter for a person"
	case NotTested:
		return "not tested"
	}
	return string(r)
}

// controls rolls the results of tests up to controls.
func (r *runner) controls() error {
	results := map[string]Result{}
	for _, t := range r.out.Tests {
		results[t.ID] = t.Result
	}
	for _, fw := range r.in.Set.Frameworks {
		out := FrameworkResult{ID: fw.ID, Title: fw.Title, Version: fw.Version, Source: fw.Source, Controls: []ControlResult{}}
		for _, c := range fw.Controls {
			res, err := rollUp(c.Tests, c.Manual != "" || c.Planned != "" || c.Outside != "", c.NotApplicable != "", results)
			if err != nil {
				return fmt.Errorf("%s: control %q: %w", fw.ID, c.ID, err)
			}
			out.Controls = append(out.Controls, ControlResult{
				ID: c.ID, Title: c.Title, Group: c.Group, Result: res, Tests: c.Tests, Manual: c.Manual, NotApplicable: c.NotApplicable,
				Planned: c.Planned, Outside: c.Outside, Points: points(c.Points), SecurityHub: c.SecurityHub, ConfigRules: c.ConfigRules,
			})
		}
		r.out.Frameworks = append(r.out.Frameworks, out)
	}
	return nil
}

func points(in []frameworks.Point) []Point {
	var out []Point
	for _, p := range in {
		out = append(out, Point(p))
	}
	return out
}

// rollUp gives a control the worst of its tests. What a person must supply, and what no test covers yet, counts as manual
// beside them. A control with nothing to it is an error: it has no result that could be shown.
func rollUp(tests []string, manual, notApplicable bool, results map[string]Result) (Result, error) {
	var all []Result
	for _, id := range tests {
		all = append(all, results[id]) // a test without a result is refused by Worst
	}
	if manual {
		all = append(all, Manual)
	}
	if notApplicable {
		all = append(all, NotApplicable)
	}
	return Worst(all...)
}
