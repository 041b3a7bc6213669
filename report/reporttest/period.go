package reporttest

import (
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// PeriodOf tells what lines of a timeline amount to. The lines of one resource and source stand together. It says of the exceptions
// among them whether they are tolerated. It is written day by day and resource by resource, which is slow and plain.
func PeriodOf(period evidence.Period, tolerance time.Duration, lines []assess.TimelineEntry) *assess.PeriodResult {
	p := &assess.PeriodResult{From: period.From, To: period.To, Intervals: len(lines)}
	for at := period.From; at.Before(period.To); at = at.Add(24 * time.Hour) {
		p.Days = append(p.Days, assess.Day{Date: at.Format(time.DateOnly)})
	}
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].Record == lines[0].Record && lines[n].Account == lines[0].Account && lines[n].Region == lines[0].Region && lines[n].Opinion == lines[0].Opinion {
			n++
		}
		if lines[0].Opinion != "" {
			p.Compared++ // the made-up packs compare a resource with one opinion
		} else {
			countLife(p, lines[:n], tolerance)
		}
		lines = lines[n:]
	}
	return p
}

// countLife adds one resource, or place.
func countLife(p *assess.PeriodResult, lines []assess.TimelineEntry, tolerance time.Duration) {
	is := func(results ...string) bool {
		return slices.ContainsFunc(lines, func(e assess.TimelineEntry) bool { return slices.Contains(results, e.Result) })
	}
	for i := range lines {
		e := &lines[i]
		long := e.To.Sub(e.From)
		switch e.Result {
		case assess.IntervalException:
			if e.Tolerated = long <= tolerance; e.Tolerated {
				p.Tolerated++
			}
		case assess.IntervalUnknown:
			at := slices.IndexFunc(p.Unknown, func(u assess.UnknownTime) bool { return u.Code == e.Code })
			if at < 0 {
				at = len(p.Unknown)
				p.Unknown = append(p.Unknown, assess.UnknownTime{Code: e.Code, Reason: e.Reason})
			}
			u := &p.Unknown[at]
			u.Intervals++
			u.Seconds += int64(long.Seconds())
			u.Longest = max(u.Longest, int64(long.Seconds()))
		}
	}
	if lines[0].Record != "" && is(assess.IntervalMet, assess.IntervalException, assess.IntervalUnknown, assess.IntervalNotSelected) {
		p.Resources++
		if lines[0].Result == assess.IntervalAbsent {
			p.Created++
		}
		if lines[len(lines)-1].Result == assess.IntervalAbsent {
			p.Deleted++
		}
	}
	if is(assess.IntervalMet, assess.IntervalException) {
		p.Selected++
	}
	for i := range p.Days {
		d := &p.Days[i]
		from, err := time.Parse(time.DateOnly, d.Date)
		if err != nil {
			panic(err)
		}
		var today []assess.TimelineEntry
		for _, e := range lines {
			if e.From.Before(from.Add(24*time.Hour)) && e.To.After(from) {
				today = append(today, e)
			}
		}
		was := func(result string) bool {
			return slices.ContainsFunc(today, func(e assess.TimelineEntry) bool { return e.Result == result })
		}
		switch {
		case was(assess.IntervalException):
			d.Exception++
			if !slices.ContainsFunc(today, func(e assess.TimelineEntry) bool { return e.Result == assess.IntervalException && !e.Tolerated }) {
				d.Tolerated++
			}
		case was(assess.IntervalUnknown):
			d.Unknown++
		case was(assess.IntervalMet):
			d.Met++
		case was(assess.IntervalNotSelected):
			d.NotSelected++
		}
	}
}

// Findings are the exceptions and undecided intervals of lines of a timeline, as an assessment lists them.
func Findings(lines []assess.TimelineEntry, collected time.Time) (exceptions, unknowns []assess.Finding) {
	for _, e := range lines {
		if e.Opinion != "" {
			continue
		}
		interval := e.Interval
		f := assess.Finding{Record: e.Record, Account: e.Account, Region: e.Region, Values: e.Values, Interval: &interval, Evidence: e.Evidence, Date: collected}
		if f.Record == "" {
			f.Record = e.Account + "/" + e.Region
		}
		switch {
		case e.Result == assess.IntervalUnknown:
			unknowns = append(unknowns, f)
		case e.Result == assess.IntervalException && !e.Tolerated:
			exceptions = append(exceptions, f)
		}
	}
	return exceptions, unknowns
}

// Count fills in a test's counts of resources: each counts once, by the worst that it was.
func Count(t *assess.TestResult, lines []assess.TimelineEntry) {
	t.Selected, t.Undecided, t.MetCount, t.ExceptionCount, t.UnknownCount = 0, 0, 0, 0, 0
	type life struct{ asked, failed, unknown bool }
	lives := map[[3]string]*life{}
	for _, e := range lines {
		if e.Opinion != "" {
			continue
		}
		k := [3]string{e.Record, e.Account, e.Region}
		if lives[k] == nil {
			lives[k] = &life{}
		}
		l := lives[k]
		l.asked = l.asked || e.Result == assess.IntervalMet || e.Result == assess.IntervalException
		l.failed = l.failed || e.Result == assess.IntervalException && !e.Tolerated
		l.unknown = l.unknown || e.Result == assess.IntervalUnknown
	}
	for _, l := range lives {
		switch {
		case l.asked:
			t.Selected++
		case l.unknown:
			t.Undecided++
		}
		switch {
		case l.failed:
			t.ExceptionCount++
		case l.unknown:
			t.UnknownCount++
		case l.asked:
			t.MetCount++
		}
	}
}

// A Spell is one stay of a resource in a result, up to a moment. Item names the configuration item that begins it.
type Spell struct {
	Until        string // RFC 3339, or a day; the last one is the period's end
	Result, Code string
	Item         string
	Change       *assess.Change
}

// Life lays spells end to end over the period.
func Life(period evidence.Period, head assess.TimelineEntry, spells ...Spell) []assess.TimelineEntry {
	var out []assess.TimelineEntry
	from, begins := period.From, assess.Edge{What: "the period begins"}
	for i, s := range spells {
		e := head
		e.From, e.Begins, e.Result, e.Code = from, begins, s.Result, s.Code
		e.Reason = Reasons[s.Code]
		if s.Result != assess.IntervalException {
			e.Values = nil
		}
		if i == len(spells)-1 {
			e.To, e.Ends = period.To, assess.Edge{What: "the period ends"}
		} else {
			at, err := time.Parse(time.RFC3339, s.Until)
			if err != nil {
				if at, err = time.Parse(time.DateOnly, s.Until); err != nil {
					panic(err)
				}
			}
			next := spells[i+1]
			e.To, e.Ends = at, assess.Edge{Item: next.Item, What: "captured by AWS Config", Change: next.Change}
			switch {
			case next.Code == evidence.RecorderStopped:
				e.Ends.What = "the recorder was stopped"
			case s.Code == evidence.RecorderStopped:
				e.Ends.What = "the recorder was on again"
			}
		}
		from, begins = e.To, e.Ends
		out = append(out, e)
	}
	return out
}

// Reasons are what made-up packs say for codes.
var Reasons = map[string]string{
	evidence.RecorderStopped: "The recorder was off.",
	evidence.RecorderUntold:  "Nothing tells whether the recorder was on, or what it was set to record.",
	evidence.NoItemBefore:    "The resource was there, and AWS Config has no earlier state of it.",
	evidence.NotInItem:       "Configuration items do not carry rotation.enabled.",
}
