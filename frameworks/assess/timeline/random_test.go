package timeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

var (
	from   = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	period = evidence.Period{From: from, To: from.AddDate(0, 0, 30)}
)

// A past is one random resource: its states, the recorders, and everything else that decides.
type past struct {
	q             Question
	states        []*evidence.State
	says          map[evidence.Digest]Verdict // what the test says of a state, by its digest
	recorders     []Recorder
	dated, unread bool
}

func (p *past) intervals() []Interval {
	steps := Arrange(p.states)
	judge := func(i int) Verdict { return p.says[steps[i].State.SHA256] }
	return p.q.Intervals(steps, judge, p.q.Cover(p.recorders...), p.dated, p.unread)
}

// hours is a random moment from some days before the period to some days behind it, at a full hour more often than not: edges fall together.
func hours(r *rand.Rand) time.Time {
	t := from.Add(time.Duration(r.IntN(40*24)-5*24) * time.Hour)
	if r.IntN(3) == 0 {
		t = t.Add(time.Duration(r.IntN(3600)) * time.Second)
	}
	return t
}

type plainRecord struct{ evidence.Meta }

func (*plainRecord) Kind() string { return "door.lock" }

var verdicts = []Verdict{{Result: Met}, {Result: Met}, {Result: Exception}, {Result: Other}, {NotSelected, "NotSelected", "the test was not about it"}, {Unknown, evidence.NotInItem, "closed"}}

// random makes a past. The same seed makes the same one.
func random(seed uint64) *past {
	r := rand.New(rand.NewPCG(seed, 4))
	p := &past{q: Question{Period: period, AsOf: period.To.AddDate(0, 0, 2)}, says: map[evidence.Digest]Verdict{}, dated: r.IntN(4) > 0, unread: r.IntN(12) == 0}
	p.q.Tolerance = []time.Duration{0, time.Hour, 24 * time.Hour, 72 * time.Hour}[r.IntN(4)]
	if r.IntN(8) == 0 {
		p.q.AsOf = hours(r)
	}
	var moments []time.Time
	for n := r.IntN(9); n > 0; n-- {
		at := hours(r)
		if len(moments) > 0 && r.IntN(6) == 0 {
			at = moments[r.IntN(len(moments))]
		}
		moments = append(moments, at)
		s := &evidence.State{Kind: "door.lock", Resource: "a", Captured: at, StateID: fmt.Sprint(r.IntN(3) + 9), Status: evidence.StatusOK, Source: evidence.FromAPI,
			Item: fmt.Sprintf("item-%d", n), Evidence: []string{fmt.Sprintf("E-%d", n)}, Daily: r.IntN(8) == 0, Record: &plainRecord{}}
		s.SHA256 = evidence.Sum(fmt.Appendf(nil, "%d %d", seed, n))
		if r.IntN(3) == 0 {
			made := at.Add(-time.Duration(r.IntN(10*24)) * time.Hour)
			s.Created = &made
		}
		switch r.IntN(12) {
		case 0, 1:
			s.Status, s.Record = evidence.StatusDeleted, nil
		case 2:
			s.Status, s.Record = evidence.StatusNotRecorded, nil
		case 3, 4:
			s.Status = evidence.StatusDiscovered
		case 5:
			s.Fault, s.Record = "broken", nil
		}
		p.says[s.SHA256] = verdicts[r.IntN(len(verdicts))]
		p.states = append(p.states, s)
	}
	for n := r.IntN(4); n > 0; n-- { // one recorder more often than several
		rec := Recorder{Kept: from.AddDate(0, 0, r.IntN(20)-18)}
		at := from
		for at.Before(period.To) {
			to := at.Add(time.Duration(1+r.IntN(20*24)) * time.Hour)
			if r.IntN(3) == 0 || to.After(period.To) {
				to = period.To
			}
			s := Span{From: at, To: to}
			if r.IntN(4) == 0 {
				s.Since = at.Add(-time.Duration(r.IntN(48)) * time.Hour)
			}
			switch r.IntN(9) {
			case 0:
				s.Code = evidence.RecorderStopped
			case 1:
				s.Code = evidence.TypeNotRecorded
			case 2:
				s.Daily = true
			}
			if r.IntN(12) > 0 {
				rec.Spans = append(rec.Spans, s)
			}
			at = to
		}
		p.recorders = append(p.recorders, rec)
		if n == 3 {
			n = 1
		}
	}
	return p
}

const pasts = 20000

// eachPast runs over many random pasts; what goes wrong names the seed, which makes the same past again.
func eachPast(t *testing.T, f func(p *past, r *rand.Rand) error) {
	t.Helper()
	n := uint64(pasts)
	if testing.Short() {
		n /= 20
	}
	for seed := range n {
		p := random(seed)
		if err := f(p, rand.New(rand.NewPCG(seed, 5))); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, p)
		}
	}
}

func (p *past) String() string {
	s := fmt.Sprintf("as of %s, tolerance %s, dated %t, unread %t\n", p.q.AsOf.Format(time.DateTime), p.q.Tolerance, p.dated, p.unread)
	for _, x := range p.states {
		made := "-"
		if x.Created != nil {
			made = x.Created.Format(time.DateTime)
		}
		s += fmt.Sprintf("  %s %s %s %s created %s daily %t fault %q: %s\n", x.Captured.Format(time.DateTime), x.StateID, x.Status, x.Source, made, x.Daily, x.Fault, p.says[x.SHA256].Result)
	}
	for i, r := range p.recorders {
		s += fmt.Sprintf("  recorder %d kept %s\n", i, r.Kept.Format(time.DateTime))
		for _, x := range r.Spans {
			s += fmt.Sprintf("    %s %s %q daily %t\n", x.From.Format(time.DateTime), x.To.Format(time.DateTime), x.Code, x.Daily)
		}
	}
	for _, x := range p.intervals() {
		s += fmt.Sprintf("  = %s %s %s\n", x.From.Format(time.DateTime), x.Result, x.Code)
	}
	return s
}

// at is what a resource is at a moment by its intervals.
func at(list []Interval, t time.Time) Verdict {
	for _, x := range list {
		if !t.Before(x.From) && t.Before(x.To) {
			return x.Verdict
		}
	}
	return Verdict{Result: Absent, Code: "Gone"} // a resource that was gone before the period has no intervals
}

// moments are those at which anything may change in either of two lists.
func moments(lists ...[]Interval) []time.Time {
	out := []time.Time{period.From}
	for _, l := range lists {
		for _, x := range l {
			out = append(out, x.From)
		}
	}
	return out
}

// The intervals are a partition of the period.
func TestPartition(t *testing.T) {
	seen := map[string]int{}
	eachPast(t, func(p *past, _ *rand.Rand) error {
		list := p.intervals()
		if len(list) == 0 {
			steps := Arrange(p.states)
			if len(steps) == 0 || !steps[len(steps)-1].Deleted() || steps[len(steps)-1].Captured().After(period.From) {
				return fmt.Errorf("no intervals of a resource that may have been there")
			}
			return nil
		}
		at := period.From
		for i, x := range list {
			switch {
			case !x.From.Equal(at) || !x.From.Before(x.To):
				return fmt.Errorf("interval %d is from %s to %s, the one before ended at %s", i, x.From, x.To, at)
			case i > 0 && list[i-1].Verdict == x.Verdict:
				return fmt.Errorf("intervals %d and %d say the same", i-1, i)
			case i > 0 && list[i-1].Ends != x.Begins:
				return fmt.Errorf("interval %d begins %+v, the one before ends %+v", i, x.Begins, list[i-1].Ends)
			case x.Begins.What == "" || x.Ends.What == "":
				return fmt.Errorf("interval %d: an edge does not say what it is", i)
			case x.Result == Unknown && (x.Code == "" || x.Reason == ""):
				return fmt.Errorf("interval %d is unknown without a reason", i)
			case (x.Result == Met || x.Result == Exception || x.Result == Other || x.Result == NotSelected) && x.First < 0:
				return fmt.Errorf("interval %d is %s by no state", i, x.Result)
			}
			seen[x.Result+" "+x.Code]++
			at = x.To
		}
		if !at.Equal(period.To) {
			return fmt.Errorf("the last interval ends at %s", at)
		}
		return nil
	})
	for _, want := range []string{"met ", "exception ", "other ", "not-selected NotSelected", "absent NotCreated", "absent Deleted", "unknown RecorderStopped", "unknown RecorderUntold", "unknown TypeNotRecorded",
		"unknown DailyRecording", "unknown NoItemBefore", "unknown RetentionTooShort", "unknown ResourceNotRecorded", "unknown HistoryUnread", "unknown NotInItem", "unknown ItemUnreadable", "unknown ItemsContradict", "unknown NotYet"} {
		if seen[want] == 0 && !testing.Short() {
			t.Errorf("no past has %s", want)
		}
	}
}

// What is known to have been made at a moment was not there before, and is as it was from then on.
func TestSince(t *testing.T) {
	eachPast(t, func(p *past, r *rand.Rand) error {
		p.states = nil
		was, made := p.intervals(), hours(r)
		is := Since(p.intervals(), made)
		end := period.From
		for _, x := range is {
			if !x.From.Equal(end) || !x.From.Before(x.To) {
				return fmt.Errorf("%v is no partition", is)
			}
			end = x.To
		}
		if !end.Equal(period.To) {
			return fmt.Errorf("it ends at %s", end)
		}
		for _, m := range append(moments(was, is), made) {
			want := at(was, m)
			if m.Before(made) {
				want = Verdict{Absent, NotCreated, created}
			}
			if got := at(is, m); m.Before(period.To) && !m.Before(period.From) && got != want {
				return fmt.Errorf("made at %s: %s is %v, want %v", made, m, got, want)
			}
		}
		return nil
	})
}

// The order in which states come, how often each is read and from how many sources changes nothing.
func TestOrderAndDuplicates(t *testing.T) {
	eachPast(t, func(p *past, r *rand.Rand) error {
		want := p.intervals()
		for _, s := range slices.Clone(p.states) {
			if r.IntN(2) == 0 {
				again := *s
				if r.IntN(2) == 0 {
					again.Source, again.Item = evidence.FromDelivery, s.Item+"-s3"
				}
				p.states = append(p.states, &again)
			}
		}
		r.Shuffle(len(p.states), func(i, j int) { p.states[i], p.states[j] = p.states[j], p.states[i] })
		for i := range p.recorders {
			x := p.recorders[i].Spans
			r.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })
		}
		r.Shuffle(len(p.recorders), func(i, j int) { p.recorders[i], p.recorders[j] = p.recorders[j], p.recorders[i] })
		got := p.intervals()
		same := func(a, b Interval) bool {
			return a.From.Equal(b.From) && a.To.Equal(b.To) && a.Verdict == b.Verdict && a.Begins == b.Begins && a.First == b.First && a.Last == b.Last
		}
		if !slices.EqualFunc(got, want, same) {
			return fmt.Errorf("got %v, want %v", got, want)
		}
		return nil
	})
}

// Less coverage makes nothing known: at each moment it is as it was, or unknown.
func TestLessCoverageTellsLess(t *testing.T) {
	eachPast(t, func(p *past, r *rand.Rand) error {
		was := p.intervals()
		if len(p.recorders) == 0 {
			return nil
		}
		what := "a recorder taken away"
		i := r.IntN(len(p.recorders))
		rec := &p.recorders[i]
		switch n := r.IntN(4); {
		case n == 0:
			p.recorders = slices.Delete(p.recorders, i, i+1)
		case n == 1 && len(rec.Spans) > 0:
			what = "a span taken away"
			k := r.IntN(len(rec.Spans))
			rec.Spans = slices.Delete(rec.Spans, k, k+1)
		case n == 2:
			what = "kept for a shorter time"
			rec.Kept = rec.Kept.Add(time.Duration(r.IntN(20*24)) * time.Hour)
		default:
			what = "a span cut in two"
			var out []Span
			a, b := hours(r), hours(r)
			for _, s := range rec.Spans { // what lies from a to b is told no longer
				if s.From.Before(a) {
					left := s
					left.To = min2(s.To, a)
					out = append(out, left)
				}
				if s.To.After(b) && b.After(a) || !b.After(a) && s.To.After(a) {
					right := s
					right.From = max2(s.From, max2(a, b))
					out = append(out, right)
				}
			}
			rec.Spans = out
		}
		is := p.intervals()
		for _, m := range moments(was, is) {
			a, b := at(was, m), at(is, m)
			if b.Result != a.Result && b.Result != Unknown {
				return fmt.Errorf("%s: %s was %s and is %s", what, m, a.Result, b.Result)
			}
		}
		return nil
	})
}

// What was not read, and a tolerance of less, make nothing known either.
func TestUnreadTellsLess(t *testing.T) {
	eachPast(t, func(p *past, _ *rand.Rand) error {
		was := p.intervals()
		for _, change := range []func(){func() { p.q.Tolerance = 0 }, func() { p.unread = true }} {
			change()
			is := p.intervals()
			for _, m := range moments(was, is) {
				a, b := at(was, m), at(is, m)
				if b.Result != a.Result && b.Result != Unknown {
					return fmt.Errorf("%s was %s and is %s", m, a.Result, b.Result)
				}
			}
			if p.unread && slices.ContainsFunc(is, func(x Interval) bool { return x.Result != Exception && x.Result != Unknown }) {
				return fmt.Errorf("something else than an exception is known of a past that was not read whole")
			}
			was = is
		}
		return nil
	})
}

// A state that is missing among others cannot be missed. All that it may change is the time between those beside it: nothing becomes met
// anywhere else, and there only what the state before it says.
func TestMissingStateChangesItsOwnTimeOnly(t *testing.T) {
	eachPast(t, func(p *past, r *rand.Rand) error {
		if len(p.states) == 0 {
			return nil
		}
		was := p.intervals()
		i := r.IntN(len(p.states))
		gone := p.states[i]
		p.states = slices.Delete(p.states, i, i+1)
		before, after := period.From, period.To
		first := true
		for _, s := range p.states {
			if !s.Captured.After(gone.Captured) {
				first = false
				if s.Captured.After(before) && s.Captured.Before(gone.Captured) {
					before = s.Captured
				}
			} else if s.Captured.Before(after) {
				after = s.Captured
			}
		}
		is := p.intervals()
		for _, m := range moments(was, is) {
			a, b := at(was, m), at(is, m)
			if a.Result == b.Result || b.Result == Unknown || b.Code == "Gone" || a.Code == "Gone" {
				continue
			}
			if b.Result == Absent && first {
				continue // what was the second state is the first, and says when it was made
			}
			if m.Before(before) || !m.Before(after) {
				return fmt.Errorf("without the state of %s, %s is %s, and was %s", gone.Captured, m, b.Result, a.Result)
			}
		}
		return nil
	})
}

// At no moment of a day on which only its end was recorded is anything known that a shorter exception could hide in.
func TestDailyHidesShortExceptions(t *testing.T) {
	eachPast(t, func(p *past, _ *rand.Rand) error {
		p.q.Tolerance = 0
		cover := p.q.Cover(p.recorders...)
		for _, x := range p.intervals() {
			for _, s := range cover.segments {
				if s.Daily && s.Code == "" && x.From.Before(s.To) && s.From.Before(x.To) && (x.Result == Met || x.Result == NotSelected || x.Result == Other) {
					return fmt.Errorf("%s from %s", x.Result, x.From)
				}
			}
		}
		return nil
	})
}

// The population as a whole is met exactly where some resource is.
func TestUnion(t *testing.T) {
	for seed := range uint64(2000) {
		var u Union
		var all [][]Interval
		q := random(seed * 7).q
		for i := range uint64(4) {
			p := random(seed*7 + i)
			p.q = q
			l := p.intervals()
			all = append(all, l)
			u.Add(l)
		}
		whole := u.Intervals(q)
		for _, m := range moments(append(all, whole)...) {
			want := Exception
			for _, l := range all {
				switch v := at(l, m); {
				case v.Result == Met:
					want = Met
				case v.Result == Unknown && want == Exception:
					want = Unknown
				}
			}
			if got := at(whole, m).Result; got != want {
				t.Fatalf("seed %d: at %s the population is %s, want %s", seed, m, got, want)
			}
		}
		end := period.From
		for _, x := range whole {
			if !x.From.Equal(end) || !x.From.Before(x.To) {
				t.Fatalf("seed %d: %v is no partition", seed, whole)
			}
			end = x.To
		}
		if !end.Equal(period.To) {
			t.Fatalf("seed %d: it ends at %s", seed, end)
		}
	}
}

// BenchmarkIntervals tells what one state costs, of a resource that changes once a day.
func BenchmarkIntervals(b *testing.B) {
	const n = 90
	p := &past{q: Question{Period: evidence.Period{From: from, To: from.AddDate(0, 0, n)}, AsOf: from.AddDate(0, 1, n)}, dated: true}
	p.recorders = []Recorder{{Spans: []Span{{From: from, To: from.AddDate(0, 0, n)}}}}
	for i := range n {
		p.states = append(p.states, &evidence.State{Captured: from.Add(time.Duration(i) * day), StateID: fmt.Sprint(i), Status: evidence.StatusOK, Source: evidence.FromAPI, Item: "i",
			Evidence: []string{"E-1"}, SHA256: evidence.Sum([]byte{byte(i)}), Record: &plainRecord{}})
	}
	cover := p.q.Cover(p.recorders...)
	judge := func(i int) Verdict { return verdicts[i%3] }
	b.ReportAllocs()
	for b.Loop() {
		steps := Arrange(p.states)
		if len(p.q.Intervals(steps, judge, cover, true, false)) == 0 {
			b.Fatal("no intervals")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/state")
}
