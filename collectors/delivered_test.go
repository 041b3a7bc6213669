package collectors_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/configdelivery"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const deliveryBucket = "example-corp-config-012345678901"

// deliveredScope reads the history of the quarter from what the demo organization's accounts deliver to one bucket.
func deliveredScope(o *scenario.Organization) evidence.Scope {
	sc := scope()
	sc.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	sc.Delivery = &evidence.Delivery{Bucket: deliveryBucket, Prefix: "org/o-exa1mp1ec0", Account: scenario.DemoLogArchive, Region: scenario.DeliveryRegion}
	sc.History = nil
	for _, p := range collectors.Pasts() {
		if p.Type != "AWS::Config::ResourceCompliance" && !slices.Contains(sc.History, p.Type) {
			sc.History = append(sc.History, p.Type)
		}
	}
	for _, a := range o.Accounts {
		sc.Accounts = append(sc.Accounts, a.ID)
	}
	slices.Sort(sc.Accounts)
	return sc
}

// delivering is the demo organization, whose accounts deliver to one bucket.
func delivering() *scenario.Organization {
	o := scenario.Demo()
	o.DeliverTo(deliveryBucket, "org/o-exa1mp1ec0")
	return o
}

// someDelivered is the history of two accounts in one region, over a few days in which something was recorded.
func someDelivered() evidence.Scope {
	sc := deliveredScope(scenario.Demo())
	sc.Accounts, sc.Regions, sc.Home, sc.History = []string{scenario.DemoLogArchive, scenario.DemoPayments}, []string{"eu-west-1"}, "eu-west-1", []string{"AWS::KMS::Key"}
	sc.Period.From = scenario.QuarterTo.AddDate(0, 0, -14)
	return sc
}

// states are the lines of history/, without what says where they were read, by kind.
func states(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	names, err := filepath.Glob(filepath.Join(dir, "history", "*.jsonl"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no history: %v", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		kind := strings.TrimSuffix(filepath.Base(name), ".jsonl")
		for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
			if line == "" {
				continue
			}
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			delete(m, "source")
			delete(m, "evidence")
			if kind == "cloudfront.distribution" {
				delete(m, "sha256") // the tape takes the values of origin headers out of the API's answers, and keeps files as they are
			}
			if r, ok := m["record"].(map[string]any); ok {
				delete(r, "evidence")
			}
			again, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			out[kind] = append(out[kind], string(again))
		}
	}
	return out
}

// AWS Config's API and what it delivers to S3 tell one story, and it is read as one: the same states of the same resources.
func TestTheAPIAndTheFilesTellTheSameStates(t *testing.T) {
	o := delivering()
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	only := []collectors.Collector{account.Collector{}, awsconfig.Collector{}, configdelivery.Collector{}}
	files := deliveredScope(o)
	api := files
	api.Delivery = nil
	asked, delivered := collect(t, s, api, only), collect(t, s, files, only)
	compare(t, derived(t, delivered), replayed(t, delivered, files, only))
	want, got := states(t, asked), states(t, delivered)
	total := 0
	for kind, w := range want {
		total += len(w)
		for _, line := range w {
			if !slices.Contains(got[kind], line) {
				// The recorder there was stopped weeks before the period, so that no snapshot was delivered that would tell what was in force.
				if !strings.Contains(line, `"item":"012345678901/us-east-1/`) {
					t.Errorf("%s: by the API and in no file:\n%s", kind, line)
				}
			}
		}
		for _, line := range got[kind] {
			if !slices.Contains(w, line) {
				t.Errorf("%s: in a file and not by the API:\n%s", kind, line)
			}
		}
	}
	if total < 150 {
		t.Errorf("%d states are compared, and the demo has more", total)
	}
	_, gaps := ledger(t, derived(t, delivered)["gaps.jsonl"])
	for _, g := range gaps {
		if g.Collector == "configdelivery" && (g.Code != "DeliveryInterrupted" || !slices.Equal(g.Places, []string{"777788889999/us-east-1"})) {
			t.Errorf("%+v", g)
		}
	}
}
