package pack

import (
	"fmt"
	"slices"

	"github.com/auditseal/auditseal/frameworks/assess"
)

// checkTest checks that a test's counts add up and that its result can follow from them. Whether the records themselves were
// judged rightly only deriving again can tell.
func (c *resultsCheck) checkTest(t *testSeen) {
	wrong := func(format string, a ...any) { c.fail("test %q: %s", t.ID, fmt.Sprintf(format, a...)) }
	for _, g := range t.Gaps {
		if !c.v.hasGap([]byte(g)) {
			wrong("names the gap %.40q, which is not in %s", g, GapsPath)
		}
	}
	if t.Reason == "" {
		wrong("its result has no reason")
	}
	if !slices.Contains(assess.Results(), t.Result) {
		wrong("its result is %q, which is none", string(t.Result))
		return
	}
	c.checkPeriod(t)
	c.checkPeriodFindings(t)
	if t.Population == "" {
		if t.Result != assess.Manual || t.Manual == "" {
			wrong("has no population and the result %q; only a person can decide it", string(t.Result))
		}
		if t.Size+t.Selected+t.Undecided+t.MetCount+t.ExceptionCount+t.UnknownCount+t.exceptions+t.unknowns != 0 {
			wrong("has no population and yet counts records")
		}
		return
	}
	p, read := c.populations[t.Population]
	if !read {
		// No collector of the run reads the kind: nothing is known, and nothing may be shown.
		if t.Result != assess.Incomplete || t.Size != 0 || t.Selected+t.Undecided != 0 {
			wrong("its population %q was not read, and its result is %q of %d records", t.Population, string(t.Result), t.Size)
		}
		return
	}
	if t.Period != nil {
		c.checkPeriodResult(t, p)
		return
	}
	for _, n := range []int{t.Size, t.Selected, t.Undecided, t.MetCount, t.ExceptionCount, t.UnknownCount, t.OtherCount} {
		if n < 0 {
			wrong("counts a negative number of records")
			return
		}
	}
	chosen := t.Selected + t.Undecided
	switch {
	case t.Size != p.Size:
		wrong("counts %d records; its population has %d", t.Size, p.Size)
	case chosen > t.Size:
		wrong("selects %d of %d records", chosen, t.Size)
	case t.MetCount+t.ExceptionCount+t.UnknownCount+t.OtherCount != chosen:
		wrong("%d met, %d exceptions, %d undecided and %d others are not the %d selected", t.MetCount, t.ExceptionCount, t.UnknownCount, t.OtherCount, chosen)
	case t.OtherCount > 0 && t.Require != "at-least-one":
		wrong("%d records neither meet it nor are exceptions", t.OtherCount)
	case t.ExceptionCount != t.exceptions:
		wrong("counts %d exceptions and lists %d", t.ExceptionCount, t.exceptions)
	case t.UnknownCount != t.unknowns:
		wrong("counts %d undecided and lists %d", t.UnknownCount, t.unknowns)
	case !slices.Equal(t.Gaps, p.Gaps):
		wrong("names %d gaps; its population has %d, or others", len(t.Gaps), len(p.Gaps))
	}
	if t.Over == "period" && t.Result != assess.Incomplete {
		wrong("is over the period, and nothing is told of it")
	}
	if want := resultOf(&t.TestResult); t.Result != want {
		wrong("its result is %q; %d selected, %d exceptions, %d undecided and %d gaps make it %q",
			string(t.Result), chosen, t.ExceptionCount, t.UnknownCount, len(t.Gaps), string(want))
	}
}

// resultOf is the result that a test's counts make.
func resultOf(t *assess.TestResult) assess.Result {
	missing := t.UnknownCount > 0 || len(t.Gaps) > 0
	one := t.Require == "at-least-one"
	switch {
	case one && t.MetCount > 0:
		return assess.Met
	case !one && t.ExceptionCount > 0:
		return assess.Exception
	case missing:
		return assess.Incomplete
	case t.Selected == 0:
		return t.IfEmpty
	case one:
		return assess.Exception
	}
	return assess.Met
}

// checkControls checks that each control's result is the worst of its tests, and counts them.
func (c *resultsCheck) checkControls() int {
	n := 0
	frameworks := map[string]bool{}
	for _, f := range c.a.Frameworks {
		if frameworks[f.ID] || f.ID == "" {
			c.fail("framework %q stands twice or has no id", f.ID)
		}
		frameworks[f.ID] = true
		seen := map[string]bool{}
		for _, ctl := range f.Controls {
			n++
			if seen[ctl.ID] || ctl.ID == "" {
				c.fail("framework %q: control %q stands twice or has no id", f.ID, ctl.ID)
			}
			seen[ctl.ID] = true
			want, err := c.worst(ctl)
			switch {
			case err != nil:
				c.fail("framework %q, control %q: %s", f.ID, ctl.ID, err)
			case ctl.Result != want:
				c.fail("framework %q, control %q: its result is %q; the worst of its tests is %q", f.ID, ctl.ID, string(ctl.Result), string(want))
			}
		}
	}
	return n
}

// worst is the result that a control's tests make, with whatever a person must still supply.
func (c *resultsCheck) worst(ctl assess.ControlResult) (assess.Result, error) {
	all := assess.Results()
	worst := len(all)
	take := func(r assess.Result) {
		if i := slices.Index(all, r); i >= 0 {
			worst = min(worst, i)
		}
	}
	if ctl.NotApplicable != "" {
		take(assess.NotApplicable)
	}
	if ctl.Manual != "" || ctl.Planned != "" || ctl.Outside != "" {
		take(assess.Manual)
	}
	for _, id := range ctl.Tests {
		t, ok := c.tests[id]
		if !ok {
			return "", fmt.Errorf("its test %q is not in the assessment", id)
		}
		take(t.Result)
	}
	if worst == len(all) {
		return "", fmt.Errorf("it has no test, and says neither what a person must supply nor where to look, nor why it does not apply")
	}
	return all[worst], nil
}
