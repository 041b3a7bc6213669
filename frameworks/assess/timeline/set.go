package timeline

import (
	"slices"
	"sort"
	"time"
)

// A Set is time that is put together from spans, in order and disjoint. What it holds is as long as there are gaps in it, however many spans
// were added.
type Set struct{ spans []span }

type span struct{ from, to time.Time }

// Add adds [from, to).
func (s *Set) Add(from, to time.Time) {
	if !from.Before(to) {
		return
	}
	// The spans from i on end at from or behind it; those from j on begin behind to.
	i := sort.Search(len(s.spans), func(i int) bool { return !s.spans[i].to.Before(from) })
	j := i + sort.Search(len(s.spans)-i, func(j int) bool { return s.spans[i+j].from.After(to) })
	if i < j {
		from, to = min2(from, s.spans[i].from), max2(to, s.spans[j-1].to)
	}
	s.spans = slices.Replace(s.spans, i, j, span{from, to})
}

// Has reports whether a moment lies in the set.
func (s *Set) Has(t time.Time) bool {
	i := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].to.After(t) })
	return i < len(s.spans) && !s.spans[i].from.After(t)
}

// edges adds the moments at which the set begins and ends.
func (s *Set) edges(to []time.Time) []time.Time {
	for _, x := range s.spans {
		to = append(to, x.from, x.to)
	}
	return to
}

// NoneKnown is the code of time in which no resource is known to meet a test that one must, and one that is unknown may.
const NoneKnown = "NoneKnown"

// A Union is what a population was that needs one resource to be met: met where one is, else unknown where one may be, else an exception.
type Union struct {
	Met, Unknown Set
}

// Add adds what one resource was, or what is unknown of a place.
func (u *Union) Add(list []Interval) {
	for _, x := range list {
		switch x.Result {
		case Met:
			u.Met.Add(x.From, x.To)
		case Unknown:
			u.Unknown.Add(x.From, x.To)
		}
	}
}

// Intervals gives what the population was all through the period.
func (u *Union) Intervals(q Question) []Interval {
	cuts := u.Unknown.edges(u.Met.edges([]time.Time{q.Period.From, q.Period.To}))
	cuts = slices.DeleteFunc(cuts, func(t time.Time) bool { return t.Before(q.Period.From) || t.After(q.Period.To) })
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	b := builder{q: q}
	for i := 0; i+1 < len(cuts); i++ {
		v, what := Verdict{Result: Exception}, "from here on none meets it"
		switch {
		case u.Met.Has(cuts[i]):
			v.Result, what = Met, "from here on one meets it"
		case u.Unknown.Has(cuts[i]):
			v, what = Verdict{Unknown, NoneKnown, "none is known to meet it, and one that is unknown may"}, "from here on none is known to meet it"
		}
		b.add(cuts[i+1], v, Edge{-1, what}, -1)
	}
	if n := len(b.out); n > 0 {
		b.out[0].Begins, b.out[n-1].Ends = Edge{-1, "the period begins"}, Edge{-1, "the period ends"}
	}
	return b.out
}
