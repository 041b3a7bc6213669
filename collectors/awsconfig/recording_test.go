package awsconfig

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// spansOf writes the spans of the place as from..to code, and checks that they make up the period until the moment of the audit.
func spansOf(t *testing.T, r *celltest.Result, from, to time.Time) string {
	t.Helper()
	var b strings.Builder
	at := from
	for _, x := range celltest.Of[Recording](r) {
		if !x.From.Equal(at) || !x.To.After(x.From) {
			t.Errorf("span %s to %s, want one from %s", x.From, x.To, at)
		}
		at = x.To
		word := x.Code
		if word == "" {
			word = "on"
		}
		if (word == "on") != (x.On != nil && *x.On) || (x.Group != nil) != (word == "on") {
			t.Errorf("span %+v", x)
		}
		fmt.Fprintf(&b, "%s %s\n", x.From.Format("01-02 15:04"), word)
	}
	if !at.Equal(to) {
		t.Errorf("the spans end at %s, want %s", at, to)
	}
	return b.String()
}

func TestRecordingOverThePeriod(t *testing.T) {
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 12, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name   string
		set    func(*scenario.Recorder)
		faults []*scenario.Fault
		want   string
	}{
		{name: "never changed", set: func(*scenario.Recorder) {}, want: "07-01 00:00 on\n"},
		{name: "stopped for a week", set: func(r *scenario.Recorder) { r.Off = []scenario.Span{{From: day(8, 10), To: day(8, 17)}} },
			want: "07-01 00:00 on\n08-10 12:00 RecorderStopped\n08-17 12:00 on\n"},
		{name: "stopped twice: of the first time only its items tell", set: func(r *scenario.Recorder) {
			r.Off = []scenario.Span{{From: day(7, 5), To: day(7, 6)}, {From: day(8, 10), To: day(8, 17)}}
		}, want: "07-01 00:00 on\n07-05 12:01 RecorderStopped\n07-06 12:01 on\n08-10 12:00 RecorderStopped\n08-17 12:00 on\n"},
		{name: "stopped for good", set: func(r *scenario.Recorder) { r.Off = []scenario.Span{{From: day(8, 10)}} },
			want: "07-01 00:00 on\n08-10 12:00 RecorderStopped\n"},
		{name: "stopped before the period, and since", set: func(r *scenario.Recorder) { r.Off = []scenario.Span{{From: day(6, 10)}} },
			want: "07-01 00:00 RecorderStopped\n"},
		{name: "stopped and started before the period", set: func(r *scenario.Recorder) { r.Off = []scenario.Span{{From: day(6, 10), To: day(6, 11)}} },
			want: "07-01 00:00 on\n"},
		{name: "set up in the period", set: func(r *scenario.Recorder) { r.Started = day(8, 1) },
			want: "07-01 00:00 RecorderUntold\n08-01 12:00 on\n"},
		{name: "nobody wrote down how it was set", set: func(r *scenario.Recorder) { r.Unrecorded = true },
			want: "07-01 00:00 RecorderUntold\n"},
		{name: "nobody wrote it down, and it is off", set: func(r *scenario.Recorder) { r.Unrecorded, r.Off = true, []scenario.Span{{From: day(8, 10)}} },
			want: "07-01 00:00 RecorderUntold\n08-10 12:00 RecorderStopped\n"},
		{name: "stopped for a week, and AWS does not tell the recorder's history", set: func(r *scenario.Recorder) {
			r.Untyped, r.Off = true, []scenario.Span{{From: day(8, 10), To: day(8, 17)}}
		},
			want: "07-01 00:00 RecorderUntold\n08-10 12:00 RecorderStopped\n08-17 12:00 on\n"},
		{name: "never changed, and AWS does not tell the recorder's history", set: func(r *scenario.Recorder) { r.Untyped = true }, want: "07-01 00:00 on\n"},
		{name: "its history is denied", set: func(r *scenario.Recorder) { r.Off = []scenario.Span{{From: day(8, 10), To: day(8, 17)}} }, faults: []*scenario.Fault{{Operation: "GetResourceConfigHistory", Body: recorderType, Kind: scenario.Denied, From: 4}},
			want: "07-01 00:00 RecorderUntold\n"},
		{name: "its last state is denied", set: func(*scenario.Recorder) {}, faults: []*scenario.Fault{{Operation: "SelectResourceConfig", Kind: scenario.Denied}},
			want: "07-01 00:00 RecorderUntold\n"},
		{name: "its status is denied", set: func(*scenario.Recorder) {}, faults: []*scenario.Fault{{Operation: "DescribeConfigurationRecorderStatus", Kind: scenario.Denied}},
			want: "07-01 00:00 RecorderUntold\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := scenario.Demo()
			c.set(o.In(scenario.DemoPayments, ireland).Recorder)
			r := read(t, o, scenario.DemoPayments, ireland, quarter(keys), c.faults...)
			if got := spansOf(t, r, scenario.QuarterFrom, scenario.QuarterTo); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
	t.Run("no recorder", func(t *testing.T) {
		o := scenario.Demo()
		o.In(scenario.DemoPayments, ireland).Recorder = nil
		r := read(t, o, scenario.DemoPayments, ireland, quarter(keys))
		if got := spansOf(t, r, scenario.QuarterFrom, scenario.QuarterTo); got != "07-01 00:00 NoRecorder\n" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("recorders denied", func(t *testing.T) {
		r := read(t, scenario.Demo(), scenario.DemoPayments, ireland, quarter(keys), &scenario.Fault{Operation: "DescribeConfigurationRecorders", Kind: scenario.Denied})
		if n := len(celltest.Of[Recording](r)); n != 0 {
			t.Errorf("%d spans of a recorder that nobody could see", n)
		}
		for _, g := range r.GapsOf("DescribeConfigurationRecorders") {
			for _, k := range g.Kinds {
				if k == recordingKind {
					return
				}
			}
		}
		t.Error("no gap says that the spans are missing")
	})
}

// A recorder that was started the evening before the period says so: its inventory is not done when the period begins.
func TestSpansTellSinceWhen(t *testing.T) {
	eve := scenario.QuarterFrom.Add(-2 * time.Hour)
	for _, c := range []struct {
		off    scenario.Span
		within time.Duration // of the start
		start  time.Time
	}{
		{scenario.Span{From: eve.AddDate(0, 0, -3), To: eve}, itemDelay, eve},
		{scenario.Span{From: eve.AddDate(0, 0, -30), To: eve.AddDate(0, 0, -29)}, itemDelay, eve.AddDate(0, 0, -29)},
	} {
		o := scenario.Demo()
		o.In(scenario.DemoPayments, ireland).Recorder.Off = []scenario.Span{c.off}
		spans := celltest.Of[Recording](read(t, o, scenario.DemoPayments, ireland, quarter(keys)))
		if len(spans) != 1 || spans[0].Code != "" {
			t.Fatalf("%d spans: %+v", len(spans), spans[0])
		}
		if got := spans[0].Begun(); got.Before(c.start) || got.Sub(c.start) > c.within {
			t.Errorf("on since %s, want %s", got, c.start)
		}
	}
}

// A span says of each type whether it was recorded.
func TestSpansCoverByType(t *testing.T) {
	o := scenario.Demo()
	o.In(scenario.DemoPayments, ireland).Recorder.Excluded = []string{"AWS::S3::Bucket"}
	r := read(t, o, scenario.DemoPayments, ireland, quarter(keys, "AWS::S3::Bucket"))
	spans := celltest.Of[Recording](r)
	if len(spans) != 1 {
		t.Fatalf("%d spans", len(spans))
	}
	for typ, want := range map[string]string{keys: "", "AWS::S3::Bucket": evidence.TypeNotRecorded, complianceType: ""} {
		if got := spans[0].Covers(evidence.Past{Type: typ}).Code; got != want {
			t.Errorf("%s: %q, want %q", typ, got, want)
		}
	}
}

func TestGroupsCover(t *testing.T) {
	word := func(s string) *string { return &s }
	exclusion, inclusion, all := word("EXCLUSION_BY_RESOURCE_TYPES"), word("INCLUSION_BY_RESOURCE_TYPES"), word("ALL_SUPPORTED_RESOURCE_TYPES")
	daily := []TypeOverride{{Frequency: "DAILY", Types: []string{keys}}}
	for _, c := range []struct {
		name      string
		group     Group
		frequency *string
		overrides []TypeOverride
		typ       string
		global    bool
		want      evidence.Coverage
	}{
		{"all supported", Group{AllSupported: true, Strategy: all}, word("CONTINUOUS"), nil, keys, false, evidence.Coverage{}},
		{"all supported, the strategy not named", Group{AllSupported: true}, nil, nil, keys, false, evidence.Coverage{}},
		{"global types are left out by default", Group{AllSupported: true, Strategy: all}, nil, nil, "AWS::IAM::Role", true, evidence.Coverage{Code: evidence.TypeNotRecorded}},
		{"global types are included", Group{AllSupported: true, Strategy: all, GlobalTypes: true}, nil, nil, "AWS::IAM::Role", true, evidence.Coverage{}},
		{"exclusion leaves global types in", Group{Strategy: exclusion, ExcludedTypes: []string{"AWS::EC2::Volume"}}, nil, nil, "AWS::IAM::Role", true, evidence.Coverage{}},
		{"exclusion", Group{Strategy: exclusion, ExcludedTypes: []string{keys}}, nil, nil, keys, false, evidence.Coverage{Code: evidence.TypeNotRecorded}},
		{"inclusion", Group{Strategy: inclusion, Types: []string{keys}}, nil, nil, keys, false, evidence.Coverage{}},
		{"inclusion of others", Group{Strategy: inclusion, Types: []string{"AWS::EC2::Volume"}}, nil, nil, keys, false, evidence.Coverage{Code: evidence.TypeNotRecorded}},
		{"a strategy that is not known", Group{Strategy: word("SOMETHING_NEW")}, nil, nil, keys, false, evidence.Coverage{Code: evidence.TypeNotRecorded}},
		{"daily", Group{AllSupported: true}, word("DAILY"), nil, keys, false, evidence.Coverage{Daily: true}},
		{"daily by an override", Group{AllSupported: true}, word("CONTINUOUS"), daily, keys, false, evidence.Coverage{Daily: true}},
		{"continuous by an override", Group{AllSupported: true}, word("DAILY"), []TypeOverride{{Frequency: "CONTINUOUS", Types: []string{keys}}}, keys, false, evidence.Coverage{}},
		{"a frequency that is not known counts as the rarer", Group{AllSupported: true}, word("HOURLY"), nil, keys, false, evidence.Coverage{Daily: true}},
	} {
		if got := c.group.covers(c.global, c.typ, c.frequency, c.overrides); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// An item of a recorder that is not in AWS's form tells nothing, whatever is missing.
func TestUnreadableTurns(t *testing.T) {
	for _, c := range []struct{ configuration, want string }{
		{`{"Name":"default","Recording":true,"RecordingGroup":{"AllSupported":true}}`, ""},
		{`{"name":"default","recording":true,"recordingGroup":{"allSupported":true}}`, ""},
		{`{"Name":"default","Recording":false,"RecordingGroup":{"AllSupported":true}}`, evidence.RecorderStopped},
		{`{"Name":"default","RecordingGroup":{"AllSupported":true}}`, evidence.RecorderUntold},
		{`{"Name":"default","Recording":true}`, evidence.RecorderUntold},
		{`{"Name":"default","Recording":true,"RecordingGroup":{}}`, evidence.RecorderUntold},
		{`{"Name":"default","Recording":"yes","RecordingGroup":{"AllSupported":true}}`, evidence.RecorderUntold},
		{`[]`, evidence.RecorderUntold},
		{``, evidence.RecorderUntold},
	} {
		it := itemWith(c.configuration)
		if got := turnOf(&it); got.code != c.want {
			t.Errorf("%s: %q, want %q", c.configuration, got.code, c.want)
		}
	}
	it := itemWith("")
	it.Status = evidence.StatusDeleted
	if got := turnOf(&it); got.code != evidence.NoRecorder {
		t.Errorf("deleted: %q", got.code)
	}
}

func itemWith(configuration string) configitem.Item {
	return configitem.Item{ResourceType: recorderType, ResourceID: "default", Status: evidence.StatusOK, Captured: time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC), Configuration: []byte(configuration)}
}

// Where the recorder is set otherwise than its last item says, what it was set to since that item is not told; the same where it was
// started and no item followed.
func TestTurnsAgainstTheStatus(t *testing.T) {
	tp, err := tape.Open(os.DirFS(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	scope := quarter(keys)
	on := func(at time.Time, group string) turn {
		it := itemWith(`{"Name":"default","Recording":true,"RecordingGroup":` + group + `}`)
		x := turnOf(&it)
		x.at, x.item = at, "item"
		return x
	}
	moment := func(x time.Time) *time.Time { return &x }
	now := &types.ConfigurationRecorder{RecordingGroup: &types.RecordingGroup{AllSupported: true}}
	for _, c := range []struct {
		name   string
		turns  []turn
		status Recorder
		want   string
	}{
		{"as it is now", []turn{on(day(5, 1), `{"AllSupported":true}`)}, Recorder{Recording: true, LastStart: moment(day(5, 1))}, "07-01 "},
		{"set otherwise since", []turn{on(day(5, 1), `{"AllSupported":true}`), on(day(8, 1), `{"AllSupported":false,"ResourceTypes":["AWS::EC2::Volume"]}`)},
			Recorder{Recording: true, LastStart: moment(day(5, 1))}, "07-01  08-01 RecorderUntold"},
		{"started, and no item followed", []turn{on(day(5, 1), `{"AllSupported":true}`), {at: day(8, 2), code: evidence.RecorderStopped, item: "stopped"}},
			Recorder{Recording: true, LastStart: moment(day(8, 9)), LastStop: moment(day(8, 2))}, "07-01  08-02 RecorderStopped 08-09 RecorderUntold"},
		{"recording fails", []turn{on(day(5, 1), `{"AllSupported":true}`)}, Recorder{Recording: true, LastStart: moment(day(5, 1)), Status: aws.String("FAILURE"), StatusChanged: moment(day(9, 1))},
			"07-01  09-01 RecorderUntold"},
		{"on, and stopped after its last start", []turn{on(day(5, 1), `{"AllSupported":true}`)}, Recorder{Recording: true, LastStart: moment(day(8, 1)), LastStop: moment(day(8, 5))},
			"07-01 RecorderUntold 08-01 "},
		{"off, and never started", []turn{on(day(5, 1), `{"AllSupported":true}`)}, Recorder{}, "07-01 RecorderStopped"},
	} {
		r := &reader{c: cell.Open(cell.Opening{Account: "111122223333", Region: ireland, Collector: "awsconfig", Scope: scope, Tape: tp}), recorder: now, status: &c.status, asked: true}
		var got []string
		for _, s := range r.spans(c.turns, true, scenario.QuarterFrom, scenario.QuarterTo) {
			got = append(got, s.from.Format("01-02")+" "+s.code)
		}
		if d := strings.Join(got, " "); d != c.want {
			t.Errorf("%s: %q, want %q", c.name, d, c.want)
		}
	}
}
