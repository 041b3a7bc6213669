package awsconfig

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// Where the history is read from a bucket, a channel that delivers to another place, or whose last delivery failed, leaves the past unread.
func TestUndelivered(t *testing.T) {
	for _, c := range []struct{ account, prefix, want string }{
		{scenario.DemoPayments, "org", ""},
		{scenario.DemoPayments, "elsewhere", "DeliveredElsewhere"},
		{scenario.DemoData, "org", "DeliveryFailed"},
	} {
		o := scenario.Demo()
		o.DeliverTo("b", "org")
		sc := evidence.Scope{Accounts: []string{c.account}, Regions: []string{"us-east-1"}, Home: "us-east-1", History: []string{"AWS::KMS::Key"}, AsOf: scenario.Now,
			Period: evidence.Period{From: scenario.QuarterTo.AddDate(0, 0, -3), To: scenario.QuarterTo}, Delivery: &evidence.Delivery{Bucket: "b", Prefix: c.prefix, Account: c.account, Region: "eu-west-1"}}
		got := ""
		for _, g := range read(t, o, c.account, "us-east-1", sc).Gaps {
			if g.OfPast("AWS::KMS::Key", c.account, "us-east-1") {
				got += g.Code
			}
		}
		if got != c.want {
			t.Errorf("account %s, read below %q: %q, want %q", c.account, c.prefix, got, c.want)
		}
	}
}
