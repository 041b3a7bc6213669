package collectors_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// pastAlone are kinds of which there are no records of the present, and why.
var pastAlone = map[string]string{"config.resource_compliance": "a verdict's present is a rule's result"}

// A record that is replayed from an item is the collector's own: whatever a reader calls told of a resource's last item, the service that the
// resource is of says as well. The stand-in makes items of what its services answer, in AWS's published forms, and
// there is no field in which the two differ.
func TestTheLastItemIsWhatTheServiceSays(t *testing.T) {
	o := scenario.Demo()
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	var accounts []string
	for _, a := range o.Accounts {
		accounts = append(accounts, a.ID)
	}
	sc := scope(accounts...)
	sc.History = nil
	readers := collectors.Past()
	var only []collectors.Collector
	for _, c := range collectors.All() {
		if slices.ContainsFunc(c.Kinds(), func(k evidence.Kind) bool {
			return slices.ContainsFunc(readers, func(r configitem.Reader) bool { return r.Kind == k.Name })
		}) {
			only = append(only, c)
		}
	}
	files := derived(t, collect(t, s, sc, only))
	// A trail stands in every region and account that sees it: the record of the item's own place is the one.
	population := map[string][]map[string]any{}
	for _, r := range readers {
		if population[r.Kind] != nil {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(files[r.Kind+".jsonl"]), "\n") {
			if line != "" {
				population[r.Kind] = append(population[r.Kind], object(t, []byte(line)))
			}
		}
	}
	for _, r := range readers {
		if pastAlone[r.Kind] != "" {
			if n := len(population[r.Kind]); n > 0 {
				t.Errorf("%d records of %s", n, r.Kind)
			}
			continue
		}
		items, fields := 0, map[string]bool{}
		for _, account := range accounts {
			for _, region := range sc.Regions {
				cfg := live(s, account)
				cfg.Region = region
				for _, it := range lastItems(t, configservice.NewFromConfig(cfg), r.Type) {
					if it.Gone() {
						continue
					}
					items++
					st, err := r.State(&it, account, region, evidence.FromAPI, []string{"x1"})
					if err != nil || st.Fault != "" {
						t.Errorf("%s %s: %v %s", r.Type, it.ResourceID, err, st.Fault)
						continue
					}
					want := recordOf(population[r.Kind], st)
					if want == nil {
						t.Errorf("%s: no %s of the service has the id %s", r.Type, r.Kind, st.Resource)
						continue
					}
					b, err := json.Marshal(st.Record)
					if err != nil {
						t.Fatal(err)
					}
					got := object(t, b)
					for _, f := range toldFields(r, st) {
						if unknownIn(want, f) {
							continue
						}
						fields[f] = true
						if g, w := value(got, f), value(want, f); g != w {
							t.Errorf("%s: %s of %s is told as %s, and the service says %s", r.Type, f, st.Resource, g, w)
						}
					}
				}
			}
		}
		if items == 0 || len(fields) == 0 {
			t.Errorf("%s: %d items, %d fields: nothing was compared", r.Type, items, len(fields))
		}
	}
}

// recordOf is the record of a state's resource, of its own region where there are several.
func recordOf(population []map[string]any, s *evidence.State) map[string]any {
	var out map[string]any
	for _, r := range population {
		if r["id"] == s.Resource && r["account"] == s.Account && (out == nil || r["region"] == s.Region) {
			out = r
		}
	}
	return out
}

// lastItems are the last items of the resources of a type that still exist.
func lastItems(t *testing.T, c *configservice.Client, typ string) []configitem.Item {
	t.Helper()
	var out []configitem.Item
	p := configservice.NewListDiscoveredResourcesPaginator(c, &configservice.ListDiscoveredResourcesInput{ResourceType: types.ResourceType(typ), Limit: 100})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.ResourceIdentifiers {
			h := configservice.NewGetResourceConfigHistoryPaginator(c, &configservice.GetResourceConfigHistoryInput{ResourceId: x.ResourceId, ResourceType: x.ResourceType, Limit: 1})
			var last *types.ConfigurationItem
			for last == nil && h.HasMorePages() {
				page, err := h.NextPage(t.Context())
				if err != nil {
					t.Fatalf("%s %s: %v", typ, aws.ToString(x.ResourceId), err)
				}
				if len(page.ConfigurationItems) > 0 {
					last = &page.ConfigurationItems[0]
				}
			}
			if last == nil {
				t.Errorf("%s %s has no item", typ, aws.ToString(x.ResourceId))
				continue
			}
			out = append(out, configitem.FromAPI(*last))
		}
	}
	return out
}

// toldFields are those that a state tells.
func toldFields(r configitem.Reader, s *evidence.State) []string {
	var out []string
	for _, f := range r.Records.Fields() {
		switch f.Name {
		case "id", "account", "region", "collected", "evidence", "unknown":
			continue
		}
		if !covered(f.Name, s.Record.Header().Unknown) {
			out = append(out, f.Name)
		}
	}
	return out
}

func unknownIn(rec map[string]any, field string) bool {
	b, _ := json.Marshal(rec["unknown"])
	var u []evidence.Unknown
	json.Unmarshal(b, &u)
	return covered(field, u)
}

func object(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// value is what stands in a record at a field.
func value(rec map[string]any, field string) string {
	var v any = rec
	for _, step := range strings.Split(field, ".") {
		m, _ := v.(map[string]any)
		v = m[step]
	}
	b, _ := json.Marshal(v) // what came of JSON always marshals
	return string(b)
}
