package s3

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account of the demo organization in both of its regions.
func demo(t *testing.T, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "us-east-1"}
	o.Scope.Regions, o.Scope.AsOf = []string{"eu-west-1", "us-east-1"}, scenario.Now
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return celltest.Run(t, Collector{}, o)
}

func bucket(t *testing.T, r *celltest.Result, name string) *Bucket {
	t.Helper()
	return celltest.One[Bucket](t, r, ":example-corp-"+name+"-")
}

func TestDump(t *testing.T) {
	for _, a := range []string{scenario.DemoManagement, scenario.DemoLogArchive, scenario.DemoPayments, scenario.DemoData} {
		r := demo(t, a)
		for _, x := range r.Records {
			t.Logf("%s %+v", x.Kind(), x)
		}
		for _, g := range r.Gaps {
			t.Logf("GAP %+v", g)
		}
	}
}
