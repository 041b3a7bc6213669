package awsconfig

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const keys = "AWS::KMS::Key"

// itemsOf gives the items of a resource, in order.
func itemsOf(r *celltest.Result, id string) []*ConfigurationItem {
	var out []*ConfigurationItem
	for _, x := range celltest.Of[ConfigurationItem](r) {
		if x.ResourceID == id {
			out = append(out, x)
		}
	}
	return out
}

func ledgerKey(o *scenario.Organization) *scenario.Key {
	return o.In(scenario.DemoPayments, ireland).Key("example/ledger-db")
}

func TestHistoryOfTheQuarter(t *testing.T) {
	o := scenario.Demo()
	r := read(t, o, scenario.DemoPayments, ireland, quarter(keys))
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %+v", r.Gaps)
	}
	// Rotation was switched off and on again: the state in force when the quarter began, and both changes.
	items := itemsOf(r, ledgerKey(o).ID)
	if len(items) != 3 {
		t.Fatalf("%d items, want the one in force and two changes", len(items))
	}
	for i, at := range []time.Time{items[0].Captured.UTC(), time.Date(2026, 8, 4, 14, 22, 0, 0, time.UTC), time.Date(2026, 8, 7, 9, 3, 0, 0, time.UTC)} {
		if !items[i].Captured.Equal(at) || items[i].InForceAtStart != (i == 0) {
			t.Errorf("item %d: %+v", i, items[i])
		}
	}
	if items[0].Captured.After(scenario.QuarterFrom) || items[0].Status != "ResourceDiscovered" || items[1].Status != "OK" {
		t.Errorf("items %+v %+v", items[0], items[1])
	}
	if !slices.Contains(items[1].Supplementary, "KeyRotationStatus") || len(items[1].Configuration.SHA256) != 64 || items[1].Configuration.Bytes < 100 {
		t.Errorf("configuration %+v, supplementary %v", items[1].Configuration, items[1].Supplementary)
	}
	d := celltest.One[DiscoveredResource](t, r, ireland+"/"+keys+"/"+ledgerKey(o).ID)
	if d.Items != 2 || !d.InForceAtStart || d.Deleted != nil || len(d.Evidence) < 15 {
		t.Errorf("resource %+v: want the list, the state in force and fourteen windows as evidence", d)
	}

	// A key that was deleted in the quarter ends in an item without a configuration.
	where := o.In(scenario.DemoPayments, ireland)
	gone := where.Keys[slices.IndexFunc(where.Keys, func(k scenario.Key) bool { return k.Gone })]
	items = itemsOf(r, gone.ID)
	last := items[len(items)-1]
	if last.Status != "ResourceDeleted" || last.Configuration != nil || len(items) != 3 {
		t.Errorf("deleted key: %d items, last %+v", len(items), last)
	}
	if d := celltest.One[DiscoveredResource](t, r, ireland+"/"+keys+"/"+gone.ID); d.Deleted == nil || d.DeletedBeforePeriod {
		t.Errorf("resource %+v", d)
	}
	// What Config has not discovered is not in the list.
	unseen := where.Keys[slices.IndexFunc(where.Keys, func(k scenario.Key) bool { return k.Undiscovered })]
	if len(itemsOf(r, unseen.ID)) != 0 {
		t.Error("items of a key that was never discovered")
	}
}

func TestDailyItemsSaySo(t *testing.T) {
	r := read(t, scenario.Demo(), scenario.DemoData, ireland, quarter(keys))
	items := celltest.Of[ConfigurationItem](r)
	items = slices.DeleteFunc(items, func(x *ConfigurationItem) bool { return x.ResourceType != keys }) // AWS Config's own types are recorded as they change
	if len(items) == 0 {
		t.Fatal("no items")
	}
	for _, x := range items {
		if *x.RecordingFrequency != "DAILY" || !x.Delivered.After(*x.Captured) {
			t.Errorf("item %+v", x)
		}
	}
}

// No call looks through more than seven days, together they leave no moment of the period out, and none asks beyond the audit's.
func TestWindowsCoverThePeriod(t *testing.T) {
	type span struct{ from, to time.Time }
	for _, asOf := range []time.Time{scenario.Now, time.Date(2026, 9, 3, 10, 30, 0, 0, time.UTC)} {
		var mu sync.Mutex
		spans := map[string][]span{}
		s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Check: func(c *scenario.Call) error {
			if c.Operation != "GetResourceConfigHistory" {
				return nil
			}
			var in struct {
				ResourceID         string   `json:"resourceId"`
				EarlierTime        *float64 `json:"earlierTime"`
				LaterTime          float64  `json:"laterTime"`
				ChronologicalOrder string   `json:"chronologicalOrder"`
				Limit              int      `json:"limit"`
				NextToken          string   `json:"nextToken"`
			}
			if err := json.Unmarshal(c.RequestBody, &in); err != nil {
				return err
			}
			at := func(v float64) time.Time { return time.UnixMilli(int64(v * 1000)).UTC() }
			if in.EarlierTime == nil {
				if !at(in.LaterTime).Equal(scenario.QuarterFrom) || in.ChronologicalOrder != "Reverse" || in.Limit != 1 {
					return fmt.Errorf("the state in force is asked for by %s", c.RequestBody)
				}
				return nil
			}
			if at(in.LaterTime).Sub(at(*in.EarlierTime)) > 7*24*time.Hour {
				return fmt.Errorf("more than seven days: %s", c.RequestBody)
			}
			mu.Lock()
			defer mu.Unlock()
			spans[in.ResourceID] = append(spans[in.ResourceID], span{at(*in.EarlierTime), at(in.LaterTime)})
			return nil
		}})
		scope := quarter(keys)
		scope.AsOf = asOf
		celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments, Region: ireland, Scope: scope})
		s.Close()
		for _, v := range s.Violations() {
			t.Error(v)
		}
		end := scenario.QuarterTo
		if asOf.Before(end) {
			end = asOf
		}
		for id, all := range spans {
			reached := scenario.QuarterFrom
			for _, x := range all {
				if x.from.After(reached) {
					t.Errorf("%s: nobody looked from %s to %s", id, reached, x.from)
				}
				if x.to.After(end) {
					t.Errorf("%s: asked for %s, which is after %s", id, x.to, end)
				}
				reached = x.to
			}
			if !reached.Equal(end) {
				t.Errorf("%s: looked until %s, want %s", id, reached, end)
			}
		}
		if len(spans) == 0 {
			t.Error("no windows were asked for")
		}
	}
}

// Runs of empty pages with a token are how AWS answers; they end nothing.
func TestEmptyPagesAreNotTheEnd(t *testing.T) {
	o := scenario.Demo()
	whole := read(t, o, scenario.DemoPayments, ireland, quarter(keys))
	id := ledgerKey(o).ID
	holes := read(t, scenario.Demo(), scenario.DemoPayments, ireland, quarter(keys), &scenario.Fault{Operation: "GetResourceConfigHistory", Body: id, Kind: scenario.EmptyPage, From: 1, Times: 1},
		&scenario.Fault{Operation: "GetResourceConfigHistory", Body: id, Kind: scenario.EmptyPage, From: 8, Times: 1})
	if len(holes.Gaps) > 0 {
		t.Errorf("gaps %+v", holes.Gaps)
	}
	a, b := itemsOf(whole, id), itemsOf(holes, id)
	if len(a) != len(b) || len(a) != 3 {
		t.Fatalf("%d items with empty pages, %d without", len(b), len(a))
	}
	for i := range a {
		if a[i].ID != b[i].ID {
			t.Errorf("item %d is %s, want %s", i, b[i].ID, a[i].ID)
		}
	}
}

// An item on the border of two windows, and one captured at the very moment the period begins, are taken once.
func TestBordersAreTakenOnce(t *testing.T) {
	o := scenario.Demo()
	end := scenario.QuarterTo
	var items []scenario.Item
	for _, at := range []time.Time{scenario.QuarterFrom, scenario.QuarterFrom.Add(window), scenario.QuarterFrom.Add(2 * window), end, end.Add(time.Hour)} {
		items = append(items, scenario.Item{At: at, Configuration: fmt.Sprintf(`{"at":%d}`, at.Unix())})
	}
	where := o.In(scenario.DemoData, virginia)
	where.Resources = []scenario.Resource{{Type: "AWS::EC2::Volume", ID: "vol-border", Items: items}}
	r := read(t, o, scenario.DemoData, virginia, quarter("AWS::EC2::Volume"))
	got := itemsOf(r, "vol-border")
	if len(got) != 3 || !got[0].InForceAtStart || got[1].InForceAtStart || got[2].InForceAtStart {
		t.Fatalf("%d items, want the first as the one in force and two more; what comes at the period's end belongs to the next one", len(got))
	}
	if d := celltest.One[DiscoveredResource](t, r, "vol-border"); d.Items != 2 || !d.InForceAtStart {
		t.Errorf("resource %+v", d)
	}
}

// A resource that was first seen in the period was not in force at its beginning, and one deleted before it is not asked about.
func TestNewAndLongGone(t *testing.T) {
	o := scenario.Demo()
	where := o.In(scenario.DemoData, virginia)
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 12, 0, 0, 0, time.UTC) }
	where.Resources = []scenario.Resource{
		{Type: "AWS::EC2::Volume", ID: "vol-new", Items: []scenario.Item{{At: day(8, 1), Configuration: "{}"}}},
		{Type: "AWS::EC2::Volume", ID: "vol-gone", Items: []scenario.Item{{At: day(2, 1), Configuration: "{}"}, {At: day(3, 1), Status: "ResourceDeleted"}}},
	}
	r := read(t, o, scenario.DemoData, virginia, quarter("AWS::EC2::Volume"))
	if d := celltest.One[DiscoveredResource](t, r, "vol-new"); d.InForceAtStart || d.Items != 1 {
		t.Errorf("resource %+v", d)
	}
	d := celltest.One[DiscoveredResource](t, r, "vol-gone")
	if !d.DeletedBeforePeriod || d.Items != 0 || len(d.Evidence) != 1 || len(itemsOf(r, "vol-gone")) != 0 {
		t.Errorf("resource %+v", d)
	}
}

// One resource's failure is a gap on that resource and on the population, and on no other resource.
func TestOneBrokenHistory(t *testing.T) {
	o := scenario.Demo()
	id := ledgerKey(o).ID
	for _, f := range []scenario.Fault{
		{Kind: scenario.Denied}, {Kind: scenario.Denied, From: 6}, {Kind: scenario.HalfJSON, From: 6}, {Kind: scenario.EmptyObject, From: 6},
		{Kind: scenario.Code, CodeText: "ResourceNotDiscoveredException", Message: "unknown or has not been discovered"},
	} {
		f.Operation, f.Body = "GetResourceConfigHistory", `"`+id+`"` // and not the verdicts on it, whose id ends in the same
		r := read(t, scenario.Demo(), scenario.DemoPayments, ireland, quarter(keys), &f)
		population, resource := 0, 0
		for _, g := range r.GapsOf("GetResourceConfigHistory") {
			if slices.Contains(g.Kinds, "config.configuration_item") {
				population++
			}
			if strings.HasSuffix(g.Resource, id) {
				resource++
			}
		}
		if population != 1 || resource != 1 {
			t.Errorf("%s from %d: gaps %+v", f.Kind, f.From, r.Gaps)
		}
		for _, d := range celltest.Of[DiscoveredResource](r) {
			if unknown := celltest.Unknown(d, "items") != ""; unknown != (d.ResourceID == id) {
				t.Errorf("%s from %d: items of %s unknown: %v", f.Kind, f.From, d.ResourceID, unknown)
			}
		}
		if n := len(itemsOf(r, id)); f.From == 0 && n != 0 || f.From > 0 && (n == 0 || n > 2) {
			t.Errorf("%s from %d: %d items were kept", f.Kind, f.From, n)
		}
	}
}

func TestWhatIsNotRecordedOrNotKeptIsAGap(t *testing.T) {
	o := scenario.Demo()
	where := o.In(scenario.DemoPayments, ireland)
	where.Recorder.Excluded = []string{keys}
	where.RetentionDays = 30
	r := read(t, o, scenario.DemoPayments, ireland, quarter(keys, "AWS::S3::Bucket"))
	codes := map[string][]string{}
	for _, g := range r.Gaps {
		codes[g.Code] = append(codes[g.Code], g.Kinds...)
	}
	want := map[string][]string{"TypeNotRecorded": {"config.configuration_item", "config.discovered_resource"}, "RetentionTooShort": {"config.configuration_item"}}
	if d := cmp.Diff(want, codes); d != "" {
		t.Error(d)
	}
	if ret := celltest.Of[Retention](r)[0]; ret.Days != 30 || !ret.KeptSince.After(scenario.QuarterFrom) {
		t.Errorf("retention %+v", ret)
	}
}

// A scope without types reads no history, and says that the population was left out.
func TestNoTypesInScope(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland)
	gaps := r.GapsOf("ListDiscoveredResources")
	if len(gaps) != 1 || gaps[0].Outcome != evidence.Skipped || !slices.Equal(gaps[0].Kinds, []string{"config.configuration_item", "config.discovered_resource", "config.recording"}) {
		t.Errorf("gaps %+v", gaps)
	}
	if len(celltest.Of[ConfigurationItem](r)) != 0 {
		t.Error("items nobody asked for")
	}
}
