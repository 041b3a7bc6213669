package pack

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report/reporttest"
)

const pastAccount, pastRegion = "000011112222", "eu-west-1"

func pastKeyARN(i int) string {
	return fmt.Sprintf("arn:aws:kms:%s:%s:key/%d", pastRegion, pastAccount, i)
}

// newPast is newFixture with a test over the period: a key that was disabled for three days and for five hours, one of which a week is
// unknown, one that was deleted, and an account of which nothing is told.
func newPast(t testing.TB) fixture {
	t.Helper()
	f := newFixture(t, 10)
	list := exchangeOf(pastAccount, pastRegion, "ListKeys", "{}", `{"Keys":["a","b"],"Text":"<&> \u2028 \"é😀\\"}`)
	var items, states []byte
	item := func(key int, at string, status string) string {
		id := fmt.Sprintf("item-%d@%s", key, at)
		captured, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, jsonLine(t, fixtureRecord{Meta: evidence.Meta{ID: id, Account: pastAccount, Region: pastRegion, Collected: fixtureDate, Evidence: []string{list.ID}}})...)
		s := evidence.State{Kind: "kms.key", Resource: pastKeyARN(key), Account: pastAccount, Region: pastRegion, ResourceType: "AWS::KMS::Key", ResourceID: fmt.Sprint(key),
			Captured: captured, StateID: "1", Status: status, Source: evidence.FromAPI, Item: id, Evidence: []string{list.ID}, SHA256: evidence.Sum([]byte(id)), Daily: key == 12}
		if !s.Deleted() {
			s.Record = pastRecord(fixtureRecord{Meta: evidence.Meta{ID: s.Resource, Account: pastAccount, Region: pastRegion, Collected: captured, Evidence: []string{list.ID},
				Unknown: []evidence.Unknown{{Field: "tags", Code: evidence.NotInItem}}}, State: "Enabled", Tags: map[string]string{"Team": "a"}})
		}
		states = append(states, jsonLine(t, s)...)
		return id
	}
	head := func(key int, opinion string) assess.TimelineEntry {
		return assess.TimelineEntry{Test: "kms-key-enabled-throughout", Population: "kms.key", Record: pastKeyARN(key), Account: pastAccount, Region: pastRegion, Opinion: opinion,
			Interval: assess.Interval{Source: evidence.FromAPI}, Values: []assess.Value{{Field: "state", Value: "Disabled"}}, Evidence: []string{list.ID}}
	}
	spell := func(until, result, code, item string) reporttest.Spell {
		return reporttest.Spell{Until: until, Result: result, Code: code, Item: item}
	}
	const met, exception, unknown, absent = assess.IntervalMet, assess.IntervalException, assess.IntervalUnknown, assess.IntervalAbsent
	item(0, "2026-05-01T00:00:00Z", "OK")
	changed := spell("2026-08-14T09:30:00Z", exception, "", item(0, "2026-08-11T14:02:00Z", "OK"))
	changed.Change = &assess.Change{Status: "found", Events: []assess.ChangeEvent{{ID: "e-1", Name: "DisableKey", Time: fixtureDate, Principal: "arn:aws:iam::000011112222:user/a"}}, Evidence: []string{list.ID}}
	lines := reporttest.Life(fixturePeriod, head(0, ""), spell("2026-08-11T14:02:00Z", met, "", ""), changed, spell("2026-09-03T01:00:00Z", met, "", item(0, "2026-08-14T09:30:00Z", "OK")),
		spell("2026-09-03T06:00:00Z", exception, "", item(0, "2026-09-03T01:00:00Z", "OK")), spell("", met, "", item(0, "2026-09-03T06:00:00Z", "OK")))
	lines = append(lines, reporttest.Life(fixturePeriod, head(0, "config-rule kms-enabled"), spell("2026-09-03T01:00:00Z", met, "", ""), spell("", exception, "", ""))...)
	item(1, "2026-05-01T00:00:00Z", "OK")
	lines = append(lines, reporttest.Life(fixturePeriod, head(1, ""), spell("2026-07-20", met, "", ""), spell("2026-07-27", unknown, evidence.RecorderStopped, ""), spell("", met, "", ""))...)
	item(12, "2026-05-01T00:00:00Z", "OK")
	lines = append(lines, reporttest.Life(fixturePeriod, head(12, ""), spell("2026-08-01T12:00:00Z", met, "", ""), spell("", absent, "Deleted", item(12, "2026-08-01T12:00:00Z", evidence.StatusDeleted)))...)
	place := assess.TimelineEntry{Test: "kms-key-enabled-throughout", Population: "kms.key", Account: "111122223333", Region: pastRegion, Evidence: []string{}}
	lines = append(lines, reporttest.Life(fixturePeriod, place, spell("", unknown, evidence.RecorderUntold, ""))...)

	p := reporttest.PeriodOf(fixturePeriod, 24*time.Hour, lines)
	p.Disagreements = []assess.Disagreement{{Record: pastKeyARN(0), Account: pastAccount, Region: pastRegion, Source: "config-rule", ID: "kms-enabled", From: lines[1].From, To: lines[1].To,
		Ours: exception, Theirs: met, Evidence: []string{list.ID}}}
	test := assess.TestResult{ID: "kms-key-enabled-throughout", Statement: "Keys are enabled all the time.", Population: "kms.key", Expect: `it.state == "Enabled"`, Require: "every",
		IfEmpty: assess.NotApplicable, Over: "period", Tolerance: "24h", Period: p, Result: assess.Exception, Reason: "1 key was disabled.", Size: 20}
	reporttest.Count(&test, lines)
	test.Exceptions, test.Unknowns = reporttest.Findings(lines, fixtureDate)

	f[itemsPath] = items
	f[HistoryPath("kms.key")] = states
	for _, e := range lines {
		f[TimelinePath] = append(f[TimelinePath], jsonLine(t, e)...)
	}
	a := f.assessment(t)
	a.Tests = append(a.Tests, test)
	a.Frameworks[0].Controls[0].Tests = append(a.Frameworks[0].Controls[0].Tests, test.ID)
	a.Populations = append([]assess.Population{{Kind: "config.configuration_item", Doc: "An item.", Size: bytes.Count(items, []byte("\n")), SHA256: evidence.Sum(items), Complete: true}}, a.Populations...)
	f.setAssessment(t, a)
	return f
}

// A pastRecord is a record of a state.
type pastKeyRecord struct{ fixtureRecord }

func (*pastKeyRecord) Kind() string { return "kms.key" }

func pastRecord(r fixtureRecord) evidence.Record { return &pastKeyRecord{r} }

func TestVerifyPast(t *testing.T) {
	checks, v := verifyPath(t, newPast(t).seal(t))
	if v.Failed != 0 {
		t.Fatal(format(checks))
	}
	said := format(checks)
	for _, want := range []string{"8 states of 1 populations", "13 intervals make up the period for each of 5 resources"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q\n%s", want, said)
		}
	}
	checks, _ = verifyPath(t, newFixture(t, 3).seal(t))
	if said := format(checks); !strings.Contains(said, "no past of a population") || !strings.Contains(said, "no test over the period") {
		t.Error(said)
	}
}

// What is read from delivered files makes no records of items: the states themselves name them, and edges name no other.
func TestVerifyPastOfFiles(t *testing.T) {
	f := newPast(t)
	history := HistoryPath("kms.key")
	f[history] = bytes.ReplaceAll(f[history], []byte(`"source":"config-api"`), []byte(`"source":"config-s3"`))
	delete(f, itemsPath)
	a := f.assessment(t)
	a.Populations = a.Populations[1:]
	f.setAssessment(t, a)
	if checks, v := verifyPath(t, f.seal(t)); v.Failed != 0 {
		t.Fatal(format(checks))
	}
	f[TimelinePath] = bytes.Replace(f[TimelinePath], []byte(`"item":"item-0@2026-08-11T14:02:00Z"`), []byte(`"item":"item-0@2026-08-11T14:02:01Z"`), 1)
	checks, v := verifyPath(t, f.seal(t))
	if v.Failed == 0 || !strings.Contains(format(checks), `an edge names the item "item-0@2026-08-11T14:02:01Z"`) {
		t.Error(format(checks))
	}
}

// What contradicts the past is found, though every digest is fresh.
func TestVerifyFindsContradictionsOfThePast(t *testing.T) {
	history, timeline := HistoryPath("kms.key"), TimelinePath
	edit := func(name, old, new string) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			t.Helper()
			if !bytes.Contains(f[name], []byte(old)) {
				t.Fatalf("%s has no %s", name, old)
			}
			f[name] = bytes.Replace(f[name], []byte(old), []byte(new), 1)
		}
	}
	results := func(change func(*assess.TestResult)) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			a := f.assessment(t)
			change(&a.Tests[len(a.Tests)-1])
			f.setAssessment(t, a)
		}
	}
	// dropLine takes a line out, from 1.
	dropLine := func(name string, n int) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			all := bytes.SplitAfter(f[name], []byte("\n"))
			f[name] = bytes.Join(append(all[:n-1:n-1], all[n:]...), nil)
		}
	}
	both := func(changes ...func(*testing.T, fixture)) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			for _, c := range changes {
				c(t, f)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*testing.T, fixture)
		check  string
		path   string
		line   int
		detail string
	}{
		{"a state of another kind", edit(history, `"kind":"kms.key"`, `"kind":"kms.alias"`), CheckHistory, history, 1, `a state of "kms.alias"`},
		{"a state without an item", edit(history, `"item":"item-0@2026-05`, `"item":"item-0@2025-05`), CheckHistory, history, 1, "which is not in records/config.configuration_item.jsonl"},
		{"no items at all", func(t *testing.T, f fixture) { delete(f, itemsPath) }, CheckHistory, history, 1, "which is not in records/config.configuration_item.jsonl"},
		{"evidence of a state invented", edit(history, `"evidence":["E-`, `"evidence":["E-f`), CheckHistory, history, 1, "not on the tape"},
		{"evidence of a state's record invented", edit(history, `"collected":"2026-05-01T00:00:00Z","evidence":["E-`, `"collected":"2026-05-01T00:00:00Z","evidence":["E-f`), CheckHistory, history, 1, "not on the tape"},
		{"a state without evidence", edit(history, `"evidence":["`+exchangeOf(pastAccount, pastRegion, "ListKeys", "{}", "").ID+`"],"sha256"`, `"evidence":[],"sha256"`), CheckHistory, history, 1, "names no evidence"},
		{"a status nobody has", edit(history, `"status":"OK"`, `"status":"Fine"`), CheckHistory, history, 1, "none of AWS Config's"},
		{"a source nobody has", edit(history, `"source":"config-api"`, `"source":"memory"`), CheckHistory, history, 1, "none that states are read from"},
		{"captured at no moment", edit(history, `"captured":"2026-05-01T00:00:00Z"`, `"captured":"2026-05-01"`), CheckHistory, history, 1, "captured at no moment"},
		{"captured in no known zone", edit(history, `"captured":"2026-05-01T00:00:00Z"`, `"captured":"2026-05-01T00:00:00+02:00"`), CheckHistory, history, 1, "captured at no moment"},
		{"a field unknown for nothing", edit(history, `"code":"NotInItem"`, `"code":"NotLooked"`), CheckHistory, history, 1, "not in gaps.jsonl"},
		{"a deleted state with a record", edit(history, `"status":"OK"`, `"status":"ResourceDeleted"`), CheckHistory, history, 1, "has a record, and is deleted"},
		{"a state with a word more", edit(history, `"status":"OK"`, `"status":"OK","Status":"OK"`), CheckHistory, history, 1, "Status"},
		{"a state with a word twice", edit(history, `"status":"OK"`, `"status":"OK","status":"OK"`), CheckHistory, history, 1, "stands twice"},
		{"a history cut off", func(t *testing.T, f fixture) { f[history] = f[history][:len(f[history])-1] }, CheckHistory, history, 8, "no newline"},
		{"a history gone", func(t *testing.T, f fixture) { delete(f, history) }, CheckTimeline, timeline, 11, "is in no population and in no history"},
		{"a history of nothing", func(t *testing.T, f fixture) { f[HistoryPath("kms.grant")] = nil }, CheckConsistent, HistoryPath("kms.grant"), 0, "does not know"},

		{"a hole", edit(timeline, `"to":"2026-08-11T14:02:00Z"`, `"to":"2026-08-11T14:01:59Z"`), CheckTimeline, timeline, 2, "the interval above ends at 2026-08-11T14:01:59Z"},
		{"an overlap", edit(timeline, `"from":"2026-08-11T14:02:00Z"`, `"from":"2026-08-11T14:01:59Z"`), CheckTimeline, timeline, 2, "begins at 2026-08-11T14:01:59Z"},
		{"a late beginning", edit(timeline, `"from":"2026-07-01T00:00:00Z"`, `"from":"2026-07-02T00:00:00Z"`), CheckTimeline, timeline, 1, "the period begins at"},
		{"an early end", edit(timeline, `"to":"2026-10-01T00:00:00Z"`, `"to":"2026-09-30T00:00:00Z"`), CheckTimeline, timeline, 5, "the period ends at"},
		{"an exception gone", dropLine(timeline, 2), CheckTimeline, timeline, 2, "the interval above ends at"},
		{"the exceptions moved behind", func(t *testing.T, f fixture) {
			all := bytes.SplitAfter(f[timeline], []byte("\n"))
			f[timeline] = bytes.Join(append(append(all[:4:4], all[5:]...), all[4]), nil)
		}, CheckTimeline, timeline, 13, "stand further up already"},
		{"backwards", edit(timeline, `"to":"2026-08-11T14:02:00Z"`, `"to":"2026-06-11T14:02:00Z"`), CheckTimeline, timeline, 1, "begins at 2026-07-01T00:00:00Z and ends at 2026-06-11T14:02:00Z"},
		{"no result", edit(timeline, `"result":"met"`, `"result":""`), CheckTimeline, timeline, 1, "which is none"},
		{"an exception called met", edit(timeline, `"result":"exception"`, `"result":"met"`), CheckResults, AssessmentPath, 0, "finding 1 is an interval that stands in no line"},
		{"an exception called met, by its days", edit(timeline, `"result":"exception"`, `"result":"met"`), CheckResults, AssessmentPath, 0, `says of "2026-08-11"`},
		{"unknown time called met", edit(timeline, `"result":"unknown","code":"RecorderStopped","reason":"The recorder was off."`, `"result":"met"`), CheckResults, AssessmentPath, 0, `1 intervals unknown for "RecorderStopped"`},
		{"unknown without a reason", edit(timeline, `"code":"RecorderStopped","reason":"The recorder was off.",`, ``), CheckTimeline, timeline, 9, "unknown without a reason"},
		{"met with a reason", edit(timeline, `"result":"met"`, `"result":"met","code":"NotInItem"`), CheckTimeline, timeline, 1, "has a reason for being unknown"},
		{"met and tolerated", edit(timeline, `"result":"met"`, `"result":"met","tolerated":true`), CheckTimeline, timeline, 1, "is tolerated and no exception"},
		{"met by nothing", edit(timeline, `,"evidence":["`+exchangeOf(pastAccount, pastRegion, "ListKeys", "{}", "").ID+"\"]}\n", `,"evidence":[]`+"}\n"), CheckTimeline, timeline, 1, "names no evidence"},
		{"a place that is met", edit(timeline, `"result":"unknown","code":"RecorderUntold","reason":"Nothing tells whether the recorder was on, or what it was set to record."`, `"result":"not-selected"`), CheckTimeline, timeline, 13, "is not-selected and about no resource"},
		{"evidence of an interval invented", edit(timeline, `"evidence":["E-`, `"evidence":["E-f`), CheckTimeline, timeline, 1, "not on the tape"},
		{"an edge of no item", edit(timeline, `"item":"item-0@2026-08-11T14:02:00Z"`, `"item":"item-0@2026-08-11T14:02:01Z"`), CheckTimeline, timeline, 1, "which is not in records/config.configuration_item.jsonl"},
		{"two items at one edge", edit(timeline, `"ends":{"item":"item-0@2026-08-11T14:02:00Z"`, `"ends":{"item":"item-0@2026-08-14T09:30:00Z"`), CheckTimeline, timeline, 2, "the interval above ends with"},
		{"a change by nobody", edit(timeline, `"status":"found"`, `"status":"none"`), CheckTimeline, timeline, 1, "who changed it"},
		{"a change that was never looked up", edit(timeline, `}],"evidence":["E-`, `}],"evidence":["E-f`), CheckTimeline, timeline, 1, "who changed it points to"},
		{"a resource invented", edit(timeline, `"record":"arn:aws:kms:eu-west-1:000011112222:key/0"`, `"record":"arn:aws:kms:eu-west-1:000011112222:key/99"`), CheckTimeline, timeline, 1, "is in no population and in no history"},
		{"another population", edit(timeline, `"population":"kms.key"`, `"population":"kms.alias"`), CheckTimeline, timeline, 2, "of the population"},
		{"a word more", edit(timeline, `"result":"met"`, `"result":"met","note":"fine"`), CheckTimeline, timeline, 1, "note"},
		{"a timeline cut off", func(t *testing.T, f fixture) { f[timeline] = f[timeline][:len(f[timeline])-1] }, CheckTimeline, timeline, 13, "no newline"},
		{"a timeline gone", func(t *testing.T, f fixture) { delete(f, timeline) }, CheckResults, AssessmentPath, 0, "there is no timeline.jsonl"},
		{"a test of the timeline gone", func(t *testing.T, f fixture) {
			f[timeline] = bytes.ReplaceAll(f[timeline], []byte(`"test":"kms-key-enabled-throughout"`), []byte(`"test":"kms-key-enabled"`))
		}, CheckResults, AssessmentPath, 0, `test "kms-key-enabled": is not over the period`},
		{"a test nobody knows", func(t *testing.T, f fixture) {
			f[timeline] = append(f[timeline], bytes.ReplaceAll(f[timeline], []byte(`"test":"kms-key-enabled-throughout"`), []byte(`"test":"other"`))...)
		}, CheckResults, AssessmentPath, 0, `timeline.jsonl has lines of the test "other"`},

		{"an exception dropped", results(func(r *assess.TestResult) { r.Exceptions, r.ExceptionCount = nil, 0 }), CheckResults, AssessmentPath, 0, "lists 0 exceptions; timeline.jsonl has 1"},
		{"unknown intervals dropped", results(func(r *assess.TestResult) { r.Unknowns, r.UnknownCount = nil, 0 }), CheckResults, AssessmentPath, 0, "lists 0 unknown intervals; timeline.jsonl has 2 that the tolerance does not cover"},
		{"one unknown interval dropped", results(func(r *assess.TestResult) { r.Unknowns = r.Unknowns[1:] }), CheckResults, AssessmentPath, 0, "lists 1 unknown intervals; timeline.jsonl has 2"},
		{"a resource made met", results(func(r *assess.TestResult) { r.UnknownCount, r.MetCount = r.UnknownCount-1, r.MetCount+1 }), CheckResults, AssessmentPath, 0, "1 exceptions, 2 unknown and 0 others"},
		{"not tested", results(func(r *assess.TestResult) { r.Result = assess.NotTested }), CheckResults, AssessmentPath, 0, `make it "exception"`},
		{"nothing told of the period", results(func(r *assess.TestResult) {
			*r = assess.TestResult{ID: r.ID, Population: r.Population, Over: "period", Require: "every", Size: r.Size, Selected: r.Size, MetCount: r.Size, Result: assess.Met, Reason: "x"}
		}), CheckResults, AssessmentPath, 0, "nothing is told of it"},
		{"an edge moved", results(func(r *assess.TestResult) {
			r.Exceptions[0].Interval.From = r.Exceptions[0].Interval.From.Add(time.Hour)
		}), CheckResults, AssessmentPath, 0, "finding 1 is an interval that stands in no line"},
		{"an edge of another item", results(func(r *assess.TestResult) { r.Exceptions[0].Interval.Ends.Item = r.Exceptions[0].Interval.Begins.Item }), CheckResults, AssessmentPath, 0, "finding 1 is an interval that stands in no line"},
		{"another resource", results(func(r *assess.TestResult) { r.Exceptions[0].Record = pastKeyARN(1) }), CheckResults, AssessmentPath, 0, "finding 1 is an interval that stands in no line"},
		{"a finding twice", results(func(r *assess.TestResult) { r.Unknowns[1] = r.Unknowns[0] }), CheckResults, AssessmentPath, 0, "stand twice"},
		{"an interval without its result", results(func(r *assess.TestResult) { r.Exceptions[0].Interval.Result = assess.IntervalMet }), CheckResults, AssessmentPath, 0, `its interval is "met"`},
		{"a finding of no time", results(func(r *assess.TestResult) { r.Exceptions[0].Interval = nil }), CheckResults, AssessmentPath, 0, "have no interval"},
		{"made met", results(func(r *assess.TestResult) { r.Result = assess.Met }), CheckResults, AssessmentPath, 0, `make it "exception"`},
		{"a day made met", results(func(r *assess.TestResult) { d := &r.Period.Days[42]; d.Exception, d.Met = d.Exception-1, d.Met+1 }), CheckResults, AssessmentPath, 0, `says of "2026-08-12"`},
		{"a day left out", results(func(r *assess.TestResult) { r.Period.Days = r.Period.Days[1:] }), CheckResults, AssessmentPath, 0, "tells 91 days"},
		{"another period", results(func(r *assess.TestResult) { r.Period.From = r.Period.From.Add(time.Hour) }), CheckResults, AssessmentPath, 0, "is over 2026-07-01T01:00:00Z"},
		{"an instant test", results(func(r *assess.TestResult) { r.Over = "instant" }), CheckResults, AssessmentPath, 0, `is over "instant"`},
		{"intervals miscounted", results(func(r *assess.TestResult) { r.Period.Intervals-- }), CheckResults, AssessmentPath, 0, "counts 12 intervals; timeline.jsonl has 13"},
		{"resources miscounted", results(func(r *assess.TestResult) { r.Period.Resources++ }), CheckResults, AssessmentPath, 0, "counts 4 resources; timeline.jsonl has 3"},
		{"more than its population", func(t *testing.T, f fixture) {
			a := f.assessment(t)
			a.Populations[2].Period = &assess.PopulationPeriod{Resources: 2, Created: 0, Deleted: 1}
			f.setAssessment(t, a)
		}, CheckResults, AssessmentPath, 0, "counts 3 resources, 0 created and 1 deleted; its population 2, 0 and 1"},
		{"selected miscounted", results(func(r *assess.TestResult) { r.Period.Selected = 1 }), CheckResults, AssessmentPath, 0, "counts 3 selected resources, and 1 over the period"},
		{"tolerated miscounted", results(func(r *assess.TestResult) { r.Period.Tolerated = 0 }), CheckResults, AssessmentPath, 0, "counts 0 tolerated"},
		{"unknown time shortened", results(func(r *assess.TestResult) { r.Period.Unknown[0].Seconds-- }), CheckResults, AssessmentPath, 0, `unknown for "RecorderStopped", 604799 seconds; timeline.jsonl has 1, 604800`},
		{"unknown time hidden", results(func(r *assess.TestResult) { r.Period.Unknown = r.Period.Unknown[:1] }), CheckResults, AssessmentPath, 0, `0 intervals unknown for "RecorderUntold"`},
		{"a tolerance made longer than it is", results(func(r *assess.TestResult) { r.Tolerance = "4h" }), CheckResults, AssessmentPath, 0, `tolerates "4h"`},
		{"a long exception tolerated", both(edit(timeline, `"values":[{"field":"state","value":"Disabled"}],"evidence"`, `"tolerated":true,"values":[{"field":"state","value":"Disabled"}],"evidence"`), results(func(r *assess.TestResult) {
			r.Exceptions, r.ExceptionCount, r.Period.Tolerated = nil, 0, 2
		})), CheckResults, AssessmentPath, 0, `an exception of 67h28m0s is called tolerated`},
		{"a disagreement with nobody", results(func(r *assess.TestResult) { r.Period.Disagreements[0].ID = "other" }), CheckResults, AssessmentPath, 0, `disagrees with "config-rule other"`},
		{"a disagreement of no evidence", results(func(r *assess.TestResult) { r.Period.Disagreements[0].Evidence = []string{"E-0123456789abcdef"} }), CheckResults, AssessmentPath, 0, "a disagreement points to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newPast(t)
			c.change(t, f)
			checks, _ := verifyPath(t, f.seal(t))
			for _, got := range bad(checks) {
				if got.Name == c.check && got.Path == c.path && (c.line == 0 || got.Line == c.line) && strings.Contains(got.Detail, c.detail) {
					return
				}
			}
			t.Errorf("no %s fails at %s:%d with %q\n%s", c.check, c.path, c.line, c.detail, format(bad(checks)))
		})
	}
}
