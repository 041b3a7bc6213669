package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
)

// span is AWS Config's recording in these tests.
type recordingSpan struct {
	evidence.Meta
	From  time.Time `json:"from" cel:"from" doc:"From."`
	To    time.Time `json:"to" cel:"to" doc:"To."`
	Code  string    `json:"code" cel:"code" doc:"Code."`
	Daily bool      `json:"daily" cel:"daily" doc:"Daily."`
	Since time.Time `json:"since" cel:"since" doc:"Since."`
}

func (s *recordingSpan) Begun() time.Time { return s.Since }

func (*recordingSpan) Kind() string                 { return "config.recording" }
func (s *recordingSpan) Span() (from, to time.Time) { return s.From, s.To }
func (s *recordingSpan) Covers(evidence.Past) evidence.Coverage {
	return evidence.Coverage{Code: s.Code, Daily: s.Daily}
}

type retention struct {
	evidence.Meta
	Since time.Time `json:"since" cel:"since" doc:"Since."`
}

func (*retention) Kind() string       { return "config.retention_configuration" }
func (r *retention) Keeps() time.Time { return r.Since }

var (
	quarter = evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	lockARN = "arn:aws:door:eu-west-1:111122223333:lock/"
)

// on is a moment of the quarter: "07-04" or "07-04 13:30".
func on(text string) time.Time {
	for _, form := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(form, "2026-"+text); err == nil {
			return t
		}
	}
	panic(text)
}

// A world is what AWS Config has of some locks.
type world struct {
	states    []*evidence.State
	recording []evidence.Record
	retention []evidence.Record
	locks     []*lock
	ledger    []evidence.LedgerLine
	scope     evidence.Scope
	past      evidence.Past
	lines     []TimelineEntry
	// rulings are what AWS Config's rules said, hubs what Security Hub did.
	rulings []*evidence.State
	hubs    []evidence.Record
}

func newWorld() *world {
	w := &world{scope: scope, past: evidence.Past{Kind: "door.lock", Type: "Door::Lock"}}
	w.scope.Period, w.scope.AsOf, w.scope.History = quarter, on("10-02 09:00"), []string{"Door::Lock"}
	w.retention = []evidence.Record{&retention{Meta: meta("retention"), Since: w.scope.AsOf.AddDate(-7, 0, 0)}}
	w.record("07-01", "10-01", "", false)
	return w
}

// record says how the type was recorded over a time.
func (w *world) record(from, to, code string, daily bool) {
	s := &recordingSpan{Meta: meta("recording-" + from), From: on(from), To: on(to), Code: code, Daily: daily}
	w.recording = append(w.recording, s)
}

// state adds a state of a lock: what is "closed", "open" or "removed", or a status of AWS Config's.
func (w *world) state(id, at, what string) *evidence.State {
	s := &evidence.State{Kind: "door.lock", Resource: lockARN + id, Account: "111122223333", Region: "eu-west-1", ResourceType: "Door::Lock", ResourceID: id, Captured: on(at), StateID: "1",
		Status: evidence.StatusOK, Source: evidence.FromAPI, Item: id + "@" + at, Evidence: []string{"E-" + id + "@" + at}, SHA256: evidence.Sum([]byte(what))}
	l := &lock{Meta: meta(lockARN + id), State: "Fitted"}
	switch what {
	case "closed":
		l.Closed = true
	case "open":
	case "removed":
		l.State = "Removed"
	default:
		s.Status, l = what, nil
	}
	if l != nil {
		s.Record = l
	}
	w.states = append(w.states, s)
	return s
}

// worldKinds are the kinds of a world.
func worldKinds() []evidence.Kind {
	return append(kinds(), evidence.KindOf[recordingSpan]("A span."), evidence.KindOf[retention]("A retention."), evidence.KindOf[chronicle]("A chronicle."))
}

func (w *world) run(t *testing.T, tests ...string) *Assessment {
	t.Helper()
	var controls strings.Builder
	for _, x := range tests {
		id := strings.Fields(strings.SplitN(x, "id: ", 2)[1])[0]
		fmt.Fprintf(&controls, "  - id: C-%s\n    title: t\n    tests: [%s]\n", id, id)
	}
	set, err := frameworks.LoadPack(mapFS("framework: doors\ntitle: Doors\ncontrols:\n"+controls.String(), "tests:\n"+strings.Join(tests, "")), nil, worldKinds(), w.past)
	if err != nil {
		t.Fatal(err)
	}
	w.lines = nil
	a := run(t, w.input(set, &w.lines))
	checkLines(t, a, w.lines)
	return a
}

// input is what the world looks like to an assessment.
func (w *world) input(set *frameworks.Set, lines *[]TimelineEntry) Input {
	in := input(set)
	in.Kinds, in.Scope, in.Ledger = worldKinds(), w.scope, ledger(w.ledger...)
	in.Pasts = []evidence.Past{{Kind: "config.resource_compliance", Type: complianceType}, w.past}
	in.Records = func(kind string, each func(evidence.Record) error) error {
		list := map[string][]evidence.Record{"config.recording": w.recording, "config.retention_configuration": w.retention, "hub.timeline": w.hubs}[kind]
		if kind == "door.lock" {
			for _, l := range w.locks {
				list = append(list, l)
			}
		}
		for _, r := range list {
			if err := each(r); err != nil {
				return err
			}
		}
		return nil
	}
	in.History = func(kind string, each func(*evidence.State) error) error {
		list := map[string][]*evidence.State{"door.lock": w.states, "config.resource_compliance": w.rulings}[kind]
		for _, s := range list {
			if err := each(s); err != nil {
				return err
			}
		}
		return nil
	}
	if lines != nil {
		in.Timeline = func(e TimelineEntry) error {
			*lines = append(*lines, e)
			return nil
		}
	}
	return in
}

// checkLines holds the lines against what every timeline is: those of a resource make up the period, and the results count them.
func checkLines(t *testing.T, a *Assessment, lines []TimelineEntry) {
	t.Helper()
	count := map[string]int{}
	for i, e := range lines {
		count[e.Test]++
		last := i+1 == len(lines) || lines[i+1].Record != e.Record || lines[i+1].Test != e.Test || lines[i+1].Region != e.Region || lines[i+1].Opinion != e.Opinion
		first := i == 0 || lines[i-1].Record != e.Record || lines[i-1].Test != e.Test || lines[i-1].Region != e.Region || lines[i-1].Opinion != e.Opinion
		whole := e.Record != "" || e.Account == Whole
		switch {
		case !e.From.Before(e.To):
			t.Errorf("line %d: from %s to %s", i, e.From, e.To)
		case first && whole && !e.From.Equal(a.Scope.Period.From), last && whole && !e.To.Equal(a.Scope.Period.To), !first && whole && !e.From.Equal(lines[i-1].To):
			t.Errorf("line %d: %s to %s of %s makes up no period", i, e.From, e.To, e.About())
		case e.Begins.What == "" || e.Ends.What == "":
			t.Errorf("line %d: an edge does not say what it is: %+v", i, e)
		case (e.Result == IntervalMet || e.Result == IntervalException) && e.Account != Whole && len(e.Evidence) == 0:
			t.Errorf("line %d: no evidence", i)
		case e.Result == IntervalUnknown && (e.Code == "" || e.Reason == ""):
			t.Errorf("line %d: unknown without a reason", i)
		case !first && e.Begins != lines[i-1].Ends && whole:
			t.Errorf("line %d: begins %+v, the one before ends %+v", i, e.Begins, lines[i-1].Ends)
		}
	}
	for _, x := range a.Tests {
		if x.Period != nil && x.Period.Intervals != count[x.ID] {
			t.Errorf("%s counts %d intervals of %d", x.ID, x.Period.Intervals, count[x.ID])
		}
	}
}

// told writes the lines of a lock, or of a place, in short: "met 07-01 > exception 08-11 14:02 > …".
func (w *world) told(test, about string) string {
	var out []string
	for _, e := range w.lines {
		if e.Test != test || e.About() != about || e.Opinion != "" {
			continue
		}
		form := "01-02"
		if e.From.Truncate(24*time.Hour) != e.From {
			form = "01-02 15:04"
		}
		s := e.Result + " " + e.From.Format(form)
		if e.Result == IntervalUnknown {
			s = "unknown " + e.Code + " " + e.From.Format(form)
		}
		if e.Tolerated {
			s += " tolerated"
		}
		out = append(out, s)
	}
	return strings.Join(out, " > ")
}

// overYAML writes a test over the period.
func overYAML(id, expect, require, tolerance string) string {
	s := testYAML(id, `it.state != "Removed"`, expect, require, "not-tested") + "    over: period\n"
	if tolerance != "" {
		s += "    tolerance: " + tolerance + "\n"
	}
	return s
}

const place1 = "111122223333/eu-west-1"

// A lock that was open for three days in mid-quarter, and is closed again at its end, is one exception of three days with its edges.
func TestOpenForThreeDays(t *testing.T) {
	w := newWorld()
	w.state("a", "05-01", "closed")
	w.state("a", "08-11 14:02", "open")
	w.state("a", "08-14 14:02", "closed")
	w.locks = []*lock{closed(lockARN + "a")}
	a := w.run(t, overYAML("closed", "it.closed", every, "24h"))
	x := a.Tests[0]
	if x.Result != Exception || len(x.Exceptions) != 1 || x.ExceptionCount != 1 || x.Selected != 1 || len(x.Unknowns) != 0 {
		t.Fatalf("%+v", x)
	}
	f := x.Exceptions[0]
	if i := f.Interval; i.To.Sub(i.From) != 72*time.Hour || i.Begins.Item != "a@08-11 14:02" || i.Ends.Item != "a@08-14 14:02" || i.Source != evidence.FromAPI {
		t.Errorf("interval %+v", i)
	}
	if f.Record != lockARN+"a" || !slices.Contains(f.Evidence, "E-a@08-11 14:02") || !slices.Contains(f.Evidence, "E-a@08-14 14:02") || len(f.Values) == 0 || f.Values[0] != (Value{"closed", "false"}) {
		t.Errorf("finding %+v", f)
	}
	if got, want := w.told("closed", lockARN+"a"), "met 07-01 > exception 08-11 14:02 > met 08-14 14:02"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, d := range x.Period.Days {
		in := d.Date >= "2026-08-11" && d.Date <= "2026-08-14"
		if want := (Day{Date: d.Date, Met: 1}); !in && d != want {
			t.Errorf("%+v", d)
		} else if want := (Day{Date: d.Date, Exception: 1}); in && d != want {
			t.Errorf("%+v", d)
		}
	}
	if len(x.Period.Days) != 92 || x.Reason != "1 did not meet it all the time, of 1 selected resource: 1 exception." {
		t.Errorf("%d days; %s", len(x.Period.Days), x.Reason)
	}
}
