package report_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
)

func throughout(t *testing.T) report.Test {
	return find(t, load(t).Tests, func(x report.Test) bool { return x.ID == "kms-key-rotation-throughout" })
}

// Each day of a test over the period reads as the worst that any resource was on it.
func TestStrip(t *testing.T) {
	x := throughout(t)
	if len(x.Strip) != 92 {
		t.Fatalf("%d days in a quarter", len(x.Strip))
	}
	for day, want := range map[string]string{"2026-07-01": report.DayUnknown, "2026-07-10": report.DayMet, "2026-07-20": report.DayUnknown, "2026-07-27": report.DayUnknown,
		"2026-07-28": report.DayMet, "2026-08-11": report.DayException, "2026-08-14": report.DayException, "2026-08-15": report.DayMet, "2026-09-03": report.DayTolerated,
		"2026-09-22": report.DayException, "2026-09-30": report.DayException} {
		i := slices.IndexFunc(x.Strip, func(s report.StripDay) bool { return s.Day.Date == day })
		if i < 0 || x.Strip[i].Worst != want || x.Strip[i].Date.Format(time.DateOnly) != day {
			t.Errorf("%s is %+v, want %s", day, x.Strip[max(i, 0)], want)
		}
	}
	if x.ExceptionDays != 13 || x.UnknownDays != 11 {
		t.Errorf("%d days of exceptions and %d unknown", x.ExceptionDays, x.UnknownDays)
	}
	none := find(t, load(t).Tests, func(x report.Test) bool { return x.ID == "kms-external-key-store-throughout" })
	for _, s := range none.Strip {
		if s.Worst != report.DayNotSelected {
			t.Errorf("%s is %s: nothing was selected", s.Day.Date, s.Worst)
		}
	}
	instant := find(t, load(t).Tests, func(x report.Test) bool { return x.ID == "kms-key-rotation" })
	if instant.Strip != nil || instant.Period != nil {
		t.Error("a test at an instant has a strip")
	}
}

// The timeline is read whole, each time, and is as long as the tests say.
func TestTimeline(t *testing.T) {
	d := load(t)
	for range 2 {
		n, exceptions := 0, 0
		for e, err := range d.Timeline.All {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if e.Opinion == "" && e.Result == assess.IntervalException && !e.Tolerated {
				exceptions++
			}
		}
		if n != d.Timeline.Count || n == 0 || exceptions != throughout(t).Exceptions.Count {
			t.Errorf("%d of %d intervals, %d exceptions", n, d.Timeline.Count, exceptions)
		}
	}
}

// What the edges and disagreements cite is in the index, and the limits speak of periods only where a test is over one.
func TestPeriodIsExplained(t *testing.T) {
	d := load(t)
	change := throughout(t).Exceptions.First[0].Interval.Begins.Change
	if change == nil || len(change.Evidence) == 0 {
		t.Fatal("the fixture's first exception has no change")
	}
	if _, ok := d.Locate(change.Evidence[0]); !ok {
		t.Errorf("%s is not in the index", change.Evidence[0])
	}
	daily := func(l report.Limit) bool { return l.Title == "Daily recording" }
	if !slices.ContainsFunc(d.Limits, daily) {
		t.Error("no limit speaks of daily recording")
	}
	for _, code := range []string{"RecorderStopped", "RecorderUntold", "NoRecorder", "TypeNotRecorded", "DailyRecording", "NoItemBefore", "RetentionTooShort", "ResourceNotRecorded",
		"HistoryUnread", "HistoryNotAsked", "NotInItem", "ItemUnreadable", "ItemsContradict", "NotYet"} {
		if d.Words.Cause(code) == code {
			t.Errorf("%s has no words", code)
		}
	}
	m := copyPack(t)
	delete(m, report.TimelineFile)
	replace(t, m, "assessment.json", `"over": "period"`, `"over": "instant"`)
	if _, err := report.Load(m, reporttest.Kinds()); err == nil || !strings.Contains(err.Error(), "timeline.jsonl") {
		t.Errorf("error %v: tests over the period need their timeline", err)
	}
}

func replace(t *testing.T, m fstest.MapFS, name, old, new string) {
	t.Helper()
	s := string(m[name].Data)
	if !strings.Contains(s, old) {
		t.Fatalf("%s has no %s", name, old)
	}
	m[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(s, old, new))}
}

// A timeline that contradicts the tests, or cannot be read to its end, is an error and never a shorter one.
func TestBrokenTimeline(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, fstest.MapFS)
		want   string
	}{
		"shorter": {func(t *testing.T, m fstest.MapFS) {
			b := m[report.TimelineFile].Data
			m[report.TimelineFile] = &fstest.MapFile{Data: b[:strings.LastIndexByte(string(b[:len(b)-1]), '\n')+1]}
		}, "intervals, assessment.json counts"},
		"cut off": {func(t *testing.T, m fstest.MapFS) {
			b := m[report.TimelineFile].Data
			m[report.TimelineFile] = &fstest.MapFile{Data: b[:len(b)-1]}
		}, "is cut off"},
		"a word more": {func(t *testing.T, m fstest.MapFS) {
			replace(t, m, report.TimelineFile, `"result":"met"`, `"result":"met","x":1`)
		}, "timeline.jsonl:3: json: unknown field"},
		"gone": {func(t *testing.T, m fstest.MapFS) { delete(m, report.TimelineFile) }, "assessment.json counts 32 intervals"},
		"a day left out": {func(t *testing.T, m fstest.MapFS) {
			replace(t, m, "assessment.json", `"date": "2026-08-02"`, `"date": "2026-08-03"`)
		}, "does not follow on 2026-08-01"},
		"no day": {func(t *testing.T, m fstest.MapFS) {
			replace(t, m, "assessment.json", `"date": "2026-08-02"`, `"date": "soon"`)
		}, `a day that is none: "soon"`},
	} {
		t.Run(name, func(t *testing.T) {
			m := copyPack(t)
			c.change(t, m)
			d, err := report.Load(m, reporttest.Kinds())
			if err == nil {
				for _, e := range d.Timeline.All {
					err = e
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min", 67*time.Hour + 28*time.Minute: "2 d 19 h 28 min", 24 * time.Hour: "1 d", 24*time.Hour + 5*time.Second: "1 d"} {
		if got := report.Span(d); got != want {
			t.Errorf("%s reads %q, want %q", d, got, want)
		}
	}
}
