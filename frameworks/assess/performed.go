package assess

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess/timeline"
	"github.com/auditseal/auditseal/frameworks/expr"
)

// A replayed is what a test over the period has found so far.
type replayed struct {
	r      *runner
	p      *performance
	result PeriodResult
	days   []dayMark // of the resource at hand
	causes map[string]*UnknownTime
	// union is what the population is as a whole, for a test that one resource must meet at each moment.
	union timeline.Union
	// covered is the longest time on end that is no exception beyond the tolerance though some of it is unknown.
	covered time.Duration
}

// A dayMark is the worst that a resource was on one day: the rank of its result from 1, and whether all its exceptions are tolerated.
type dayMark struct {
	rank      int
	tolerated bool
}

const day = 24 * time.Hour

func newReplayed(r *runner, p *performance) *replayed {
	from, to := r.in.Scope.Period.From.UTC(), r.in.Scope.Period.To.UTC()
	x := &replayed{r: r, p: p, causes: map[string]*UnknownTime{}, result: PeriodResult{From: from, To: to, Days: []Day{}}}
	for t := from.Truncate(day); t.Before(to); t = t.Add(day) {
		x.result.Days = append(x.result.Days, Day{Date: t.Format(time.DateOnly)})
	}
	x.days = make([]dayMark, len(x.result.Days))
	return x
}

// A line is what the intervals of one resource, place or population are about.
type line struct {
	p       *performance
	record  string
	at      place
	steps   []timeline.Step
	subject func(step int) *expr.Subject
	cover   *coverage
	// evidence and date are those of the record, where there is no step.
	evidence []string
	date     time.Time
}

// take takes in the intervals of one resource or place.
func (x *replayed) take(l line, list []timeline.Interval, made, gone bool) error {
	if l.record != "" && thereAtAll(list) {
		x.result.Resources++
		if made {
			x.result.Created++
		}
		if gone {
			x.result.Deleted++
		}
	}
	one := x.p.Require == frameworks.AtLeastOne
	if one {
		x.union.Add(list)
	}
	spans := x.weigh(list)
	exception, unknown, asked := false, false, false
	for i, t := range list {
		e := x.entry(l, t)
		switch t.Result {
		case timeline.Met, timeline.Other:
			asked = true
		case timeline.Exception:
			asked = true
			e.Tolerated = t.To.Sub(t.From) <= x.p.test.Tolerance
			for _, v := range x.p.test.Values(l.subject(t.First)) {
				e.Values = append(e.Values, Value{Field: v.Field, Value: v.Text})
			}
			if e.Tolerated {
				x.result.Tolerated++
				break
			}
			exception = true
			x.p.exceptDuring(x.finding(l, t, e), itemOf(l, t))
		case timeline.Unknown:
			x.cause(t)
			if one || spans[i] <= x.p.test.Tolerance {
				// Shorter than what is tolerated, it hides nothing that counts. Where one resource suffices the others may hide what they like.
				break
			}
			unknown = true
			x.p.Unknowns, x.p.unknownItems = append(x.p.Unknowns, x.finding(l, t, e)), append(x.p.unknownItems, itemOf(l, t))
		}
		if err := x.emit(e); err != nil {
			return err
		}
	}
	if !one {
		x.daysOf(list)
	}
	unknown = unknown || one && len(list) > 0 && !asked && slices.ContainsFunc(list, func(t timeline.Interval) bool { return t.Result == timeline.Unknown })
	if asked {
		x.p.Selected++
		x.result.Selected++
	} else if unknown {
		x.p.Undecided++
	}
	met := slices.ContainsFunc(list, func(t timeline.Interval) bool { return t.Result == timeline.Met })
	switch {
	case one && met:
		x.p.MetCount++
	case one && asked:
		x.p.OtherCount++
	case exception:
		x.p.ExceptionCount++
	case unknown:
		x.p.UnknownCount++
	case asked:
		x.p.MetCount++
	}
	return nil
}

// weigh gives, for each interval, how long the time on end is that was or may have been an exception and that it is part of.
func (x *replayed) weigh(list []timeline.Interval) []time.Duration {
	out := make([]time.Duration, len(list))
	open := func(t timeline.Interval) bool { return t.Result == timeline.Exception || t.Result == timeline.Unknown }
	for i := 0; i < len(list); i++ {
		if !open(list[i]) {
			continue
		}
		n, unknown := i, false
		for n < len(list) && open(list[n]) && (n == i || list[n].From.Equal(list[n-1].To)) {
			unknown = unknown || list[n].Result == timeline.Unknown
			n++
		}
		long := list[n-1].To.Sub(list[i].From)
		for k := i; k < n; k++ {
			out[k] = long
		}
		if unknown && long <= x.p.test.Tolerance {
			x.covered = max(x.covered, long)
		}
		i = n - 1
	}
	return out
}

// cause adds an unknown interval to the time that its cause made unknown.
func (x *replayed) cause(t timeline.Interval) {
	c := x.causes[t.Code]
	if c == nil {
		c = &UnknownTime{Code: t.Code, Reason: timeline.Words(t.Code)}
		x.causes[t.Code] = c
	}
	long := int64(t.To.Sub(t.From) / time.Second)
	c.Intervals++
	c.Seconds += long
	c.Longest = max(c.Longest, long)
}

// daysOf counts a resource on each day by the worst that it was on it.
func (x *replayed) daysOf(list []timeline.Interval) {
	clear(x.days)
	first := x.result.From.Truncate(day)
	for _, t := range list {
		rank := slices.Index(IntervalResults(), t.Result) + 1
		tolerated := t.Result == timeline.Exception && t.To.Sub(t.From) <= x.p.test.Tolerance
		for i := int(t.From.Sub(first) / day); i <= int((t.To.Sub(first)-1)/day); i++ {
			switch m := &x.days[i]; {
			case m.rank == 0 || rank < m.rank:
				*m = dayMark{rank, tolerated}
			case rank == m.rank:
				m.tolerated = m.tolerated && tolerated
			}
		}
	}
	for i, m := range x.days {
		d := &x.result.Days[i]
		if m.rank == 0 {
			continue
		}
		switch IntervalResults()[m.rank-1] {
		case IntervalException:
			d.Exception++
			if m.tolerated {
				d.Tolerated++
			}
		case IntervalUnknown:
			d.Unknown++
		case IntervalMet:
			d.Met++
		case IntervalNotSelected:
			d.NotSelected++
		}
	}
}

// entry makes the line of timeline.jsonl.
func (x *replayed) entry(l line, t timeline.Interval) TimelineEntry {
	e := TimelineEntry{Test: x.p.ID, Population: x.p.Population, Record: l.record, Account: l.at.account, Region: l.at.region, Evidence: []string{},
		Interval: Interval{From: t.From.UTC(), To: t.To.UTC(), Result: t.Result, Code: t.Code, Reason: t.Reason, Begins: x.edge(l, t, t.Begins), Ends: x.edge(l, t, t.Ends)}}
	var sources []string
	cite := func(step int) {
		if step < 0 {
			return
		}
		s := &l.steps[step]
		for _, id := range s.Evidence {
			if !slices.Contains(e.Evidence, id) {
				e.Evidence = append(e.Evidence, id)
			}
		}
		for _, from := range s.Sources {
			if !slices.Contains(sources, from) {
				sources = append(sources, from)
			}
		}
	}
	// The states that it was read from: the first and the last, and the one that ended it.
	cite(t.First)
	cite(t.Last)
	cite(t.Ends.Step)
	if t.Result == timeline.Unknown && t.First < 0 && l.cover != nil {
		for _, id := range l.cover.evidenceOf(t.From, t.To) {
			if !slices.Contains(e.Evidence, id) {
				e.Evidence = append(e.Evidence, id)
			}
		}
	}
	if len(e.Evidence) == 0 {
		e.Evidence = append(e.Evidence, l.evidence...)
	}
	slices.Sort(sources)
	e.Source = strings.Join(sources, ", ")
	return e
}

func (x *replayed) edge(l line, t timeline.Interval, at timeline.Edge) Edge {
	out := Edge{What: at.What}
	if at.Step >= 0 {
		out.Item = l.steps[at.Step].State.Item
	}
	if t.Result == timeline.Exception && out.Item != "" {
		out.Change = x.r.recordings.changes[out.Item]
	}
	return out
}

// finding makes the finding of an interval. Its date is when AWS gave the item that it was read from, which is told by the item's own record: see
// dates. Until then it is that of what tells of the place.
func (x *replayed) finding(l line, t timeline.Interval, e TimelineEntry) Finding {
	i := e.Interval
	f := Finding{Record: e.About(), Account: e.Account, Region: e.Region, Values: e.Values, Interval: &i, Evidence: e.Evidence, Date: l.date}
	x.r.dates.want(itemOf(l, t))
	if l.cover != nil && f.Date.IsZero() {
		for _, s := range l.cover.told {
			if at := s.Header().Collected; s.from.Before(t.To) && t.From.Before(s.to) && at.After(f.Date) {
				f.Date = at
			}
		}
	}
	if f.Date.IsZero() {
		f.Date = x.r.in.Scope.AsOf // nothing was read of it: it was not there when collection began
	}
	if t.First >= 0 && t.Result == timeline.Unknown {
		if _, clear := l.steps[t.First].Verdict(); clear {
			s := l.subject(t.First)
			v := x.p.test.Select(s)
			if v.Answer == expr.True {
				v = x.p.test.Meets(s)
			}
			f.Fields, f.Fault = v.Unknown, v.Fault
		}
	}
	return f
}

// itemOf is the configuration item that a finding was read from; empty where it was read from none.
func itemOf(l line, t timeline.Interval) string {
	for _, step := range []int{t.First, t.Ends.Step, t.Begins.Step} {
		if step >= 0 {
			return l.steps[step].State.Item
		}
	}
	return ""
}

// dates are when AWS gave the configuration items that findings were read from. A state carries the moment that it holds from, which is another
// clock; the item's own record carries this one.
type dates struct {
	by map[string]time.Time
}

func (d *dates) want(item string) {
	if _, ok := d.by[item]; !ok && item != "" {
		d.by[item] = time.Time{}
	}
}

// hear takes in one record.
func (d *dates) hear(rec evidence.Record) {
	h := rec.Header()
	if _, ok := d.by[h.ID]; ok && rec.Kind() == itemKind {
		d.by[h.ID] = h.Collected
	}
}

// set dates the findings of a test.
func (d *dates) set(p *performance) {
	for _, list := range []struct {
		findings []Finding
		items    []string
	}{{p.Exceptions, p.exceptionItems}, {p.Unknowns, p.unknownItems}} {
		for i := range list.items {
			if at := d.by[list.items[i]]; !at.IsZero() {
				list.findings[i].Date = at
			}
		}
	}
}

// itemKind is the kind of the configuration items' own records. It is read last, when it is known which of them matter.
const itemKind = "config.configuration_item"

func (x *replayed) emit(e TimelineEntry) error {
	x.result.Intervals++
	if x.r.in.Timeline == nil {
		return nil
	}
	return x.r.in.Timeline(e)
}

// exceptDuring adds an exception of the test, with whoever accepted it.
func (p *performance) exceptDuring(f Finding, item string) {
	for _, a := range p.accepts {
		if a.Record == f.Record {
			a.met = true
			f.Accepted = a.acceptance()
			break
		}
	}
	p.Exceptions, p.exceptionItems = append(p.Exceptions, f), append(p.exceptionItems, item)
}

// finish tells what the population was as a whole, and makes the result of the period.
func (x *replayed) finish() error {
	if x.p.Require == frameworks.AtLeastOne {
		if err := x.whole(); err != nil {
			return err
		}
	}
	for _, c := range x.causes {
		x.result.Unknown = append(x.result.Unknown, *c)
	}
	slices.SortFunc(x.result.Unknown, func(a, b UnknownTime) int {
		return cmp.Or(cmp.Compare(b.Intervals, a.Intervals), strings.Compare(a.Code, b.Code))
	})
	x.p.Period = &x.result
	return nil
}

// whole tells of a test that one resource must meet at each moment what the population was.
func (x *replayed) whole() error {
	list := x.union.Intervals(x.r.question(x.p.test.Tolerance))
	if x.p.Selected == 0 {
		if len(x.causes) == 0 {
			return nil // there was nothing at any time that could meet it: the mapping says what that means
		}
		n := len(list) - 1 // whether there was is not known at any moment
		list[0].To, list[0].Ends = list[n].To, list[n].Ends
		list[0].Verdict = timeline.Verdict{Result: timeline.Unknown, Code: timeline.NoneKnown, Reason: "nothing is known to have been selected at any moment"}
		list = list[:1]
	}
	l := line{p: x.p, at: place{Whole, Whole}}
	spans := x.weigh(list)
	for i, t := range list {
		e := x.entry(l, t)
		switch t.Result {
		case timeline.Exception:
			if e.Tolerated = t.To.Sub(t.From) <= x.p.test.Tolerance; e.Tolerated {
				x.result.Tolerated++
				break
			}
			x.p.exceptDuring(x.finding(l, t, e), itemOf(l, t))
		case timeline.Unknown:
			x.cause(t)
			if spans[i] > x.p.test.Tolerance {
				x.p.Unknowns, x.p.unknownItems = append(x.p.Unknowns, x.finding(l, t, e)), append(x.p.unknownItems, itemOf(l, t))
			}
		}
		if err := x.emit(e); err != nil {
			return err
		}
	}
	x.daysOf(list)
	return nil
}

// populationPeriod is what the history of a kind tells of its population; nil where it was not read.
func (h *history) populationPeriod() *PopulationPeriod {
	if h == nil || !h.asked {
		return nil
	}
	c := h.count
	return &c
}
