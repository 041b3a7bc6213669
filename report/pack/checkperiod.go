package pack

import (
	"fmt"
	"slices"
	"time"

	"github.com/auditseal/auditseal/frameworks/assess"
)

// checkPeriod holds a test over the period against its lines of the timeline.
func (c *resultsCheck) checkPeriod(t *testSeen) {
	wrong := func(format string, a ...any) { c.fail("test %q: %s", t.ID, fmt.Sprintf(format, a...)) }
	x, p := c.v.timeline.tests[t.ID], t.Period
	if p == nil {
		if x != nil {
			wrong("is not over the period, and %s has %d lines of it", TimelinePath, x.lines)
		}
		return
	}
	if _, ok := c.v.files[TimelinePath]; !ok {
		wrong("is over the period, and there is no %s", TimelinePath)
		return
	}
	if x == nil {
		x = &testTimeline{population: t.Population, days: daysOf(c.v.timeline.period)}
	}
	period := c.v.timeline.period
	switch {
	case t.Over != "period":
		wrong("has a period, and is over %q", t.Over)
	case !p.From.Equal(period.From) || !p.To.Equal(period.To):
		wrong("is over %s to %s; the period is %s", stamp(p.From), stamp(p.To), period)
	case x.population != t.Population:
		wrong("is of %q; its lines in %s are of %q", t.Population, TimelinePath, x.population)
	case p.Intervals != x.lines:
		wrong("counts %d intervals; %s has %d", p.Intervals, TimelinePath, x.lines)
	case p.Resources != x.resources:
		wrong("counts %d resources; %s has %d", p.Resources, TimelinePath, x.resources)
	case p.Tolerated != x.tolerated:
		wrong("counts %d tolerated exceptions; %s has %d", p.Tolerated, TimelinePath, x.tolerated)
	case p.Created < 0 || p.Deleted < 0 || p.Created > p.Resources || p.Deleted > p.Resources:
		wrong("counts %d resources, %d of them created and %d deleted", p.Resources, p.Created, p.Deleted)
	case p.Selected < x.asked || p.Selected > x.maybe:
		wrong("counts %d selected resources; %s has %d to %d", p.Selected, TimelinePath, x.asked, x.maybe)
	case t.exceptions != x.exceptions && t.Require == "every":
		wrong("lists %d exceptions; %s has %d that are not tolerated", t.exceptions, TimelinePath, x.exceptions)
	case t.unknowns > x.unknown || t.unknowns == 0 && x.unknown > 0 && !tolerates(t.Tolerance, x.blank):
		wrong("lists %d unknown intervals; %s has %d", t.unknowns, TimelinePath, x.unknown)
	case t.Result == assess.Met && !tolerates(t.Tolerance, x.open) && t.Require != "at-least-one":
		wrong("is met; %s has %s of exceptions and unknown time on end", TimelinePath, x.open)
	case t.Result == assess.Met && x.asked == 0:
		wrong("is met, and nothing was ever asked of a resource")
	case !tolerates(t.Tolerance, x.longest):
		wrong("tolerates %q; an exception of %s is called tolerated", t.Tolerance, x.longest)
	}
	c.checkDays(t.ID, p.Days, x.days)
	c.checkCauses(t.ID, p.Unknown, x.causes)
	for _, d := range p.Disagreements {
		if !c.v.timeline.hasSeries(seriesKey(t.ID, d.Record, d.Account, d.Region, d.Source+" "+d.ID)) {
			wrong("%.120q disagrees with %.80q, of which %s has nothing", d.Record, d.Source+" "+d.ID, TimelinePath)
		}
		if !d.From.Before(d.To) || d.Ours == d.Theirs {
			wrong("%.120q is said to disagree from %s to %s: %q and %q", d.Record, stamp(d.From), stamp(d.To), d.Ours, d.Theirs)
		}
		for _, id := range d.Evidence {
			if !c.v.hasEvidence([]byte(id)) {
				wrong("a disagreement points to %.40q, which is not on the tape", id)
			}
		}
	}
}

// checkPast finds histories and lines of the timeline that belong to nothing in the assessment.
func (c *resultsCheck) checkPast() {
	for _, path := range c.v.p.under(HistoryDir) {
		if m := historyForm.FindStringSubmatch(path); m != nil {
			if _, ok := c.populations[m[1]]; !ok {
				c.v.fail(CheckConsistent, path, 0, "is the past of a population that %s does not know", AssessmentPath)
			}
		}
	}
	var stray []string
	for id := range c.v.timeline.tests {
		if c.tests[id] == nil {
			stray = append(stray, id)
		}
	}
	slices.Sort(stray)
	for _, id := range stray {
		c.fail("%s has lines of the test %.80q, which is not there", TimelinePath, id)
	}
}

// tolerates reports whether an exception that lasted so long is within the tolerance.
func tolerates(tolerance string, long time.Duration) bool {
	if long == 0 {
		return true
	}
	d, err := time.ParseDuration(tolerance)
	return err == nil && long <= d
}

func (c *resultsCheck) checkDays(test string, said, are []assess.Day) {
	if len(said) != len(are) {
		c.fail("test %q: tells %d days; the period has %d", test, len(said), len(are))
		return
	}
	for i := range said {
		if said[i] != are[i] {
			c.fail("test %q: says of %.20q %s; %s makes it %s", test, said[i].Date, dayText(said[i]), TimelinePath, dayText(are[i]))
			return
		}
	}
}

func dayText(d assess.Day) string {
	return fmt.Sprintf("%d met, %d exceptions (%d tolerated), %d unknown and %d not selected", d.Met, d.Exception, d.Tolerated, d.Unknown, d.NotSelected)
}

func (c *resultsCheck) checkCauses(test string, said []assess.UnknownTime, are map[string]*assess.UnknownTime) {
	sums := map[string]assess.UnknownTime{}
	for _, u := range said {
		s := sums[u.Code]
		s.Intervals, s.Seconds, s.Longest = s.Intervals+u.Intervals, s.Seconds+u.Seconds, max(s.Longest, u.Longest)
		sums[u.Code] = s
	}
	var codes []string
	for code := range sums {
		codes = append(codes, code)
	}
	for code := range are {
		if _, ok := sums[code]; !ok {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		s, is := sums[code], assess.UnknownTime{}
		if a := are[code]; a != nil {
			is = *a
		}
		if s.Intervals != is.Intervals || s.Longest != is.Longest || s.Seconds != is.Seconds {
			c.fail("test %q: counts %d intervals unknown for %.60q, %d seconds; %s has %d, %d seconds", test, s.Intervals, code, s.Seconds, TimelinePath, is.Intervals, is.Seconds)
		}
	}
}

// checkPeriodFindings holds the findings of a test against the timeline: each must be one of its lines.
func (c *resultsCheck) checkPeriodFindings(t *testSeen) {
	switch n := t.exceptions + t.unknowns; {
	case t.Period == nil && len(t.intervals) > 0:
		c.fail("test %q: is not over the period, and %d of its findings have an interval", t.ID, len(t.intervals))
	case t.Period != nil && len(t.intervals) != n:
		c.fail("test %q: is over the period, and %d of its %d findings have no interval", t.ID, n-len(t.intervals), n)
	}
	seen := make(idSet, 0, len(t.intervals))
	for i, n := range t.intervals {
		key := ofTest(t.ID, n)
		seen = append(seen, key)
		if !c.v.timeline.intervals.has(key) {
			c.fail("test %q: finding %d is an interval that stands in no line of %s with these edges", t.ID, i+1, TimelinePath)
		}
	}
	seen.sort()
	if n := len(seen.duplicates()); n > 0 {
		c.fail("test %q: %d findings stand twice", t.ID, n)
	}
}

// pastFinding says what is wrong with a finding of a test over the period by itself; nothing is the empty string. That it stands in the
// timeline, whose lines were checked, shows that its resource is there.
func (c *resultsCheck) pastFinding(f *assess.Finding, unknown bool) string {
	want := assess.IntervalException
	if unknown {
		want = assess.IntervalUnknown
	}
	if f.Interval.Result != want {
		return fmt.Sprintf("its interval is %.40q", f.Interval.Result)
	}
	return c.v.wrongInterval(f.Interval)
}

// checkPeriodCounts checks that the counts of a test over the period add up and that its result can follow from them.
func (c *resultsCheck) checkPeriodCounts(t *testSeen) {
	wrong := func(format string, a ...any) { c.fail("test %q: %s", t.ID, fmt.Sprintf(format, a...)) }
	switch {
	case t.ExceptionCount != t.exceptions:
		wrong("counts %d exceptions and lists %d", t.ExceptionCount, t.exceptions)
	case t.UnknownCount != t.unknowns:
		wrong("counts %d undecided and lists %d", t.UnknownCount, t.unknowns)
	}
}
