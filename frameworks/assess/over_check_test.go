package assess

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// What a history may not be.
func TestBrokenHistories(t *testing.T) {
	for _, c := range []struct {
		name string
		past func(w *world)
		want string
	}{
		{"a lock whose states stand in two places", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("b", "05-01", "closed")
			w.state("a", "08-01", "open")
		}, "they are not in order"},
		{"another kind", func(w *world) { w.state("a", "05-01", "closed").Kind = "door.hinge" }, `a state of "door.hinge" among those of "door.lock"`},
		{"another type", func(w *world) { w.state("a", "05-01", "closed").ResourceType = "Door::Hinge" }, `a state of the type "Door::Hinge", which tells nothing of door.lock`},
		{"no moment", func(w *world) { w.state("a", "05-01", "closed").Captured = time.Time{} }, "a state without its resource, account or moment"},
		{"a record of another kind", func(w *world) { w.state("a", "05-01", "closed").Record = &hinge{Meta: meta("a")} }, `a state of "door.lock" with a record of "door.hinge"`},
	} {
		w := newWorld()
		c.past(w)
		if _, err := Run(w.input(load2(t, w), nil)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	w := newWorld()
	in := w.input(load2(t, w), nil)
	in.History = nil
	if _, err := Run(in); err == nil || err.Error() != "door.lock: the scope reads its history, and none is given" {
		t.Errorf("no history: %v", err)
	}
	in = w.input(load2(t, w), nil)
	in.Timeline = func(TimelineEntry) error { return errors.New("the disk is full") }
	w.state("a", "05-01", "closed")
	if _, err := Run(in); err == nil || err.Error() != "the disk is full" {
		t.Errorf("a line that cannot be written: %v", err)
	}
	in.Pasts = nil
	if _, err := Run(in); err == nil || !strings.Contains(err.Error(), "tells no past of door.lock") {
		t.Errorf("no past: %v", err)
	}
}

// The same past gives the same bytes, and an assessment over a period reads back as it was.
func TestPeriodIsDeterministicAndReadsBack(t *testing.T) {
	var files [][]byte
	for range 3 {
		w := newWorld()
		w.state("a", "05-01", "closed")
		w.state("a", "08-01", "open")
		w.state("a", "08-03", "closed")
		w.state("b", "07-20", "removed")
		w.state("c", "05-01", evidence.StatusNotRecorded)
		w.record("08-10", "08-12", evidence.RecorderStopped, false)
		a := w.run(t, overYAML("closed", "it.closed", every, "24h"), overYAML("one", "it.closed", atLeastOne, ""), overYAML("open", "!it.closed", none, "24h"))
		var b bytes.Buffer
		if err := Encode(&b, a); err != nil {
			t.Fatal(err)
		}
		back, err := Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, back); diff != "" {
			t.Error(diff)
		}
		for _, l := range w.lines {
			line, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(line)
		}
		files = append(files, b.Bytes())
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("the same past gave other bytes")
	}
}

// What no run may give is refused when written and when read.
func TestPeriodCheck(t *testing.T) {
	for name, change := range map[string]func(x *TestResult){
		"met with an exception":          func(x *TestResult) { x.Result = Met },
		"no period":                      func(x *TestResult) { x.Period = nil },
		"not over the period":            func(x *TestResult) { x.Over = "instant" },
		"a day too few":                  func(x *TestResult) { x.Period.Days = x.Period.Days[1:] },
		"a day dropped at the end":       func(x *TestResult) { x.Period.Days = x.Period.Days[:90] },
		"a day twice":                    func(x *TestResult) { x.Period.Days[3] = x.Period.Days[2] },
		"no day has the exception":       func(x *TestResult) { clearDays(x) },
		"an exception dropped":           func(x *TestResult) { x.Exceptions = nil },
		"an exception without interval":  func(x *TestResult) { x.Exceptions[0].Interval = nil },
		"an exception before the period": func(x *TestResult) { x.Exceptions[0].Interval.From = on("06-01") },
		"an exception within tolerance":  func(x *TestResult) { x.Exceptions[0].Interval.From = x.Exceptions[0].Interval.To.Add(-time.Hour) },
		"more selected than there are":   func(x *TestResult) { x.Period.Resources = 0 },
		"another selection":              func(x *TestResult) { x.Period.Selected++ },
		"counts that do not add up":      func(x *TestResult) { x.MetCount++ },
		"no tolerance":                   func(x *TestResult) { x.Tolerance = "-1h" },
	} {
		w := newWorld()
		w.state("a", "05-01", "closed")
		w.state("a", "08-01", "open")
		w.state("a", "08-03", "closed")
		a := w.run(t, overYAML("closed", "it.closed", every, "24h"))
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
		change(&a.Tests[0])
		if err := a.check(); err == nil {
			t.Errorf("%s: it passes", name)
		}
	}
	a := run(t, input(load(t, testYAML("now", "", "it.closed", every, "incomplete"))))
	a.Tests[0].IfEmpty = NotTested
	if err := a.check(); err == nil {
		t.Error("not tested at a moment: it passes")
	}
}

func clearDays(x *TestResult) {
	for i := range x.Period.Days {
		x.Period.Days[i] = Day{Date: x.Period.Days[i].Date, Met: 1}
	}
}
