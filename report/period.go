package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/frameworks/assess"
)

// TimelineFile is where the intervals of tests over the period stand in a pack. A pack without such a test has none.
const TimelineFile = "timeline.jsonl"

// A Timeline is every interval of every test over the period.
type Timeline struct {
	// Count counts them; it is 0 where no test is over the period.
	Count int
	// All yields them in the order of the file: by test and resource, and in the order of time.
	All iter.Seq2[assess.TimelineEntry, error]
}

// How a day of a strip reads, worst first. They are the words of intervals, but for two that only a day has.
const (
	DayException   = assess.IntervalException
	DayUnknown     = assess.IntervalUnknown
	DayTolerated   = "tolerated" // all exceptions of the day lasted no longer than the tolerance
	DayMet         = assess.IntervalMet
	DayNotSelected = assess.IntervalNotSelected
	DayAbsent      = assess.IntervalAbsent // no resource was there
)

// DayResults lists them in this order.
func DayResults() []string {
	return []string{DayException, DayUnknown, DayTolerated, DayMet, DayNotSelected, DayAbsent}
}

// IntervalNames lists everything that an interval or a day may be, worst first. No day is assess.IntervalOther: the days of a test that one
// resource must meet at each moment are those of the population as a whole.
func IntervalNames() []string {
	return []string{DayException, DayUnknown, DayTolerated, DayMet, assess.IntervalOther, DayNotSelected, DayAbsent}
}

// A StripDay is one day of a test over the period.
type StripDay struct {
	Date time.Time
	// Worst is the worst that any resource was on that day: one of DayResults.
	Worst string
	assess.Day
}

// strip tells each day of a test by its worst.
func strip(p *assess.PeriodResult) ([]StripDay, error) {
	if p == nil {
		return nil, nil
	}
	var out []StripDay
	for _, d := range p.Days {
		at, err := time.Parse(time.DateOnly, d.Date)
		if err != nil {
			return nil, fmt.Errorf("a day that is none: %q", d.Date)
		}
		if n := len(out); n > 0 && !at.Equal(out[n-1].Date.AddDate(0, 0, 1)) {
			return nil, fmt.Errorf("the day %s does not follow on %s", d.Date, p.Days[n-1].Date)
		}
		s := StripDay{Date: at, Day: d, Worst: DayAbsent}
		switch {
		case d.Exception > d.Tolerated:
			s.Worst = DayException
		case d.Unknown > 0:
			s.Worst = DayUnknown
		case d.Exception > 0:
			s.Worst = DayTolerated
		case d.Met > 0:
			s.Worst = DayMet
		case d.NotSelected > 0:
			s.Worst = DayNotSelected
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, errors.New("no days")
	}
	return out, nil
}

// addPeriod gives a test its strip.
func (t *Test) addPeriod() error {
	var err error
	if t.Strip, err = strip(t.Period); err != nil {
		return fmt.Errorf("assessment.json: test %q: %w", t.ID, err)
	}
	// A population that nobody read has no period either; the test is incomplete then.
	if t.Period != nil && t.Over != "period" || t.Period == nil && t.Over == "period" && t.Result != assess.Incomplete {
		return fmt.Errorf("assessment.json: test %q is over %q, and has a period: %t", t.ID, t.Over, t.Period != nil)
	}
	for _, d := range t.Strip {
		switch {
		case t.Period == nil:
		case d.Worst == DayException:
			t.ExceptionDays++
		case d.Worst == DayUnknown:
			t.UnknownDays++
		}
	}
	return nil
}

// timelineOf reads the lines of the timeline. It fails at the end where they are not as many as the tests count.
func timelineOf(lines iter.Seq2[assess.TimelineEntry, error], tests []Test) Timeline {
	t := Timeline{}
	for _, x := range tests {
		if x.Period != nil {
			t.Count += x.Period.Intervals
		}
	}
	t.All = func(yield func(assess.TimelineEntry, error) bool) {
		if t.Count == 0 && lines == nil {
			return
		}
		if lines == nil {
			yield(assess.TimelineEntry{}, fmt.Errorf("%s is missing; assessment.json counts %d intervals", TimelineFile, t.Count))
			return
		}
		n := 0
		for e, err := range lines {
			if err != nil {
				yield(assess.TimelineEntry{}, err)
				return
			}
			n++
			if !yield(e, nil) {
				return
			}
		}
		if n != t.Count {
			yield(assess.TimelineEntry{}, fmt.Errorf("%s has %d intervals, assessment.json counts %d", TimelineFile, n, t.Count))
		}
	}
	return t
}

// readTimeline gives the lines of timeline.jsonl; nil where there is none, which is right only where no test counts any.
func readTimeline(fsys fs.FS, tests []assess.TestResult) (iter.Seq2[assess.TimelineEntry, error], error) {
	n := 0
	for _, t := range tests {
		if t.Period != nil {
			n += t.Period.Intervals
		}
	}
	info, err := fs.Stat(fsys, TimelineFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && n == 0:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("assessment.json counts %d intervals: %w", n, err)
	case n == 0 && info.Size() > 0:
		return nil, fmt.Errorf("%s has lines, and no test of assessment.json counts any: they are of different runs", TimelineFile)
	}
	return func(yield func(assess.TimelineEntry, error) bool) {
		for l, err := range lines(fsys, TimelineFile, nil) {
			var e assess.TimelineEntry
			if err == nil {
				if err = decodeStrict(l.text, &e); err != nil {
					err = fmt.Errorf("%s:%d: %w", TimelineFile, l.number, err)
				}
			}
			if err != nil {
				yield(assess.TimelineEntry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}, nil
}

// Span writes how long something lasted: "3 d 19 h 28 min". Seconds stand there only where there is nothing longer.
func Span(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d/time.Second))
	}
	var out []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if n := d / u.size; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.size
		}
	}
	return strings.Join(out, " ")
}

// OverPeriod lists the tests over the period, worst first: by result, then by days with an exception and with unknown time.
func (d *Document) OverPeriod() []Test {
	var out []Test
	for _, t := range d.Tests {
		if t.Period != nil {
			out = append(out, t)
		}
	}
	rank := func(t Test) int { return slices.Index(assess.Results(), t.Result) }
	slices.SortStableFunc(out, func(a, b Test) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.ExceptionDays, a.ExceptionDays), cmp.Compare(b.UnknownDays, a.UnknownDays))
	})
	return out
}

// Condense puts days together until there are at most so many cells, and says how many days a cell is. A cell reads as its worst day.
func Condense(days []StripDay, most int) ([]StripDay, int) {
	each := max(1, (len(days)+most-1)/most)
	if each > 1 {
		each = (each + 6) / 7 * 7 // whole weeks
	}
	var out []StripDay
	for i, d := range days {
		if i%each == 0 {
			out = append(out, d)
			continue
		}
		if c := &out[len(out)-1]; slices.Index(DayResults(), d.Worst) < slices.Index(DayResults(), c.Worst) {
			c.Worst, c.Day = d.Worst, d.Day
		}
	}
	return out, each
}
