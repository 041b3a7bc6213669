package pack

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// A timelineIndex is what is kept of timeline.jsonl: eight bytes for each interval that is a finding and sixteen for each series, and
// sums a test.
type timelineIndex struct {
	period evidence.Period
	tests  map[string]*testTimeline
	// first is the first of them.
	first string
	// intervals are the digests of the exceptions that are not tolerated and of the unknown intervals, sorted.
	intervals idSet
	series    []seriesAt
}

type seriesAt struct {
	key  uint64
	line int
}

// A testTimeline sums up the lines of a test. What AWS's own timelines say counts as lines, and as nothing else.
type testTimeline struct {
	population                         string
	lines, resources, tolerated        int
	exceptions                         int // intervals that are not tolerated
	asked, failed, met, others, unsaid int // resources: selected at some moment; with such an exception; ever met; asked and never met; never asked and unknown
	// longest is the longest exception that is called tolerated.
	longest time.Duration
	// spans are, for each unknown interval, how long the time on end is that was an exception or unknown and that it is part of; askedSpans
	// and blankSpans are the longest of each resource that was asked and had no exception, and of each that was never asked.
	spans, wholeSpans, askedSpans, blankSpans []time.Duration
	// days are those of the resources, wholeDays those of the population as a whole.
	days, wholeDays []assess.Day
	causes          map[string]*assess.UnknownTime
}

// A series is the intervals of one resource and test, of one source, while they are read.
type series struct {
	entry assess.TimelineEntry // the last line
	line  int
	lines int
	test  *testTimeline
	days  []dayMark
	// run is how long the exception has lasted that the last line is part of; open how long it or unknown time has, and how many unknown
	// intervals are in that.
	run, open time.Duration
	unknowns  int
	// most is the longest such time with an unknown interval in it.
	most                             time.Duration
	there, asked, met, failed, blank bool
}

func isWhole(e *assess.TimelineEntry) bool { return e.Record == "" && e.Account == assess.Whole }

// isPlace reports whether a line is about an account and region: such lines tell unknown time alone, and not all of the period.
func isPlace(e *assess.TimelineEntry) bool { return e.Record == "" && e.Account != assess.Whole }

// A dayMark is the worst that a resource was on one day: the rank of its result from 1, and whether all its exceptions are tolerated.
type dayMark struct {
	rank      int8
	tolerated bool
}

// checkTimelineFile checks timeline.jsonl: the lines of one resource, test and source stand together and make up the period exactly.
func (v *verifier) checkTimelineFile(r *fileResult, in io.Reader) error {
	x := &v.timeline
	x.tests = map[string]*testTimeline{}
	if x.period.IsZero() {
		r.fail(CheckTimeline, r.path, 0, "not checked: %s has no period", RunPath)
		return nil
	}
	scan := newScanner(in)
	defer scan.free()
	wrong := func(format string, a ...any) { r.fail(CheckTimeline, r.path, r.lines, format, a...) }
	reader := &timelineReader{v: v, s: scan, known: map[string]string{}, wrong: wrong}
	var s series
	var e assess.TimelineEntry
	for scan.more() {
		if r.hopeless() {
			return nil
		}
		r.lines++
		err := reader.read(&e)
		if err == nil {
			err = scan.endLine()
		}
		switch {
		case err != nil && scan.err != nil && scan.err != io.EOF:
			return scan.err
		case err != nil:
			wrong("%s", err)
			scan.skipLine()
			continue
		}
		if s.lines == 0 || !sameSeries(&s.entry, &e) {
			v.endSeries(r, &s)
			v.beginSeries(r, &s, &e, wrong)
		} else {
			s.follow(&e, wrong)
		}
		v.checkEntry(&e, reader.cited, wrong)
		s.take(x, &e)
		s.entry, s.line = e, r.lines
		s.lines++
	}
	v.endSeries(r, &s)
	if scan.err != io.EOF {
		return scan.err
	}
	x.intervals.sort()
	slices.SortFunc(x.series, func(a, b seriesAt) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.line, b.line)) })
	var again []int
	for i := 1; i < len(x.series); i++ {
		if x.series[i].key == x.series[i-1].key {
			again = append(again, x.series[i].line)
		}
	}
	slices.Sort(again)
	for _, line := range again {
		r.fail(CheckTimeline, r.path, line, "a test, resource and source whose intervals stand further up already")
	}
	return nil
}

// runPeriod is the period of run.json; zero where that cannot be read.
func (v *verifier) runPeriod() evidence.Period {
	var run struct {
		Scope struct {
			Period evidence.Period `json:"period"`
		} `json:"scope"`
	}
	b, err := readSmall(v.p, RunPath, maxValue)
	if err == nil {
		err = decodeFew(b, &run)
	}
	p := run.Scope.Period
	if err != nil || !p.From.Before(p.To) || p.To.Sub(p.From) > maxPeriod {
		return evidence.Period{}
	}
	return p
}

// maxPeriod bounds the days that are counted. AWS Config keeps seven years.
const maxPeriod = 20 * 366 * 24 * time.Hour

// maxTestDays bounds days times tests: each takes some hundred bytes.
const maxTestDays = 1 << 20

func sameSeries(a, b *assess.TimelineEntry) bool {
	return a.Test == b.Test && a.Record == b.Record && a.Account == b.Account && a.Region == b.Region && a.Opinion == b.Opinion
}

func seriesKey(test, record, account, region, opinion string) uint64 {
	return digest64(appendQuoted(nil, test, record, account, region, opinion))
}

func (x *timelineIndex) hasSeries(key uint64) bool {
	_, ok := slices.BinarySearchFunc(x.series, key, func(s seriesAt, k uint64) int { return cmp.Compare(s.key, k) })
	return ok
}

// intervalKey names an interval by everything that a finding repeats of it.
func intervalKey(record, account, region string, i *assess.Interval) uint64 {
	b := appendQuoted(nil, record, account, region, i.Result, i.Code, i.Begins.Item, i.Begins.What, i.Ends.Item, i.Ends.What)
	b = append(strconv.AppendInt(b, i.From.UnixNano(), 10), ':')
	return digest64(strconv.AppendInt(b, i.To.UnixNano(), 10))
}

// ofTest names an interval of a test. It is apart because a finding may stand before the name of its test.
func ofTest(test string, interval uint64) uint64 {
	return digest64(strconv.AppendUint(appendQuoted(nil, test), interval, 10))
}

func (v *verifier) beginSeries(r *fileResult, s *series, e *assess.TimelineEntry, wrong func(string, ...any)) {
	x := &v.timeline
	t := x.tests[e.Test]
	if t == nil && len(x.tests) > 0 && (len(x.tests)+1)*len(x.tests[x.first].days) > maxTestDays {
		wrong("the test %.60q is one more than are counted over so long a period", e.Test)
		t = x.tests[x.first]
	}
	if t == nil {
		t = &testTimeline{population: e.Population, causes: map[string]*assess.UnknownTime{}, days: daysOf(x.period), wholeDays: daysOf(x.period)}
		if len(x.tests) == 0 {
			x.first = e.Test
		}
		x.tests[e.Test] = t
	}
	*s = series{test: t, days: s.days}
	if s.days == nil {
		s.days = make([]dayMark, len(t.days))
	}
	clear(s.days)
	x.series = append(x.series, seriesAt{seriesKey(e.Test, e.Record, e.Account, e.Region, e.Opinion), r.lines})
	if !e.From.Equal(x.period.From) && !(isPlace(e) && e.From.After(x.period.From)) {
		wrong("the first interval of %.120q begins at %s; the period begins at %s", e.About(), stamp(e.From), stamp(x.period.From))
	}
	if e.Test == "" || e.Account == "" || e.Region == "" || e.Population != t.population {
		wrong("names no test, account or region, or another population than the lines above: %.60q", e.Population)
	}
	if e.Record != "" && !v.inPast(e.Population, e.Account, e.Record) {
		wrong("%.120q is in no population and in no history", e.Record)
	}
}

// follow checks a line against the one before it, of the same series.
func (s *series) follow(e *assess.TimelineEntry, wrong func(string, ...any)) {
	switch {
	case !e.From.Equal(s.entry.To) && !(isPlace(e) && e.From.After(s.entry.To)):
		wrong("begins at %s; the interval above ends at %s", stamp(e.From), stamp(s.entry.To))
	case e.Opinion == "" && e.Begins.Item != s.entry.Ends.Item:
		wrong("begins with the item %.80q; the interval above ends with %.80q", e.Begins.Item, s.entry.Ends.Item)
	case e.Population != s.entry.Population:
		wrong("is of the population %.60q; the line above of %.60q", e.Population, s.entry.Population)
	}
}

// checkEntry checks a line by itself.
func (v *verifier) checkEntry(e *assess.TimelineEntry, cited int, wrong func(string, ...any)) {
	answered := e.Result == assess.IntervalMet || e.Result == assess.IntervalException
	switch {
	case !slices.Contains(assess.IntervalResults(), e.Result):
		wrong("the result is %.40q, which is none", e.Result)
	case !e.From.Before(e.To):
		wrong("begins at %s and ends at %s", stamp(e.From), stamp(e.To))
	case answered && e.Code != "":
		wrong("is %s and has a reason for being unknown: %.60q", e.Result, e.Code)
	case e.Result == assess.IntervalUnknown && (e.Code == "" || e.Reason == ""):
		wrong("is unknown without a reason")
	case e.Tolerated && (e.Result != assess.IntervalException || e.Opinion != ""):
		wrong("is tolerated and no exception")
	case answered && cited == 0 && !isWhole(e):
		wrong("is %s and names no evidence", e.Result)
	case isPlace(e) && e.Result != assess.IntervalUnknown:
		wrong("is %s and about no resource", e.Result)
	}
	if what := v.wrongInterval(&e.Interval); what != "" {
		wrong("%s", what)
	}
}

// changeStatuses are what may have become of asking who made a change.
var changeStatuses = []string{"found", "none", "not-available", "not-asked"}

// wrongInterval says what is wrong with the edges of an interval; nothing is the empty string.
func (v *verifier) wrongInterval(i *assess.Interval) string {
	for _, e := range []assess.Edge{i.Begins, i.Ends} {
		switch {
		case e.What == "":
			return "an edge does not say what it is"
		case e.Item != "" && !v.hasItem(e.Item):
			return fmt.Sprintf("an edge names the item %.120q, which is not in %s, nor one that a state was read from", e.Item, itemsPath)
		case e.Change == nil:
			continue
		}
		if what := wrongChange(e.Change.Status, len(e.Change.Events)); what != "" {
			return what
		}
		for _, id := range e.Change.Evidence {
			if !v.hasEvidence([]byte(id)) {
				return fmt.Sprintf("who changed it points to %.40q, which is not on the tape", id)
			}
		}
	}
	return ""
}

func wrongChange(status string, events int) string {
	if !slices.Contains(changeStatuses, status) || (status == "found") != (events > 0) {
		return fmt.Sprintf("who changed it is %.40q with %d events", status, events)
	}
	return ""
}

// take adds a line to what is counted.
func (s *series) take(x *timelineIndex, e *assess.TimelineEntry) {
	t := s.test
	t.lines++
	if e.Opinion != "" {
		return
	}
	long := e.To.Sub(e.From)
	follows := e.From.Equal(s.entry.To)
	if e.Result != assess.IntervalException || !follows {
		s.run = 0
	}
	if e.Result != assess.IntervalException && e.Result != assess.IntervalUnknown || !follows {
		s.endOpen(e)
	}
	finding := func() {
		x.intervals = append(x.intervals, ofTest(e.Test, intervalKey(e.About(), e.Account, e.Region, &e.Interval)))
	}
	switch e.Result {
	case assess.IntervalException:
		s.run += long
		s.open += long
		s.asked = true
		if e.Tolerated {
			t.tolerated++
			t.longest = max(t.longest, s.run)
			break
		}
		s.failed = true
		t.exceptions++
		finding()
	case assess.IntervalUnknown:
		s.open += long
		s.unknowns++
		s.blank = true
		c := t.causes[e.Code]
		if c == nil {
			c = &assess.UnknownTime{Code: e.Code}
			t.causes[e.Code] = c
		}
		c.Intervals++
		c.Seconds += int64(long / time.Second)
		c.Longest = max(c.Longest, int64(long/time.Second))
		finding()
	case assess.IntervalMet:
		s.asked, s.met = true, true
	case assess.IntervalOther:
		s.asked = true
	}
	s.there = s.there || e.Result != assess.IntervalAbsent
	s.mark(x.period, e)
}

// endOpen ends a time that was an exception or unknown.
func (s *series) endOpen(e *assess.TimelineEntry) {
	for range s.unknowns {
		if isWhole(e) {
			s.test.wholeSpans = append(s.test.wholeSpans, s.open)
		} else {
			s.test.spans = append(s.test.spans, s.open)
		}
	}
	if s.unknowns > 0 {
		s.most = max(s.most, s.open)
	}
	s.open, s.unknowns = 0, 0
}

// mark notes the days that a line touches.
func (s *series) mark(p evidence.Period, e *assess.TimelineEntry) {
	rank := slices.Index(assess.IntervalResults(), e.Result) + 1
	if rank == 0 || !e.From.Before(e.To) {
		return
	}
	first := p.From.UTC().Truncate(day)
	from := max(0, int(e.From.Sub(first)/day))
	to := min(len(s.days)-1, int((e.To.Sub(first)-1)/day))
	for i := from; i <= to; i++ {
		m := &s.days[i]
		switch {
		case m.rank == 0 || int8(rank) < m.rank:
			*m = dayMark{int8(rank), e.Tolerated}
		case int8(rank) == m.rank:
			m.tolerated = m.tolerated && e.Tolerated
		}
	}
}

const day = 24 * time.Hour

// daysOf are the days of a period in UTC, with nothing counted.
func daysOf(p evidence.Period) []assess.Day {
	var out []assess.Day
	for t := p.From.UTC().Truncate(day); t.Before(p.To); t = t.Add(day) {
		out = append(out, assess.Day{Date: t.Format(time.DateOnly)})
	}
	return out
}

// endSeries ends the series that was read last, if there is one.
func (v *verifier) endSeries(r *fileResult, s *series) {
	if s.lines == 0 {
		return
	}
	e := &s.entry
	if end := v.timeline.period.To; !e.To.Equal(end) && !(isPlace(e) && e.To.Before(end)) {
		r.fail(CheckTimeline, r.path, s.line, "the last interval of %.120q ends at %s; the period ends at %s", e.About(), stamp(e.To), stamp(end))
	}
	if e.Opinion != "" {
		return
	}
	s.endOpen(e)
	t := s.test
	days := t.days
	if isWhole(e) {
		days = t.wholeDays
	} else {
		s.count(t)
	}
	for i, m := range s.days {
		d := &days[i]
		if m.rank == 0 {
			continue
		}
		switch assess.IntervalResults()[m.rank-1] {
		case assess.IntervalException:
			d.Exception++
			if m.tolerated {
				d.Tolerated++
			}
		case assess.IntervalUnknown:
			d.Unknown++
		case assess.IntervalMet:
			d.Met++
		case assess.IntervalNotSelected:
			d.NotSelected++
		}
	}
}

// count adds a resource, or a place.
func (s *series) count(t *testTimeline) {
	if s.entry.Record != "" && s.there {
		t.resources++
	}
	switch {
	case s.asked:
		t.asked++
	case s.blank:
		t.unsaid++
		t.blankSpans = append(t.blankSpans, s.most)
	}
	switch {
	case s.failed:
		t.failed++
	case s.asked:
		t.askedSpans = append(t.askedSpans, s.most)
	}
	switch {
	case s.met:
		t.met++
	case s.asked:
		t.others++
	}
}

// inPast reports whether a resource is in the history of a population, or in the population itself.
func (v *verifier) inPast(kind, account, record string) bool {
	if h := v.files[HistoryPath(kind)]; h != nil && h.records.has(digest64(pastKey(nil, []byte(account), []byte(record)))) {
		return true
	}
	p := v.files[RecordsPath(kind)]
	return p != nil && p.past.has(digest64(pastKey(nil, []byte(account), []byte(record))))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
