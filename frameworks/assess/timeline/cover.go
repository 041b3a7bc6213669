package timeline

import (
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Span is how a recorder recorded a type over some time.
type Span struct {
	From, To time.Time
	evidence.Coverage
	// Since is when the recorder was turned on or set so, where it is told. It matters at the beginning of the period.
	Since time.Time
}

// A Recorder is what is known of one region's recorder and one type.
type Recorder struct {
	// Spans are in any order. Time that none of them tells of is RecorderUntold, and so is time of which two tell different things.
	Spans []Span
	// Kept is the oldest moment whose items are still there.
	Kept time.Time
}

// A Cover is the time in which a type was recorded, in one place or by any of several recorders.
type Cover struct{ segments []segment }

// A segment is a span in which nothing about the recording changed.
type segment struct {
	From, To time.Time
	// Code is empty where the type was recorded, else why it was not.
	Code  string
	Daily bool
	// Settled says that a recorder had been on for long enough to have taken its inventory. Where it is not, Since is when it was turned on, and
	// Before why it was off until then.
	Settled bool
	Since   time.Time
	Before  string
	// Kept says that the items of that time are still there.
	Kept bool
	// what says what happened at From; empty where that is the beginning of the period.
	what string
}

// piece is a normalized span of one recorder.
type piece struct {
	Span
	since   time.Time // when it was turned on; zero where it was on long before the period
	before  string    // why it was off before since
	settled time.Time
}

// Cover gives the time that the recorders covered together. Where there is none at all, nothing is told.
func (q Question) Cover(recorders ...Recorder) Cover {
	from, end := q.Period.From, q.end()
	if !from.Before(end) {
		return Cover{}
	}
	cuts := []time.Time{from, end}
	all := make([][]piece, len(recorders))
	for i, r := range recorders {
		all[i] = r.pieces(from, end)
		cuts = append(cuts, r.Kept)
		for _, p := range all[i] {
			cuts = append(cuts, p.From, p.settled)
		}
	}
	cuts = slices.DeleteFunc(cuts, func(t time.Time) bool { return t.Before(from) || t.After(end) })
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var c Cover
	for i := 0; i+1 < len(cuts); i++ {
		s := segmentAt(cuts[i], recorders, all)
		s.From, s.To = cuts[i], cuts[i+1]
		c.add(s)
	}
	return c
}

// add joins what does not differ, and says what happened between what does.
func (c *Cover) add(s segment) {
	if n := len(c.segments); n > 0 {
		last := &c.segments[n-1]
		same := *last
		same.From, same.To, same.what = s.From, s.To, ""
		if same == s {
			last.To = s.To
			return
		}
		switch {
		case s.Code != "" && s.Code != last.Code:
			s.what = began(s.Code)
		case last.Code != "" && s.Code == "":
			s.what = "the recorder was on again"
		case s.Settled && !last.Settled:
			s.what = "a day after the recorder was on again"
		case s.Kept && !last.Kept:
			s.what = "from here on items are kept"
		case s.Daily != last.Daily:
			s.what = "recording became daily"
			if last.Daily {
				s.what = "recording became continuous"
			}
		default:
			s.what = "the recording changed"
		}
	}
	c.segments = append(c.segments, s)
}

func began(code string) string {
	switch code {
	case evidence.RecorderStopped:
		return "the recorder was stopped"
	case evidence.TypeNotRecorded:
		return "the recorder was set not to record the type"
	case evidence.NoRecorder:
		return "the recorder was deleted"
	}
	return "from here on nothing tells of the recorder"
}

// pieces makes the recorder's spans a partition of [from, end).
func (r Recorder) pieces(from, end time.Time) []piece {
	cuts := []time.Time{from, end}
	for _, s := range r.Spans {
		cuts = append(cuts, s.From, s.To)
	}
	cuts = slices.DeleteFunc(cuts, func(t time.Time) bool { return t.Before(from) || t.After(end) })
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var out []piece
	for i := 0; i+1 < len(cuts); i++ {
		p := piece{Span: Span{From: cuts[i], To: cuts[i+1], Coverage: evidence.Coverage{Code: evidence.RecorderUntold}}}
		told := 0
		for _, s := range r.Spans {
			if s.From.After(p.From) || s.To.Before(p.To) || !s.From.Before(s.To) {
				continue
			}
			if told++; told == 1 {
				p.Coverage, p.Since = s.Coverage, s.Since
			} else if p.Coverage != s.Coverage {
				p.Coverage = evidence.Coverage{Code: evidence.RecorderUntold}
				break
			}
		}
		if len(out) == 0 && p.Code == "" && !p.Since.IsZero() && from.Sub(p.Since) < Inventory {
			// Turned on just before the period. It was off until then, or set otherwise.
			p.since, p.before, p.settled = min2(p.Since, from), evidence.RecorderStopped, p.Since.Add(Inventory)
		}
		if n := len(out); n > 0 && p.Code == "" {
			if last := out[n-1]; last.Code == "" {
				p.since, p.before, p.settled = last.since, last.before, last.settled
			} else {
				p.since, p.before, p.settled = p.From, last.Code, p.From.Add(Inventory)
			}
		}
		out = append(out, p)
	}
	return out
}

// segmentAt says how a moment was recorded: by the recorder that tells most of it.
func segmentAt(at time.Time, recorders []Recorder, all [][]piece) segment {
	s := segment{Code: evidence.RecorderUntold}
	why := -1
	covered := false
	for i := range all {
		n := slices.IndexFunc(all[i], func(p piece) bool { return !at.Before(p.From) && at.Before(p.To) })
		p := all[i][n]
		if p.Code != "" {
			// Of several reasons the one is told that most needs an answer.
			if w := slices.Index([]string{evidence.NoRecorder, evidence.TypeNotRecorded, evidence.RecorderUntold, evidence.RecorderStopped}, p.Code); !covered && w >= why {
				s.Code, why = p.Code, w
			}
			continue
		}
		kept, settled := !at.Before(recorders[i].Kept), !at.Before(p.settled)
		if !covered {
			s = segment{Daily: true, Since: p.since, Before: p.before}
			covered = true
		}
		s.Daily = s.Daily && p.Daily
		s.Kept = s.Kept || kept
		s.Settled = s.Settled || settled
		if p.since.Before(s.Since) {
			s.Since, s.Before = p.since, p.before
		}
	}
	if s.Settled || s.Code != "" {
		s.Since, s.Before = time.Time{}, ""
	}
	return s
}

// unbroken reports whether the type was recorded from the beginning until a moment.
func (c Cover) unbroken(until time.Time) bool {
	for _, s := range c.segments {
		// An inventory that a recorder had begun before the period is done a day into it.
		pending := !s.Settled && s.Since.After(c.segments[0].From)
		if s.From.Before(until) && (s.Code != "" || pending || !s.Kept) {
			return false
		}
	}
	return len(c.segments) > 0 && !until.After(c.segments[len(c.segments)-1].To)
}

// dailyAt reports whether it may be that only the last states of days were recorded at a moment: where nothing was, as well. Behind the last that
// is known it is as it was last.
func (c Cover) dailyAt(at time.Time) bool {
	daily := false
	for _, s := range c.segments {
		if s.From.After(at) {
			break
		}
		daily = s.Code != "" || s.Daily
	}
	return daily
}

// Recorded reports whether the type was recorded at any moment.
func (c Cover) Recorded() bool {
	return slices.ContainsFunc(c.segments, func(s segment) bool { return s.Code == "" })
}

// Unknown gives the time of which nobody can tell which resources there were: what was made and deleted while the type was not recorded was
// never seen, and what was deleted before items are kept is forgotten. A reason that holds for the whole period is given by code.
func (q Question) Unknown(c Cover, code string) []Interval {
	var out []Interval
	add := func(from, to time.Time, v Verdict, begins, ends string) {
		if n := len(out); n > 0 && out[n-1].Verdict == v && out[n-1].To.Equal(from) {
			out[n-1].To, out[n-1].Ends = to, Edge{-1, ends}
			return
		}
		out = append(out, Interval{From: from, To: to, Verdict: v, Begins: Edge{-1, begins}, Ends: Edge{-1, ends}, First: -1, Last: -1})
	}
	const begin, end = "the period begins", "the period ends"
	if code != "" {
		add(q.Period.From, q.Period.To, unknown(code), begin, end)
		return out
	}
	for i, s := range c.segments {
		v := Verdict{}
		switch {
		case s.Code != "":
			v = unknown(s.Code)
		case !s.Kept:
			v = unknown(evidence.RetentionTooShort)
		case s.Daily && q.coarse():
			v = unknown(evidence.DailyRecording)
		default:
			continue
		}
		from, to := begin, end
		if i > 0 {
			from = s.what
		}
		if i+1 < len(c.segments) {
			to = c.segments[i+1].what
		} else if q.end().Before(q.Period.To) {
			to = "the moment of the audit"
		}
		add(s.From, s.To, v, from, to)
	}
	if at := q.end(); at.Before(q.Period.To) {
		from := "the moment of the audit"
		if at.Equal(q.Period.From) {
			from = begin
		}
		add(at, q.Period.To, unknown(evidence.NotYet), from, end)
	}
	return out
}

// Merge makes one list of several, each of unknown intervals in order: a moment is unknown where any of them says so, for the reason of the
// first that does.
func (q Question) Merge(lists ...[]Interval) []Interval {
	if len(lists) == 1 {
		return lists[0]
	}
	var cuts []time.Time
	for _, l := range lists {
		for _, x := range l {
			cuts = append(cuts, x.From, x.To)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var out []Interval
	for i := 0; i+1 < len(cuts); i++ {
		for _, l := range lists {
			n := slices.IndexFunc(l, func(x Interval) bool { return !x.From.After(cuts[i]) && x.To.After(cuts[i]) })
			if n < 0 {
				continue
			}
			x := l[n]
			if !x.From.Equal(cuts[i]) {
				x.From, x.Begins = cuts[i], Edge{-1, "the recording changed"}
			}
			if !x.To.Equal(cuts[i+1]) {
				x.To, x.Ends = cuts[i+1], Edge{-1, "the recording changed"}
			}
			if k := len(out) - 1; k >= 0 && out[k].Verdict == x.Verdict && out[k].To.Equal(x.From) {
				out[k].To, out[k].Ends = x.To, x.Ends
			} else {
				out = append(out, x)
			}
			break
		}
	}
	return out
}
