package pack

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
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
	if _, ok := c.v.files[TimelinePath]; !ok && p.Intervals > 0 {
		wrong("is over the period, and there is no %s", TimelinePath)
		return
	}
	if x == nil {
		x = &testTimeline{population: t.Population, days: daysOf(c.v.timeline.period), wholeDays: daysOf(c.v.timeline.period)}
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
	case t.exceptions != x.exceptions:
		wrong("lists %d exceptions; %s has %d that are not tolerated", t.exceptions, TimelinePath, x.exceptions)
	case p.Selected != t.Selected:
		wrong("counts %d selected resources, and %d over the period", t.Selected, p.Selected)
	case !tolerates(t.Tolerance, x.longest):
		wrong("tolerates %q; an exception of %s is called tolerated", t.Tolerance, x.longest)
	}
	days := x.days
	if t.Require == atLeastOne {
		days = x.wholeDays
	}
	c.checkDays(t.ID, p.Days, days)
	c.checkPeriodCounts(t, x)
	c.checkCauses(t.ID, p.Unknown, x.causes)
	// A population may have resources that a test over it needs no history of.
	if pop := c.populations[t.Population].Period; pop != nil && (pop.Resources < p.Resources || pop.Created < p.Created || pop.Deleted < p.Deleted) {
		wrong("counts %d resources, %d created and %d deleted; its population %d, %d and %d", p.Resources, p.Created, p.Deleted, pop.Resources, pop.Created, pop.Deleted)
	}
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
			// AWS's own verdicts over time are no population: they are shown beside the results.
			if _, ok := c.populations[m[1]]; !ok && m[1] != evidence.Verdicts {
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

const atLeastOne = "at-least-one"

// checkPeriodCounts checks that the counts of a test over the period are those of the timeline: resources, each by the worst that it was.
func (c *resultsCheck) checkPeriodCounts(t *testSeen, x *testTimeline) {
	wrong := func(format string, a ...any) { c.fail("test %q: %s", t.ID, fmt.Sprintf(format, a...)) }
	tolerance, err := time.ParseDuration(cmp.Or(t.Tolerance, "0s"))
	if err != nil || tolerance < 0 {
		wrong("its tolerance %.40q is none", t.Tolerance)
		return
	}
	longer := func(list []time.Duration) int {
		n := 0
		for _, d := range list {
			if d > tolerance {
				n++
			}
		}
		return n
	}
	// What a test that one resource must meet at each moment does not know lies in the population as a whole.
	unknowns := longer(x.spans)
	var want assess.TestResult
	want.Selected = x.asked
	if t.Require == atLeastOne {
		unknowns = longer(x.wholeSpans)
		want.MetCount, want.OtherCount, want.UnknownCount, want.Undecided = x.met, x.others, x.unsaid, x.unsaid
	} else {
		unsure, unsaid := longer(x.askedSpans), longer(x.blankSpans)
		want.ExceptionCount, want.UnknownCount, want.Undecided = x.failed, unsure+unsaid, unsaid
		want.MetCount = x.asked - x.failed - unsure
	}
	said := func(r *assess.TestResult) string {
		return fmt.Sprintf("%d selected and %d undecided resources, %d of them met, %d exceptions, %d unknown and %d others", r.Selected, r.Undecided, r.MetCount, r.ExceptionCount, r.UnknownCount, r.OtherCount)
	}
	if got, are := said(&t.TestResult), said(&want); got != are {
		wrong("counts %s; %s has %s", got, TimelinePath, are)
	}
	if t.unknowns != unknowns {
		wrong("lists %d unknown intervals; %s has %d that the tolerance does not cover", t.unknowns, TimelinePath, unknowns)
	}
}

// periodResult is the result that the findings and counts of a test over the period make.
func periodResult(t *testSeen) assess.Result {
	switch {
	case t.exceptions > 0:
		return assess.Exception
	case t.unknowns > 0 || len(t.Gaps) > 0:
		return assess.Incomplete
	case t.Selected == 0 && len(t.Period.Unknown) > 0:
		return assess.Incomplete
	case t.Selected == 0:
		return t.IfEmpty
	case t.MetCount > 0:
		return assess.Met
	}
	return assess.Incomplete
}

// checkPeriodResult checks a test over the period against its population, and its result against what it counts.
func (c *resultsCheck) checkPeriodResult(t *testSeen, p assess.Population) {
	switch {
	case t.Size != p.Size:
		c.fail("test %q: counts %d records; its population has %d", t.ID, t.Size, p.Size)
	case !slices.Equal(t.Gaps, p.Gaps):
		c.fail("test %q: names %d gaps; its population has %d, or others", t.ID, len(t.Gaps), len(p.Gaps))
	}
	if want := periodResult(t); t.Result != want {
		c.fail("test %q: its result is %q; %d selected, %d exceptions, %d unknown intervals and %d gaps make it %q", t.ID, string(t.Result), t.Selected, t.exceptions, t.unknowns, len(t.Gaps), string(want))
	}
}
