// Package timeline says what a resource was all through a period, from the states of it that AWS Config recorded and from the time in which AWS
// Config recorded at all. It is pure, knows nothing of tests but the answer that one gave on a state, and holds one resource at a time.
//
// What it may never do is call time met, not selected or absent because something is missing. A state holds until the next, but never across
// time in which the recorder was off. Time before the first state is unknown, unless AWS says when the resource was made. What contradicts
// itself is unknown. The intervals that it gives are a partition of the period: every moment lies in one of them, and in one only.
package timeline

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// What a resource was over an interval.
const (
	Met         = "met"
	Exception   = "exception"
	Unknown     = "unknown"
	Other       = "other"
	NotSelected = "not-selected"
	Absent      = "absent"
)

// Codes of time in which a resource was not there.
const (
	NotCreated = "NotCreated"
	Deleted    = "Deleted"
)

// Made says of an edge that the resource was made then.
const Made = "made, as AWS says"

// Inventory is how long after a recorder was turned on a state from before is still not taken to hold. AWS Config then takes an inventory of all
// resources, and writes an item only where one differs from the last that it has: that there is none says "unchanged" once the inventory is
// done. AWS promises no time for it. It takes minutes; a day is what AWS Config itself allows for what it does daily.
const Inventory = 24 * time.Hour

// day is how far back the last state of a day may lie behind what came and went in it.
const day = 24 * time.Hour

// A Verdict is what a test answers on a state: Met, Exception, Other, NotSelected, or Unknown with its code and reason.
type Verdict struct{ Result, Code, Reason string }

// An Edge is where an interval begins.
type Edge struct {
	// Step is the index of the step whose item made the edge, -1 where none did.
	Step int
	What string
}

// An Interval is a half-open span of the period.
type Interval struct {
	From, To time.Time
	Verdict
	Begins, Ends Edge
	// First and Last are the indexes of the first and last step that hold in the interval, -1 where none does.
	First, Last int
}

// A Question is what does not differ from resource to resource.
type Question struct {
	Period evidence.Period
	// AsOf is the moment of the audit. What lies behind it is unknown.
	AsOf time.Time
	// Tolerance is how long an exception may last. It decides whether daily recording suffices.
	Tolerance time.Duration
}

// end is where what can be known ends.
func (q Question) end() time.Time {
	if q.AsOf.Before(q.Period.To) {
		if q.AsOf.Before(q.Period.From) {
			return q.Period.From
		}
		return q.AsOf
	}
	return q.Period.To
}

// coarse reports whether the last state of a day tells too little.
func (q Question) coarse() bool { return q.Tolerance < day }

// Intervals gives what a resource was all through the period. judge answers on the state of a step, which has a record. unread says that a part of what AWS
// Config has of the place was not read: what was read of an exception stays, and everything else may have been otherwise.
// A resource that was gone before the period began and of which nothing came back is none of the period's: it has no intervals.
func (q Question) Intervals(steps []Step, judge func(step int) Verdict, cover Cover, dated, unread bool) []Interval {
	b := builder{q: q, steps: steps, cover: cover, dated: dated, unread: unread, verdicts: make([]Verdict, len(steps))}
	for i := range steps {
		v, clear := steps[i].Verdict()
		if clear {
			v = judge(i)
		}
		b.verdicts[i] = v
	}
	return b.build()
}

type builder struct {
	q             Question
	steps         []Step
	verdicts      []Verdict
	cover         Cover
	dated, unread bool
	out           []Interval
}

func (b *builder) build() []Interval {
	from, end := b.q.Period.From, b.q.end()
	if len(b.cover.segments) == 0 {
		b.cover = b.q.Cover() // nothing is told
	}
	first := -1 // the step in force when the period begins
	for i := range b.steps {
		if !b.steps[i].Captured().After(from) {
			first = i
		}
	}
	switch {
	case first < 0:
		until := end
		if len(b.steps) > 0 && b.steps[0].Captured().Before(end) {
			until = b.steps[0].Captured()
		}
		b.before(until)
		first = 0
	case first == len(b.steps)-1 && b.steps[first].Deleted():
		return nil
	}
	for i := first; i < len(b.steps); i++ {
		until := end
		if i+1 < len(b.steps) && b.steps[i+1].Captured().Before(end) {
			until = b.steps[i+1].Captured()
		}
		b.hold(i, until)
	}
	if end.Before(b.q.Period.To) {
		b.add(b.q.Period.To, Verdict{Unknown, evidence.NotYet, Words(evidence.NotYet)}, Edge{-1, "the moment of the audit"}, -1)
	}
	if len(b.out) == 0 {
		return nil
	}
	b.out[0].Begins = Edge{-1, "the period begins"}
	b.out[len(b.out)-1].Ends = Edge{-1, "the period ends"}
	return b.out
}

// at is where the next interval begins.
func (b *builder) at() time.Time {
	if len(b.out) == 0 {
		return b.q.Period.From
	}
	return b.out[len(b.out)-1].To
}

// add goes on until a moment. Nothing is added that lies behind already. Neighbours that say the same are one.
func (b *builder) add(to time.Time, v Verdict, begins Edge, step int) {
	from := b.at()
	if !to.After(from) {
		return
	}
	if n := len(b.out); n > 0 {
		last := &b.out[n-1]
		if last.Verdict == v {
			last.To = to
			if step >= 0 {
				last.Last = step
				if last.First < 0 {
					last.First = step
				}
			}
			return
		}
		last.Ends = begins
	}
	b.out = append(b.out, Interval{From: from, To: to, Verdict: v, Begins: begins, First: step, Last: step})
}

// before tells the time before the first step, or all of it where there is none.
func (b *builder) before(until time.Time) {
	if len(b.steps) > 0 && !b.unread {
		b.absent(until)
	}
	begins := Edge{-1, Made}
	if n := len(b.out); n > 0 && b.out[n-1].Reason == discovered && b.daily(0) {
		begins.What = "a day before the state of the day"
	}
	b.each(until, func(s segment, to time.Time) {
		v := unknown(evidence.NoItemBefore)
		switch {
		case s.Code != "":
			v = unknown(s.Code)
		case b.unread:
			v = unknown(evidence.HistoryUnread)
		case !s.Kept:
			v = unknown(evidence.RetentionTooShort)
		case len(b.out) > 0 && b.out[len(b.out)-1].Reason == discovered && b.daily(0):
			v = unknown(evidence.DailyRecording)
		}
		if s.what != "" {
			begins = Edge{-1, s.what}
		}
		b.add(to, v, begins, -1)
		begins = Edge{-1, ""}
	})
}

// Why a resource was not there before its first step.
const (
	created    = "AWS says that it was made later"
	discovered = "AWS Config discovered it later, and had recorded all the time"
)

// absent tells the time before the first step in which the resource was not there, as far as that is shown.
func (b *builder) absent(until time.Time) {
	first := &b.steps[0]
	told := !first.Created.IsZero() && !first.Created.After(first.Captured())
	switch {
	case b.dated && told:
		// AWS tells the moment, so that it does not matter whether the recorder was on before.
		b.add(min2(first.Created, until), Verdict{Absent, NotCreated, created}, Edge{-1, ""}, -1)
	case (first.Created.IsZero() || !b.dated) && !first.Contradicted && first.State.Status == evidence.StatusDiscovered:
		// New to AWS Config is new only where it had looked before: all the time, and for long enough that it is not of the inventory of a recorder
		// that was turned on just before the period.
		seen := min2(first.Captured(), b.q.end())
		if seen.Sub(b.q.Period.From) < Inventory || !b.cover.unbroken(seen) {
			return
		}
		if told {
			until = min2(until, first.Created) // it was there by then
		}
		if b.daily(0) {
			until = min2(until, first.Captured().Add(-day))
		}
		b.add(until, Verdict{Absent, NotCreated, discovered}, Edge{-1, ""}, -1)
	}
}

// hold tells the time from a step's capture until a moment, which is the next step's capture or the end of what can be known.
func (b *builder) hold(i int, until time.Time) {
	step := &b.steps[i]
	v := b.verdicts[i]
	begins := Edge{i, "captured by AWS Config"}
	ends := until // of what the step tells
	rest, why := Verdict{}, ""
	if i+1 < len(b.steps) {
		next := &b.steps[i+1]
		made := !next.Created.IsZero() && !next.Deleted()
		switch {
		case step.Deleted() && made && !next.Created.After(step.Captured()):
			// It is there later, and was made before: so it was not gone.
			v = Verdict{Unknown, evidence.ItemsContradict, "AWS Config called it deleted, and later says that it was made before"}
		case (b.dated || step.Deleted()) && made && next.Created.After(step.Captured()) && next.Created.Before(next.Captured()):
			// Another resource of the same id. What came before it tells nothing of it.
			ends, rest, why = min2(next.Created, until), unknown(evidence.NoItemBefore), Made
		case b.daily(i+1) && v.Result != Exception && v.Result != b.verdicts[i+1].Result:
			// It changed at some time of the day.
			ends, rest, why = min2(max2(step.Captured(), next.Captured().Add(-day)), until), unknown(evidence.DailyRecording), "a day before the state of the day"
		}
	}
	b.each(ends, func(s segment, to time.Time) {
		e := begins
		if s.what != "" {
			e = Edge{-1, s.what}
		}
		b.add(to, b.holds(step, v, s), e, b.told(i, s))
		begins = Edge{-1, ""}
	})
	if rest.Result != "" {
		b.each(until, func(s segment, to time.Time) {
			r := rest
			if s.Code != "" {
				r = unknown(s.Code)
			}
			e := Edge{-1, why}
			if s.what != "" {
				e.What = s.what
			}
			b.add(to, r, e, -1)
		})
	}
}

// Since tells a resource of which there is no step, and that is known to have been made at a moment: it was not there before.
func Since(list []Interval, made time.Time) []Interval {
	if len(list) == 0 || !made.After(list[0].From) {
		return list
	}
	gone := Interval{From: list[0].From, Verdict: Verdict{Absent, NotCreated, created}, Begins: list[0].Begins, Ends: list[len(list)-1].Ends, First: -1, Last: -1}
	for i, x := range list {
		if gone.To = x.To; x.To.After(made) {
			gone.To = made
			x.From, x.Begins, gone.Ends = made, Edge{-1, Made}, Edge{-1, Made}
			return append([]Interval{gone, x}, list[i+1:]...)
		}
	}
	return []Interval{gone}
}

// holds is what a step says in a segment of the recorder's time.
func (b *builder) holds(step *Step, v Verdict, s segment) Verdict {
	switch {
	case s.Code != "":
		return unknown(s.Code)
	case !s.Settled && step.Captured().Before(s.Since):
		return Verdict{Unknown, s.Before, Words(s.Before) + "; since it is on again, no item of it and not yet a day for the inventory"}
	case b.unread && v.Result != Exception && v.Result != Unknown:
		return unknown(evidence.HistoryUnread)
	case (s.Daily || step.Daily) && b.q.coarse() && (v.Result == Met || v.Result == Other || v.Result == NotSelected):
		return unknown(evidence.DailyRecording)
	}
	return v
}

// told is the step where it says something in the segment.
func (b *builder) told(i int, s segment) int {
	if s.Code != "" || !s.Settled && b.steps[i].Captured().Before(s.Since) {
		return -1
	}
	return i
}

// daily reports whether a step is the last state of a day.
func (b *builder) daily(i int) bool {
	return b.steps[i].Daily || b.cover.dailyAt(b.steps[i].Captured())
}

// each walks the segments of the recorder's time from where the intervals end until a moment.
func (b *builder) each(until time.Time, f func(s segment, to time.Time)) {
	from := b.at()
	for _, s := range b.cover.segments {
		if !s.To.After(from) {
			continue
		}
		if !s.From.Before(until) {
			break
		}
		if !s.From.After(from) {
			s.what = "" // something else made this edge
		}
		f(s, min2(s.To, until))
	}
}

func unknown(code string) Verdict { return Verdict{Unknown, code, Words(code)} }

func min2(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func max2(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
