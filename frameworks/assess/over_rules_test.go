package assess

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/audit"
)

// in puts what was added last into another region.
func (w *world) in(region string) {
	if n := len(w.states); n > 0 {
		w.states[n-1].Region = region
	}
}

// recordIn says how another region recorded.
func (w *world) recordIn(region, from, to, code string, daily bool) {
	w.record(from, to, code, daily)
	w.recording[len(w.recording)-1].Header().Region = region
	r := &retention{Meta: meta("retention-" + region), Since: w.scope.AsOf.AddDate(-7, 0, 0)}
	r.Region = region
	w.retention = append(w.retention, r)
}

// Under none, an exception is to meet the expectation.
func TestNoneOverThePeriod(t *testing.T) {
	w := newWorld()
	w.state("a", "05-01", "closed")
	w.state("a", "08-01", "open")
	w.state("a", "08-02", "closed")
	x := w.run(t, overYAML("open", "!it.closed", none, "")).Tests[0]
	if got, want := w.told("open", lockARN+"a"), "met 07-01 > exception 08-01 > met 08-02"; got != want || x.Result != Exception {
		t.Errorf("%s, %s", x.Result, got)
	}
}

func TestAtLeastOneOverThePeriod(t *testing.T) {
	const whole = "the population as a whole"
	for _, c := range []struct {
		name, tolerance string
		past            func(w *world)
		lock, whole     string
		result          Result
		reason          string
		counts          [4]int // met, exceptions, unknown, others
	}{
		{"one all the time", "", func(w *world) { w.state("a", "05-01", "closed") }, "met 07-01", "met 07-01", Met, "At every moment of the period at least one of 1 selected resource met it.", [4]int{1, 0, 0, 0}},
		{"two take turns", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "open")
			w.state("b", "05-01", "open")
			w.state("b", "07-20", "closed")
		}, "met 07-01 > other 08-01", "met 07-01", Met, "", [4]int{2, 0, 0, 0}},
		{"neither for a day", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "open")
			w.state("b", "05-01", "open")
			w.state("b", "08-02", "closed")
			w.state("c", "05-01", "open")
		}, "met 07-01 > other 08-01", "met 07-01 > exception 08-01 > met 08-02", Exception, "In 1 interval none met it", [4]int{2, 0, 0, 1}},
		{"neither for a day, which is tolerated", "24h", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "open")
			w.state("b", "05-01", "open")
			w.state("b", "08-02", "closed")
		}, "met 07-01 > other 08-01", "met 07-01 > exception 08-01 tolerated > met 08-02", Met, "1 exception lasted no longer than the tolerance of 24h.", [4]int{2, 0, 0, 0}},
		{"one that is unknown while the other is met", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("b", "05-01", evidence.StatusNotRecorded)
		}, "met 07-01", "met 07-01", Met, "", [4]int{1, 0, 1, 0}},
		{"one that is unknown while the other is not", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "open")
			w.state("b", "05-01", evidence.StatusNotRecorded)
		}, "met 07-01 > other 08-01", "met 07-01 > unknown NoneKnown 08-01", Incomplete, "", [4]int{1, 0, 1, 0}},
		{"a place that is unknown while the other is not", "", func(w *world) {
			w.scope.Regions = []string{"eu-west-1", "us-east-1"}
			w.recordIn("us-east-1", "07-01", "10-01", evidence.NoRecorder, false)
			w.state("a", "05-01", "open")
		}, "other 07-01", "unknown NoneKnown 07-01", Incomplete, "", [4]int{0, 0, 1, 1}},
		{"the only one is made in mid-quarter", "", func(w *world) {
			s := w.state("a", "08-01 12:00", "closed")
			made := on("08-01 12:00")
			s.Created = &made
		}, "absent 07-01 > met 08-01 12:00", "exception 07-01 > met 08-01 12:00", Exception, "", [4]int{1, 0, 0, 0}},
		{"nothing selected", "", func(w *world) { w.state("a", "05-01", "removed") }, "not-selected 07-01", "", NotTested, "", [4]int{}},
		{"nothing selected, and not all known", "", func(w *world) {
			w.state("a", "05-01", "removed")
			w.state("b", "05-01", evidence.StatusNotRecorded)
			w.state("b", "05-02", "removed")
			w.state("c", "08-01", evidence.StatusNotRecorded)
			w.state("c", "08-02", evidence.StatusDeleted)
		}, "not-selected 07-01", "unknown NoneKnown 07-01", Incomplete, "", [4]int{0, 0, 1, 0}},
		{"none within the tolerance, and never one", "2300h", func(w *world) { w.state("a", "05-01", "open") }, "other 07-01", "exception 07-01 tolerated", Incomplete, "none is shown to have met it", [4]int{0, 0, 0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.past(w)
			x := w.run(t, overYAML("one", "it.closed", atLeastOne, c.tolerance)).Tests[0]
			if got := w.told("one", lockARN+"a"); got != c.lock {
				t.Errorf("the lock:\ngot  %s\nwant %s", got, c.lock)
			}
			if got := w.told("one", whole); got != c.whole {
				t.Errorf("the whole:\ngot  %s\nwant %s", got, c.whole)
			}
			if x.Result != c.result || !strings.Contains(x.Reason, c.reason) {
				t.Errorf("%s: %s", x.Result, x.Reason)
			}
			if got := [4]int{x.MetCount, x.ExceptionCount, x.UnknownCount, x.OtherCount}; got != c.counts {
				t.Errorf("counts %v, want %v", got, c.counts)
			}
			for _, d := range x.Period.Days {
				if n := d.Met + d.Exception + d.Unknown + d.NotSelected; c.whole != "" && n != 1 || c.whole == "" && n != 0 {
					t.Errorf("%+v: the population counts as one", d)
				}
			}
			for _, f := range x.Exceptions {
				if f.Record != whole {
					t.Errorf("an exception of %s", f.Record)
				}
			}
		})
	}
}

// Who is where: resources of no region, of every region alike, and of the partition's global region.
func TestPlaces(t *testing.T) {
	type row struct {
		name   string
		past   func(w *world)
		lock   string
		places map[string]string
		result Result
	}
	const account = "111122223333/"
	both := func(w *world) { w.scope.Regions = []string{"us-east-1", "eu-west-1"} }
	for _, c := range []row{
		{"a region of which nothing is told", func(w *world) {
			both(w)
			w.state("a", "05-01", "closed")
		}, "met 07-01", map[string]string{account + "us-east-1": "unknown RecorderUntold 07-01", account + "eu-west-1": ""}, Incomplete},
		{"no regions in scope: those that something was asked of", func(w *world) {
			w.scope.Regions = nil
			cell := evidence.LedgerCell{Account: "111122223333", Region: "us-east-1", Collector: "door", Service: "door", Operation: "ListLocks", Outcome: evidence.Collected}
			w.ledger = append(w.ledger, evidence.LedgerLine{Cell: &cell})
			w.state("a", "05-01", "closed")
		}, "met 07-01", map[string]string{account + "us-east-1": "unknown RecorderUntold 07-01", account + "eu-west-1": ""}, Incomplete},
		{"an account of which nothing is told", func(w *world) {
			w.scope.Accounts = append(w.scope.Accounts, "444455556666")
			cell := evidence.LedgerCell{Account: "444455556666", Region: "eu-west-1", Collector: "door", Service: "door", Operation: "ListLocks", Outcome: evidence.Collected}
			w.ledger = append(w.ledger, evidence.LedgerLine{Cell: &cell})
			w.state("a", "05-01", "closed")
		}, "met 07-01", map[string]string{"444455556666/eu-west-1": "unknown RecorderUntold 07-01"}, Incomplete},
		{"a global type that one region records", func(w *world) {
			both(w)
			w.past.Global = true
			w.recordIn("us-east-1", "07-01", "10-01", evidence.TypeNotRecorded, false)
			w.state("a", "05-01", "closed")
		}, "met 07-01", map[string]string{account + "global": ""}, Met},
		{"a global type that no region records for a week", func(w *world) {
			both(w)
			w.past.Global = true
			w.recording = nil
			w.record("07-01", "08-10", "", false)
			w.record("08-10", "10-01", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "07-01", "08-17", evidence.TypeNotRecorded, false)
			w.recordIn("us-east-1", "08-17", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "08-17 01:00", "closed")
			w.in("us-east-1")
		}, "met 07-01 > unknown RecorderStopped 08-10 > unknown TypeNotRecorded 08-17 > met 08-17 01:00", map[string]string{account + "global": "unknown RecorderStopped 08-10"}, Incomplete},
		{"a global type that another region goes on recording", func(w *world) {
			both(w)
			w.past.Global = true
			w.recording = nil
			w.record("07-01", "08-10", "", false)
			w.record("08-10", "10-01", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "07-01", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "05-01 00:05", "closed")
			w.in("us-east-1")
		}, "met 07-01", map[string]string{account + "global": ""}, Met},
		{"a global type, and the other region has recorded for an hour only", func(w *world) {
			both(w)
			w.past.Global = true
			w.recording = nil
			w.record("07-01", "08-10", "", false)
			w.record("08-10", "10-01", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "07-01", "08-09 23:00", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "08-09 23:00", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "05-01 00:05", "closed")
			w.in("us-east-1")
		}, "met 07-01 > unknown RecorderStopped 08-10 > met 08-10 23:00", map[string]string{account + "global": ""}, Incomplete},
		{"a global type that one region records daily and another continuously", func(w *world) {
			both(w)
			w.past.Global = true
			w.recording = nil
			w.record("07-01", "10-01", "", true)
			w.recordIn("us-east-1", "07-01", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "05-01 00:05", "closed")
			w.in("us-east-1")
		}, "met 07-01", map[string]string{account + "global": ""}, Met},
		{"a global type that another region is set to record, and never wrote an item of", func(w *world) {
			both(w)
			w.past.Global = true
			w.recording = nil
			w.record("07-01", "08-10", "", false)
			w.record("08-10", "10-01", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "07-01", "10-01", "", false)
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown RecorderStopped 08-10", map[string]string{account + "global": "unknown RecorderStopped 08-10"}, Incomplete},
		{"a global type, and a gap where it is not recorded", func(w *world) {
			both(w)
			w.past.Global = true
			w.recordIn("us-east-1", "07-01", "10-01", evidence.NoRecorder, false)
			g := gap("config.configuration_item")
			g.Gap.Region = "us-east-1"
			w.ledger = append(w.ledger, g)
			w.state("a", "05-01", "closed")
		}, "met 07-01", map[string]string{account + "global": ""}, Met},
		{"a global type, and a gap where it is recorded", func(w *world) {
			both(w)
			w.past.Global = true
			w.recordIn("us-east-1", "07-01", "10-01", "", false)
			g := gap("config.configuration_item")
			g.Gap.Region = "us-east-1"
			w.ledger = append(w.ledger, g)
			w.state("a", "05-01", "closed")
		}, "unknown HistoryUnread 07-01", map[string]string{account + "global": "unknown HistoryUnread 07-01"}, Incomplete},
		{"a global type whose items each region keeps for another time", func(w *world) {
			both(w)
			w.past.Global = true
			w.retention = []evidence.Record{&retention{Meta: meta("retention"), Since: on("08-01")}}
			w.recordIn("us-east-1", "07-01", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "05-01 00:05", "closed")
			w.in("us-east-1")
		}, "met 07-01", map[string]string{account + "global": ""}, Met},
		{"what every region tells alike, and one records", func(w *world) {
			both(w)
			w.past.Everywhere = true
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "open")
			w.in("us-east-1")
			w.state("a", "08-01 00:05", "open")
			w.state("a", "08-02", "closed")
		}, "met 07-01 > exception 08-01 > met 08-02", map[string]string{account + "global": ""}, Exception},
		{"what lives in the global region", func(w *world) {
			w.past.Home = true
			w.recording, w.retention = nil, nil
			w.recordIn("us-east-1", "07-01", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.in("us-east-1")
		}, "met 07-01", map[string]string{account + "us-east-1": "", account + "eu-west-1": ""}, Met},
		{"what lives in the global region, of which nothing is told", func(w *world) {
			w.past.Home = true
		}, "", map[string]string{account + "us-east-1": "unknown RecorderUntold 07-01", account + "eu-west-1": ""}, Incomplete},
		{"states of an account that is none of the audit's", func(w *world) {
			w.state("a", "05-01", "open").Account = "444455556666"
		}, "", nil, NotTested},
		{"discovered while another region's inventory was to come", func(w *world) {
			both(w)
			w.past.Global = true
			w.recording = nil
			w.record("07-01", "07-20", "", false)
			w.record("07-20", "10-01", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "07-01", "07-19 12:00", evidence.RecorderStopped, false)
			w.recordIn("us-east-1", "07-19 12:00", "10-01", "", false)
			s := w.state("a", "08-20", "closed")
			s.Status = evidence.StatusDiscovered
			w.in("us-east-1")
			w.state("b", "05-01", "closed")
		}, "unknown NoItemBefore 07-01 > met 08-20", map[string]string{account + "global": ""}, Incomplete},
		{"discovered, and items from before may be forgotten", func(w *world) {
			w.retention = []evidence.Record{&retention{Meta: meta("retention"), Since: on("07-10")}}
			s := w.state("a", "08-20", "closed")
			s.Status = evidence.StatusDiscovered
		}, "unknown RetentionTooShort 07-01 > unknown NoItemBefore 07-10 > met 08-20", map[string]string{place1: "unknown RetentionTooShort 07-01"}, Incomplete},
		{"a day's item in the middle of continuous recording, and no day is tolerated", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "closed").Daily = true
		}, "met 07-01 > unknown DailyRecording 08-01", nil, Incomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.past(w)
			x := w.run(t, overYAML("closed", "it.closed", every, "")).Tests[0]
			if got := w.told("closed", lockARN+"a"); got != c.lock {
				t.Errorf("the lock:\ngot  %s\nwant %s", got, c.lock)
			}
			for p, want := range c.places {
				if got := w.told("closed", p); got != want {
					t.Errorf("%s:\ngot  %s\nwant %s", p, got, want)
				}
			}
			if x.Result != c.result {
				t.Errorf("%s: %s", x.Result, x.Reason)
			}
		})
	}
}

// A population is counted over the period, whether a test is about it or not.
func TestPopulationOverThePeriod(t *testing.T) {
	w := newWorld()
	made := on("08-01")
	w.state("a", "05-01", "closed")
	w.state("b", "05-01", evidence.StatusDeleted) // before the period
	w.state("c", "08-01", "closed").Created = &made
	w.state("d", "05-01", "closed")
	w.state("d", "08-01", evidence.StatusDeleted)
	w.state("e", "05-01", "removed")
	w.state("e", "08-01", evidence.StatusDeleted)
	w.state("e", "08-02", "removed")
	w.locks = []*lock{closed(lockARN + "a"), closed(lockARN + "c"), removed(lockARN + "e"), closed(lockARN + "f")}
	want := &PopulationPeriod{Resources: 5, Created: 2, Deleted: 2}
	a := w.run(t, overYAML("closed", "it.closed", every, ""))
	x := a.Tests[0]
	if p := x.Period; p.Resources != 5 || p.Created != 2 || p.Deleted != 2 || p.Selected != 3 {
		t.Errorf("%+v", p)
	}
	if x.Selected != 3 || x.Undecided != 1 || x.MetCount != 3 || x.UnknownCount != 1 || x.Size != 4 || x.Result != Incomplete {
		t.Errorf("%+v", x)
	}
	for _, list := range [][]Population{a.Populations, w.run(t, testYAML("now", "", "it.closed", every, "incomplete")).Populations} {
		n := slices.IndexFunc(list, func(p Population) bool { return p.Kind == "door.lock" })
		if diff := cmp.Diff(want, list[n].Period); diff != "" {
			t.Error(diff)
		}
		if n := slices.IndexFunc(list, func(p Population) bool { return p.Kind == "door.hinge" }); list[n].Period != nil {
			t.Errorf("hinges: %+v", list[n].Period)
		}
	}
}

// A lock that AWS Config never has items of is none of a test's business, as long as the test is not about it.
func TestNeverRecorded(t *testing.T) {
	kinds := []evidence.Kind{evidence.KindOf[ownLock]("A lock.")}
	run := func(l *ownLock) TestResult {
		set, err := frameworks.LoadPack(mapFS("framework: doors\ntitle: Doors\ncontrols:\n  - id: C\n    title: t\n    tests: [closed]\n", "tests:\n"+strings.ReplaceAll(overYAML("closed", "it.closed", every, ""), "door.lock", "door.own")), nil,
			kinds, evidence.Past{Kind: "door.own", Type: "Door::Own"})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld()
		in := input(set)
		in.Kinds, in.Scope, in.Pasts = append(kinds, evidence.KindOf[recordingSpan]("A span."), evidence.KindOf[retention]("A retention.")), w.scope, []evidence.Past{{Kind: "door.own", Type: "Door::Own"}}
		in.Scope.History = []string{"Door::Own"}
		in.Records = func(kind string, each func(evidence.Record) error) error {
			for _, r := range map[string][]evidence.Record{"config.recording": w.recording, "config.retention_configuration": w.retention, "door.own": {l}}[kind] {
				if err := each(r); err != nil {
					return err
				}
			}
			return nil
		}
		in.History = func(string, func(*evidence.State) error) error { return nil }
		a, err := Run(in)
		if err != nil {
			t.Fatal(err)
		}
		return a.Tests[0]
	}
	for _, c := range []struct {
		l    ownLock
		want Result
	}{
		{ownLock{Meta: meta("a"), State: "Removed", AWS: true}, NotTested},
		{ownLock{Meta: meta("a"), State: "Fitted", Closed: true, AWS: true}, Incomplete},
		{ownLock{Meta: meta("a", "state"), State: "Removed", AWS: true}, Incomplete},
		{ownLock{Meta: meta("a"), State: "Removed"}, Incomplete},
		// Made behind the period, it is missing from no past; made in it, from a part of it. A moment that could not be read is none.
		{ownLock{Meta: meta("a"), State: "Fitted", Created: on("10-01")}, NotTested},
		{ownLock{Meta: meta("a"), State: "Fitted", Created: on("09-30 23:59")}, Incomplete},
		{ownLock{Meta: meta("a", "created"), State: "Fitted", Created: on("10-01")}, Incomplete},
	} {
		if x := run(&c.l); x.Result != c.want {
			t.Errorf("%+v: %s: %s", c.l, x.Result, x.Reason)
		}
	}
}

type ownLock struct {
	evidence.Meta
	State  string `json:"state" cel:"state" doc:"The state."`
	Closed bool   `json:"closed" cel:"closed" doc:"Whether it is closed."`
	AWS    bool   `json:"aws" cel:"aws" doc:"Whether it is AWS's."`

	Created time.Time `json:"created" cel:"created" doc:"When it was made."`
}

func (l *ownLock) Born() time.Time { return l.Created }

func (*ownLock) Kind() string          { return "door.own" }
func (l *ownLock) NeverRecorded() bool { return l.AWS }

// Two types tell the past of one kind: a place is unknown where either is.
func TestTwoTypes(t *testing.T) {
	w := newWorld()
	w.state("a", "05-01", "closed")
	set := load2(t, w)
	lines := []TimelineEntry{}
	in := w.input(set, &lines)
	in.Pasts = append(in.Pasts, evidence.Past{Kind: "door.lock", Type: "Door::Bolt"})
	a, err := Run(in)
	if err != nil {
		t.Fatal(err)
	}
	if x := a.Tests[0]; x.Result != Incomplete || x.Period.Unknown[0].Code != evidence.HistoryNotAsked || len(x.Unknowns) != 1 || x.Unknowns[0].Record != place1 {
		t.Errorf("one of the types was not asked for: %+v", x)
	}
	in.Scope.History = append(in.Scope.History, "Door::Bolt")
	if a, err = Run(in); err != nil || a.Tests[0].Result != Met {
		t.Errorf("both were: %+v, %v", a.Tests[0], err)
	}
}

// load2 gives a set with one test over the period.
func load2(t *testing.T, w *world) *frameworks.Set {
	t.Helper()
	set, err := frameworks.LoadPack(mapFS("framework: doors\ntitle: Doors\ncontrols:\n  - id: C\n    title: t\n    tests: [closed]\n", "tests:\n"+overYAML("closed", "it.closed", every, "24h")), nil, worldKinds(), w.past)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// An accepted exception stands beside each interval of it, and changes nothing.
func TestAcceptedOverThePeriod(t *testing.T) {
	w := newWorld()
	w.state("a", "05-01", "open")
	w.state("a", "08-01", "closed")
	w.state("a", "09-01", "open")
	in := w.input(load2(t, w), nil)
	in.Accepted = []audit.Exception{{ID: "X-1", Test: "closed", Record: lockARN + "a", Expires: on("12-31")}, {ID: "X-2", Test: "closed", Record: lockARN + "b", Expires: on("12-31")}}
	a, err := Run(in)
	if err != nil {
		t.Fatal(err)
	}
	x := a.Tests[0]
	if x.Result != Exception || len(x.Exceptions) != 2 || x.ExceptionCount != 1 || x.Exceptions[0].Accepted == nil || x.Exceptions[1].Accepted == nil {
		t.Errorf("%+v", x)
	}
	if a.Accepted[0].Status != StatusApplied || a.Accepted[1].Status != StatusOrphaned {
		t.Errorf("%+v", a.Accepted)
	}
}

// Who changed it is told at the edges of exceptions.
func TestWhoChangedIt(t *testing.T) {
	w := newWorld()
	w.state("a", "05-01", "closed")
	w.state("a", "08-01", "open")
	w.state("a", "08-03", "closed")
	c := &changed{Meta: meta("x"), Item: "a@08-01", Status: "none"}
	in := w.input(load2(t, w), nil)
	in.Kinds = append(in.Kinds, evidence.KindOf[changed]("A change."))
	records := in.Records
	in.Records = func(kind string, each func(evidence.Record) error) error {
		if kind == "trail.change" {
			return each(c)
		}
		return records(kind, each)
	}
	a, err := Run(in)
	if err != nil {
		t.Fatal(err)
	}
	i := a.Tests[0].Exceptions[0].Interval
	if i.Begins.Change == nil || i.Begins.Change.Status != "none" || i.Ends.Change != nil {
		t.Errorf("%+v", i)
	}
}

type changed struct {
	evidence.Meta
	Item   string `json:"item" cel:"item" doc:"The item."`
	Status string `json:"status" cel:"status" doc:"The status."`
}

func (*changed) Kind() string { return "trail.change" }
func (c *changed) Change() (string, evidence.Change) {
	return c.Item, evidence.Change{Status: c.Status}
}

// The first and the last day of a period need not be whole.
func TestDaysOfAnOddPeriod(t *testing.T) {
	w := newWorld()
	w.scope.Period = evidence.Period{From: on("07-01 18:00"), To: on("07-03 06:00")}
	w.state("a", "05-01", "closed")
	w.state("a", "07-02", "open")
	w.state("a", "07-03", "closed")
	p := w.run(t, overYAML("closed", "it.closed", every, "")).Tests[0].Period
	want := []Day{{Date: "2026-07-01", Met: 1}, {Date: "2026-07-02", Exception: 1}, {Date: "2026-07-03", Met: 1}}
	if diff := cmp.Diff(want, p.Days); diff != "" {
		t.Error(diff)
	}
}

// A finding's date is when AWS gave the item, not when the state came about.
func TestDateOfAFindingIsWhenAWSAnswered(t *testing.T) {
	w := newWorld()
	w.state("a", "05-01", "open").Record.Header().Collected = on("05-01")
	w.state("b", "08-01", evidence.StatusNotRecorded)
	in := w.input(load2(t, w), nil)
	in.Kinds = append(in.Kinds, evidence.KindOf[itemRecord]("An item."))
	records := in.Records
	in.Records = func(kind string, each func(evidence.Record) error) error {
		if kind != itemKind {
			return records(kind, each)
		}
		for i, id := range []string{"a@05-01", "a@05-02", "b@08-01"} {
			r := &itemRecord{Meta: meta(id)}
			r.Collected = on("10-02 10:00").Add(time.Duration(i) * time.Hour)
			if err := each(r); err != nil {
				return err
			}
		}
		return nil
	}
	a, err := Run(in)
	if err != nil {
		t.Fatal(err)
	}
	x := a.Tests[0]
	if got := x.Exceptions[0].Date; !got.Equal(on("10-02 10:00")) {
		t.Errorf("the exception is of %s", got)
	}
	for _, f := range x.Unknowns {
		if !f.Date.Equal(on("10-02 12:00")) {
			t.Errorf("%+v is of %s", f.Interval, f.Date)
		}
	}
	if len(x.Unknowns) != 2 {
		t.Errorf("%d unknown", len(x.Unknowns))
	}
}

type itemRecord struct{ evidence.Meta }

func (*itemRecord) Kind() string { return itemKind }
