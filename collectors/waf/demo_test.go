package waf

import (
	"encoding/json"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account of the demo organization; the audit reads Ireland alone.
func demo(t *testing.T, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "eu-west-1"}
	o.Scope.Regions, o.Scope.AsOf = []string{"eu-west-1"}, scenario.Now
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return celltest.Run(t, Collector{}, o)
}

func TestDump(t *testing.T) {
	for _, a := range []string{scenario.DemoPayments, scenario.DemoData, scenario.DemoManagement, scenario.DemoLogArchive} {
		r := demo(t, a)
		for _, x := range r.Records {
			b, _ := json.Marshal(x)
			t.Log(x.Kind(), string(b))
		}
		t.Log(r.Gaps)
		for _, c := range r.Cells { t.Log(c.Operation, c.Outcome, c.Exchanges) }
	}
}
