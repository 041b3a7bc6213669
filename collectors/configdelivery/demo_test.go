package configdelivery

import (
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const bucket = "example-corp-config-012345678901"

func demoScope(o *scenario.Organization) evidence.Scope {
	sc := evidence.Scope{Regions: []string{"eu-west-1", "us-east-1"}, Home: "us-east-1", History: []string{"AWS::KMS::Key"},
		Period: evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}, AsOf: scenario.Now,
		Delivery: &evidence.Delivery{Bucket: bucket, Prefix: "org", Account: scenario.DemoLogArchive, Region: scenario.DeliveryRegion}}
	for _, a := range o.Accounts {
		sc.Accounts = append(sc.Accounts, a.ID)
	}
	slices.Sort(sc.Accounts)
	return sc
}

func TestDemo(t *testing.T) {
	o := scenario.Demo()
	o.DeliverTo(bucket, "org")
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoLogArchive), Account: scenario.DemoLogArchive, Region: "us-east-1", Readers: kms.Past(), Scope: demoScope(o)})
	// Delivery has failed in one place since 25 September, and the snapshots that came every day end there.
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "DeliveryInterrupted" || !slices.Equal(r.Gaps[0].Places, []string{"777788889999/us-east-1"}) {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if len(r.States) < 100 {
		t.Errorf("%d states", len(r.States))
	}
	f := celltest.One[DeliveredFile](t, r, "444455556666_Config_eu-west-1_ConfigHistory_AWS::KMS::Key_20260804T142200Z")
	if f.Bucket != bucket || f.VersionID == nil || f.LastModified == nil || f.Items != 1 || f.Used != 1 || !f.Whole || *f.Type != "AWS::KMS::Key" || f.OfAccount != "444455556666" || f.OfRegion != "eu-west-1" || f.Sort != history {
		t.Errorf("%+v", f)
	}
	if d := celltest.One[DeliveredFile](t, r, "444455556666_Config_eu-west-1_ConfigSnapshot_20260630"); d.Whole || d.Items < 100 || d.Used == 0 || d.Used >= d.Items || d.Type != nil || d.VersionID == nil {
		t.Errorf("%+v", d)
	}
}
